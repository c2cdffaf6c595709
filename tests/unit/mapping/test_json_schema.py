"""The shipped schemas are those of the models, and judge the shape of a file as the loader does."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import mapping
from mapping.json_schema import schemas, texts
from mapping.loader import check_files
from mapping.parsed import MAPPINGS
from mapping.source import read


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _accepts(file: str, text: str) -> bool:
    kind = "mapping" if file.startswith(MAPPINGS) else file.removesuffix(".yaml")
    validator = jsonschema.Draft202012Validator(schemas()[kind])
    return bool(validator.is_valid(_plain(read(file, text).root)))


@pytest.mark.parametrize("name", sorted(texts()))
def test_the_shipped_schema_is_current(name: str) -> None:
    shipped = Path(mapping.__path__[0], name).read_text("utf-8")
    assert shipped == texts()[name], "run: python -m mapping.json_schema"


def test_the_schemas_are_schemas() -> None:
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)


CONVEYOR, TEAM, CONNECTIONS, HUBSPOT = (
    "conveyor.yaml",
    "team.yaml",
    "connections.yaml",
    "mappings/hubspot.yaml",
)


@pytest.mark.parametrize("file", [CONVEYOR, TEAM, CONNECTIONS, HUBSPOT, "cases.yaml"])
def test_both_accept_the_example(files: dict[str, str], file: str) -> None:
    assert _accepts(file, files[file])
    assert check_files(files)[0] is not None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (HUBSPOT, 'id: "9912"', "id: 9912"),
        (HUBSPOT, "write_back: false", "write_back: true"),
        (HUBSPOT, "is: negotiation}", "is: negotiation, ignore: false}"),
        (CONVEYOR, "at_least: 1000", "at_least: 999.95"),
        (CONVEYOR, "at_least: 1000", 'at_least: "1000"'),
        (CONVEYOR, "one_of: [referral]", "one_of: [1, true, x]"),
        (CONVEYOR, "one_of: [referral]", "before: 2026-12-31"),
        (CONVEYOR, "requires: [amount]", "requires: [{all_of: [amount, {any_of: [{title: {}}]}]}]"),
        (CONVEYOR, "growth: {}", "рост: {}"),
        (TEAM, "weight: 2", "weight: 2, language: uk"),
        (
            CONNECTIONS,
            'auth: {token: "${HUBSPOT_TOKEN}"}',
            'auth: {client_id: x, client_secret: "${A}", refresh_token: "${B}"}',
        ),
    ],
)
def test_both_accept(files: dict[str, str], file: str, old: str, new: str) -> None:
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    assert _accepts(file, files[file])
    assert check_files(files)[0] is not None


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CONVEYOR, "mode: enforce", "mode: strict"),
        (CONVEYOR, "accept_within: 4h", "accept_within: 4 hours"),
        (CONVEYOR, "accept_within: 4h", "acept_within: 4h"),
        (CONVEYOR, "timezone: Europe/Sofia\n", ""),
        (CONVEYOR, "requires: [amount]", "requires: []"),
        (CONVEYOR, "requires: [amount]", "requires: ~"),
        (CONVEYOR, "requires: [amount]", "requires: [{amount: {}, title: {}}]"),
        (CONVEYOR, "requires: [amount]", "requires: [[amount]]"),
        (CONVEYOR, "requires: [amount]", "requires: [a b]"),
        (CONVEYOR, "at_least: 1000", "at_least: much"),
        (CONVEYOR, "[50%, 90%]", "[50%, 900%]"),
        (CONVEYOR, "3 per 1h", "3/h"),
        (CONVEYOR, "growth: {}", "9rowth: {}"),
        (CONVEYOR, "required: true", "required: 1"),
        (TEAM, "capacity: 40", "capacity: -1"),
        (TEAM, "email: olena@acme.example", "email: olena"),
        (TEAM, "currency: EUR", "currency: eur"),
        (CONNECTIONS, "crm: zoho", "crm: zohoo"),
        (CONNECTIONS, '"${HUBSPOT_TOKEN}"', "pat-123"),
        (CONNECTIONS, 'auth: {token: "${HUBSPOT_TOKEN}"}', "auth: {}"),
        (CONNECTIONS, 'auth: {token: "${HUBSPOT_TOKEN}"}', 'auth: {token: "${A}", client_id: x}'),
        (HUBSPOT, "is: negotiation}", "write_back: true}"),
        (HUBSPOT, "is: negotiation}", "is: negotiation, ignore: true}"),
        (HUBSPOT, ", ignore: true}\nfields", "}\nfields"),
        (HUBSPOT, "connection: hubspot", "connection: Hub Spot"),
        ("cases.yaml", "then: returned", "then: return"),
    ],
)
def test_both_refuse(files: dict[str, str], file: str, old: str, new: str) -> None:
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    assert not _accepts(file, files[file])
    assert check_files(files)[0] is None

"""The shipped schemas are those of the models, and judge the shape of a file as the loader does."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import mapping
from mapping.json_schema import schemas, texts
from mapping.loader import check_files
from mapping.mistakes import OF_RULES, OF_VALUES
from mapping.mistakes.mistake import Mistake
from mapping.parsed import MAPPINGS, parse
from mapping.source import read

SHIPPED = Path(__file__).parents[3] / "config"
CONFIG = {path.relative_to(SHIPPED).as_posix(): path.read_text("utf-8") for path in SHIPPED.rglob("*.yaml")}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return float(value) if isinstance(value, Decimal) else value


def _accepts(file: str, text: str) -> bool:
    kind = "mapping" if file.startswith(MAPPINGS) else file.removesuffix(".yaml")
    return bool(_validators()[kind].is_valid(_plain(read(file, text).root)))


@cache
def _validators() -> dict[str, jsonschema.Draft202012Validator]:
    return {kind: jsonschema.Draft202012Validator(schema) for kind, schema in schemas().items()}


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


TRIES = int(os.environ.get("CONVEYOR_FUZZ", "100"))

BEYOND: Mapping[str, str] = {
    "look-alike-letters": "alphabets cannot be told by a pattern that all editors know",
    "bad-pattern": "whether a regular expression is one",
    "bad-date": "how many days a month has",
    "bad-moment": "how many days a month has",
    "bad-reference": "a `${` that begins no reference",
    "empty-value": "which spaces are letters to Python and to JavaScript",
    "duplicate-key": "JSON has none",
    "unreadable-character": "the schema sees values, not how they are written",
    "yaml-number": "the schema sees values, not how they are written",
}
"""What only `conveyor check` finds in one file, and why no schema can say it."""


THREE = {file: CONFIG[file] for file in ("connections.yaml", "conveyor.yaml", "team.yaml")}

IN_ONE_PLACE = {"auth-shape", "mapped-and-ignored", "pipeline-without-stages", "stage-without-meaning"}
"""What is found with the checks across files, though one table shows it."""


def _errors(file: str, text: str) -> set[str]:
    """The codes of what is wrong with a file taken by itself."""
    return {problem.code for problem in parse({file: text}).problems if problem.severity == "error"}


@pytest.mark.parametrize("mistake", OF_VALUES, ids=lambda mistake: mistake.code)
def test_both_refuse_what_the_reference_shows(mistake: Mistake) -> None:
    if mistake.code not in (*BEYOND, "bad-url", "auth-shape"):
        files = mistake.made_in(CONFIG)
        assert _errors(mistake.file, files[mistake.file])
        assert not _accepts(mistake.file, files[mistake.file])


@pytest.mark.parametrize(
    "mistake", [each for each in OF_RULES if each.new is not None], ids=lambda each: each.code
)
def test_what_takes_several_files_or_places_to_see_is_left_to_check(mistake: Mistake) -> None:
    """But for what the schema can see in one place."""
    text = mistake.made_in(CONFIG)[mistake.file]
    assert _accepts(mistake.file, text) is (mistake.code not in IN_ONE_PLACE)
    assert not _errors(mistake.file, text)


VALUES = st.recursive(
    st.sampled_from(
        ["4h", "0h", "hubspot", "won", "a@b.c", "${A}", "x y", "", "50%", "09:00", "2026-12-24", "EUR"]
    )
    | st.text(max_size=4)
    | st.integers(-5, 10**30)
    | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["is", "ignore", "any_of", "title"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.timeout(120 + TRIES)
@seed(20261122)
@settings(
    max_examples=TRIES,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_both_judge_a_changed_file_alike(data: st.DataObject) -> None:
    """A value is another one, or is missing, somewhere in a file that is right."""
    file = data.draw(st.sampled_from(sorted(CONFIG)))
    root = _plain(read(file, CONFIG[file]).root)
    place = data.draw(st.sampled_from(list(_tables_and_lists(root))))
    key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
    if data.draw(st.integers(0, 4)):
        place[key] = data.draw(VALUES)
    else:
        del place[key]
    text = json.dumps(root)
    across = {problem.code for problem in check_files({**THREE, file: text})[1]}
    errors = _errors(file, text) | (across & IN_ONE_PLACE)
    if not errors:
        assert _accepts(file, text)
    elif errors - BEYOND.keys():
        assert not _accepts(file, text), errors


def _tables_and_lists(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        if value:
            yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _tables_and_lists(inner)

"""Phones and e-mails of contacts and companies (`fm`): the odd ways to write them, and search."""

import re
from typing import Any, Final

from .fields import COMPANY, CONTACT
from .php import pairs_of, to_int, values_of
from .portal import Portal

Communication = dict[str, Any]
ENTITY_NAMES: Final = {CONTACT: "CONTACT", COMPANY: "COMPANY"}


def add_communications(portal: Portal, given: Any) -> list[Communication]:
    """Return the records a creation makes of its `fm`, which is an array there."""
    return [_new(portal, one) for one in values_of(given) if isinstance(one, dict) and one.get("value")]


def change_communications(portal: Portal, kept: list[Communication], given: Any) -> list[Communication]:
    """Return the records after an update: `n0` adds, a record's id changes it, an empty value deletes it."""
    result = {one["id"]: dict(one) for one in kept}
    for key, change in pairs_of(given).items():
        if not isinstance(change, dict):
            continue
        if key.startswith("n") and change.get("value"):
            new = _new(portal, change)
            result[new["id"]] = new
        elif (id := to_int(key)) in result:
            if change.get("value") == "":
                del result[id]
            else:
                result[id] |= change | {"id": id}
    return list(result.values())


def _new(portal: Portal, given: Communication) -> Communication:
    portal.last_communication += 1
    return {
        "id": portal.last_communication,
        "valueType": str(given.get("valueType", "WORK")),
        "value": str(given["value"]),
        "typeId": str(given.get("typeId", "EMAIL")),
    }


def flat_aliases(communications: list[Communication]) -> dict[str, Any]:
    """Return the short-hand fields that show the first value of each type."""
    found = {
        type_: [one["value"] for one in communications if one["typeId"] == type_]
        for type_ in ("EMAIL", "PHONE")
    }
    aliases: dict[str, Any] = {
        f"has{key.capitalize()}": "Y" if values else "N" for key, values in found.items()
    }
    return aliases | {key.lower(): values[0] if values else None for key, values in found.items()}


def find_by_communication(
    portal: Portal, type_: str, values: list[str], kinds: list[int]
) -> dict[str, list[int]]:
    """Return the ids of records with one of these phones or e-mails, kinds without a hit left out."""
    wanted = {_normal(type_, value) for value in values}
    found: dict[str, list[int]] = {}
    for kind in kinds:
        ids = [
            row.id
            for row in portal.records[kind].after(0)
            if any(
                one["typeId"] == type_ and _normal(type_, one["value"]) in wanted
                for one in row.values.get("fm", ())
            )
        ]
        if ids:
            found[ENTITY_NAMES[kind]] = ids
    return found


def _normal(type_: str, value: str) -> str:
    return re.sub(r"\D", "", value) if type_ == "PHONE" else value.strip().casefold()

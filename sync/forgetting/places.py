"""Where in the tables a person can stand, and what becomes of each place. Every column with text has its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from store import personal
from store.personal import Texts
from sync.forgetting.traces import EMPTIED, Person

GOES = frozenset({"samples", "turns", "sessions", "api_tokens", "users"})
"""Tables whose rows go as a whole."""

KEPT = frozenset({("rulesets", "files")})
"""The admin's own documents stay as they were applied."""

_WORDS = frozenset({"summary", "error", "reason", "message", "pause_reason", "renew_error"})
_DOCUMENTS = frozenset({"body", "payload", "data", "directory", "drift", "said"})
_MEMBERS = frozenset({("deals", "owner"), ("handoffs", "from_member"), ("handoffs", "to_member")})
_TELL_OF_THE_PAST = frozenset({"ledger", "audit"})
"""Their documents say `forgotten` where there was somebody; elsewhere there is nobody."""

Change = Mapping[str, str | None]


def change(table: str, row: Texts, person: Person) -> Change | None:
    """The texts of a row that are different without the person; None if the person is not in it.

    Where the row goes as a whole, what is returned only says that it does.
    """
    texts = {name: row[name] for name in personal.text_columns(table) if (table, name) not in KEPT}
    found = {n: text for n, text in texts.items() if text is not None and person.may_stand_in(text)}
    changed = {name: _without(table, name, text, person) for name, text in found.items()}
    changed = {name: text for name, text in changed.items() if text != found[name]}
    return {**changed, **_along(table, row, changed)} if changed else None


def documents(table: str) -> tuple[str, ...]:
    """The columns of a table that hold JSON."""
    if table in GOES:
        return ()
    return tuple(name for name in personal.text_columns(table) if name in _DOCUMENTS)


def _without(table: str, column: str, text: str, person: Person) -> str | None:
    if (table, column) in _MEMBERS and person.is_named(text):
        return None
    if column in _WORDS or table == "samples":
        return person.out_of_text(text)
    if column in _DOCUMENTS:
        return _document(table, text, person)
    return person.out_of_name(text)


def _document(table: str, text: str, person: Person) -> str:
    before = json.loads(text)
    after = _observation(before, person) if table == "inbox" else before
    after = person.out_of(after, emptied=frozenset() if table in _TELL_OF_THE_PAST else EMPTIED)
    if after == before:
        return text
    if table == "links":
        after.pop("version", None)  # so that the next reading counts, though the CRM's version is the same
    return json.dumps(after, ensure_ascii=False, separators=(",", ":"))


def _observation(payload: list[Any], person: Person) -> list[Any]:
    """An event without the record that it brought along, if the person is in it: the CRM is asked instead."""
    hint, record, data = payload
    return [hint, record if person.out_of(record) == record else None, data]


def _along(table: str, row: Texts, changed: Change) -> Change:
    """What goes with it though it does not name the person."""
    if table == "links" and "body" in changed:
        return {"version": None}
    if table == "audit" and row["address"] is not None and {"actor", "subject"} & changed.keys():
        return {"address": None}
    return {}

"""Zoho's caps: ids and fields in one read, columns of a query."""

from __future__ import annotations

import pytest

from connectors.base import Lane
from connectors.errors import Missing, Rejected, Transient
from connectors.zoho.rows import Rows, quoted

from .scripted import Asked, Said, zoho

INVALID_ID = {
    "code": "INVALID_DATA",
    "details": {"param_name": "ids"},
    "message": "the id given seems to be invalid",
    "status": "error",
}
MANY = [f"F{number}" for number in range(120)]


def listing(asked: Asked) -> Said:
    """All the rows that are asked for, each field with its own name for a value."""
    names = asked.params["fields"].split(",")
    ids = asked.params["ids"].split(",")
    assert len(names) <= 50 and len(asked.params["ids"]) <= 1024
    return Said(200, {"data": [{"id": id, **{name: name for name in names}} for id in ids]})


def test_any_number_of_ids_and_fields_is_read_in_parts() -> None:
    ids = [str(1_000_000_000_000_000_000 + number) for number in range(130)]
    with zoho(listing) as it:
        found = Rows(it.client()).by_ids("Deals", [*ids, ids[0]], MANY, Lane.READ)
    assert list(found) == ids
    assert all(row.keys() >= set(MANY) for row in found.values())
    assert len(it.calls) == 3 * 3


def test_a_row_that_changes_between_two_parts_is_read_again() -> None:
    times = iter("ab")

    def answer(asked: Asked) -> Said:
        return Said(200, {"data": [{"id": "7", "Modified_Time": next(times)}]})

    with zoho(answer) as it, pytest.raises(Transient):
        Rows(it.client()).by_ids("Deals", ["7"], MANY[:60], Lane.READ)


def test_one_bad_id_does_not_spoil_the_others() -> None:
    def answer(asked: Asked) -> Said:
        if "ids" in asked.params:
            return Said(400, INVALID_ID)
        if asked.path.endswith("/8"):
            return Said(400, INVALID_ID)
        return Said(200, {"data": [{"id": "7", "Stage": "x"}]}) if asked.path.endswith("/7") else Said(204)

    with zoho(answer) as it:
        found = Rows(it.client()).by_ids("Deals", ["7", "8", "9", "not-an-id"], ["Stage"], Lane.READ)
    assert found == {"7": {"id": "7", "Stage": "x"}}


def test_a_single_read_of_many_fields_asks_for_all() -> None:
    with zoho(lambda asked: Said(200, {"data": [{"id": "7"}]})) as it:
        Rows(it.client()).one("Deals", "7", MANY, Lane.READ)
    assert it.calls[0].params == {}


def test_none_is_missing() -> None:
    with zoho(lambda asked: Said(204)) as it, pytest.raises(Missing):
        Rows(it.client()).one("Deals", "7", ["Stage"], Lane.READ)


def test_what_a_query_cannot_show_is_read_by_id_from_then_on() -> None:
    refused = {
        "code": "INVALID_QUERY",
        "details": {"column_name": "Lines", "reason": "column not supported"},
        "message": "invalid query formed",
        "status": "error",
    }

    def answer(asked: Asked) -> Said:
        if asked.method == "GET":
            return Said(200, {"data": [{"id": "7", "Lines": "two"}]})
        if "Lines" in asked.body["select_query"]:
            return Said(400, refused)
        return Said(200, {"data": [{"id": "7", "Stage": "x"}, {"id": "8", "Stage": "y"}]})

    with zoho(answer) as it:
        rows = Rows(it.client())
        for _ in range(2):
            selected = rows.select("Deals", ["Stage", "Lines"], "id is not null", Lane.POLL)
    assert selected.rows == ({"id": "7", "Stage": "x", "Lines": "two"},)  # the other has vanished meanwhile
    assert (selected.last, selected.next) == ("8", None)
    assert ["Lines" in query for query in it.queries()] == [True, False, False]


def test_a_query_that_is_wrong_otherwise_is_refused() -> None:
    refused = {"code": "INVALID_QUERY", "details": {"column_name": "x"}, "message": "x", "status": "error"}
    with zoho(lambda asked: Said(400, refused)) as it, pytest.raises(Rejected):
        Rows(it.client()).select("Deals", ["Stage"], "x = 1", Lane.POLL)


def test_a_wide_query_stays_within_fifty_columns() -> None:
    def answer(asked: Asked) -> Said:
        if asked.method == "GET":
            return listing(asked)
        return Said(200, {"data": [{"id": "7"}]})

    with zoho(answer) as it:
        selected = Rows(it.client()).select("Deals", MANY, "id is not null", Lane.POLL)
    assert it.queries()[0].count(",") == 49 + 1  # between columns, and in the limit
    assert selected.rows[0].keys() >= set(MANY[49:])


def test_a_literal_cannot_leave_its_quotes() -> None:
    assert quoted("O'Hara' or id is not null or '") == "'O''Hara'' or id is not null or '''"

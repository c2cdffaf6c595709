"""The index behind the searches of the emulated Copper account: how it follows changes, lags, is capped."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from .copper_account import (
    FOLLOW_UP,
    INTEGRATION,
    PRESENTATION,
    EmulatedCopper,
    fresh,
    running_copper,
)
from .running import PETAR

BY_ID = {"sort_by": "date_created", "page_size": 200}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def test_the_total_may_say_too_much(copper: EmulatedCopper) -> None:
    copper.many(3)
    copper.settings(total_excess=7)
    assert copper.send("POST", "/opportunities/search", {}).headers["X-PW-TOTAL"] == "10"


def test_what_is_searched_by_its_very_value_follows_its_changes(copper: EmulatedCopper) -> None:
    key = copper.field("Conveyor key")["id"]

    def by_key(value: float) -> list[int]:
        return copper.found(custom_fields=[{"custom_field_definition_id": key, "value": value}])

    first, second = copper.many(2)
    assert by_key(7) == copper.found(name="Renamed") == []
    for deal_id in (first, second):
        copper.put(deal_id, name="Renamed", custom_fields=[{"custom_field_definition_id": key, "value": 7}])
    assert by_key(7) == copper.found(name="Renamed") == [first, second]
    copper.put(first, name="Again", custom_fields=[{"custom_field_definition_id": key, "value": 8}])
    copper.ok("DELETE", f"/opportunities/{second}")
    assert (by_key(7), by_key(8), copper.found(name="Renamed")) == ([], [first], [])
    copper.put(first, custom_fields=[{"custom_field_definition_id": key, "value": None}])
    assert by_key(8) == []


def test_changes_are_found_from_their_second_on(copper: EmulatedCopper) -> None:
    ids = copper.many(5)
    stamp = copper.get(f"/opportunities/{ids[0]}")["date_modified"]
    body = {"minimum_modified_date": stamp, "sort_by": "date_modified"}
    assert set(copper.found(**body)) == set(ids)
    copper.settings(modified_inclusive=False)
    assert copper.found(**body) == []
    copper.settings(modified_inclusive=True)
    assert copper.found(minimum_modified_date=stamp + 60) == []
    assert copper.found(maximum_modified_date=stamp - 1) == []


def test_the_order_of_changes_is_kept(copper: EmulatedCopper) -> None:
    ids = copper.many(3)
    start = time.time()
    while int(time.time()) == int(start):
        time.sleep(0.02)
    copper.put(ids[0], name="late")
    assert copper.found(sort_by="date_modified", sort_direction="desc", page_size=1) == [ids[0]]
    assert copper.found(sort_by="date_modified", sort_direction="asc") == [ids[1], ids[2], ids[0]]
    assert copper.found(**BY_ID) == ids


def test_the_index_lags_while_a_read_by_id_does_not(copper: EmulatedCopper) -> None:
    old, gone = copper.many(2)
    copper.search()
    copper.settings(search_lag_s=3600)
    new = copper.opportunity()["id"]
    copper.put(old, pipeline_stage_id=FOLLOW_UP)
    copper.ok("DELETE", f"/opportunities/{gone}")
    assert set(copper.found()) == {old, gone}
    assert copper.found(pipeline_stage_ids=[FOLLOW_UP]) == []
    assert copper.activities(old) == []
    assert copper.get(f"/opportunities/{old}")["pipeline_stage_id"] == FOLLOW_UP
    assert copper.send("GET", f"/opportunities/{gone}").status_code == 404
    copper.settings(search_lag_s=0)
    assert set(copper.found()) == {old, new}
    assert len(copper.activities(old, 3)) == 1


def test_only_the_first_records_of_a_search_are_reachable(copper: EmulatedCopper) -> None:
    ids = copper.many(25)
    copper.settings(search_cap=15)
    assert copper.found(sort_by="date_created", page_size=10, page_number=2) == ids[10:15]
    answer = copper.send("POST", "/opportunities/search", {"page_size": 10, "page_number": 3})
    assert (answer.json(), answer.headers["X-PW-TOTAL"]) == ([], "25")
    created = copper.get(f"/opportunities/{ids[20]}")["date_created"]
    assert copper.found(**BY_ID, minimum_created_date=created)[0] in ids


def test_the_date_of_the_last_stage_change_is_in_search_answers(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    assert "date_stage_changed" not in deal
    shown = copper.search()[0]
    assert shown.pop("date_stage_changed") == deal["date_created"]
    assert shown == deal


def test_a_key_of_no_administrator_sees_its_own_deals_only(copper: EmulatedCopper) -> None:
    own, other = copper.opportunity(assignee_id=INTEGRATION)["id"], copper.card(owner=PETAR)
    copper.settings(administrator=False)
    assert copper.found() == [own]
    assert copper.send("GET", f"/opportunities/{other}").status_code == 404
    copper.settings(administrator=True)
    assert set(copper.found()) == {own, other}


def test_twenty_thousand_deals_are_no_burden(copper: EmulatedCopper) -> None:
    def quickest(ids: list[int]) -> float:
        """Seconds that a page takes, of the quickest one: others may wait for the machine."""
        took = []
        for number in range(1, len(ids) // 200 + 1):
            began = time.monotonic()
            assert copper.found(**BY_ID, page_number=number) == ids[200 * (number - 1) : 200 * number]
            took.append(time.monotonic() - began)
        return min(took)

    few = copper.many(1000)
    quickest_of_few = quickest(few)
    ids = few + copper.many(20_000)
    copper.put(ids[0], pipeline_stage_id=PRESENTATION)
    assert quickest(ids[:2000]) < 10 * quickest_of_few
    assert copper.found(pipeline_stage_ids=[PRESENTATION]) == ids[:1]

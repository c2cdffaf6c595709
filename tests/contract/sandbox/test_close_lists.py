"""Lists, search and exports of the emulated Close organization: filters, orders, caps, cursors."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .close_organization import (
    BUDGET,
    INTRODUCED,
    LOST,
    QUALIFIED,
    WON,
    Organization,
    running_organization,
)
from .running import OLENA, PETAR, until


@pytest.fixture(scope="module")
def close_process() -> Iterator[Organization]:
    with running_organization() as organization:
        yield organization


@pytest.fixture
def close(close_process: Organization) -> Organization:
    return close_process.fresh()


def ids(close: Organization, **params: Any) -> list[str]:
    return [each["id"] for each in close.read("/opportunity/", **params)["data"]]


def test_filters(close: Organization) -> None:
    first = close.new_deal()
    second = close.new_deal(owner=PETAR, stage=WON)
    third = close.new_deal(stage=INTRODUCED, fields={"value_period": "annual"})
    assert set(ids(close)) == {first, second, third}
    assert ids(close, user_id=close.user_id(PETAR)) == [second]
    assert ids(close, status_type="won") == [second]
    assert set(ids(close, status_id__in=f"{QUALIFIED},{INTRODUCED}")) == {first, third}
    assert ids(close, status_label="Introduced") == [third]
    assert ids(close, status__in="Introduced,Nowhere") == [third]
    assert ids(close, value_period="annual") == [third]
    assert ids(close, date_won__gte="2026-01-01") == [second]
    assert ids(close, is_stalled="true") == []
    lead_id = close.read(f"/opportunity/{first}/")["lead_id"]
    assert ids(close, lead_id=lead_id, date_updated__gte="2026-01-01") == [first]
    assert ids(close, lead_id="lead_gone") == []


def test_a_misspelt_filter_returns_everything_and_is_counted(close: Organization) -> None:
    close.new_deal()
    close.new_deal(stage=WON)
    assert len(ids(close, pipeline_id="pipe_nowhere")) == 2
    assert len(ids(close, status_typo="won")) == 2
    assert close.counts()["malformed"] == 2


def test_orders(close: Organization) -> None:
    deals = [close.new_deal(amount=amount) for amount in (3, None, 1)]
    assert ids(close, _order_by="value") == [deals[1], deals[2], deals[0]]
    assert ids(close, _order_by="-value")[:2] == [deals[0], deals[2]]
    close.put(f"/opportunity/{deals[0]}/", value=5)
    assert ids(close, _order_by="date_updated") == [*deals[1:], deals[0]]
    assert ids(close, _order_by="-date_created") == deals[::-1]
    assert ids(close) == sorted(deals)
    assert ids(close, _order_by="nonsense") == sorted(deals)


def test_changes_are_read_by_a_moving_lower_bound(close: Organization) -> None:
    deals = close.ask("POST", "/bulk", {"count": 30})["ids"]
    seen: list[str] = []
    bound, skip = "2026-01-01T00:00:00Z", 0
    while True:
        page = close.read(
            "/opportunity/", date_updated__gte=bound, _order_by="date_updated", _limit=7, _skip=skip
        )
        seen += [each["id"] for each in page["data"] if each["id"] not in seen]
        if not page["has_more"]:
            break
        last = page["data"][-1]["date_updated"].replace("+00:00", "Z")
        bound, skip = last, skip + 7 if last == bound else 0
    assert sorted(seen) == sorted(deals)


def test_dates_in_filters(close: Organization) -> None:
    deal_id = close.new_deal()
    updated = close.read(f"/opportunity/{deal_id}/")["date_updated"]
    assert ids(close, date_updated__gte=updated) == [deal_id]
    assert ids(close, date_updated__gt=updated) == []
    assert ids(close, date_updated__lte=updated.replace("+00:00", "Z")) == [deal_id]
    assert ids(close, date_updated=updated[:10]) == [deal_id]
    raw_plus = close.send("GET", f"/opportunity/?date_updated__gte={updated}")
    assert raw_plus.status_code == 400
    naive = updated.removesuffix("+00:00")
    late = close.send(
        "GET", "/opportunity/", params={"date_updated__gte": naive}, headers={"x-tz-offset": "-3"}
    )
    assert late.json()["data"] == []
    assert close.refused("GET", "/opportunity/", headers={"x-tz-offset": "Kyiv"})[0] == 400


def test_caps(close: Organization) -> None:
    status, body = close.refused("GET", "/opportunity/", params={"_limit": 251})
    assert (status, body["error"].endswith("(max_limit = 250).")) == (400, True)
    status, body = close.refused("GET", "/opportunity/", params={"_skip": 250_001})
    assert (status, "max_skip = 250000" in body["error"]) == (400, True)
    assert close.refused("GET", "/opportunity/", params={"_limit": "x"})[1] == {
        "error": '_limit must be an integer (got "x" instead).'
    }
    for path, most in (("lead", 200), ("contact", 200), ("activity/note", 100), ("task", 1000)):
        assert close.read(f"/{path}/", _limit=most)["data"] == []
        assert close.refused("GET", f"/{path}/", params={"_limit": most + 1})[0] == 400
    assert close.refused("GET", "/opportunity/", params={"_group_by": "user_id"})[0] == 400


def test_sums_over_all_that_match(close: Organization) -> None:
    for period, amount in (("one_time", 10), ("monthly", 1), ("annual", 100)):
        close.new_deal(amount=amount, fields={"value_period": period})
    page = close.read("/opportunity/", _limit=1)
    assert (page["total_results"], page["has_more"]) == (3, True)
    assert page["count_by_value_period"] == {"one_time": 1, "monthly": 1, "annual": 1}
    assert (page["total_value_monthly"], page["total_value_annualized"]) == (100, 1000 + 1200 + 10000)
    assert page["expected_value_annual"] == 5000


def test_long_filters_travel_in_a_body(close: Organization) -> None:
    deal_id = close.new_deal()
    close.new_deal(stage=WON)
    params = {"status_id__in": [QUALIFIED, LOST], "_limit": 1}
    headers = {"x-http-method-override": "GET"}
    answer = close.send("POST", "/opportunity/", json={"_params": params}, headers=headers)
    assert [each["id"] for each in answer.json()["data"]] == [deal_id]
    assert close.refused("GET", "/opportunity/", params={"status_id__in": "x" * 2001})[0] == 414


def test_activities_need_a_lead_for_most_filters(close: Organization) -> None:
    deal_id = close.new_deal()
    close.edit(deal_id, by=OLENA, stage=WON)
    lead_id = close.read(f"/opportunity/{deal_id}/")["lead_id"]
    close.post("/activity/note/", lead_id=lead_id, note="Hello")
    assert close.refused("GET", "/activity/", params={"_type": "Note"})[0] == 400
    kinds = [each["_type"] for each in close.read("/activity/", lead_id=lead_id)["data"]]
    assert kinds == ["Note", "OpportunityStatusChange"]
    only = close.read("/activity/", lead_id=lead_id, _type="Note")["data"]
    assert [each["note"] for each in only] == ["Hello"]
    assert close.read("/activity/note/", lead_id=lead_id, date_created__gte="2099-01-01")["data"] == []


def lead_query(*conditions: dict[str, Any], kind: str = "lead") -> dict[str, Any]:
    return {"type": "and", "queries": [{"type": "object_type", "object_type": kind}, *conditions]}


def text(kind: str, field: str, value: str, mode: str = "full_words") -> dict[str, Any]:
    return {
        "type": "field_condition",
        "field": {"type": "regular_field", "object_type": kind, "field_name": field},
        "condition": {"type": "text", "mode": mode, "value": value},
    }


def test_search_crosses_objects(close: Organization) -> None:
    close.new_deal(contact={"name": "Ann", "email": "ann@customer.example"})
    other = close.new_deal(title="Second company", fields={"budget": 50})
    email = {
        "type": "has_related",
        "this_object_type": "contact",
        "related_object_type": "contact_email",
        "related_query": text("contact_email", "email", "ann@customer.example", "phrase"),
    }
    person = close.post(
        "/data/search/", query=lead_query(email, kind="contact"), _fields={"contact": ["name"]}
    )
    assert person == {"data": [{"__object_type": "contact", "name": "Ann"}], "cursor": None}
    without = close.post("/data/search/", query=lead_query(text("lead", "name", "fleet") | {"negate": True}))
    assert len(without["data"]) == 1
    budget = {
        "type": "field_condition",
        "field": {"type": "custom_field", "custom_field_id": BUDGET.removeprefix("custom.")},
        "condition": {"type": "number_range", "gte": 10},
    }
    found = close.post("/data/search/", query=lead_query(budget, kind="opportunity"))
    assert [each["id"] for each in found["data"]] == [other]
    assert (
        close.refused("POST", "/data/search/", json={"query": lead_query(text("lead", "nme", "x"))})[0] == 400
    )
    assert close.refused("POST", "/data/search/", json={"query": {"type": "and", "queries": []}})[0] == 400


def test_search_pages_by_cursors_that_expire(close: Organization) -> None:
    close.ask("POST", "/bulk", {"count": 5})
    sort = [
        {
            "direction": "desc",
            "field": {"type": "regular_field", "object_type": "lead", "field_name": "date_created"},
        }
    ]
    body = {"query": lead_query(), "_limit": 2, "sort": sort}
    first = close.post("/data/search/", **body)
    second = close.post("/data/search/", **body, cursor=first["cursor"])
    third = close.post("/data/search/", **body, cursor=second["cursor"])
    found = {each["id"] for page in (first, second, third) for each in page["data"]}
    assert (len(found), third["cursor"]) == (5, None)
    close.set(search_cursor_s=0)
    gone = close.post("/data/search/", **body)["cursor"]
    assert close.refused("POST", "/data/search/", json={**body, "cursor": gone})[0] == 400


def test_search_may_lag_behind_lists(close: Organization) -> None:
    close.set(search_lag_s=0.4)
    deal_id = close.new_deal()
    assert ids(close) == [deal_id]
    assert close.post("/data/search/", query=lead_query())["data"] == []
    until(lambda: bool(close.post("/data/search/", query=lead_query())["data"]), "the search index")


def test_an_export(close: Organization) -> None:
    won = close.new_deal(stage=WON)
    close.new_deal()
    close.set(export_s=0.2)
    export = close.post(
        "/export/opportunity/", format="json", params={"status_type": "won"}, send_done_email=False
    )
    assert (export["status"], export["download_url"]) == ("created", None)
    path = f"/export/{export['id']}/"
    until(lambda: bool(close.read(path)["status"] == "done"), "the export")
    done = close.read(path)
    assert done["n_docs"] == 1
    packed = requests.get(done["download_url"], timeout=10)
    assert packed.headers["content-encoding"] == "gzip"
    assert [each["id"] for each in packed.json()] == [won]
    assert close.refused("POST", "/export/opportunity/", json={"format": "csv"})[0] == 400


def test_five_thousand_deals_are_no_burden(close: Organization) -> None:
    def quickest(skips: range) -> float:
        """Seconds that a page takes, of the quickest one: others may wait for the machine."""
        took = []
        for skip in skips:
            began = time.monotonic()
            page = close.read("/opportunity/", _limit=200, _order_by="date_created", _skip=skip)
            took.append(time.monotonic() - began)
            assert len(page["data"]) == 200
        return min(took)

    close.ask("POST", "/bulk", {"count": 400, "stage": QUALIFIED})
    quickest_of_few = quickest(range(0, 400, 200))
    deals = close.ask("POST", "/bulk", {"count": 5000, "stage": QUALIFIED})["ids"]
    assert len(deals) == 5000
    assert quickest(range(0, 2000, 200)) < 10 * quickest_of_few

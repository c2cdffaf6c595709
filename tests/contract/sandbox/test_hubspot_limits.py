"""Caps, refused calls, rate limits, and paging over more records than a search may return."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .running import Running, until

DEALS = "/crm/v3/objects/deals"
SEARCH = f"{DEALS}/search"
BY_ID = {"sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]}

MALFORMED: dict[str, tuple[str, str, Any]] = {
    "page over the cap": ("GET", f"{DEALS}?limit=101", None),
    "page over the cap with history": ("GET", f"{DEALS}?limit=51&propertiesWithHistory=amount", None),
    "unknown parameter": ("GET", f"{DEALS}?limits=10", None),
    "wrong cursor": ("GET", f"{DEALS}?after=next", None),
    "wrong boolean": ("GET", f"{DEALS}?archived=yes", None),
    "wrong id": ("GET", f"{DEALS}/abc", None),
    "unknown object type": ("GET", "/crm/v3/objects/dealz", None),
    "unknown link": ("GET", f"{DEALS}?associations=dealz", None),
    "id as a number": ("POST", f"{DEALS}/batch/read", {"inputs": [{"id": 1}]}),
    "unknown key": ("PATCH", f"{DEALS}/1", {"property": {}}),
    "batch over the cap": ("POST", f"{DEALS}/batch/read", {"inputs": [{"id": str(n)} for n in range(101)]}),
    "batch with history over the cap": (
        "POST",
        f"{DEALS}/batch/read",
        {"inputs": [{"id": str(n)} for n in range(51)], "propertiesWithHistory": ["amount"]},
    ),
    "search page over the cap": ("POST", SEARCH, {"limit": 201}),
    "search beyond 10,000": ("POST", SEARCH, {"limit": 100, "after": "9901"}),
    "two sorts": ("POST", SEARCH, {"sorts": ["amount", "dealname"]}),
    "unknown operator": (
        "POST",
        SEARCH,
        {"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "OVER", "value": "1"}]}]},
    ),
    "unknown property in a filter": (
        "POST",
        SEARCH,
        {"filterGroups": [{"filters": [{"propertyName": "nope", "operator": "EQ", "value": "1"}]}]},
    ),
    "filters over the cap": (
        "POST",
        SEARCH,
        {"filterGroups": [{"filters": [{"propertyName": "amount", "operator": "HAS_PROPERTY"}] * 7}]},
    ),
    "search body over the cap": ("POST", SEARCH, {"query": "x" * 3000}),
    "no such call": ("POST", f"{DEALS}/1/merge", {}),
    "wrong method": ("PUT", DEALS, {}),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_call_is_refused_and_counted(hubspot: Running, case: str) -> None:
    method, path, body = MALFORMED[case]
    answer = hubspot.call(method, path, json=body)
    assert answer.status_code in (400, 404, 405), answer.text
    assert answer.json()["status"] == "error"
    assert hubspot.counts()["malformed"] == 1


def test_the_largest_pages_are_served(hubspot: Running) -> None:
    hubspot.ask("POST", "/bulk", {"count": 205})
    assert len(hubspot.get(DEALS, limit=100)["results"]) == 100
    assert len(hubspot.get(DEALS, limit=50, propertiesWithHistory="dealstage")["results"]) == 50
    assert len(hubspot.call("POST", SEARCH, json={"limit": 200}).json()["results"]) == 200
    assert hubspot.counts()["malformed"] == 0


def test_a_call_without_token_or_type_is_malformed(hubspot: Running) -> None:
    bare = hubspot.session.get(hubspot.url + DEALS, timeout=10)
    assert (bare.status_code, bare.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    typeless = hubspot.call("POST", SEARCH, data=b"{}", headers={"Content-Type": "text/plain"})
    assert typeless.status_code == 415
    assert hubspot.counts()["malformed"] == 2


def listed(hubspot: Running) -> Iterator[str]:
    after: str | None = None
    while True:
        page = hubspot.get(DEALS, limit=100, properties="dealname", **({"after": after} if after else {}))
        yield from (deal["id"] for deal in page["results"])
        if "paging" not in page:
            return
        after = page["paging"]["next"]["after"]


def searched(hubspot: Running, **bounds: str) -> Iterator[str]:
    last = "0"
    while True:
        filters = [
            {"propertyName": "hs_lastmodifieddate", "operator": "BETWEEN", **bounds},
            {"propertyName": "hs_object_id", "operator": "GT", "value": last},
        ]
        body = {"filterGroups": [{"filters": filters}], **BY_ID, "limit": 200, "properties": ["amount"]}
        page = hubspot.call("POST", SEARCH, json=body).json()
        if not page["results"]:
            return
        yield from (deal["id"] for deal in page["results"])
        last = page["results"][-1]["id"]


def test_more_than_ten_thousand_deals_are_reached_by_id(hubspot: Running) -> None:
    ids = hubspot.ask("POST", "/bulk", {"count": 10_050})["ids"]
    everything = hubspot.call("POST", SEARCH, json={"limit": 1}).json()
    assert everything["total"] == 10_050
    assert hubspot.call("POST", SEARCH, json={"limit": 100, "after": "9900"}).status_code == 200
    assert hubspot.call("POST", SEARCH, json={"limit": 100, "after": "9901"}).status_code == 400
    assert list(searched(hubspot, value="0", highValue="9999999999999")) == ids
    assert list(listed(hubspot)) == ids


def test_a_change_is_found_by_its_time(hubspot: Running) -> None:
    ids = hubspot.ask("POST", "/bulk", {"count": 30})["ids"]
    before = int(time.time() * 1000) + 1
    until(lambda: time.time() * 1000 > before, "the next millisecond")
    hubspot.edit(ids[7], by=None, stage="contractsent")
    assert list(searched(hubspot, value=str(before), highValue="9999999999999")) == [ids[7]]


FILTERS: dict[str, tuple[list[dict[str, Any]], list[int]]] = {
    "EQ": ([{"propertyName": "dealstage", "operator": "EQ", "value": "closedwon"}], [0]),
    "NEQ": ([{"propertyName": "dealstage", "operator": "NEQ", "value": "closedwon"}], [1, 2]),
    "IN": (
        [{"propertyName": "dealstage", "operator": "IN", "values": ["closedwon", "contractsent"]}],
        [0, 1],
    ),
    "NOT_IN": ([{"propertyName": "dealstage", "operator": "NOT_IN", "values": ["closedwon"]}], [1, 2]),
    "IN needs lower case": ([{"propertyName": "dealname", "operator": "IN", "values": ["Alpha one"]}], []),
    "IN in lower case": ([{"propertyName": "dealname", "operator": "IN", "values": ["alpha one"]}], [0]),
    "BETWEEN": (
        [{"propertyName": "amount", "operator": "BETWEEN", "value": "9", "highValue": "20"}],
        [0, 1],
    ),
    "numbers, not text": ([{"propertyName": "amount", "operator": "LT", "value": "100"}], [0, 1]),
    "HAS_PROPERTY": ([{"propertyName": "decision_maker", "operator": "HAS_PROPERTY"}], [2]),
    "NOT_HAS_PROPERTY": ([{"propertyName": "decision_maker", "operator": "NOT_HAS_PROPERTY"}], [0, 1]),
    "CONTAINS_TOKEN": ([{"propertyName": "dealname", "operator": "CONTAINS_TOKEN", "value": "al*"}], [0, 1]),
    "and": (
        [
            {"propertyName": "amount", "operator": "GT", "value": "10"},
            {"propertyName": "decision_maker", "operator": "HAS_PROPERTY"},
        ],
        [2],
    ),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filters(hubspot: Running, case: str) -> None:
    ids = [
        hubspot.new_deal(title="Alpha one", stage="closedwon", amount="10"),
        hubspot.new_deal(title="Alpha two", stage="contractsent", amount="20.00"),
        hubspot.new_deal(
            title="Beta", stage="qualifiedtobuy", amount="100", fields={"decision_maker": "CFO"}
        ),
    ]
    filters, expected = FILTERS[case]
    body = {"filterGroups": [{"filters": filters}]}
    found = hubspot.call("POST", SEARCH, json=body).json()
    assert [deal["id"] for deal in found["results"]] == [ids[place] for place in expected]


def test_deals_are_found_by_their_contact(hubspot: Running) -> None:
    hubspot.new_deal()
    deal_id = hubspot.new_deal(contact={"name": "Ann", "email": "ann@customer.example"})
    contact = hubspot.get("/crm/v3/objects/contacts")["results"][0]["id"]
    filters = [{"propertyName": "associations.contact", "operator": "EQ", "value": contact}]
    found = hubspot.call("POST", SEARCH, json={"filterGroups": [{"filters": filters}]}).json()
    assert [deal["id"] for deal in found["results"]] == [deal_id]


def test_the_burst_is_a_sliding_window(hubspot: Running) -> None:
    hubspot.ask("POST", "/limits", {"enabled": True, "burst": 20})
    answers = [hubspot.call("GET", f"{DEALS}?limit=1") for _ in range(25)]
    admitted = [answer for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert (len(admitted), len(refused)) == (20, 5)
    remaining = [int(answer.headers["X-HubSpot-RateLimit-Remaining"]) for answer in admitted]
    assert remaining == list(range(19, -1, -1))
    body = refused[0].json()
    assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "TEN_SECONDLY_ROLLING")
    assert "Retry-After" not in refused[0].headers
    assert hubspot.counts()["refused"] == 5


def test_searches_have_their_own_limit_and_no_rate_headers(hubspot: Running) -> None:
    hubspot.ask("POST", "/limits", {"enabled": True})
    sent: list[tuple[float, int]] = []
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        answer = hubspot.call("POST", SEARCH, json={"limit": 1})
        sent.append((time.monotonic(), answer.status_code))
        assert not [name for name in answer.headers if name.lower().startswith("x-hubspot-ratelimit")]
        if answer.status_code == 429:
            assert answer.json()["policyName"] == "SECONDLY"
            time.sleep(0.02)
    admitted = [at for at, status in sent if status == 200]
    # Each was answered at most a moment after it was admitted, so windows are taken a little short.
    busiest = max(sum(start <= at < start + 0.9 for at in admitted) for start in admitted)
    assert (busiest, len(admitted) >= 11) == (5, True)

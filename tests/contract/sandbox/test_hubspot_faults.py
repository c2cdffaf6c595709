"""Planned faults look on the wire as they do in life, and happen as often as planned."""

from __future__ import annotations

import time

import pytest
import requests

from .running import OLENA, PETAR, Running

DEALS = "/crm/v3/objects/deals"
WON = {"properties": {"dealstage": "closedwon"}}


@pytest.fixture
def deal_id(hubspot: Running) -> str:
    return hubspot.new_deal()


def stage(hubspot: Running, deal_id: str) -> str:
    return str(hubspot.deal(deal_id)["stage"])


def test_refusals_by_the_crm(hubspot: Running) -> None:
    hubspot.fault("rate_limited", retry_after=3)
    limited = hubspot.call("GET", DEALS)
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "3")
    hubspot.fault("rate_limited", match="/search")
    assert hubspot.call("GET", DEALS).status_code == 200
    search = hubspot.call("POST", f"{DEALS}/search", json={})
    assert search.json()["policyName"] == "SECONDLY"
    hubspot.fault("server_error", times=2)
    assert [hubspot.call("GET", DEALS).status_code for _ in range(3)] == [500, 500, 200]
    hubspot.fault("unauthorized")
    assert hubspot.call("GET", DEALS).json()["category"] == "INVALID_AUTHENTICATION"
    counts = hubspot.counts()
    assert (counts["faults"], counts["refused"]) == (5, 0)


def test_an_error_page_instead_of_json(hubspot: Running) -> None:
    hubspot.fault("html")
    answer = hubspot.call("GET", DEALS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_half_an_answer_after_a_whole_effect(hubspot: Running, deal_id: str) -> None:
    hubspot.fault("half_body", match="PATCH")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=WON)
    assert stage(hubspot, deal_id) == "closedwon"


def test_a_reset_connection_without_effect(hubspot: Running, deal_id: str) -> None:
    hubspot.fault("reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=WON)
    assert stage(hubspot, deal_id) == "qualifiedtobuy"


@pytest.mark.parametrize(
    ("fault", "after"), [("timeout_before", "qualifiedtobuy"), ("timeout_after", "closedwon")]
)
def test_no_answer_in_time(hubspot: Running, deal_id: str, fault: str, after: str) -> None:
    hubspot.fault(fault, seconds=1)
    with pytest.raises(requests.ReadTimeout):
        hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=WON, timeout=0.3)
    assert stage(hubspot, deal_id) == after
    hubspot.fault(fault, seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=WON)


def test_slow_answers(hubspot: Running) -> None:
    def took() -> float:
        started = time.monotonic()
        assert hubspot.call("GET", DEALS).status_code == 200
        return time.monotonic() - started

    hubspot.fault("slow", ms=300)
    assert took() >= 0.3
    hubspot.ask("POST", "/latency", {"ms": 150})
    assert took() >= 0.15


def test_a_person_edits_right_after_a_read(hubspot: Running, deal_id: str) -> None:
    hubspot.fault("edit_after_read", deal=deal_id, edit={"by": PETAR, "stage": "contractsent"})
    shown = hubspot.get(f"{DEALS}/{deal_id}")
    assert shown["properties"]["dealstage"] == "qualifiedtobuy"
    assert stage(hubspot, deal_id) == "contractsent"
    assert hubspot.deal(deal_id)["history"][-1]["by"] == PETAR


def test_a_person_edits_right_before_a_write(hubspot: Running, deal_id: str) -> None:
    hubspot.fault("edit_before_write", deal=deal_id, edit={"by": PETAR, "stage": "closedlost", "amount": 9})
    answer = hubspot.call("PATCH", f"{DEALS}/{deal_id}", json=WON)
    assert answer.json()["properties"]["dealstage"] == "closedwon"
    line = hubspot.journal("write")[-1]
    assert line["changes"]["dealstage"] == {"from": "closedlost", "to": "closedwon"}
    assert hubspot.deal(deal_id)["amount"] == "9"


def test_a_deal_vanishes_after_it_was_listed(hubspot: Running, deal_id: str) -> None:
    hubspot.fault("vanish_after_list", deal=deal_id)
    assert hubspot.call("GET", f"{DEALS}/{deal_id}").status_code == 200
    assert [deal["id"] for deal in hubspot.get(DEALS)["results"]] == [deal_id]
    assert hubspot.call("GET", f"{DEALS}/{deal_id}").status_code == 404


def test_an_edit_that_became_impossible_does_not_spoil_the_answer(hubspot: Running, deal_id: str) -> None:
    edit = {"by": OLENA, "stage": "contractsent"}
    hubspot.fault("edit_after_read", deal=deal_id, edit=edit)
    hubspot.ask("DELETE", f"/deals/{deal_id}")
    assert hubspot.call("GET", f"{DEALS}/{deal_id}?archived=true").status_code == 200
    assert [line["deal"] for line in hubspot.journal("fault")] == [deal_id]


def test_planned_faults_can_be_seen_and_dropped(hubspot: Running) -> None:
    hubspot.fault("server_error", times=3)
    assert [each["times"] for each in hubspot.ask("GET", "/faults")] == [3]
    hubspot.ask("DELETE", "/faults")
    assert hubspot.call("GET", DEALS).status_code == 200

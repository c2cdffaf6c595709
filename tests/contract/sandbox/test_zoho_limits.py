"""Credits of a day, calls in flight, planned faults: all limits in one form, without a time to wait."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import requests

from .running import PETAR
from .zoho_org import EmulatedZoho, fresh, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def spent(org: EmulatedZoho, act: Callable[[], object]) -> int:
    """Return how many credits a call costs."""

    def remaining() -> int:
        return int(org.send("GET", "/Deals/actions/count").headers["X-API-CREDITS-REMAINING"])

    before = remaining()
    act()
    return before - remaining() - 1


def together(org: EmulatedZoho, count: int, path: str = "/Deals/actions/count") -> Counter[int]:
    """Return how often each status came when calls are made at once."""
    statuses: list[int] = []
    token = org.grant().json()["access_token"]
    at_once = threading.Barrier(count)

    def call() -> None:
        headers = {"Authorization": f"Zoho-oauthtoken {token}"}
        body = {"select_query": "select id from Deals where id is not null"} if path == "/coql" else None
        method = "POST" if body else "GET"
        at_once.wait(10)
        answer = requests.request(method, f"{org.url}/crm/v8{path}", json=body, headers=headers, timeout=20)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=call) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(statuses)


def test_credits_end_without_a_word_of_when_they_return(org: EmulatedZoho) -> None:
    org.ask("POST", "/limits", {"enabled": True})
    org.set(credits=4)
    headers = [org.send("GET", "/Deals/actions/count").headers for _ in range(4)]
    assert [each.get("X-API-CREDITS-REMAINING") for each in headers] == [None, "2", "1", "0"]
    answer = org.send("GET", "/Deals/actions/count")
    assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in answer.headers
    assert org.counts()["refused"] == 1
    org.ask("POST", "/limits", {"enabled": True})
    assert org.send("GET", "/Deals/actions/count").status_code == 200


def test_what_calls_cost(org: EmulatedZoho) -> None:
    ids = org.ask("POST", "/bulk", {"count": 60})["ids"]
    org.ask("POST", "/limits", {"enabled": True})
    org.set(credits=1000)
    for _ in range(10):  # half of the credits must be gone before they are told
        org.ok("PUT", "/Deals", {"data": [{"id": id, "Next_Step": "x"} for id in ids]})
    org.set(credits=110)
    query = "select id from Deals where id is not null limit 0, {}"
    assert spent(org, lambda: org.ok("GET", "/Deals?fields=id")) == 1
    assert spent(org, lambda: org.ok("PUT", "/Deals", {"data": [{"id": id} for id in ids[:21]]})) == 3
    assert spent(org, lambda: org.query(query.format(200))) == 1
    assert spent(org, lambda: org.query(query.format(201))) == 2
    assert spent(org, lambda: org.query(query.format(2000))) == 3
    assert spent(org, lambda: org.send("GET", "/Deals/deleted")) == 2
    assert spent(org, lambda: org.send("GET", "/Deals?fields=id&cvid=1")) == 3


def test_too_many_calls_in_flight_are_refused(org: EmulatedZoho) -> None:
    org.ask("POST", "/limits", {"enabled": True, "burst": 3})
    org.set(call_ms=1500)
    assert together(org, 5) == {200: 3, 429: 2}


def test_heavy_calls_have_a_limit_of_their_own(org: EmulatedZoho) -> None:
    org.new_deal()
    org.ask("POST", "/limits", {"enabled": True})
    org.set(call_ms=1500, edition="ultimate")
    assert together(org, 12, "/coql") == {200: 10, 429: 2}


def test_calls_one_after_the_other_are_never_too_many(org: EmulatedZoho) -> None:
    org.ask("POST", "/limits", {"enabled": True, "burst": 1})
    assert {org.send("GET", "/Deals/actions/count").status_code for _ in range(30)} == {200}


def test_planned_faults_look_like_the_crms_own(org: EmulatedZoho) -> None:
    org.ok("GET", "/org")
    org.fault("rate_limited", retry_after=7)
    limited = org.send("GET", "/org")
    assert (limited.status_code, limited.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in limited.headers
    org.fault("server_error")
    assert org.refused("GET", "/org", status=500)["code"] == "INTERNAL_ERROR"
    org.fault("unauthorized")
    assert org.refused("GET", "/org", status=401)["code"] == "INVALID_TOKEN"
    org.fault("unauthorized", match="oauth")
    assert org.grant().json() == {"error": "invalid_code"}
    org.set(forbidden=["PUT /crm/v8/Deals"])
    assert org.refused("PUT", "/Deals/1", {"data": [{}]}, status=403)["code"] == "NO_PERMISSION"


def test_people_work_in_between(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.fault("edit_after_read", deal=deal, edit={"by": PETAR, "stage": "Needs Analysis"})
    assert org.one(deal)["Stage"] == "Qualification"
    assert org.one(deal)["Stage"] == "Needs Analysis"
    org.fault("edit_before_write", deal=deal, edit={"by": PETAR, "stage": "Closed Lost"})
    org.put(deal, Stage="Closed Won")
    assert org.journal("write")[-1]["changes"]["Stage"] == {"from": "Closed Lost", "to": "Closed Won"}
    org.fault("vanish_after_list", deal=deal)
    assert org.query(f"select id from Deals where id = '{deal}'") == [{"id": deal}]
    assert org.nothing("GET", f"/Deals/{deal}")


def test_twenty_thousand_deals_are_no_burden(org: EmulatedZoho) -> None:
    fields = "Deal_Name,Stage,Pipeline,Owner,Modified_Time,Amount,Account_Name,Contact_Name"

    def quickest(after: str) -> float:
        """Seconds that a page of 200 takes, of the quickest one: others may wait for the machine."""
        text = f"select {fields} from Deals where id > '{after}' order by id asc limit 200"
        paths = (f"/Deals?fields={fields}", f"/Deals?fields={fields}&sort_by=Modified_Time&sort_order=asc")
        answers = [org.send("GET", path) for path in paths for _ in range(3)]
        answers += [org.send("POST", "/coql", {"select_query": text}) for _ in range(3)]
        assert {len(answer.json()["data"]) for answer in answers} == {200}
        return min(answer.elapsed.total_seconds() for answer in answers)

    few = org.ask("POST", "/bulk", {"count": 500})["ids"]
    quickest_of_few = quickest(few[100])
    many = org.ask("POST", "/bulk", {"count": 20_000})["ids"]
    assert quickest(many[10_000]) < 10 * quickest_of_few

"""Event log and webhooks of the emulated Close organization: what is told, signed, repeated and paused."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.close.deliveries import signature

from .close_organization import (
    BUDGET,
    FIRST,
    INTRODUCED,
    QUALIFIED,
    SALES,
    WON,
    Organization,
    running_organization,
)
from .running import OLENA, PETAR, Inbox, until

KEY = "0f" * 32
UPDATED = {"object_type": "opportunity", "action": "updated"}


@pytest.fixture(scope="module")
def close_process() -> Iterator[Organization]:
    with running_organization() as organization:
        yield organization


@pytest.fixture
def close(close_process: Organization) -> Organization:
    return close_process.fresh()


@pytest.fixture
def told(close: Organization, inbox: Inbox) -> Inbox:
    """Return where the events of the usual subscription arrive."""
    close.ask("PUT", "/webhooks", {"url": inbox.url, "signature_key": KEY, "spacing_s": 0.05})
    return inbox


def events(inbox: Inbox) -> list[dict[str, Any]]:
    return [json.loads(body)["event"] for _, body in inbox.received]


def wait(inbox: Inbox, count: int) -> list[dict[str, Any]]:
    until(lambda: len(inbox.received) >= count, f"{count} deliveries")
    return events(inbox)


def quiet(close: Organization) -> None:
    until(lambda: close.ask("GET", "")["webhooks_pending"] == 0, "the last delivery")


def log(close: Organization, **filters: Any) -> list[dict[str, Any]]:
    return list(close.read("/event/", **filters)["data"])


def test_the_documented_signature() -> None:
    body = b'{"a": "\xc3\xa9"}'
    expected = hmac.new(bytes.fromhex(KEY), b"1700000000" + body, hashlib.sha256).hexdigest()
    assert signature(KEY, "1700000000", body) == expected


def test_a_move_by_a_person(close: Organization, told: Inbox) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1})["ids"][0]
    close.edit(deal_id, by=PETAR, stage=WON)
    (event,) = wait(told, 1)
    headers, body = told.received[0]
    assert headers["close-sig-hash"] == signature(KEY, headers["close-sig-timestamp"], body)
    (subscription,) = close.read("/webhook/")["data"]
    assert json.loads(body)["subscription_id"] == subscription["id"]
    assert (event["user_id"], event["api_key_id"], event["oauth_client_id"]) == (
        close.user_id(PETAR),
        None,
        None,
    )
    assert event["meta"] == {"request_method": "PUT", "request_path": f"/api/v1/opportunity/{deal_id}/"}
    assert {"status_id", "status_label", "status_type", "date_won"} <= set(event["changed_fields"])
    assert event["previous_data"]["status_id"] == FIRST
    assert event["data"] == close.read(f"/opportunity/{deal_id}/")
    assert "+" not in event["date_updated"]
    assert log(close, object_type="opportunity", action="updated") == [event]


def test_created_and_deleted(close: Organization, told: Inbox) -> None:
    deal_id = close.new_deal()
    (created,) = wait(told, 1)
    assert (created["action"], created["changed_fields"], created["previous_data"]) == ("created", [], {})
    close.ask("DELETE", f"/deals/{deal_id}")
    deleted = wait(told, 2)[1]
    assert (deleted["data"], deleted["previous_data"]["id"]) == (None, deal_id)
    assert deleted["api_key_id"].startswith("api_")


def test_own_writes_carry_the_key(close: Organization, told: Inbox) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1})["ids"][0]
    close.put(f"/opportunity/{deal_id}/", **{BUDGET: 4})
    (event,) = wait(told, 1)
    assert (event["api_key_id"], event["data"][BUDGET]) == ("api_SandboxKey000000000000", 4)
    assert (BUDGET in event["changed_fields"], event["previous_data"][BUDGET]) == (True, None)
    assert log(close, request_id=event["request_id"]) == [event]
    close.set(api_key_id="api_0123456789abcdefghijkl")
    close.put(f"/opportunity/{deal_id}/", **{BUDGET: 5})
    assert wait(told, 2)[1]["api_key_id"] == "api_0123456789abcdefghijkl"


def test_only_some_filters_go_together(close: Organization) -> None:
    assert close.refused("GET", "/event/", params={"object_type": "opportunity"})[0] == 400
    assert close.refused("GET", "/event/")[0] == 400
    assert close.refused("GET", "/event/", params={"action": "created"})[0] == 400
    deal_id = close.new_deal()
    lead_id = close.read(f"/opportunity/{deal_id}/")["lead_id"]
    assert [each["object_type"] for each in log(close, lead_id=lead_id)] == ["opportunity", "lead"]
    assert len(log(close, lead_id=lead_id, object_type="opportunity")) == 1
    assert len(log(close, user_id=close.user_id(OLENA))) == 2
    assert log(close, user_id=close.user_id(PETAR)) == []
    (event,) = log(close, object_type="opportunity", object_id=deal_id)
    assert close.read(f"/event/{event['id']}/") == event


def test_the_log_is_read_backwards_by_cursor(close: Organization) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1})["ids"][0]
    for value in range(7):
        close.put(f"/opportunity/{deal_id}/", value=value)
    seen, cursor, cursors = [], None, []
    while True:
        page = close.read("/event/", **UPDATED, _limit=3, **({"_cursor": cursor} if cursor else {}))
        seen += [each["data"]["value"] for each in page["data"]]
        cursors.append(page["cursor_previous"])
        cursor = page["cursor_next"]
        if cursor is None:
            break
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    assert cursors[0] is None
    newer = close.read("/event/", **UPDATED, _limit=3, _cursor=cursors[-1])
    assert [each["data"]["value"] for each in newer["data"]] == [3, 2, 1]
    assert close.refused("GET", "/event/", params={**UPDATED, "_cursor": "nonsense"})[0] == 400
    assert close.refused("GET", "/event/", params={**UPDATED, "_limit": 51})[0] == 400
    bound = log(close, **UPDATED)[3]["date_updated"]
    later = [each["data"]["value"] for each in log(close, **UPDATED, date_updated__gte=bound)]
    assert set(later) >= {6, 5, 4, 3}
    assert log(close, **UPDATED, date_updated__lt="2026-01-01") == []


def test_the_log_forgets(close: Organization) -> None:
    close.new_deal()
    created = {"object_type": "opportunity", "action": "created"}
    assert len(log(close, **created)) == 1
    close.set(event_retention_s=0)
    until(lambda: log(close, **created) == [], "the end of the retention")


def test_quick_changes_become_one_event(close: Organization, told: Inbox) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1, "stage": FIRST})["ids"][0]
    close.set(consolidation_s=0.6)
    close.put(f"/opportunity/{deal_id}/", status_id=QUALIFIED)
    close.put(f"/opportunity/{deal_id}/", status_id=INTRODUCED, value=7)
    close.edit(deal_id, by=PETAR, stage=WON)
    (event, other) = sorted(log(close, **UPDATED), key=lambda each: each["api_key_id"] is None)
    assert told.received == []
    assert (event["previous_data"]["status_id"], event["data"]["status_id"]) == (FIRST, INTRODUCED)
    assert event["previous_data"]["value"] == 100000
    assert other["previous_data"]["status_id"] == INTRODUCED
    assert {each["id"] for each in wait(told, 2)} == {event["id"], other["id"]}
    steps = close.read("/activity/status_change/opportunity/", opportunity_id=deal_id)["data"]
    assert [(each["old_status_id"], each["new_status_id"]) for each in steps] == [
        (INTRODUCED, WON),
        (FIRST, INTRODUCED),
    ]


def test_changes_of_several_actors_may_become_one_too(close: Organization, told: Inbox) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1})["ids"][0]
    close.set(consolidation_s=0.4, consolidates_actors=True)
    close.edit(deal_id, by=PETAR, stage=WON)
    close.put(f"/opportunity/{deal_id}/", status_id=QUALIFIED)
    (event,) = wait(told, 1)
    assert (event["api_key_id"] is None, event["data"]["status_id"]) == (False, QUALIFIED)
    assert "date_lost" not in event["changed_fields"]
    close.edit(deal_id, by=PETAR, stage=FIRST)
    close.edit(deal_id, by=PETAR, stage=QUALIFIED)
    reverted = wait(told, 2)[1]
    assert "status_id" not in reverted["changed_fields"]


def test_filters_of_a_subscription(close: Organization, inbox: Inbox) -> None:
    only_stages = {
        "type": "field_accessor",
        "field": "changed_fields",
        "filter": {"type": "contains", "value": "status_id"},
    }
    won = {
        "type": "field_accessor",
        "field": "data",
        "filter": {
            "type": "field_accessor",
            "field": "status_type",
            "filter": {"type": "equals", "value": "won"},
        },
    }
    both = {"type": "and", "filters": [only_stages, {"type": "not", "filter": won}]}
    made = close.post("/webhook/", url=inbox.url, events=[{**UPDATED, "extra_filter": both}])
    assert (made["status"], made["verify_ssl"], len(made["signature_key"])) == ("active", True, 64)
    deal_id = close.new_deal()
    for change in ({"value": 5}, {"status_id": WON}, {"status_id": FIRST}):
        close.put(f"/opportunity/{deal_id}/", **change)
    quiet(close)
    assert [each["data"]["status_id"] for each in events(inbox)] == [FIRST]
    headers, body = inbox.received[0]
    assert headers["close-sig-hash"] == signature(made["signature_key"], headers["close-sig-timestamp"], body)


def test_subscriptions(close: Organization, inbox: Inbox) -> None:
    made = close.post("/webhook/", url=inbox.url, events=[UPDATED], verify_ssl=False)
    path = f"/webhook/{made['id']}/"
    assert made["events"] == [{**UPDATED, "extra_filter": None}]
    assert "signature_key" not in close.read("/webhook/")["data"][0]
    close.set(list_shows_signature_key=True, webhook_created_status=201)
    assert close.read("/webhook/")["data"] == [close.read(path)]
    assert close.send("POST", "/webhook/", json={"url": inbox.url, "events": [UPDATED]}).status_code == 201
    wrong = {"url": "mw", "events": [{"object_type": "deal", "action": "updated"}], "active": True}
    assert set(close.field_errors("POST", "/webhook/", wrong)) == {"url", "events", "active"}
    for _ in range(38):
        close.post("/webhook/", url=inbox.url, events=[UPDATED])
    assert close.refused("POST", "/webhook/", json={"url": inbox.url, "events": [UPDATED]})[0] == 400
    assert close.send("DELETE", path).json() == {}
    assert close.refused("GET", path)[0] == 404


def test_what_was_not_taken_is_told_again(close: Organization, told: Inbox) -> None:
    told.statuses += [500, 302]
    close.new_deal()
    first, second, third = wait(told, 3)
    assert first == second == third
    timestamps = [headers["close-sig-timestamp"] for headers, _ in told.received]
    assert all(
        headers["close-sig-hash"] == signature(KEY, stamp, body)
        for stamp, (headers, body) in zip(timestamps, told.received, strict=True)
    )
    outcomes = [line["outcome"] for line in close.journal("webhook")]
    assert outcomes[:2] == ["failed: status 500", "failed: status 302"]


def test_a_subscription_that_only_fails_is_paused_and_loses_its_queue(
    close: Organization, told: Inbox
) -> None:
    close.ask("PUT", "/webhooks", {"paused_after_s": 0.15, "retries": 1000})
    told.statuses += [500] * 1000
    close.new_deal()
    (subscription,) = close.read("/webhook/")["data"]
    path = f"/webhook/{subscription['id']}/"
    until(lambda: bool(close.read(path)["status"] == "paused"), "the pause")
    shown = close.read(path)
    assert (shown["pause_reason"], shown["latest_error"]) == ("consecutive_failures", "status 500")
    quiet(close)
    told.statuses.clear()
    told.received.clear()
    close.new_deal(title="Untold")
    assert close.put(path, status="active")["pause_reason"] is None
    close.new_deal(title="Told")
    assert [each["data"]["lead_name"] for each in wait(told, 1)] == ["Told"]


def test_a_pause_by_api(close: Organization, told: Inbox) -> None:
    (subscription,) = close.read("/webhook/")["data"]
    paused = close.put(f"/webhook/{subscription['id']}/", status="paused")
    assert (paused["status"], paused["pause_reason"]) == ("paused", "api")
    close.new_deal()
    quiet(close)
    assert told.received == []
    assert len(log(close, object_type="opportunity", action="created")) == 1


def test_a_full_queue_pauses_too(close: Organization, told: Inbox) -> None:
    close.ask("PUT", "/webhooks", {"queue_max": 0})
    close.new_deal()
    assert close.read("/webhook/")["data"][0]["pause_reason"] == "queue_full"


def test_webhooks_go_wrong_on_purpose(close: Organization, told: Inbox) -> None:
    close.fault("lose_webhook", match="Lost")
    close.fault("double_webhook", match="Double")
    close.new_deal(title="Lost")
    close.new_deal(title="Double")
    quiet(close)
    assert [each["data"]["lead_name"] for each in events(told)] == ["Double", "Double"]


def test_a_silent_edit_is_in_the_log_all_the_same(close: Organization, told: Inbox) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1})["ids"][0]
    close.ask("POST", "/bulk_edit", {"ids": [deal_id], "by": OLENA, "stage": WON, "webhooks": False})
    quiet(close)
    assert told.received == []
    assert [each["user_id"] for each in log(close, **UPDATED)] == [close.user_id(OLENA)]


def test_changes_of_pipelines_and_members(close: Organization, inbox: Inbox) -> None:
    wanted = ["status.opportunity.updated", "status.opportunity.deleted", "membership.deactivated"]
    close.ask("PUT", "/webhooks", {"url": inbox.url, "events": wanted})
    stages = [{"id": FIRST, "label": "Renamed"}]
    close.ask("PUT", "/pipelines", [{"id": SALES, "label": "Sales", "stages": stages}])
    close.ask("POST", "/people", {"email": PETAR, "name": "Petar D.", "active": False})
    quiet(close)
    told = events(inbox)
    assert [each["previous_data"]["label"] for each in told if each["action"] == "updated"] == [
        "Appointment scheduled"
    ]
    assert len([each for each in told if each["action"] == "deleted"]) == 12
    assert [each["object_type"] for each in told if each["action"] == "deactivated"] == ["membership"]


def test_others_than_administrators_see_their_own_subscriptions_and_recent_data(
    close: Organization, told: Inbox
) -> None:
    close.new_deal()
    close.set(role="user")
    assert len(close.read("/webhook/")["data"]) == 1
    assert log(close, object_type="opportunity", action="created")[0]["data"]


def test_some_changes_may_tell_no_event(close: Organization, told: Inbox) -> None:
    deal_id = close.ask("POST", "/bulk", {"count": 1})["ids"][0]
    close.set(only_documented_updates_are_told=True)
    close.put(f"/opportunity/{deal_id}/", user_id=close.user_id(OLENA), **{BUDGET: 4})
    assert log(close, **UPDATED) == []
    close.put(f"/opportunity/{deal_id}/", value=5)
    assert [each["data"]["value"] for each in wait(told, 1)] == [5]


def test_the_log_knows_no_skip(close: Organization) -> None:
    assert len(log(close, **UPDATED, _skip=0)) == 0
    assert close.counts()["malformed"] == 1

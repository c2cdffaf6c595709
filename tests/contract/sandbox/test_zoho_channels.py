"""Notification channels: their time, their forms, what is posted and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from .running import OLENA, PETAR, Inbox, listening, until
from .zoho_org import OLENA_ID, EmulatedZoho, fresh, posted, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with listening() as inbox:
        yield inbox


def in_days(days: float) -> str:
    """Return a time in the form of the API."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0).isoformat()


def left(result: dict[str, Any]) -> timedelta:
    """Return how long a channel has, by the answer that opened it."""
    return datetime.fromisoformat(result["details"]["events"][0]["channel_expiry"]) - datetime.now(UTC)


def test_a_post_names_records_and_fields_but_no_actor(org: EmulatedZoho, inbox: Inbox) -> None:
    deal = org.new_deal()
    org.watch(inbox, return_affected_field_values=True)
    org.edit(deal, by=PETAR, stage="Needs Analysis", owner=PETAR)
    (post,) = posted(inbox, 1)
    assert abs(post.pop("server_time") / 1000 - datetime.now(UTC).timestamp()) < 10
    owner = {"name": "Petar D.", "id": "7328395000000100002", "email": PETAR}
    values = {"Stage": "Needs Analysis", "Owner": owner}
    assert post.pop("affected_values") == [{"record_id": deal, "values": values}]
    assert post == {
        "query_params": {"from": "hubspot"},
        "module": "Deals",
        "resource_uri": f"{org.url}/crm/v2/Deals",
        "ids": [deal],
        "operation": "update",
        "channel_id": "1000000068001",
        "token": "secret",
        "affected_fields": [{deal: list(values)}],
    }
    headers, _ = inbox.received[0]
    assert headers["Content-Type"].startswith("application/json")


def test_insert_and_delete_have_their_own_forms(org: EmulatedZoho, inbox: Inbox) -> None:
    org.watch(inbox)
    deal = org.new_deal()
    (made,) = posted(inbox, 1)
    assert (made["operation"], made["affected_fields"], "affected_values" in made) == ("insert", [], False)
    org.ask("DELETE", f"/deals/{deal}")
    gone = posted(inbox, 2)[1]
    assert (gone["operation"], gone["ids"], "affected_fields" in gone) == ("delete", [deal], False)


def test_several_records_come_in_one_post(org: EmulatedZoho, inbox: Inbox) -> None:
    ids = [org.new_deal() for _ in range(5)]
    org.watch(inbox)
    rows = [{"id": deal, "Next_Step": "call"} for deal in ids]
    org.ok("PUT", "/Deals", {"data": rows})
    (post,) = posted(inbox, 1)
    assert post["ids"] == ids
    assert post["affected_fields"] == [{deal: ["Next_Step"]} for deal in ids]


def test_our_own_writes_echo_and_a_write_of_nothing_does_not(org: EmulatedZoho, inbox: Inbox) -> None:
    deal = org.new_deal()
    org.watch(inbox)
    org.put(deal, Stage="Qualification")
    org.put(deal, Stage="Needs Analysis")
    assert [post["affected_fields"] for post in posted(inbox, 1)] == [[{deal: ["Stage"]}]]


def test_nothing_is_repeated(org: EmulatedZoho, inbox: Inbox) -> None:
    inbox.statuses = [500]
    org.watch(inbox)
    org.new_deal()
    until(lambda: org.counts()["webhooks_failed"] == 1, "a failed post")
    until(lambda: org.ask("GET", "")["webhooks_pending"] == 0, "the end of the delivery")
    assert len(inbox.received) == 1


def test_imports_and_merges_notify_nobody(org: EmulatedZoho, inbox: Inbox) -> None:
    org.watch(inbox)
    ids = org.ask("POST", "/bulk", {"count": 3})["ids"]
    org.ask("POST", "/deals/merge", {"ids": ids[:2], "by": OLENA})
    org.edit(ids[2], by=OLENA, title="The only one told")
    assert [post["ids"] for post in posted(inbox, 1)] == [[ids[2]]]


@pytest.mark.parametrize(
    ("asked", "granted"),
    [(None, timedelta(hours=1)), (6.5, timedelta(days=6.5)), (7.5, timedelta(hours=1))],
)
def test_a_channel_lives_an_hour_unless_up_to_a_week_is_asked(
    org: EmulatedZoho, inbox: Inbox, asked: float | None, granted: timedelta
) -> None:
    result = org.watch(inbox, **({"channel_expiry": in_days(asked)} if asked else {}))
    assert abs(left(result) - granted) < timedelta(seconds=10)
    with_milliseconds = {"channel_expiry": "2026-12-01T10:30:00.000+00:00"}
    body = {
        "watch": [{"channel_id": "1", "events": ["Deals.all"], "notify_url": inbox.url, **with_milliseconds}]
    }
    answer = org.send("POST", "/actions/watch", body)
    assert answer.json()["watch"][0]["details"]["expected_data_type"] == "datetime"


def test_a_channel_that_expired_is_gone_without_a_word(org: EmulatedZoho, inbox: Inbox) -> None:
    org.watch(inbox)
    org.ask("PUT", "/webhooks", {"expire": True})
    assert org.nothing("GET", "/actions/watch?channel_id=1000000068001")
    org.new_deal()
    org.watch(inbox)
    deal = org.new_deal()
    assert [post["ids"] for post in posted(inbox, 1)] == [[deal]]


def test_details_are_changed_renewed_and_ended(org: EmulatedZoho, inbox: Inbox) -> None:
    org.watch(inbox)
    change = {"channel_id": "1000000068001", "events": ["Deals.edit"], "notify_url": inbox.url}
    renewed = org.ok("PATCH", "/actions/watch", {"watch": [{**change, "channel_expiry": in_days(3)}]})[
        "watch"
    ][0]
    assert renewed["message"] == "Successfully updated the subscribe details"
    row = org.ok("GET", "/actions/watch")["watch"][0]
    assert (row["events"], row["token"], row["notify_on_related_action"]) == (["Deals.edit"], "secret", False)
    org.ok("PUT", "/actions/watch", {"watch": [change]})
    assert org.ok("GET", "/actions/watch")["watch"][0]["token"] is None
    taken = {"channel_id": "1000000068001", "events": ["Deals.edit"], "_delete_events": True}
    org.ok("PATCH", "/actions/watch", {"watch": [taken]})
    assert org.nothing("GET", "/actions/watch")
    org.watch(inbox)
    ended = org.ok("DELETE", "/actions/watch?channel_ids=1000000068001")["watch"][0]
    assert ended["message"] == "Successfully un-subscribed from actions-watch"
    again = org.send("DELETE", "/actions/watch?channel_ids=1000000068001")
    assert (again.status_code, again.json()["watch"][0]["code"]) == (400, "NOT_SUBSCRIBED")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "x" * 51}, "INVALID_DATA"),
        ({"channel_id": 7}, "INVALID_DATA"),
        ({"events": ["Deals.move"]}, "INVALID_DATA"),
        ({"events": []}, "MANDATORY_NOT_FOUND"),
        ({"notify_url": ""}, "MANDATORY_NOT_FOUND"),
        ({"notify_url": "ftp://x.example"}, "INVALID_DATA"),
        ({"notify_url": "https://x.example/" + "x" * 255}, "INVALID_DATA"),
        ({"secret": "x"}, "INVALID_DATA"),
        ({"notification_condition": "Stage"}, "INVALID_DATA"),
    ],
)
def test_a_wrong_channel_is_refused(org: EmulatedZoho, change: dict[str, Any], code: str) -> None:
    channel = {"channel_id": "7", "events": ["Deals.all"], "notify_url": "https://x.example/", **change}
    answer = org.send("POST", "/actions/watch", {"watch": [channel]})
    assert (answer.status_code, answer.json()["watch"][0]["code"]) == (400, code)
    assert org.counts()["malformed"] == 1


def test_a_condition_on_fields(org: EmulatedZoho, inbox: Inbox) -> None:
    modules = {each["api_name"]: each["id"] for each in org.ok("GET", "/settings/modules")["modules"]}
    fields = {
        each["api_name"]: each["id"] for each in org.ok("GET", "/settings/fields?module=Deals")["fields"]
    }
    group = [{"field": {"api_name": name, "id": fields[name]}} for name in ("Stage", "Owner")]
    module = {"api_name": "Deals", "id": modules["Deals"]}
    selection: dict[str, Any] = {"group_operator": "or", "group": group}
    condition = {"type": "field_selection", "module": module, "field_selection": selection}
    deal = org.new_deal()
    org.watch(inbox, notification_condition=[condition])
    org.put(deal, Next_Step="nobody hears of it")
    org.put(deal, Stage="Needs Analysis")
    assert [post["affected_fields"] for post in posted(inbox, 1)] == [[{deal: ["Stage"]}]]
    channel = {"channel_id": "8", "events": ["Deals.all"], "notify_url": inbox.url}
    three = {**condition, "field_selection": {**selection, "group": [*group, *group]}}
    other = {**condition, "module": {**module, "id": modules["Tasks"]}}
    for wrong, code in ((three, "INVALID_DATA"), (other, "AMBIGUITY_DURING_PROCESSING")):
        answer = org.send(
            "POST", "/actions/watch", {"watch": [{**channel, "notification_condition": [wrong]}]}
        )
        assert answer.json()["watch"][0]["code"] == code


def test_related_records_make_noise_unless_declined(org: EmulatedZoho, inbox: Inbox) -> None:
    deal = org.new_deal()
    org.watch(inbox, notify_on_related_action=True)
    org.ok("POST", f"/Deals/{deal}/Notes", {"data": [{"Note_Content": "n"}]}, 201)
    (post,) = posted(inbox, 1)
    assert (post["ids"], post["affected_fields"]) == ([deal], [{deal: []}])


def test_a_channel_of_another_program(org: EmulatedZoho, inbox: Inbox) -> None:
    org.ask("PUT", "/webhooks", {"url": inbox.url, "token": "its-token"})
    org.new_deal()
    assert posted(inbox, 1)[0]["token"] == "its-token"
    org.set(notification_type="text/plain")
    org.new_deal()
    posted(inbox, 2)
    assert inbox.received[1][0]["Content-Type"] == "text/plain"
    assert json.loads(inbox.received[1][1])["module"] == "Deals"
    assert OLENA_ID not in inbox.received[1][1].decode()

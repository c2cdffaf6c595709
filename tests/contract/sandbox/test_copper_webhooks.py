"""Webhooks of the emulated Copper account: subscriptions by API, bodies, gathering, loss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from .copper_account import FOLLOW_UP, QUALIFIED, EmulatedCopper, bodies, fresh, running_copper
from .running import OLENA, PETAR, Inbox, until

TOKEN = {"X-Conveyor-Token": "s3cret"}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


@pytest.fixture
def told(copper: EmulatedCopper, inbox: Inbox) -> Inbox:
    """A target that is told of everything about opportunities."""
    copper.ask("PUT", "/webhooks", {"url": inbox.url, "token": "s3cret"})
    return inbox


def received(inbox: Inbox, count: int) -> list[dict[str, Any]]:
    """Return the notifications once there are that many."""
    until(lambda: len(inbox.received) >= count, f"{count} notifications")
    return bodies(inbox)


def subscription(**values: Any) -> dict[str, Any]:
    return {"target": "https://conveyor.example/hook", "type": "opportunity", "event": "update", **values}


def test_a_subscription_comes_and_goes(copper: EmulatedCopper) -> None:
    made = copper.ok("POST", "/webhooks", subscription(headers=TOKEN, secret={"key": "value"}))
    assert {name: made[name] for name in ("type", "event", "headers", "secret")} == {
        "type": "opportunity",
        "event": "update",
        "headers": TOKEN,
        "secret": {"key": "value"},
    }
    assert type(made["id"]) is type(made["created_at"]) is int
    path = f"/webhooks/{made['id']}"
    assert copper.get("/webhooks") == [made] == [copper.get(path)]
    changed = copper.ok("PUT", path, {"target": "https://conveyor.example/other"})
    assert changed == {**made, "target": "https://conveyor.example/other"}
    assert copper.refused("PUT", path, {"event": "new"}).startswith("Base: Unrecognized")
    double = copper.ok("POST", "/webhooks", subscription())
    assert double["id"] != made["id"]
    assert copper.ok("DELETE", path) == {"id": made["id"]}
    assert copper.send("GET", path).status_code == 404
    assert copper.get("/webhooks") == [double]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"url": "x", "target": "https://a.example", "event": "new"}, None),
        (subscription(target="http://conveyor.example/hook"), "Target: is invalid"),
        (subscription(type="deal"), "Type: is invalid"),
        (subscription(event="*"), "Event: is invalid"),
        (subscription(secret="x"), "Secret: is invalid"),
        (subscription(headers={"X": 1}), "Headers: is invalid"),
    ],
)
def test_a_wrong_subscription_is_refused(
    copper: EmulatedCopper, given: dict[str, Any], said: str | None
) -> None:
    expected = said or "Base: Unrecognized attributes specified: url\nType: can't be blank"
    assert copper.refused("POST", "/webhooks", given) == expected


def test_an_account_has_a_hundred_subscriptions(copper: EmulatedCopper) -> None:
    for _ in range(100):
        copper.ok("POST", "/webhooks", subscription())
    assert "limit of 100" in copper.refused("POST", "/webhooks", subscription())


def test_another_key_does_not_see_the_subscriptions_which_go_on(copper: EmulatedCopper, told: Inbox) -> None:
    copper.settings(api_key="another")
    assert copper.send("GET", "/webhooks").status_code == 401
    assert copper.send("GET", "/webhooks", headers={"X-PW-AccessToken": "another"}).json() == []
    copper.card()
    assert received(told, 1)[0]["event"] == "new"


def test_a_move_is_told_by_internal_names_and_without_the_actor(copper: EmulatedCopper, told: Inbox) -> None:
    (deal_id,) = copper.many(1)
    copper.edit(str(deal_id), by=PETAR, stage=str(FOLLOW_UP))
    (body,) = received(told, 1)
    assert body["updated_attributes"].pop("last_stage_at")[1] >= 1_700_000_000
    assert body.pop("subscription_id") > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body.pop("timestamp"))
    assert body == {
        "event": "update",
        "type": "opportunity",
        "ids": [deal_id],
        "updated_attributes": {
            "stage": ["Qualified", "Follow-up"],
            "stage_id": [QUALIFIED, FOLLOW_UP],
            "days_in_stage": [0, 0],
            "win_probability": [5, 15],
        },
    }
    headers, _ = told.received[0]
    assert (headers["X-Conveyor-Token"], headers["Content-Type"]) == ("s3cret", "application/json")
    assert not [name for name in headers if "signature" in name.lower()]


def test_new_and_deleted_records_are_told_without_attributes(copper: EmulatedCopper, told: Inbox) -> None:
    deal_id = copper.card()
    copper.ask("DELETE", f"/deals/{deal_id}?by={OLENA}")
    told_of = [(each["event"], each["ids"], each["updated_attributes"]) for each in received(told, 2)]
    assert sorted(told_of, key=str) == [("delete", [deal_id], {}), ("new", [deal_id], {})]


def test_every_attribute_is_a_pair_and_custom_fields_are_nested(copper: EmulatedCopper, told: Inbox) -> None:
    (deal_id,) = copper.many(1)
    region = copper.field("Region")
    eu = region["options"][0]["id"]
    entry = {"custom_field_definition_id": region["id"], "value": eu}
    copper.put(deal_id, status="Won", monetary_value=5, custom_fields=[entry])
    (body,) = received(told, 1)
    assert body["updated_attributes"] == {
        "status": ["Open", "Won"],
        "value": [1000, 5],
        "custom_fields": {str(region["id"]): [None, eu]},
    }


def test_the_secret_is_merged_into_the_body_and_values_may_be_computed(
    copper: EmulatedCopper, inbox: Inbox
) -> None:
    copper.settings(http_targets=True, webhook_status="ids")
    given = subscription(target=inbox.url, secret={"key": "value"}, custom_field_computed_values=True)
    copper.ok("POST", "/webhooks", given)
    (deal_id,) = copper.many(1)
    copper.edit(str(deal_id), by=OLENA, stage="status:Lost", fields={"region": "EU"})
    (body,) = received(inbox, 1)
    assert body["key"] == "value"
    assert body["updated_attributes"]["status"] == [0, 2]
    assert list(body["updated_attributes"]["custom_fields"].values()) == [[None, "EU"]]


def test_nothing_is_told_where_nothing_changed_or_only_a_note_came(
    copper: EmulatedCopper, told: Inbox
) -> None:
    (deal_id,) = copper.many(1)
    copper.put(deal_id, name=copper.get(f"/opportunities/{deal_id}")["name"])
    parent = {"type": "opportunity", "id": deal_id}
    copper.ok(
        "POST", "/activities", {"parent": parent, "type": {"category": "user", "id": 0}, "details": "x"}
    )
    copper.ok(
        "POST", f"/opportunities/{deal_id}/related", {"resource": {"id": copper.person(), "type": "person"}}
    )
    copper.put(deal_id, name="real")
    assert [each["updated_attributes"] for each in received(told, 1)] == [{"name": ["Deal 1", "real"]}]
    copper.quiet()
    assert len(told.received) == 1


def test_a_mass_edit_comes_in_notifications_of_thirty(copper: EmulatedCopper, told: Inbox) -> None:
    ids = copper.many(65)
    copper.ask("POST", "/bulk_edit", {"by": OLENA, "stage": str(FOLLOW_UP)})
    told_of = received(told, 3)
    assert sorted(len(each["ids"]) for each in told_of) == [5, 30, 30]
    assert sorted(id for each in told_of for id in each["ids"]) == ids
    copper.ask("POST", "/bulk_edit", {"by": OLENA, "stage": str(QUALIFIED), "webhooks": False})
    copper.quiet()
    assert len(told.received) == 3


def test_a_failed_delivery_is_never_repeated(copper: EmulatedCopper, told: Inbox) -> None:
    told.statuses = [500]
    copper.card()
    received(told, 1)
    copper.quiet()
    assert len(told.received) == 1
    counts = copper.counts()
    assert (counts["webhooks_sent"], counts["webhooks_failed"]) == (0, 1)


def test_beyond_the_notifications_of_a_minute_all_are_lost(copper: EmulatedCopper, told: Inbox) -> None:
    copper.ask("POST", "/limits", {"enabled": True})
    ids = [str(id) for id in copper.many(2)]
    for number in range(305):
        for deal_id in ids:
            copper.edit(deal_id, by=OLENA, title=f"{deal_id} {number}")
    copper.quiet()
    assert len(told.received) == 600
    lost = [line for line in copper.journal("webhook") if line["outcome"] == "lost beyond the limit"]
    assert len(lost) == 10


def test_own_writes_are_told_unless_the_account_is_of_the_other_kind(
    copper: EmulatedCopper, told: Inbox
) -> None:
    (deal_id,) = copper.many(1)
    copper.put(deal_id, name="one")
    received(told, 1)
    copper.settings(own_writes_told=False)
    copper.put(deal_id, name="two")
    copper.edit(str(deal_id), by=OLENA, title="three")
    names = [each["updated_attributes"]["name"][1] for each in received(told, 2)]
    assert names == ["one", "three"]


def test_other_kinds_are_told_of_too(copper: EmulatedCopper, inbox: Inbox) -> None:
    copper.ask(
        "PUT", "/webhooks", {"url": inbox.url, "types": ["person", "task"], "events": ["new", "update"]}
    )
    person = copper.person()
    copper.ok("PUT", f"/people/{person}", {"title": "CFO"})
    copper.ok("POST", "/tasks", {"name": "T"})
    told_of = {(each["type"], each["event"]) for each in received(inbox, 3)}
    assert told_of == {("person", "new"), ("person", "update"), ("task", "new")}


def test_faults_of_webhooks_happen(copper: EmulatedCopper, told: Inbox) -> None:
    copper.fault("lose_webhook")
    copper.fault("double_webhook")
    first, second = copper.card(), copper.card()
    assert [each["ids"] for each in received(told, 2)] == [[second], [second]]
    copper.quiet()
    assert len(told.received) == 2
    assert first != second


def test_a_reset_sends_nothing_of_before(copper: EmulatedCopper, told: Inbox) -> None:
    copper.ask("POST", "/reset")
    copper.card()
    copper.quiet()
    assert told.received == []


def test_an_account_can_start_with_its_target(inbox: Inbox) -> None:
    with running_copper("--webhook-url", inbox.url, "--secret", "other") as copper:
        copper.card()
        received(inbox, 1)
    headers, _ = inbox.received[0]
    assert headers["X-Conveyor-Token"] == "other"

"""Deliveries to hints, from bodies as they were recorded. Their form: docs/connectors/hubspot.md#webhooks"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from connectors.base import Delivery
from connectors.errors import Unreadable
from connectors.hubspot.values import Property
from connectors.hubspot.webhooks import parse
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Hint, HintKind

MAPPED = {"budget": Property("budget__c", "Budget", "number")}
CHANGE: Mapping[str, object] = {
    "eventId": 714285774,
    "subscriptionId": 4849549,
    "portalId": 50687303,
    "appId": 25681700,
    "occurredAt": 1765043528476,
    "subscriptionType": "deal.propertyChange",
    "attemptNumber": 0,
    "objectId": 173595202426,
    "propertyName": "dealstage",
    "propertyValue": "closedwon",
    "changeSource": "CRM_UI",
    "sourceId": "userId:10202051",
}


def hints(*events: object, portal_id: str | None = None, our_app: str | None = None) -> list[Hint]:
    """The hints of a delivery of these events."""
    delivery = Delivery("POST", "https://x.example/", {}, json.dumps(events).encode(), datetime.now(UTC))
    return parse(delivery, MAPPED, portal_id=portal_id, our_app=our_app)


def test_a_stage_change_names_deal_field_person_and_time() -> None:
    (hint,) = hints(CHANGE)
    assert hint.remote_id == "173595202426"
    assert (hint.kind, hint.field, hint.value) == (HintKind.CHANGED, "stage", "closedwon")
    assert hint.actor == Actor(ActorKind.PERSON, "user:10202051")
    assert hint.occurred_at == datetime(2025, 12, 6, 17, 52, 8, 476000, UTC)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("hubspot_owner_id", "owner", "7"),
        ("pipeline", "stage", None),
        ("amount", "amount", "7"),
        ("dealname", "title", "7"),
        ("budget__c", "budget", "7"),
        ("hs_priority", None, "7"),
    ],
)
def test_a_property_is_named_as_the_conveyor_names_it(
    name: str, field: str | None, value: str | None
) -> None:
    (hint,) = hints({**CHANGE, "propertyName": name, "propertyValue": "7"})
    assert (hint.field, hint.value) == (field, value)


@pytest.mark.parametrize(
    ("source", "source_id", "expected"),
    [
        ("INTEGRATION", "25681700", Actor(ActorKind.OURS)),
        ("INTEGRATION", "8111832", Actor(ActorKind.INTEGRATION)),
        ("INTEGRATION", None, Actor(ActorKind.INTEGRATION)),
        ("AUTOMATION_PLATFORM", None, Actor(ActorKind.AUTOMATION)),
        ("CRM_UI_BULK_ACTION", "userId:47812075", Actor(ActorKind.PERSON, "user:47812075")),
        ("CRM_UI", None, UNKNOWN_ACTOR),
        ("SOMETHING_NEW", "1", UNKNOWN_ACTOR),
        (None, None, UNKNOWN_ACTOR),
    ],
)
def test_the_actor_is_never_guessed(source: str | None, source_id: str | None, expected: Actor) -> None:
    (hint,) = hints({**CHANGE, "changeSource": source, "sourceId": source_id})
    assert hint.actor == expected


def test_our_app_is_known_from_the_settings_too() -> None:
    (hint,) = hints({**CHANGE, "changeSource": "INTEGRATION", "sourceId": "8111832"}, our_app="8111832")
    assert hint.actor.kind is ActorKind.OURS


@pytest.mark.parametrize(
    ("event_type", "kind"),
    [("creation", HintKind.CREATED), ("deletion", HintKind.DELETED), ("restore", HintKind.CHANGED)],
)
def test_the_life_of_a_deal_is_told(event_type: str, kind: HintKind) -> None:
    event = {"objectId": 7, "subscriptionType": f"deal.{event_type}", "occurredAt": 1, "changeFlag": "NEW"}
    (hint,) = hints(event)
    assert (hint.remote_id, hint.kind, hint.field) == ("7", kind, None)


def test_the_newer_form_is_understood() -> None:
    newer = {
        **CHANGE,
        "subscriptionType": "object.propertyChange",
        "objectTypeId": "0-3",
        "isSensitive": False,
    }
    assert [hint.field for hint in hints(newer)] == ["stage"]
    assert hints({**newer, "objectTypeId": "0-1"}) == []


def test_a_merge_ends_the_old_deals_and_begins_the_new() -> None:
    merge = {
        "subscriptionType": "deal.merge",
        "occurredAt": 1,
        "primaryObjectId": 1,
        "mergedObjectIds": [2, 3],
        "newObjectId": 9,
        "numberOfPropertiesMoved": 3,
    }
    told = [(hint.remote_id, hint.kind, hint.value) for hint in hints(merge)]
    gone = [(id, HintKind.MERGED, "9") for id in ("1", "2", "3")]
    assert told == [*gone, ("9", HintKind.CHANGED, None)]
    assert len({hint.source_id for hint in hints(merge)}) == 4


def test_a_link_says_look_at_the_deal() -> None:
    link = {
        "subscriptionType": "deal.associationChange",
        "associationType": "DEAL_TO_CONTACT",
        "fromObjectId": 5,
        "toObjectId": 6,
        "associationRemoved": False,
    }
    assert [(hint.remote_id, hint.kind) for hint in hints(link)] == [("5", HintKind.CHANGED)]


def test_other_objects_and_types_give_no_hint() -> None:
    assert hints(
        {**CHANGE, "subscriptionType": "contact.propertyChange"},
        {**CHANGE, "subscriptionType": "deal.somethingNew"},
        {"subscriptionType": "conversation.newMessage", "messageId": "x", "objectId": 3},
    ) == []  # fmt: skip


def test_deliveries_of_other_accounts_are_ignored() -> None:
    assert hints(CHANGE, portal_id="62515") == []
    assert len(hints(CHANGE, portal_id="50687303")) == 1


def test_a_repeat_has_the_same_identity_and_nothing_else_has() -> None:
    (first,) = hints(CHANGE)
    (again,) = hints({**CHANGE, "attemptNumber": 3, "eventId": 1})
    assert again.source_id == first.source_id
    others: list[dict[str, object]] = [
        {"objectId": 2},
        {"occurredAt": 1},
        {"propertyValue": "x"},
        {"propertyName": "amount"},
        {"portalId": 1},
    ]
    different = {hints({**CHANGE, **other})[0].source_id for other in others}
    assert len(different | {first.source_id}) == len(others) + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"{}",
        b"[1]",
        b"null",
        b"\xff",
        b'[{"subscriptionType": "deal.creation"}]',
        b'[{"subscriptionType": "deal.merge", "mergedObjectIds": []}]',
        b'[{"subscriptionType": "deal.creation", "objectId": 1, "occurredAt": 1e300}]',
        b'[{"subscriptionType": "deal.creation", "objectId": 1, "occurredAt": "yesterday"}]',
        b'[{"subscriptionType": "deal.creation", "objectId": {"a": 1}}]',
        b'[{"subscriptionType": "deal.creation", "objectId": "\\ud800"}]',
        b'[{"subscriptionType": "deal.creation", "objectId": ' + b"9" * 5000 + b"}]",
    ],
)
def test_what_is_not_as_documented_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(Delivery("POST", "", {}, body, datetime.now(UTC)), {}, portal_id=None, our_app=None)

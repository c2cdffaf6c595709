"""Notifications of Copper: what proves them, and what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Delivery
from connectors.copper import webhooks
from connectors.errors import AuthFailed, Unreadable
from mapping.model import UNKNOWN_ACTOR, HintKind

FIXTURES = Path(__file__).parents[3] / "fixtures" / "copper"
SECRET = "a-long-random-token"
FIELDS = {"100764": "lost_reason"}


def raw(body: bytes, **headers: str) -> Delivery:
    """A delivery with that body and those headers."""
    return Delivery("POST", "https://x.example/webhooks/c", headers, body, datetime.now(UTC))


def delivery(**more: Any) -> Delivery:
    """A notification about one deal."""
    body = {
        "ids": [5],
        "type": "opportunity",
        "event": "update",
        "subscription_id": 17065,
        "timestamp": "2026-01-05T10:00:00.123Z",
        "updated_attributes": {},
    }
    return raw(json.dumps({**body, **more}).encode())


def changed(attributes: Any) -> tuple[str | None, str | None]:
    """Field and value of the hint for these attributes."""
    (hint,) = webhooks.parse(delivery(updated_attributes=attributes), FIELDS)
    return hint.field, hint.value


def test_a_notification_with_our_token_is_genuine() -> None:
    webhooks.verify(raw(b"", **{"x-conveyor-token": SECRET}), SECRET)


@pytest.mark.parametrize("token", [None, "", "another", f"{SECRET}x", SECRET[:-1], "ключ"])
def test_a_notification_without_our_token_is_refused(token: str | None) -> None:
    headers = {} if token is None else {"x-conveyor-token": token}
    with pytest.raises(AuthFailed) as caught:
        webhooks.verify(raw(b"", **headers), SECRET)
    assert SECRET not in str(caught.value)


def test_without_a_configured_token_nothing_is_believed() -> None:
    with pytest.raises(AuthFailed, match="secret"):
        webhooks.verify(raw(b"", **{"x-conveyor-token": ""}), None)


@pytest.mark.parametrize(
    ("event", "kind"),
    [("new", HintKind.CREATED), ("update", HintKind.CHANGED), ("delete", HintKind.DELETED)],
)
def test_each_event_says_what_happened(event: str, kind: HintKind) -> None:
    (hint,) = webhooks.parse(delivery(event=event), FIELDS)
    assert (hint.remote_id, hint.kind, hint.actor) == ("5", kind, UNKNOWN_ACTOR)
    assert hint.occurred_at == datetime(2026, 1, 5, 10, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize("more", [{"type": "person"}, {"type": "task"}, {"event": "archive"}])
def test_other_records_and_events_give_no_hint(more: dict[str, str]) -> None:
    assert webhooks.parse(delivery(**more), FIELDS) == []


@pytest.mark.parametrize(
    ("attributes", "field", "value"),
    [
        ({"stage": ["Qualified", "Follow-up"], "stage_id": [987790, 987791]}, "stage", "987791"),
        ({"stage": ["Qualified", "Follow-up"]}, "stage", None),
        ({"pipeline_stage_id": [1, 2]}, "stage", "2"),
        ({"status": ["Open", "Won"]}, "stage", "status:Won"),
        ({"status": [0, 2]}, "stage", "status:Lost"),
        ({"status": ["Open", "Won"], "stage_id": [1, 2]}, "stage", "status:Won"),
        ({"status": ["Won", "Open"]}, "stage", None),
        ({"status": ["Won", "Open"], "stage_id": [1, 2]}, "stage", "2"),
        ({"status": "Won"}, "stage", None),
        ({"stage_id": [1]}, "stage", None),
        ({"custom_fields": {"100764": ["old", "new"]}}, "lost_reason", None),
        ({"custom_fields": {"5": ["old", "new"]}}, None, None),
        ({"custom_fields": []}, None, None),
        ({"value": [1, 2]}, "amount", None),
        ({"name": ["a", "b"], "assignee_id": [1, 2]}, "owner", None),
        ({"of_years_to_come": [1, 2]}, None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_attributes_are_hints_where_they_are_known(
    attributes: Any, field: str | None, value: str | None
) -> None:
    assert changed(attributes) == (field, value)


def test_of_several_deals_the_attributes_say_nothing() -> None:
    hints = webhooks.parse(delivery(ids=[5, 6, 5], updated_attributes={"status": ["Open", "Won"]}), FIELDS)
    assert [(hint.remote_id, hint.field, hint.value) for hint in hints] == [
        ("5", None, None),
        ("6", None, None),
    ]


def test_doubles_are_told_by_all_they_say() -> None:
    def identity(**more: Any) -> str | None:
        return webhooks.parse(delivery(**more), FIELDS)[0].source_id

    same = identity()
    assert same == identity() and same is not None
    others = [
        identity(event="new"),
        identity(subscription_id=1),
        identity(timestamp="2026-01-05T10:00:00.124Z"),
        identity(updated_attributes={"name": ["a", "b"]}),
    ]
    assert len({same, *others}) == 5
    assert identity(timestamp=None) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[]",
        b'{"type":"opportunity","event":"new","ids":[]}',
        b'{"type":"opportunity","event":"new","ids":["x"]}',
        b'{"type":"opportunity","event":"new","ids":[0]}',
        b'{"type":"opportunity","event":"new","ids":[5],"timestamp":"soon"}',
        b'{"type":"opportunity","event":"new","ids":[5],"updated_attributes":[]}',
    ],
)
def test_what_is_no_notification_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        webhooks.parse(raw(body), FIELDS)


@pytest.mark.parametrize(
    ("name", "deal", "kind", "field", "value"),
    [
        ("webhook__new", "32978697", HintKind.CREATED, None, None),
        ("webhook__update", "2827698", HintKind.CHANGED, "stage", "987791"),
    ],
)
def test_the_documented_notifications_are_read(
    name: str, deal: str, kind: HintKind, field: str | None, value: str | None
) -> None:
    (hint,) = webhooks.parse(raw((FIXTURES / f"{name}.json").read_bytes()), FIELDS)
    assert (hint.remote_id, hint.kind, hint.field, hint.value) == (deal, kind, field, value)

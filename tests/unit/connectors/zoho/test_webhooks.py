"""Notifications: what proves them, and what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.base import Delivery
from connectors.errors import AuthFailed, Unreadable
from connectors.zoho import webhooks
from connectors.zoho.settings import Webhook
from mapping.model import UNKNOWN_ACTOR, HintKind

from .known import FIXTURES, payload

WEBHOOK = Webhook(token=SecretStr("channel-token"))
MAPPED = {"Renewal": "renewal"}


def raw(body: bytes) -> Delivery:
    """A delivery with that body, whatever its header says."""
    headers = {"content-type": "text/plain"}
    return Delivery("POST", "https://x.example/webhooks/z", headers, body, datetime.now(UTC))


def delivery(name: str = "notification__update", **change: object) -> Delivery:
    """A documented notification with something changed."""
    return raw(json.dumps({**payload(name), **change}).encode())


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("notification__*.json")))
def test_every_documented_notification_is_genuine_and_readable(name: str) -> None:
    webhooks.verify(delivery(name), WEBHOOK)
    for hint in webhooks.parse(delivery(name), MAPPED):
        assert hint.actor == UNKNOWN_ACTOR
        assert hint.occurred_at is None


@pytest.mark.parametrize(
    "forged",
    [
        delivery(token="another"),
        delivery(token=""),
        delivery(token=None),
        delivery(token=["channel-token"]),
        delivery(token="ключ"),
        raw(b""),
        raw(b"\xff"),
        raw(b"[]"),
        raw(b"null"),
    ],
)
def test_a_notification_without_our_token_is_refused(forged: Delivery) -> None:
    with pytest.raises(AuthFailed) as caught:
        webhooks.verify(forged, WEBHOOK)
    assert "channel-token" not in str(caught.value)


def test_without_a_configured_token_nothing_is_believed() -> None:
    with pytest.raises(AuthFailed, match="webhook"):
        webhooks.verify(delivery(), None)


def test_a_move_names_the_stage() -> None:
    [hint] = webhooks.parse(delivery(), MAPPED)
    assert (hint.remote_id, hint.kind) == ("5725767000003000010", HintKind.CHANGED)
    assert (hint.field, hint.value) == ("stage", "Closed Won")


def test_each_record_of_a_delivery_has_its_hint() -> None:
    owner, amount = webhooks.parse(delivery("notification__several"), MAPPED)
    assert (owner.remote_id, owner.field) == ("5725767000003000011", None)
    assert (amount.remote_id, amount.field, amount.value) == ("5725767000003000012", "amount", None)
    assert owner.source_id != amount.source_id


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("notification__insert", [HintKind.CREATED]),
        ("notification__delete", [HintKind.DELETED]),
        ("notification__contact", []),
    ],
)
def test_what_happened_is_told(name: str, kinds: list[HintKind]) -> None:
    assert [hint.kind for hint in webhooks.parse(delivery(name), MAPPED)] == kinds


def test_a_record_without_an_entry_of_its_own_is_looked_at_all_the_same() -> None:
    incomplete: tuple[dict[str, Any], ...] = (
        {"affected_fields": None},
        {"affected_values": None},
        {"affected_fields": []},
    )
    for lacking in incomplete:
        hints = webhooks.parse(delivery("notification__several", **lacking), MAPPED)
        assert [hint.remote_id for hint in hints] == ["5725767000003000011", "5725767000003000012"]


def test_doubles_have_one_identity_and_others_another() -> None:
    def identity(**change: object) -> str | None:
        return webhooks.parse(delivery(**change), MAPPED)[0].source_id  # type: ignore[arg-type]

    assert identity() == identity(channel_id="1")
    assert len({identity(), identity(server_time=1), identity(operation="insert"), identity(ids=["7"])}) == 4
    assert identity(server_time=None) is None


def test_ids_may_come_as_numbers() -> None:
    assert webhooks.parse(delivery(ids=[5725767000003000010]), MAPPED)[0].remote_id == "5725767000003000010"


@pytest.mark.parametrize(
    "broken",
    [
        raw(b""),
        raw(b"[1]"),
        raw(b"null"),
        raw(b'{"module": "Deals"}'),
        delivery(ids="5725767000003000010"),
        delivery(ids=["../../users"]),
        delivery(ids=[True]),
        delivery(server_time=-1),
        delivery(affected_fields=[["Stage"]]),
    ],
)
def test_what_is_no_notification_is_unreadable(broken: Delivery) -> None:
    with pytest.raises(Unreadable):
        webhooks.parse(broken, MAPPED)

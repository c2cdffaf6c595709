"""Signatures: what Close signs, what an attacker would try, and where the key comes from."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors.base import Delivery
from connectors.close.settings import Webhook
from connectors.close.signature import KEY, Keys, verify
from connectors.errors import AuthFailed
from connectors.local import MemoryGrants

KEY_TEXT = "00ff" * 16
STAMP = "1700000000"
AT = datetime.fromtimestamp(1700000000, UTC)
BODY = '{"event": {"text": "Смета"}}'.encode()

SIGNED = hmac.new(bytes.fromhex(KEY_TEXT), STAMP.encode() + BODY, hashlib.sha256).hexdigest()
DELIVERY = Delivery(
    "POST",
    "https://x.example/webhooks/close",
    {"close-sig-timestamp": STAMP, "close-sig-hash": SIGNED},
    BODY,
    AT,
)


class CountingGrants(MemoryGrants):
    """Grants that count how often they are asked."""

    def __init__(self, grant: Mapping[str, str] | None = None) -> None:
        super().__init__(grant)
        self.asked = 0

    def load(self) -> Mapping[str, str]:
        """The grant, counted."""
        self.asked += 1
        return super().load()


def configured(key: str = KEY_TEXT) -> Keys:
    return Keys(Webhook(signature_key=SecretStr(key)), MemoryGrants())


def test_a_delivery_of_close_is_genuine() -> None:
    # Worked out once by hand: the key is hexadecimal, the message is the time and the body, nothing between.
    assert SIGNED == "e668c232adc8576b8ebaf747173971d5f2597dd863bf4f8ae8bd77dc786c3dad"
    verify(DELIVERY, configured())


def test_the_key_is_not_used_as_text() -> None:
    wrong = hmac.new(KEY_TEXT.encode(), STAMP.encode() + BODY, hashlib.sha256).hexdigest()
    with pytest.raises(AuthFailed):
        verify(replace(DELIVERY, headers={**DELIVERY.headers, "close-sig-hash": wrong}), configured())


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"close-sig-timestamp": STAMP},
        {"close-sig-hash": SIGNED},
        {"close-sig-timestamp": "1700000001", "close-sig-hash": SIGNED},
        {"close-sig-timestamp": f"{STAMP} ", "close-sig-hash": SIGNED},
        {"close-sig-timestamp": STAMP, "close-sig-hash": "é" * 64},
        {"close-sig-timestamp": STAMP, "close-sig-hash": SIGNED[:-1]},
    ],
)
def test_a_forged_header_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(AuthFailed):
        verify(replace(DELIVERY, headers=headers), configured())


def test_another_body_or_key_is_refused() -> None:
    with pytest.raises(AuthFailed):
        verify(replace(DELIVERY, body=BODY + b" "), configured())
    with pytest.raises(AuthFailed):
        verify(DELIVERY, configured("ab" * 32))


@pytest.mark.parametrize(("days", "holds"), [(0, True), (3.9, True), (4.1, False), (-4.1, False)])
def test_four_days_are_fresh(days: float, holds: bool) -> None:
    late = replace(DELIVERY, received_at=AT + timedelta(days=days))
    if holds:
        verify(late, configured())
    else:
        with pytest.raises(AuthFailed, match="four days"):
            verify(late, configured())


def test_the_key_of_our_subscription_holds_beside_the_configured_one() -> None:
    keys = Keys(Webhook(signature_key=SecretStr("ab" * 32)), MemoryGrants({KEY: KEY_TEXT}))
    verify(DELIVERY, keys)
    other = hmac.new(bytes.fromhex("ab" * 32), STAMP.encode() + BODY, hashlib.sha256).hexdigest()
    verify(replace(DELIVERY, headers={**DELIVERY.headers, "close-sig-hash": other}), keys)


def test_without_any_key_it_says_what_to_do() -> None:
    with pytest.raises(AuthFailed, match="webhooks install"):
        verify(DELIVERY, Keys(None, MemoryGrants()))


def test_forgers_do_not_make_us_ask_again_and_again() -> None:
    grants = CountingGrants({KEY: "ab" * 32})
    keys = Keys(None, grants)
    for _ in range(5):
        with pytest.raises(AuthFailed):
            verify(DELIVERY, keys)
    assert grants.asked == 1


def test_a_known_key_is_not_asked_for() -> None:
    grants = CountingGrants({KEY: KEY_TEXT})
    keys = Keys(None, grants)
    for _ in range(3):
        verify(DELIVERY, keys)
    assert grants.asked == 1

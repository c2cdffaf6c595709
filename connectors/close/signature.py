"""Whether Close signed a delivery with the key of our subscription. Facts: docs/connectors/close.md#signatures"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Iterable
from datetime import timedelta

from connectors.base import Delivery, Grants
from connectors.close.settings import Webhook
from connectors.errors import AuthFailed

FRESH = timedelta(days=4)
"""Close tries for three days, and it is not known whether it signs each attempt anew. Doubles are told by the
event's id."""

KEY, SUBSCRIPTION, URL = "signature_key", "webhook_id", "webhook_url"
"""What is kept of a subscription that we made."""

ASK_AGAIN_S = 10.0

_STAMP = re.compile(r"[0-9]{9,12}")


class Keys:
    """The keys that deliveries may be signed with: the configured one, and that of our own subscription."""

    def __init__(self, webhook: Webhook | None, grants: Grants) -> None:
        self._configured = webhook.signature_key.get_secret_value() if webhook else None
        self._grants = grants
        self._kept: str | None = None
        self._asked_at = float("-inf")
        self._lock = threading.Lock()

    def known(self) -> list[str]:
        """Those in memory."""
        return [key for key in (self._configured, self._kept) if key]

    def renewed(self) -> list[str]:
        """A kept one that was not in memory; asked for at most once in ten seconds, however many are forged."""
        with self._lock:
            if time.monotonic() < self._asked_at + ASK_AGAIN_S:
                return []
            self._asked_at = time.monotonic()
            kept = self._grants.load().get(KEY)
            is_new = kept is not None and kept != self._kept
            self._kept = kept
            return [kept] if is_new and kept else []


def verify(delivery: Delivery, keys: Keys) -> None:
    """Return if the delivery is signed with one of the keys within four days; else `AuthFailed`."""
    stamp = delivery.headers.get("close-sig-timestamp", "")
    given = delivery.headers.get("close-sig-hash", "")
    if not given or not _STAMP.fullmatch(stamp):
        raise AuthFailed("The delivery carries no signature of Close's.")
    if abs(delivery.received_at.timestamp() - int(stamp)) > FRESH.total_seconds():
        raise AuthFailed("The delivery is older than four days, or one of the two clocks is wrong.")
    if _is_signed(delivery, stamp, given, keys.known()) or _is_signed(delivery, stamp, given, keys.renewed()):
        return
    if not keys.known():
        raise AuthFailed(
            "No signature key is known for this connection: run `conveyor webhooks install`, or set "
            "`webhook: {signature_key: ...}`. Until then changes are found by polling."
        )
    raise AuthFailed("The delivery is not signed with the key of our subscription.")


def _is_signed(delivery: Delivery, stamp: str, given: str, keys: Iterable[str]) -> bool:
    signed = stamp.encode() + delivery.body
    return any(
        hmac.compare_digest(
            hmac.new(bytes.fromhex(key), signed, hashlib.sha256).hexdigest().encode(),
            given.strip().lower().encode(errors="replace"),
        )
        for key in keys
    )

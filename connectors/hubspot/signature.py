"""Whether HubSpot signed a delivery with our app's secret. Facts: docs/connectors/hubspot.md#signatures"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from connectors.base import Delivery
from connectors.errors import AuthFailed

FRESH = timedelta(minutes=5)
ESCAPED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
"""The escapes that HubSpot decodes in the address before it signs; no others."""

_ESCAPE = re.compile("|".join(ESCAPED), re.IGNORECASE)


def verify(delivery: Delivery, secret: str) -> None:
    """Return if version 3 of the signature holds, or version 1 where there is no other; else `AuthFailed`."""
    headers = delivery.headers
    if "x-hubspot-signature-v3" in headers:
        given, expected = headers["x-hubspot-signature-v3"], _version_3(delivery, secret)
    elif (
        headers.get("x-hubspot-signature-version", "v1").lower() == "v1" and "x-hubspot-signature" in headers
    ):
        given, expected = headers["x-hubspot-signature"], _version_1(delivery, secret)
    else:
        raise AuthFailed("The delivery carries no signature of HubSpot's that we know.")
    if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise AuthFailed("The delivery is not signed with this app's client secret.")


def _version_3(delivery: Delivery, secret: str) -> str:
    stamp = delivery.headers.get("x-hubspot-request-timestamp", "")
    _fresh(delivery, stamp)
    uri = _ESCAPE.sub(lambda found: ESCAPED[found[0].upper()], delivery.url)
    signed = b"".join((delivery.method.encode(), uri.encode(errors="replace"), delivery.body, stamp.encode()))
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def _version_1(delivery: Delivery, secret: str) -> str:
    # It has no time stamp, so an old delivery can be sent again: doubles are told by the events themselves.
    return hashlib.sha256(secret.encode() + delivery.body).hexdigest()


def _fresh(delivery: Delivery, stamp: str) -> None:
    if not re.fullmatch(r"[0-9]{10,16}", stamp):
        raise AuthFailed("The delivery carries no time stamp.")
    if abs(delivery.received_at.timestamp() - int(stamp) / 1000) > FRESH.total_seconds():
        raise AuthFailed("The delivery is older than five minutes, or one of the two clocks is wrong.")

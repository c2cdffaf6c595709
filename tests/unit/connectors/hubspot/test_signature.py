"""Signatures against the vendor's published vectors and against what an attacker would try.

Vectors: docs/connectors/hubspot.md#signatures
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Delivery
from connectors.errors import AuthFailed
from connectors.hubspot.signature import verify

SECRET = "hubspot-secret"
AT = datetime.fromtimestamp(1700000000, UTC)

VERSION_3 = Delivery(
    "POST",
    "https://example.com/hook",
    {
        "x-hubspot-signature-v3": "00Qcmuno7QobWZUWBTxIv8PsGrs+gVYgtHcWXPOtQLs=",
        "x-hubspot-request-timestamp": "1700000000000",
        "x-hubspot-signature-version": "v1",
        "x-hubspot-signature": "00",
    },
    b"[]",
    AT,
)

VERSION_1 = Delivery(
    "POST",
    "https://example.com/hook",
    {
        "x-hubspot-signature-version": "v1",
        "x-hubspot-signature": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de",
    },
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    b'"changeFlag":"NEW","appId":54321}]',
    AT,
)
VERSION_1_SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"


def with_headers(delivery: Delivery, **headers: str) -> Delivery:
    """The delivery with some headers changed."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(delivery, headers={**delivery.headers, **changed})


def test_the_vectors_hold() -> None:
    verify(VERSION_3, SECRET)
    verify(VERSION_1, VERSION_1_SECRET)


@pytest.mark.parametrize("age", [timedelta(minutes=5), timedelta(minutes=-5), timedelta()])
def test_five_minutes_are_fresh(age: timedelta) -> None:
    verify(replace(VERSION_3, received_at=AT + age), SECRET)


@pytest.mark.parametrize(
    "forged",
    [
        replace(VERSION_3, received_at=AT + timedelta(minutes=5, seconds=1)),
        replace(VERSION_3, received_at=AT - timedelta(minutes=5, seconds=1)),
        replace(VERSION_3, body=b"[ ]"),
        replace(VERSION_3, method="PUT"),
        replace(VERSION_3, url="https://example.com/other"),
        replace(VERSION_3, headers={}),
        with_headers(VERSION_3, x_hubspot_request_timestamp="1700000000001"),
        with_headers(VERSION_3, x_hubspot_request_timestamp=""),
        with_headers(VERSION_3, x_hubspot_request_timestamp="soon"),
        with_headers(VERSION_3, x_hubspot_request_timestamp="१७०००००००००००"),
        with_headers(VERSION_3, x_hubspot_signature_v3=""),
        with_headers(VERSION_3, x_hubspot_signature_v3="ü"),
        with_headers(VERSION_1, x_hubspot_signature_version="v2"),
        with_headers(VERSION_1, x_hubspot_signature="232DB2"),
    ],
)
def test_what_is_stale_or_forged_is_refused(forged: Delivery) -> None:
    for secret in (SECRET, VERSION_1_SECRET):
        with pytest.raises(AuthFailed):
            verify(forged, secret)


def test_a_bad_version_3_is_not_saved_by_a_good_version_1() -> None:
    both = with_headers(VERSION_1, x_hubspot_signature_v3="AAAA", x_hubspot_request_timestamp="1700000000000")
    with pytest.raises(AuthFailed):
        verify(both, VERSION_1_SECRET)


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        (
            "https://example.com/a%3Ab%2fc?x=%40%21%24%27%28%29%2A%2C%3B",
            "https://example.com/a:b/c?x=@!$'()*,;",
        ),
        ("https://example.com/a%20b?x=%26%3D%2525", "https://example.com/a%20b?x=%26%3D%2525"),
        ("https://example.com/ф", "https://example.com/ф"),
    ],
)
def test_only_the_documented_escapes_are_decoded(url: str, signed: str) -> None:
    body = b"[\xff]"
    message = b"POST" + signed.encode() + body + b"1700000000000"
    signature = base64.b64encode(hmac.new(SECRET.encode(), message, hashlib.sha256).digest()).decode()
    verify(replace(with_headers(VERSION_3, x_hubspot_signature_v3=signature), url=url, body=body), SECRET)

"""The adapter around the vendor's library names every failure in our words, whatever comes back."""

from __future__ import annotations

import socket

import pytest

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from connectors.hubspot.library import Library

from ..broken_server import answering, saying, server

DEAL = (
    '{"id": "1", "properties": {"dealname": "x"}, "createdAt": "2026-03-12T07:36:06.332Z",'
    ' "updatedAt": "2026-03-12T07:36:06Z", "archived": false}'
)


def read(url: str) -> object:
    """One typed call."""
    return Library("pat-na1-secret", url).get("deals", "1", ["dealname"])


def test_an_answer_is_an_entity() -> None:
    with server(answering(200, DEAL)) as url:
        found = Library("token", url).get("deals", "1", ["dealname"])
    assert (found.id, found.properties) == ("1", {"dealname": "x"})
    assert found.updated_at is not None
    assert found.updated_at.isoformat() == "2026-03-12T07:36:06+00:00"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, "<html>", Unreadable),
        (200, "[]", Unreadable),
        (200, "null", Unreadable),
        (200, '{"id": "1"}', Unreadable),
        (200, DEAL[:40], Unreadable),
        (200, "", Unreadable),
        (302, "", Unreadable),
        (400, '{"message": "bad"}', Rejected),
        (401, "", AuthFailed),
        (403, "<html>", AuthFailed),
        (404, '{"message": "resource not found"}', Missing),
        (429, '{"policyName": "DAILY"}', RateLimited),
        (477, "", RateLimited),
        (500, '{"errorType": "RATE_LIMIT", "message": "slow down"}', RateLimited),
        (502, "<html>", Transient),
    ],
)
def test_every_answer_has_a_name(status: int, body: str, kind: type[ConnectorError]) -> None:
    with server(answering(status, body)) as url, pytest.raises(ConnectorError) as caught:
        read(url)
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{", "nonsense\r\n\r\n"])
def test_a_broken_answer_is_uncertain(text: str) -> None:
    with server(saying(text)) as url, pytest.raises(Transient) as caught:
        read(url)
    assert caught.value.uncertain


def test_nobody_there_is_certain() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Transient) as caught:
        read(f"http://127.0.0.1:{port}")
    assert not caught.value.uncertain


def test_the_reasons_of_a_refusal_are_told_and_nothing_personal() -> None:
    message = (
        r"Property values were not valid: [{\"isValid\":false,\"message\":\"ada@acme.example was not one of the"
        r" allowed options\",\"error\":\"INVALID_OPTION\",\"name\":\"lost_reason\",\"portalId\":1}]"
    )
    body = f'{{"message": "{message}", "category": "VALIDATION_ERROR"}}'
    with server(answering(400, body)) as url, pytest.raises(Rejected) as caught:
        read(url)
    said = "HubSpot refuses this (400): lost_reason: [e-mail] was not one of the allowed options"
    assert str(caught.value) == said

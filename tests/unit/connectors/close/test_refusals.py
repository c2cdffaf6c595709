"""What refusals mean, by status, in Close's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.close.rate_headers import used_up_for_s
from connectors.close.refusals import refusal
from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
)
from connectors.http import Answer

FIXTURES = Path(__file__).parents[3] / "fixtures" / "close"
PAGE = b"<html><h1>502 Bad Gateway</h1></html>"


def body(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("status", "said", "writes", "kind", "words"),
    [
        (400, body("error__400_validation"), True, Rejected, "value: Value must be of int type."),
        (400, body("error__400_limit"), False, Rejected, "max_limit = 100"),
        (401, body("error__401"), False, AuthFailed, "api key"),
        (402, b"{}", True, Rejected, ""),
        (402, b"{}", False, AuthFailed, ""),
        (403, b"Forbidden", False, AuthFailed, "Admin"),
        (403, b"Forbidden", True, Rejected, ""),
        (404, body("error__404_object"), False, Missing, "Opportunity"),
        (404, PAGE, False, AuthFailed, "base_url"),
        (405, b"", True, Rejected, ""),
        (415, b"", True, Rejected, ""),
        (500, PAGE, True, Transient, ""),
        (503, b"", False, Transient, ""),
    ],
)
def test_a_status_says_what_to_do(
    status: int, said: bytes, writes: bool, kind: type[ConnectorError], words: str
) -> None:
    error = refusal(Answer(status, {}, said), writes=writes)
    assert type(error) is kind
    assert error.status == status
    assert words.lower() in str(error).lower()
    assert "<h1>" not in str(error)


def test_nested_refusals_are_told_without_personal_data() -> None:
    said = str(refusal(Answer(400, {}, body("error__400_nested")), writes=True))
    assert "contacts.0.emails.0.email" in said
    assert "This lead cannot be saved." in said
    assert "ann@acme.example" not in said


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"RateLimit": "limit=100, remaining=0, reset=5"}, 5.0),
        ({"RateLimit": "limit=240; remaining=0; reset=0.870663"}, 0.870663),
        ({"RateLimit": "limit=240;remaining=0;reset=3", "Retry-After": "9"}, 3.0),
        ({"Retry-After": "7"}, 7.0),
        ({"RateLimit": "limit=100, remaining=0, reset=0"}, 0.1),
        ({"RateLimit": "nonsense"}, 2.0),
        ({}, 2.0),
    ],
)
def test_a_429_tells_the_wait_in_either_form(headers: dict[str, str], wait_s: float) -> None:
    error = refusal(Answer(429, headers, body("error__429_old_body")), writes=False)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("header", "used_up"),
    [
        ("limit=100, remaining=0, reset=1.5", 1.5),
        ("limit=100; remaining=1; reset=1.5", None),
        ("limit=100; remaining=0", None),
        ("", None),
    ],
)
def test_the_last_call_that_is_let_through_says_so(header: str, used_up: float | None) -> None:
    assert used_up_for_s(Answer(200, {"RateLimit": header}, b"{}")) == used_up


def test_a_success_is_none() -> None:
    assert refusal(Answer(201, {}, b"{}"), writes=True) is None

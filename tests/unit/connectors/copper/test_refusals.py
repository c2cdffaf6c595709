"""What Copper's refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.copper.refusals import TABLE
from connectors.errors import AuthFailed, ConnectorError, Missing, RateLimited, Rejected, Transient
from connectors.http import Answer, classify

FIXTURES = Path(__file__).parents[3] / "fixtures" / "copper"


def refused(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> ConnectorError:
    """The error that an answer means."""
    error = classify(Answer(status, headers or {}, body), TABLE)
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected), (401, AuthFailed), (403, AuthFailed), (404, Missing), (409, Rejected), (422, Rejected),
        (429, RateLimited), (500, Transient), (502, Transient), (503, Transient), (504, Transient),
    ],
)  # fmt: skip
def test_the_status_decides(status: int, kind: type[ConnectorError]) -> None:
    assert type(refused(status)) is kind


def test_success_is_no_error() -> None:
    assert classify(Answer(200, {}, b"[]"), TABLE) is None


def test_the_documented_words_are_kept() -> None:
    body = (FIXTURES / "error__422_unknown_attribute.json").read_bytes()
    assert "Unrecognized attributes specified: pageSize" in str(refused(422, body))
    assert "not_found" in str(refused(404, (FIXTURES / "error__404.json").read_bytes()))
    assert "limit is 10" in str(refused(422, b'{"error":"Request size too large, limit is 10"}'))


def test_a_plain_text_is_kept_and_a_page_is_not() -> None:
    assert "Invalid key" in str(refused(401, b"Invalid key"))
    assert "no explanation" in str(refused(422, b"<html>secret</html>"))
    assert "no explanation" in str(refused(422, b'{"errors": []}'))
    assert "[e-mail]" in str(refused(400, b"ann@acme.example has no account"))


@pytest.mark.parametrize(("header", "wait_s"), [("7", 7), ("0", 1), ("3600", 60), ("soon", 20), (None, 20)])
def test_a_rate_limit_is_over_within_its_window(header: str | None, wait_s: float) -> None:
    error = refused(429, headers={"Retry-After": header} if header else {})
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == wait_s

"""What error codes mean."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from connectors.bitrix24.refusals import ExpiredToken, page_refusal, refusal
from connectors.errors import (
    AuthFailed,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
)
from connectors.http import Answer

TABLE: list[tuple[int | None, object, str, type[ConnectorError]]] = [
    (401, "expired_token", "The access token provided has expired.", ExpiredToken),
    (401, "NO_AUTH_FOUND", "Wrong authorization data", AuthFailed),
    (401, "invalid_token", "", AuthFailed),
    (401, "something_new", "", AuthFailed),
    (403, "insufficient_scope", "", AuthFailed),
    (403, "ACCESS_DENIED", "REST API is only available on commercial plans", AuthFailed),
    (403, "", "Access denied!", AuthFailed),
    (400, "ACCESS_DENIED", "", Rejected),
    (None, "ACCESS_DENIED", "", Rejected),
    (400, "NOT_FOUND", "Элемент не найден", Missing),
    (None, "NOT_FOUND", "", Missing),
    (400, "", "Not found", Missing),
    (400, "", "Access denied.", Rejected),
    (400, "-", "Insufficient permissions to change the stage", Rejected),
    (400, "CRM_FIELD_ERROR_REQUIRED", "", Rejected),
    (400, 100, "Invalid value", Rejected),
    (400, 0, "", Rejected),
    (400, "ERROR_CORE", "Task title is not specified<br>", Rejected),
    (404, "ERROR_METHOD_NOT_FOUND", "Method not found!", Rejected),
    (429, "OPERATION_TIME_LIMIT", "", RateLimited),
    (None, "OPERATION_TIME_LIMIT", "", RateLimited),
    (503, "QUERY_LIMIT_EXCEEDED", "Too many requests", RateLimited),
    (503, "OVERLOAD_LIMIT", "", AuthFailed),
    (500, "INTERNAL_SERVER_ERROR", "", Transient),
    (500, "PORTAL_DELETED", "", AuthFailed),
    (500, "", "", Transient),
    (503, "", "", Transient),
]


@pytest.mark.parametrize(("status", "code", "said", "kind"), TABLE)
def test_codes_decide(status: int | None, code: object, said: str, kind: type[ConnectorError]) -> None:
    error = refusal({"error": code, "error_description": said}, status)
    assert type(error) is kind
    assert error.status == status


def test_the_words_of_the_portal_are_told_without_markup_and_people() -> None:
    said = "User <b>ann@secret.example</b> has no rights&nbsp;on the item<br>"
    text = str(refusal({"error": "ERROR_CORE", "error_description": said}, 400))
    assert "ERROR_CORE" in text and "has no rights on the item" in text
    assert "<" not in text and "secret.example" not in text


@pytest.mark.parametrize("as_text", [False, True])
def test_the_end_of_a_pause_is_read_in_both_documented_forms(as_text: bool) -> None:
    at = time.time() + 300
    reset_at: object = datetime.fromtimestamp(at, UTC).isoformat() if as_text else int(at)
    error = refusal({"error": "OPERATION_TIME_LIMIT"}, 429, reset_at)
    assert isinstance(error, RateLimited)
    assert 290 < error.retry_after_s <= 300


@pytest.mark.parametrize(
    ("reset_at", "low", "high"), [(None, 60, 60), ("soon", 60, 60), (1, 1, 1), (1e12, 600, 600)]
)
def test_a_pause_is_never_absurd(reset_at: object, low: float, high: float) -> None:
    error = refusal({"error": "OPERATION_TIME_LIMIT"}, 429, reset_at)
    assert isinstance(error, RateLimited)
    assert low <= error.retry_after_s <= high


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthFailed), (403, AuthFailed), (404, AuthFailed), (429, RateLimited), (500, Transient),
     (502, Transient), (503, Transient), (504, Transient), (418, Rejected)],
)  # fmt: skip
def test_a_page_instead_of_json_is_no_missing_record(status: int, kind: type[ConnectorError]) -> None:
    assert type(page_refusal(Answer(status, {}, b"<html>Not Found</html>"))) is kind


def test_a_sentence_is_no_code_and_is_redacted_like_any_other() -> None:
    said = str(refusal({"error": 'Not valid: {"EMAIL": "ada@acme.example"}'}, 400))
    assert "acme.example" not in said.lower()
    assert "Not valid" in said

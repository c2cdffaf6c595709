"""Codes, not statuses, say what an answer means; one inside a success as much as any."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import errors
from connectors.errors import AuthFailed, Conflict, ConnectorError, Missing, RateLimited, Rejected, Transient
from connectors.zoho.refusals import Duplicate, Expired, InBlueprint, NotSelectable, refusal

from .known import payload


def said(code: str, message: str = "words", **details: object) -> dict[str, Any]:
    """An error object."""
    return {"code": code, "message": message, "details": details, "status": "error"}


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (said("INVALID_TOKEN"), 401, Expired),
        (said("AUTHENTICATION_FAILURE"), 401, Expired),
        (said("SOMETHING_NEW"), 401, Expired),
        ({}, 401, Expired),
        (said("OAUTH_SCOPE_MISMATCH"), 401, AuthFailed),
        (said("INVALID_HOST"), 400, AuthFailed),
        (said("AUTHORIZATION_FAILED"), 400, AuthFailed),
        (said("NO_PERMISSION"), 403, Rejected),
        (said("SOMETHING_NEW"), 403, AuthFailed),
        (said("INVALID_DATA"), 400, Rejected),
        (said("INVALID_DATA"), 202, Rejected),
        (said("INVALID_DATA", "the id given seems to be invalid"), 400, Missing),
        (said("MANDATORY_NOT_FOUND"), 200, Rejected),
        (said("ALREADY_MODIFIED"), 412, Conflict),
        ({}, 412, Conflict),
        (said("DUPLICATE_DATA"), 200, Duplicate),
        (said("RECORD_IN_BLUEPRINT"), 202, InBlueprint),
        (said("RECORD_LOCKED"), 400, Transient),
        (said("NOT_APPROVED"), 400, Transient),
        (said("INVALID_QUERY"), 400, NotSelectable),
        (said("TOO_MANY_REQUESTS"), 429, RateLimited),
        (said("TOO_MANY_REQUESTS"), 200, RateLimited),
        ({}, 429, RateLimited),
        (said("INTERNAL_ERROR"), 500, Transient),
        (said("INTERNAL_ERROR"), 200, Transient),
        ({}, 502, Transient),
        (said("INVALID_URL_PATTERN"), 404, Rejected),
        ({}, 302, AuthFailed),
    ],
)
def test_every_refusal_has_a_name(body: dict[str, Any], status: int, kind: type[ConnectorError]) -> None:
    assert type(refusal(body, status)) is kind


def test_a_scope_is_not_to_be_had_by_a_new_token() -> None:
    assert not isinstance(refusal(payload("error__scope"), 401), Expired)


def test_a_call_that_is_not_allowed_at_all_is_for_the_admin() -> None:
    assert type(refusal(said("NO_PERMISSION"), 403, whole=True)) is AuthFailed


def test_a_locked_record_was_surely_not_written() -> None:
    error = refusal(said("RECORD_LOCKED"), 400)
    assert isinstance(error, Transient) and not error.uncertain
    error = refusal(said("INTERNAL_ERROR"), 500)
    assert isinstance(error, Transient) and error.uncertain


def test_a_duplicate_names_what_is_there() -> None:
    error = refusal(payload("error__duplicate")["data"][0], 400)
    assert isinstance(error, Duplicate)
    assert (error.existing, error.field) == ("7328395000000710003", "Conveyor_Key")


def test_a_column_that_a_query_cannot_show_is_named() -> None:
    error = refusal(said("INVALID_QUERY", column_name="Lines", reason="x"), 400)
    assert isinstance(error, NotSelectable) and error.column == "Lines"


def test_the_place_is_told_and_nothing_personal() -> None:
    body = said(
        "INVALID_DATA",
        "ada@acme.example is invalid",
        api_name="Amount",
        expected_data_type="double",
        given="ada@acme.example",
    )
    words = str(refusal(body, 400))
    assert words == "Zoho refuses this. (Zoho: INVALID_DATA, [e-mail] is invalid, Amount, double)"


def test_wrapped_errors_are_unwrapped() -> None:
    wrapped = said("MULTIPLE_OR_MULTI_ERRORS", errors=[said("INVALID_DATA"), said("RECORD_IN_BLUEPRINT")])
    error = refusal(wrapped, 400)
    assert isinstance(error, InBlueprint)
    assert "INVALID_DATA" in str(error) and "RECORD_IN_BLUEPRINT" in str(error)
    assert type(refusal(said("MULTIPLE_OR_MULTI_ERRORS"), 400)) is errors.Rejected

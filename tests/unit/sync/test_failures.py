"""The table from an error of a CRM to what follows."""

from __future__ import annotations

import pytest

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Missing,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from sync.failures import AUTH_PAUSE_S, Consequence, failure_of


class NeverHeardOf(ConnectorError):
    """An error that the table does not know."""


@pytest.mark.parametrize(
    ("error", "consequence"),
    [
        (Transient(), Consequence.TRY_AGAIN),
        (Unreadable(), Consequence.TRY_AGAIN),
        (NeverHeardOf(), Consequence.TRY_AGAIN),
        (ConnectorError(), Consequence.TRY_AGAIN),
        (RateLimited(), Consequence.PAUSE),
        (AuthFailed(), Consequence.PAUSE),
        (Conflict(), Consequence.LOOK_AGAIN),
        (Missing(), Consequence.LOOK_AGAIN),
        (Rejected(), Consequence.PARK),
    ],
)
def test_what_follows(error: ConnectorError, consequence: Consequence) -> None:
    assert failure_of(error).consequence is consequence


@pytest.mark.parametrize(
    ("error", "uncertain"),
    [
        (Transient(), True),
        (Transient(uncertain=False), False),
        (Unreadable(), True),
        (NeverHeardOf(), True),
        (RateLimited(), False),
        (AuthFailed(), False),
        (Conflict(), False),
        (Missing(), False),
        (Rejected(), False),
    ],
)
def test_which_calls_may_have_taken_effect(error: ConnectorError, uncertain: bool) -> None:
    assert failure_of(error).uncertain is uncertain


@pytest.mark.parametrize(
    ("error", "pause_s"),
    [
        (RateLimited(retry_after_s=42.0), 42.0),
        (RateLimited(retry_after_s=0.0), 0.5),
        (AuthFailed(), AUTH_PAUSE_S),
    ],
)
def test_how_long_the_connection_waits(error: ConnectorError, pause_s: float) -> None:
    assert failure_of(error).pause_s == pause_s


@pytest.mark.parametrize("error", [Transient(), Conflict(), Rejected(), Missing(), Unreadable()])
def test_other_errors_do_not_pause_the_connection(error: ConnectorError) -> None:
    assert failure_of(error).pause_s == 0.0


@pytest.mark.parametrize(
    ("error", "is_auth"), [(AuthFailed(), True), (RateLimited(), False), (Rejected(), False)]
)
def test_the_admin_is_told_of_credentials(error: ConnectorError, is_auth: bool) -> None:
    assert failure_of(error).is_auth is is_auth


def test_the_words_of_the_crm_are_kept_and_there_are_some_without() -> None:
    assert failure_of(Rejected("stage is closed")).message == "stage is closed"
    assert failure_of(AuthFailed()).message.startswith("The CRM refuses our credentials")

"""What comes back over the wire: envelopes, limits, money."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.base import Lane
from connectors.errors import (
    AuthFailed,
    CallRefused,
    Conflict,
    ConnectorError,
    RateLimited,
    Rejected,
    Transient,
    Unreadable,
)
from connectors.zoho.limits import CREDITS_WAIT_S, KEPT_CREDITS
from connectors.zoho.refusals import InBlueprint

from .known import payload
from .scripted import Asked, Said, zoho

BUSY = {"code": "TOO_MANY_REQUESTS", "details": {}, "message": "busy", "status": "error"}
DONE = {
    "data": [{"code": "SUCCESS", "details": {"id": "7"}, "message": "record updated", "status": "success"}]
}


def answered(said: Said) -> ConnectorError:
    """The error that a write comes to when it is answered like this."""
    with zoho(lambda asked: said) as it, pytest.raises(ConnectorError) as caught:
        it.client().call("PUT", "/Deals/7", Lane.WRITE, json={"data": [{}]}).done()
    return caught.value


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (Said(200, payload("write__mixed_in_200")), Rejected),
        (Said(202, payload("write__mixed_in_200")), Rejected),
        (Said(207, payload("write__mixed_in_200")), Rejected),
        (Said(400, payload("write__mixed_in_200")), Rejected),
        (Said(412, payload("error__already_modified")), Conflict),
        (Said(200, payload("error__already_modified")), Conflict),
        (Said(202, payload("error__in_blueprint")), InBlueprint),
        (Said(403, {"data": [{"code": "NO_PERMISSION", "message": "x", "status": "error"}]}), AuthFailed),
        (Said(200, BUSY), RateLimited),
        (Said(500, {"code": "INTERNAL_ERROR", "message": "x", "status": "error"}), Transient),
        (Said(502, "<html>"), Transient),
        (Said(403, "<html>"), AuthFailed),
        (Said(302, "", {"Location": "https://elsewhere.example/"}), AuthFailed),
        (Said(200, "<html>"), Unreadable),
        (Said(200, '{"data": [{"code": "SUCC'), Unreadable),
        (Said(200, []), Unreadable),
        (Said(200, {"data": []}), Unreadable),
        (Said(200, {"data": [7]}), Unreadable),
        (Said(200, {"data": [{"status": "success"}]}), Unreadable),
        (Said(204), Unreadable),
    ],
)
def test_a_success_is_only_what_says_so(said: Said, kind: type[ConnectorError]) -> None:
    assert type(answered(said)) is kind


def test_what_was_done_is_told() -> None:
    with zoho(lambda asked: Said(200, DONE)) as it:
        assert it.client().call("PUT", "/Deals/7", Lane.WRITE).done() == {"id": "7"}


@pytest.mark.parametrize("status", [204, 304])
def test_nothing_is_no_error(status: int) -> None:
    with zoho(lambda asked: Said(status)) as it:
        reply = it.client().call("GET", "/Deals", Lane.READ)
    assert reply.rows() == [] and not reply.more()


def test_money_is_read_to_the_last_digit() -> None:
    with zoho(lambda asked: Said(200, '{"data": [{"id": "7", "Amount": 12345678901234567.89}]}')) as it:
        [row] = it.client().call("GET", "/Deals/7", Lane.READ).rows()
    assert row["Amount"] == Decimal("12345678901234567.89")


def test_zoho_s_own_clock_is_told() -> None:
    with zoho(lambda asked: Said(204)) as it:
        at = it.client().call("GET", "/Deals", Lane.READ).at
    assert abs((datetime.now(UTC) - at).total_seconds()) < 30


def test_refusals_in_a_row_are_waited_out_longer_each_time() -> None:
    with zoho(lambda asked: Said(429, BUSY)) as it:
        client = it.client()
        for _ in range(7):
            with pytest.raises(RateLimited):
                client.call("GET", "/org", Lane.READ)
    least = [1, 2, 4, 8, 16, 32, 32]
    assert all(low <= pause <= 1.5 * low for low, pause in zip(least, it.budget.pauses, strict=True))


def test_a_success_ends_the_row() -> None:
    says = iter([Said(429, BUSY), Said(429, BUSY), Said(204), Said(429, BUSY)])
    with zoho(lambda asked: next(says)) as it:
        client = it.client()
        for _ in range(4):
            try:
                client.call("GET", "/org", Lane.READ)
            except RateLimited as error:
                last = error.retry_after_s
    assert last <= 1.5


def test_without_credits_the_connection_rests() -> None:
    empty = Said(429, BUSY, {"X-API-CREDITS-REMAINING": "0"})
    with zoho(lambda asked: empty) as it, pytest.raises(RateLimited) as caught:
        it.client().call("GET", "/org", Lane.WRITE)
    assert caught.value.retry_after_s == CREDITS_WAIT_S


@pytest.mark.parametrize("lane", list(Lane))
@pytest.mark.parametrize("credits", [0, 249, 250, 999, 1000, 100_000])
def test_the_last_credits_are_for_hand_offs(lane: Lane, credits: int) -> None:
    def answer(asked: Asked) -> Said:
        return Said(204, headers={"X-API-CREDITS-REMAINING": str(credits)})

    with zoho(answer) as it:
        client = it.client()
        client.call("GET", "/org", Lane.READ)
        if credits < KEPT_CREDITS.get(lane, 0):
            with pytest.raises(CallRefused):
                client.call("GET", "/org", lane)
        else:
            client.call("GET", "/org", lane)
    assert it.budget.pauses == []

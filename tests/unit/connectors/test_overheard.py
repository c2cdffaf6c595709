"""Hearing a CRM's answers: their heads, and what their `Date` says about our clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.http import Http
from connectors.overheard import Heard, listening

from .broken_server import saying, server

NOON = datetime(2026, 5, 4, 12, 0, 0, 400_000, tzinfo=UTC)


def heard(date: str, took_s: float = 0.0) -> Heard:
    """An answer to a call that was sent at noon by our clock."""
    return Heard({"Date": date}, NOON, NOON + timedelta(seconds=took_s))


@pytest.mark.parametrize(
    ("crm_is_ahead_s", "took_s", "ahead_s"),
    [
        (0, 0.0, 0.0),
        (0, 30.0, 0.0),
        (20, 30.0, 0.0),  # the call took so long: the CRM wrote the time at its end
        (-300, 0.0, 299.4),
        (300, 0.0, -299.6),
        (300, 10.0, -289.6),
    ],
)
def test_our_clock_is_ahead_by_what_the_call_cannot_explain(
    crm_is_ahead_s: float, took_s: float, ahead_s: float
) -> None:
    date = format_datetime((NOON + timedelta(seconds=crm_is_ahead_s)).replace(microsecond=0), usegmt=True)
    ahead = heard(date, took_s).ahead
    assert ahead is not None
    assert ahead.total_seconds() == pytest.approx(ahead_s)


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 May 2026 12:00:00 GMT"])
def test_no_sound_date_tells_nothing(date: str) -> None:
    assert heard(date).ahead is None


def test_every_answer_is_heard_whatever_its_status() -> None:
    heads: list[Heard] = []
    text = "HTTP/1.1 403 x\r\nDate: Mon, 04 May 2026 12:00:00 GMT\r\nX-Left: 5\r\nContent-Length: 0\r\n\r\n"
    with server(saying(text)) as url, listening(heads.append):
        Http().call("GET", url)
    (head,) = heads
    assert head.headers["x-left"] == "5"
    assert head.ahead is not None
    assert head.sent_at <= head.received_at <= datetime.now(UTC)


def test_nothing_is_heard_afterwards() -> None:
    heads: list[Heard] = []
    with server(saying("HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n")) as url:
        with listening(heads.append):
            pass
        Http().call("GET", url)
    assert heads == []

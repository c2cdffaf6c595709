"""Days as Copper keeps them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.copper import dates
from connectors.copper.dates import Calendar

ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kolkata",
    "Asia/Beirut",  # clocks jump over midnight
    "America/Asuncion",
    "UTC",
)


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=25)
@given(day=st.dates(date(1990, 1, 1), date(2040, 12, 31)))
def test_a_day_comes_back_as_it_was_written(zone: str, day: date) -> None:
    calendar = Calendar(ZoneInfo(zone))
    assert calendar.day_at(calendar.midnight(day)) == day


@given(day=st.dates(date(1990, 1, 1), date(2040, 12, 31)), hours=st.integers(-11, 12))
def test_a_day_is_the_same_whoever_entered_it(day: date, hours: int) -> None:
    theirs = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - hours * 3600
    assert Calendar(None).day_at(theirs) == day


def test_a_day_entered_in_another_zone_is_read_by_the_nearest_midnight() -> None:
    in_sofia = int(datetime(2025, 8, 1, tzinfo=ZoneInfo("Europe/Sofia")).timestamp())
    assert Calendar(ZoneInfo("America/Los_Angeles")).day_at(in_sofia) == date(2025, 8, 1)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("1/23/2017", None, date(2017, 1, 23)),
        ("23/1/2017", None, date(2017, 1, 23)),
        ("5/5/2017", None, date(2017, 5, 5)),
        ("1/2/2017", None, None),
        ("1/2/2017", "MDY", date(2017, 1, 2)),
        ("01/02/2017", "DMY", date(2017, 2, 1)),
        ("23/1/2017", "MDY", date(2017, 1, 23)),
    ],
)
def test_a_close_date_is_read_where_it_can_be(text: str, order: dates.Order | None, day: date | None) -> None:
    assert Calendar(None, order).read(text) == day


@pytest.mark.parametrize(("order", "text"), [("MDY", "1/23/2017"), ("DMY", "23/1/2017")])
def test_a_close_date_is_written_in_the_order_of_the_account(order: dates.Order, text: str) -> None:
    assert Calendar(None, order).written(date(2017, 1, 23)) == text


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["1/2/2017", "1/23/2017"], "MDY"),
        (["1/2/2017", "23/1/2017"], "DMY"),
        (["1/2/2017", "3/4/2017"], None),
        (["1/23/2017", "23/1/2017"], None),
        (["soon", ""], None),
    ],
)
def test_the_order_is_found_out_from_many(texts: list[str], order: dates.Order | None) -> None:
    assert dates.order_of_all(texts) == order


@pytest.mark.parametrize("name", [None, "", "Pacific Time (US & Canada)", "../etc/passwd", 7])
def test_what_is_no_zone_is_none(name: object) -> None:
    assert dates.zone_of(name) is None


def test_seconds_are_rounded_down() -> None:
    at = datetime(2025, 8, 1, 7, 0, 0, 999_999, tzinfo=UTC)
    assert dates.unix(at) == 1754031600
    assert dates.unix(at + timedelta(microseconds=1)) == 1754031601
    assert dates.utc_text(at) == "2025-08-01T07:00:00Z"

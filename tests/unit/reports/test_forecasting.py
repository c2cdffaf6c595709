"""The weighted forecast by hand: its rate knows only what was over by then, and its error is measured."""

from __future__ import annotations

import pytest

from reports.facts import LOST, Stay, Whose, Win
from reports.forecasting import DAY, WEEKS, Forecast

UNTIL = 1000 * 7 * DAY
PETAR = Whose("sales", "petar@acme.example", "web", "hubspot")


def week(number: int) -> int:
    """The checkpoint so many weeks before the end."""
    return UNTIL - number * 7 * DAY


def stands(forecast: Forecast, deal: str, began: int, ended: int | None, **how: str | None) -> None:
    amount = how.get("amount", "100")
    forecast.stay(
        Stay(
            deal, how.get("stage") or "proposal", PETAR, began, False, True, ended, how.get("way"),
            amount=amount, currency="EUR", worth=(amount, "EUR"),
        )
    )  # fmt: skip


def past_deals(forecast: Forecast, won: int, lost: int, *, weeks_ago: int = 20) -> None:
    """Deals that stood at one checkpoint, and were decided four days later."""
    for number in range(won + lost):
        name, way = f"{weeks_ago}-{number}", "won" if number < won else LOST
        decided = week(weeks_ago) + 4 * DAY
        stands(forecast, name, week(weeks_ago) - DAY, decided, way=way)
        if way == "won":
            forecast.win(Win(name, decided, PETAR, "100", "EUR"))


def test_open_deals_weigh_what_such_deals_brought() -> None:
    forecast = Forecast(UNTIL)
    past_deals(forecast, won=15, lost=5)
    stands(forecast, "now", week(1), None, amount="1000")
    stands(forecast, "new", week(1), None, amount="500", stage="meeting")
    stands(forecast, "priceless", week(1), None, amount=None)
    found = forecast.open()["EUR"]
    # 15 of 20 deals that stood on `proposal` were won within 30 days; of `meeting` nothing is known
    assert (found.deals, found.amount, found.weighted, found.unrated) == (2, 1500.0, 750.0, 1)
    assert forecast.open("nobody@acme.example") == {}


def test_of_too_few_deals_no_rate_is_made() -> None:
    forecast = Forecast(UNTIL)
    past_deals(forecast, won=10, lost=9)
    stands(forecast, "now", week(1), None)
    assert (forecast.open()["EUR"].unrated, forecast.past("EUR")) == (1, [])


def test_what_is_won_after_thirty_days_was_not_won_within_them() -> None:
    forecast = Forecast(UNTIL)
    for number in range(20):
        won_at = week(20) + (29 if number < 10 else 31) * DAY
        stands(forecast, str(number), week(20) - DAY, won_at, way="won")
        forecast.win(Win(str(number), won_at, PETAR, "100", "EUR"))
    stands(forecast, "now", week(0) - DAY, None, amount="1000")
    # Each stood at five checkpoints (weeks 20 to 16). Those won on day 29 were won within 30 days of each;
    # those won on day 31 of all but the first: 10 x 5 + 10 x 4 of 100.
    assert forecast.open()["EUR"].weighted == pytest.approx(900.0)


def test_a_forecast_of_the_past_knows_nothing_of_what_came_after() -> None:
    forecast = Forecast(UNTIL)
    past_deals(forecast, won=10, lost=10, weeks_ago=30)  # known from week 25 on: a rate of a half
    past_deals(forecast, won=20, lost=0, weeks_ago=12)  # 20 deals of 100 stood in week 12, and all were won
    found = {(UNTIL - each.at) // (7 * DAY): each for each in forecast.past("EUR")}
    assert (found[12].forecast, found[12].actual) == (pytest.approx(1000.0), pytest.approx(2000.0))
    # Five weeks later their 30 days are over, and the rate is 30 of 40; but nothing stands there.
    assert (found[7].forecast, found[7].actual) == (0.0, 0.0)
    assert forecast.rate("proposal", WEEKS - 8) == 0.5
    assert forecast.rate("proposal", WEEKS - 7) == 0.75
    assert max(found) == 25, "before that nothing was known"
    assert min(found) == 5, "the 30 days of later ones are not over"


def test_a_deal_that_is_sent_back_and_won_was_won_from_each_stage() -> None:
    forecast = Forecast(UNTIL)
    for number in range(20):
        name = str(number)
        stands(forecast, name, week(20) - DAY, week(20) + DAY, stage="meeting", way="forward")
        stands(forecast, name, week(20) + DAY, week(19) + DAY, way="won")
        forecast.win(Win(name, week(19) + DAY, PETAR, "100", "EUR"))
    assert (forecast.rate("meeting", WEEKS), forecast.rate("proposal", WEEKS)) == (1.0, 1.0)


def test_currencies_are_told_apart() -> None:
    forecast = Forecast(UNTIL)
    past_deals(forecast, won=20, lost=0)
    stands(forecast, "now", week(1), None, amount="100")
    dollars = Stay(
        "d", "proposal", PETAR, week(1), False, True, worth=("70", "USD"), amount="70", currency="USD"
    )
    forecast.stay(dollars)
    found = forecast.open()
    assert {currency: each.weighted for currency, each in found.items()} == {"EUR": 100.0, "USD": 70.0}

"""The tables of money to come: quotas, the weighted forecast, and how wrong it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from mapping.ruleset import Member
from reports.counted import Counted, moment
from reports.definitions import filled
from reports.forecasting import HORIZON_DAYS, Open, Past
from reports.scope import PERIODS, name_of
from reports.table import Row, Table
from reports.tally import money, money_text


def money_tables(counted: Counted) -> Iterable[Table]:
    """All of them, in the order of a report."""
    yield filled("quota", _quotas(counted))
    open = counted.forecast.open()
    past = {currency: counted.forecast.past(currency) for currency in sorted(open)}
    yield filled("forecast", [_forecast(currency, open[currency], past[currency]) for currency in past])
    told = sorted((each.at, currency, each) for currency, found in past.items() for each in found)
    history: list[Row] = [
        {
            "at": moment(each.at),
            "currency": currency,
            "forecast": money_text(each.forecast),
            "actual": money_text(each.actual),
        }
        for _, currency, each in told
    ]
    yield filled("forecast_history", history)


def _quotas(counted: Counted) -> list[Row]:
    scope = counted.scope
    if scope.connection is not None or scope.source is not None:
        return []  # a quota is for all that somebody sells
    return [_quota(counted, each) for each in counted.rules.team.values() if _is_told(counted, each)]


def _is_told(counted: Counted, member: Member) -> bool:
    """Whether somebody has a quota, and works in the scope."""
    scope, sections = counted.scope, counted.rules.conveyor.section_by_name
    wanted = sections if scope.sections is None else scope.sections & sections.keys()
    works = scope.sections is None or any(set(member.roles) & set(sections[name].roles) for name in wanted)
    return member.quota is not None and works and (scope.members is None or member.email in scope.members)


def _quota(counted: Counted, member: Member) -> Row:
    quota = member.quota
    assert quota is not None
    end = counted.scope.until - timedelta(microseconds=1)
    period = next(name for name in PERIODS if name == quota.per)
    won = counted.quota_won[member.email, quota.per, quota.currency]
    whole = money(quota.amount)
    own = counted.forecast.open(member.email).get(quota.currency, Open())
    return {
        "person": member.email,
        "quota_period": name_of(period, end, counted.rules.conveyor.timezone),
        "currency": quota.currency,
        "quota": money_text(whole),
        "quota_won": money_text(won),
        "reached": round(float(won / whole), 4) if whole else None,
        "open_deals": own.deals,
        "open_amount": money_text(own.amount),
        "weighted": money_text(own.weighted),
    }


def _forecast(currency: str, open: Open, past: list[Past]) -> Row:
    came_in = sum(each.actual for each in past)
    wrong = sum(abs(each.forecast - each.actual) for each in past)
    too_high = sum(each.forecast - each.actual for each in past)
    known = open.unrated < open.deals
    return {
        "currency": currency,
        "horizon": HORIZON_DAYS,
        "open_deals": open.deals,
        "open_amount": money_text(Decimal(str(open.amount))),
        "unrated": open.unrated,
        "weighted": money_text(open.weighted) if known else None,
        "measured": len(past),
        "error": round(wrong / came_in, 4) if came_in else None,
        "bias": round(too_high / came_in, 4) if came_in else None,
    }

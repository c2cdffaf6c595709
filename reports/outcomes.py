"""What the line is for: customers who bought, bought for more, came again, brought another, by month of arrival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from reports.facts import Found, Known, Stay, Win
from reports.table import Row
from reports.tally import money, share
from store.schema import EPOCH

REFERRAL = "referral"
COHORTS = 12


@dataclass(slots=True)
class Customer:
    """The deals of one journey."""

    since: int
    referred: bool
    wins: int = 0
    first: tuple[Decimal, str] | None = None  # the first won deal's amount and currency
    more: bool = False


@dataclass
class Customers:
    """Takes in stays and wins, then tells the outcomes."""

    known: Mapping[str, Known]
    _found: dict[str, Customer] = field(default_factory=dict)

    def stay(self, stay: Stay) -> None:
        self._customer(stay.deal, stay.began)

    def win(self, win: Win) -> None:
        customer = self._customer(win.deal, win.at)
        amount, currency = money(win.amount), str(win.currency or "")
        customer.wins += 1
        if customer.first is None:
            customer.first = (amount, currency)
        elif currency == customer.first[1] and amount > customer.first[0]:
            customer.more = True

    def found(self, found: Found) -> None:
        """What was there before counts too."""
        if found.won:
            self.win(Win(found.deal, found.at, found.whose, found.amount, found.currency))
        else:
            self._customer(found.deal, found.at)

    def rows(self, timezone: str) -> list[Row]:
        """One row a month, oldest first; at most a year."""
        cohorts: defaultdict[str, list[Customer]] = defaultdict(list)
        zone, names = ZoneInfo(timezone), dict[int, str]()
        for customer in self._found.values():
            hour = customer.since // 3_600_000_000
            month = names.get(hour)
            if month is None:
                month = names[hour] = f"{_time(customer.since).astimezone(zone):%Y-%m}"
            cohorts[month].append(customer)
        return [_row(month, cohorts[month]) for month in sorted(cohorts)[-COHORTS:]]

    def _customer(self, deal: str, at: int) -> Customer:
        known = self.known.get(deal)
        journey = known.journey if known else deal
        found = self._found.get(journey)
        since = min(at, known.created_at if known and known.created_at is not None else at)
        if found is None:
            first = self.known.get(journey, known)
            referred = first is not None and first.source.strip().casefold() == REFERRAL
            found = self._found[journey] = Customer(since, referred)
        found.since = min(found.since, since)
        return found


def _row(month: str, customers: list[Customer]) -> Row:
    bought = sum(customer.wins > 0 for customer in customers)
    return {
        "cohort": month,
        "customers": len(customers),
        "bought": bought,
        "bought_share": share(bought, len(customers)),
        "bought_more": sum(customer.more for customer in customers),
        "came_again": sum(customer.wins > 1 for customer in customers),
        "referred": sum(customer.referred for customer in customers),
    }


def _time(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)

"""The weighted forecast, and how wrong it was: past forecasts are made again from what was known then.

The weeks before the end of the report are its checkpoints. A stage's rate at a checkpoint is made of the earlier ones
whose 30 days were over by then: of the deals that stood there, the share that was won within 30 days.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate

from mapping.model import Value
from reports.facts import LOST, Stay, Win
from reports.tally import NOBODY, money_about

DAY = 86_400_000_000
HORIZON_DAYS = 30
WEEKS = 60
ENOUGH = 20
"""Of fewer deals standing at checkpoints no rate is made."""

_WEEK, _HORIZON = 7 * DAY, HORIZON_DAYS * DAY


@dataclass(slots=True)
class Past:
    """One forecast of the past."""

    at: int
    forecast: float
    actual: float


@dataclass(slots=True)
class Open:
    """The open deals of a person, or of all, in one currency."""

    deals: int = 0
    amount: float = 0.0
    unrated: int = 0
    weighted: float = 0.0


@dataclass
class Forecast:
    """Takes in all stays and wins, then says what is likely and how wrong that was."""

    until: int
    _standing: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(_grid))
    _winning: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(_grid))
    _money: defaultdict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(_grid))
    _came_in: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(_grid))
    _recent: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)
    _now: dict[tuple[str, str, str], list[float]] = field(
        default_factory=dict
    )  # stage, person, currency: sums

    def stay(self, stay: Stay) -> None:
        """A stay on an open stage, over or not."""
        ended = self.until if stay.ended is None else stay.ended
        first, last = self._points(stay.began, ended)
        if first < last:
            _add(self._standing[stay.stage], first, last, 1)
            amount = money_about(_text(stay.amount))
            if amount:
                _add(self._money[stay.stage, _currency(stay.currency)], first, last, amount)
        if stay.ended is None:
            self._stands(stay)
        elif stay.way == LOST:
            self._recent.pop(stay.deal, None)
        else:
            self._recent.setdefault(stay.deal, []).append((stay.stage, stay.began, ended))

    def win(self, win: Win) -> None:
        """A deal that was won: the stays of its last 30 days were standings that were won from."""
        amount, currency = money_about(_text(win.amount)), _currency(win.currency)
        for stage, began, ended in self._recent.pop(win.deal, ()):
            first, last = self._points(max(began, win.at - _HORIZON), min(ended, win.at))
            _add(self._winning[stage], first, last, 1)
            _add(self._came_in[currency], first, last, amount)

    def _stands(self, stay: Stay) -> None:
        amount, currency = stay.worth or (None, None)
        worth = money_about(amount)
        if worth:
            sums = self._now.setdefault(
                (stay.stage, stay.whose.person or NOBODY, _currency(currency)), [0, 0.0]
            )
            sums[0] += 1
            sums[1] += worth

    def open(self, person: str | None = None) -> dict[str, Open]:
        """The open deals by currency, with what they weigh now; of one person, or of all."""
        rates = {stage: self.rate(stage, WEEKS) for stage, _, _ in self._now}
        found: dict[str, Open] = {}
        for (stage, owner, currency), (deals, amount) in self._now.items():
            if person is not None and owner != person:
                continue
            own, rate = found.setdefault(currency, Open()), rates[stage]
            own.deals += int(deals)
            own.amount += amount
            own.unrated += int(deals) if rate is None else 0
            own.weighted += amount * (rate or 0.0)
        return found

    def past(self, currency: str) -> list[Past]:
        """The forecasts of past weeks whose 30 days are over, oldest first; none where nothing was known yet."""
        stages = [stage for stage, of in self._money if of == currency]
        money = {stage: _sums(self._money[stage, currency]) for stage in stages}
        came_in = _sums(self._came_in[currency])
        found = []
        for point in range(WEEKS):
            at = self._at(point)
            rates = {stage: self.rate(stage, point) for stage in stages}
            if at + _HORIZON > self.until or not any(rate is not None for rate in rates.values()):
                continue
            forecast = sum(money[stage][point] * (rates[stage] or 0.0) for stage in stages)
            found.append(Past(at, forecast, came_in[point]))
        return found

    def rate(self, stage: str, point: int) -> float | None:
        """What was known at a checkpoint: of those whose 30 days were over by then."""
        known = point - -(-HORIZON_DAYS // 7) + 1  # the first that was not over yet
        standing = sum(_sums(self._standing[stage])[: max(0, known)])
        won = sum(_sums(self._winning[stage])[: max(0, known)])
        return won / standing if standing >= ENOUGH else None

    def _points(self, began: int, ended: int) -> tuple[int, int]:
        """Which checkpoints lie in a half-open stretch of time."""
        start = self.until - WEEKS * _WEEK
        first = min(WEEKS, max(0, -((start - began) // _WEEK)))
        last = min(WEEKS, -((start - ended) // _WEEK))
        return first, max(first, last)

    def _at(self, point: int) -> int:
        return self.until - (WEEKS - point) * _WEEK


def _grid() -> list[float]:
    """How much begins, or ends, at each checkpoint."""
    return [0.0] * (WEEKS + 1)


def _add(grid: list[float], first: int, last: int, amount: float) -> None:
    grid[first] += amount
    grid[last] -= amount


def _sums(grid: list[float]) -> list[float]:
    return list(accumulate(grid))


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _currency(value: Value) -> str:
    return str(value or "(none)")

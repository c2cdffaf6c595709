"""Counts one report: reads the store once and gives each fact to whatever adds it up, as far as the scope goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from mapping.ruleset import Ruleset
from reports.clock import Clock
from reports.facts import Found, Known, Passed, Stay, Whose, Win
from reports.fold import KINDS, Fold
from reports.forecasting import Forecast
from reports.outcomes import Customers
from reports.reading import first_moment, known_deals, lines, passed
from reports.scope import PERIODS, Scope, periods_before, scope_of
from reports.tally import NOBODY, Window, money
from reports.track import Fact
from store import rulesets
from store.rulesets import Stored
from store.schema import EPOCH, microseconds

OTHER_ROLE = "(other)"
TREND_WEEKS = 12
CHANGES = 3
CHANGE_WINDOW = timedelta(weeks=4)
_LONGEST_REASON = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the rules, with a window on each side."""

    stored: Stored
    before: Window
    after: Window


@dataclass
class Counted:
    """All that was counted."""

    rules: Ruleset
    scope: Scope
    clock: Clock
    now: Window
    before: Window
    trend: list[Window]
    changes: list[Change]
    forecast: Forecast
    customers: Customers
    last_came: dict[str, int] = field(default_factory=dict)  # onto each stage
    quota_won: defaultdict[tuple[str, str, str], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    late: list[Passed] = field(default_factory=list)
    came_back: list[Passed] = field(default_factory=list)

    @property
    def windows(self) -> list[Window]:
        changes = [window for change in self.changes for window in (change.before, change.after)]
        return [self.now, self.before, *self.trend, *changes]


def count(tx: Connection, rules: Ruleset, scope: Scope) -> Counted:
    """Read everything up to the end of the scope, and count it."""
    clock = Clock(rules.conveyor, first_moment(tx) or scope.since, scope.until)
    known, until = known_deals(tx), microseconds(scope.until)
    counted = _begin(tx, rules, scope, clock, known)
    fold = Fold(rules, known, until, _taking(counted))
    fold.read(lines(tx, KINDS, until))
    earliest = min(window.since for window in counted.windows)
    found = passed(tx, earliest, until, known, fold.returned, _reasons(rules))
    _take_handoffs(counted, found)
    return counted


def _begin(tx: Connection, rules: Ruleset, scope: Scope, clock: Clock, known: Mapping[str, Known]) -> Counted:
    role = _roles(rules)
    norms = {
        stage.name: clock.length(stage.follow_up_after)
        for stage in rules.conveyor.stages.values()
        if stage.follow_up_after is not None
    }

    def window(since: datetime, until: datetime, *, whole: bool = False) -> Window:
        ends = microseconds(since), microseconds(until)
        return Window(*ends, clock.seconds, role, norms, clock.day_s, whole)

    weeks = periods_before("week", scope, rules.conveyor.timezone, TREND_WEEKS)
    return Counted(
        rules=rules,
        scope=scope,
        clock=clock,
        now=window(scope.since, scope.until, whole=True),
        before=window(*scope.compared_with, whole=True),
        trend=[window(*week) for week in weeks],
        changes=[
            Change(stored, window(*before), window(*after)) for stored, before, after in _changes(tx, scope)
        ],
        forecast=Forecast(microseconds(scope.until)),
        customers=Customers(known),
    )


Stretch = tuple[datetime, datetime]


def _changes(tx: Connection, scope: Scope) -> Iterator[tuple[Stored, Stretch, Stretch]]:
    """The latest changes of the rules; a window ends where the next change begins."""
    versions = [each for each in reversed(rulesets.history(tx)) if each.applied_at < scope.until]
    changed = [
        v for before, v in zip([None, *versions], versions, strict=False) if before and before.hash != v.hash
    ]
    starts = [each.applied_at for each in [*versions[:1], *changed]]
    ends = [*starts[1:], scope.until]
    for index, stored in list(enumerate(changed, start=1))[-CHANGES:]:
        at = stored.applied_at
        before = max(at - CHANGE_WINDOW, starts[index - 1]), at
        yield stored, before, (at, min(at + CHANGE_WINDOW, ends[index]))


def _roles(rules: Ruleset) -> Any:
    @lru_cache(maxsize=4096)
    def role(section: str, person: str | None) -> str:
        if person is None:
            return NOBODY
        member, found = rules.team.get(person), rules.conveyor.section_by_name.get(section)
        own = member.roles if member else ()
        return next((name for name in (found.roles if found else ()) if name in own), OTHER_ROLE)

    def of(whose: Whose) -> str:
        return role(whose.section, whose.person)

    return of


def covers(scope: Scope, section: str, person: str | None, whose: Whose) -> bool:
    """Whether something that belongs to this section and person is within the scope."""
    return (
        (scope.sections is None or section in scope.sections)
        and (scope.members is None or person in scope.members)
        and scope.connection in (None, whose.connection)
        and scope.source in (None, whose.source)
    )


def _taking(counted: Counted) -> Callable[[Fact], None]:
    """What takes each fact in, as far as the scope goes."""
    scope, starts = counted.scope, _quota_starts(counted)
    everything = (scope.sections, scope.members, scope.connection, scope.source) == (None,) * 4
    windows, lately = counted.windows, min(window.since for window in counted.windows)

    def take(fact: Fact) -> None:
        if type(fact) is Win:
            counted.forecast.win(fact)
        if not everything and not covers(scope, fact.whose.section, fact.whose.person, fact.whose):
            return
        if isinstance(fact, Stay):
            _take_stay(counted, fact, windows if fact.ended is None or fact.ended >= lately else ())
        elif isinstance(fact, Win):
            _take_win(counted, windows, fact, starts)
        elif isinstance(fact, Found):
            counted.customers.found(fact)
        else:
            for window in windows:
                window.told(fact)

    return take


def _take_stay(counted: Counted, stay: Stay, windows: Iterable[Window]) -> None:
    if not stay.stage:
        for window in windows and (counted.now, counted.before):
            window.visit(stay)
        return
    for window in windows:
        window.stay(stay)
    counted.forecast.stay(stay)
    if stay.arrived or stay.found:
        counted.customers.stay(stay)
    if not stay.found:
        counted.last_came[stay.stage] = max(stay.began, counted.last_came.get(stay.stage, 0))


def _take_win(counted: Counted, windows: list[Window], win: Win, starts: Mapping[str, int]) -> None:
    for window in windows:
        window.win(win)
    counted.customers.win(win)
    member = counted.rules.team.get(win.whose.person or "")
    if member and member.quota and win.at >= starts[member.quota.per]:
        counted.quota_won[member.email, member.quota.per, str(win.currency or "")] += money(win.amount)


def _quota_starts(counted: Counted) -> dict[str, int]:
    """When each kind of quota period began that the end of the report lies in."""
    end = counted.scope.until - timedelta(microseconds=1)
    zone = counted.rules.conveyor.timezone
    return {name: microseconds(scope_of(name, end, zone).since) for name in PERIODS}


def _take_handoffs(counted: Counted, handoffs: Iterator[Passed]) -> None:
    scope, windows, now = counted.scope, counted.windows, counted.now
    for each in handoffs:
        received = covers(scope, each.to_section, each.to_person, each.whose)
        given = covers(scope, each.from_section, each.from_person, each.whose)
        for window in windows:
            if received:
                window.received(each)
            if given and window.whole:
                window.given(each)
            if (received or given) and window.whole:
                window.reason(each)
        if received or given:
            _list(counted, each, now)


def _list(counted: Counted, each: Passed, now: Window) -> None:
    is_open = each.closed is None or each.closed >= now.until
    if is_open and each.due is not None and each.due < now.until:
        counted.late.append(each)
    if now.has(each.closed) and not each.accepted and not each.withdrawn:
        counted.came_back.append(each)


def _reasons(rules: Ruleset) -> Any:
    """Reasons in the words of `return_reasons`; what the conveyor itself says without the person's name."""
    known = {
        (rule.name, reason.casefold()): reason
        for rule in rules.conveyor.handoffs
        for reason in rule.return_reasons
    }

    def words(rule: str, reason: Any) -> str:
        if isinstance(reason, dict):
            return str(reason["message"]).replace("{person}", "the receiver")
        text = " ".join(str(reason or "").split())
        return known.get((rule, text.casefold()), text[:_LONGEST_REASON]) or "(none)"

    return words


def moment(at: int | None) -> str | None:
    """A time as reports have it."""
    if at is None:
        return None
    return f"{EPOCH + timedelta(microseconds=at):%Y-%m-%dT%H:%M:%SZ}"

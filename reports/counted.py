"""What one report keeps while it counts, and over which stretches of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import pairwise

from sqlalchemy import Connection

from mapping.ruleset import Ruleset
from reports.clock import Clock
from reports.facts import Known, Passed, Whose
from reports.forecasting import Forecast
from reports.outcomes import Customers
from reports.scope import Scope, periods_before
from reports.tally import NOBODY, OTHER_ROLE
from reports.window import Window
from store import rulesets
from store.rulesets import Stored
from store.schema import EPOCH, microseconds

TREND_WEEKS = 12
CHANGES = 3
CHANGE_WINDOW = timedelta(weeks=4)

Stretch = tuple[datetime, datetime]


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

    @cached_property
    def whole(self) -> list[Window]:
        """The windows that keep every tally."""
        return [self.now, self.before]

    @cached_property
    def light(self) -> list[Window]:
        """Those that keep the total only."""
        changes = [window for change in self.changes for window in (change.before, change.after)]
        return [*self.trend, *changes]


def begin(tx: Connection, rules: Ruleset, scope: Scope, clock: Clock, known: Mapping[str, Known]) -> Counted:
    """Everything that is to be counted, with nothing counted yet."""
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


def _changes(tx: Connection, scope: Scope) -> Iterator[tuple[Stored, Stretch, Stretch]]:
    """The latest changes of the rules; a window ends where the next change begins."""
    versions = [each for each in reversed(rulesets.history(tx)) if each.applied_at < scope.until]
    pairs = pairwise(versions)
    changed = [after for before, after in pairs if before.hash != after.hash]
    starts = [each.applied_at for each in [*versions[:1], *changed]]
    ends = [*starts[1:], scope.until]
    for index, stored in list(enumerate(changed, start=1))[-CHANGES:]:
        at = stored.applied_at
        before = max(at - CHANGE_WINDOW, starts[index - 1]), at
        yield stored, before, (at, min(at + CHANGE_WINDOW, ends[index]))


def _roles(rules: Ruleset) -> Callable[[Whose], str]:
    """Says in which role somebody works where a deal stands: the first of the section's that they hold."""

    @lru_cache(maxsize=4096)
    def role(section: str, person: str | None) -> str:
        if person is None:
            return NOBODY
        member, found = rules.team.get(person), rules.conveyor.section_by_name.get(section)
        own = member.roles if member else ()
        return next((name for name in (found.roles if found else ()) if name in own), OTHER_ROLE)

    return lambda whose: role(whose.section, whose.person)


def moment(at: int | None) -> str | None:
    """A time as reports have it."""
    return None if at is None else f"{EPOCH + timedelta(microseconds=at):%Y-%m-%dT%H:%M:%SZ}"

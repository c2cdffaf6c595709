"""A stretch of time with the tallies of all that happened in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from reports.facts import FORWARD, LOST, OTHER, WON, Broken, FollowUp, Passed, Stay, Whose, Win
from reports.tally import NOBODY, NONE, Tally, money

DIMENSIONS = ("section", "role", "person", "source", "connection")


@dataclass
class Window:
    """A half-open stretch of time, with the tallies of all that happened in it."""

    since: int
    until: int
    seconds: Callable[[int, int], float]
    role: Callable[[Whose], str]
    norms: Mapping[str, int]  # of stages, in seconds
    day_s: int
    whole: bool = True  # else only the total is kept
    total: Tally = field(default_factory=Tally)
    by: dict[str, defaultdict[str, Tally]] = field(default_factory=dict)
    stages: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    sections: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    boundaries: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    givers: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    queues: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    rules: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    wins: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    won: defaultdict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def __post_init__(self) -> None:
        self.by = {name: defaultdict(Tally) for name in DIMENSIONS}

    def has(self, at: int | None) -> bool:
        return at is not None and self.since <= at < self.until

    def tallies(self, whose: Whose) -> list[Tally]:
        """Where something is counted that belongs to somebody: in the total, and in one row of each dimension."""
        if not self.whole:
            return [self.total]
        keys = (whose.section, self.role(whose), whose.person or NOBODY, whose.source, whose.connection)
        return [self.total, *(self.by[name][key] for name, key in zip(DIMENSIONS, keys, strict=True))]

    def stay(self, stay: Stay) -> None:
        """A stay on a stage."""
        ended = stay.ended
        if stay.began >= self.until or (ended is not None and ended < self.since):
            return
        came = self.has(stay.began) and not stay.found
        left = self.has(stay.ended)
        places = [self.total, self.stages[stay.stage]] if self.whole else [self.total]
        if came or left or self.whole:
            self._presence(stay, places, came=came)
        if left:
            self._left(
                stay, places if not self.whole else [*self.tallies(stay.whose), self.stages[stay.stage]]
            )

    def visit(self, visit: Stay) -> None:
        """A stay in a section."""
        if visit.began >= self.until or (visit.ended is not None and visit.ended < self.since):
            return
        tally = self.sections[visit.whose.section]
        self._presence(visit, [tally], came=self.has(visit.began) and not visit.found)
        if self.has(visit.ended):
            _count_way(tally, visit.way)
            if visit.seen and visit.ended is not None:
                tally.lengths.append(self.seconds(visit.began, visit.ended))

    def _presence(self, stay: Stay, places: list[Tally], *, came: bool) -> None:
        is_over = stay.ended is not None
        ended = stay.ended if stay.ended is not None else self.until
        stood = stay.began < self.until and (stay.began < self.since or stay.found) and (ended >= self.since)
        stands = stay.began < self.until and (not is_over or ended >= self.until)
        if not (came or stood or stands):
            return
        norm = self.norms.get(stay.stage)
        over = stands and norm is not None and self.seconds(stay.began, self.until) > norm
        for tally in places:
            tally.came += came
            tally.arrived += came and stay.arrived
            tally.stood += stood
            tally.stand += stands
            tally.over_norm += over

    def _left(self, stay: Stay, places: list[Tally]) -> None:
        norm = self.norms.get(stay.stage)
        length = self.seconds(stay.began, stay.ended or 0) if stay.seen else None
        for tally in places:
            _count_way(tally, stay.way)
            if length is None:
                continue
            tally.lengths.append(length)
            if norm is not None:
                tally.with_norm += 1
                tally.within_norm += length <= norm
            if stay.way != OTHER and stay.touches is not None:
                tally.moves += 1
                tally.touched += stay.touches
                tally.moved_after += length

    def win(self, win: Win) -> None:
        if not self.has(win.at):
            return
        for tally in self.tallies(win.whose):
            tally.won += 1
        key = (win.whose.section, win.whose.person or NOBODY, str(win.currency) if win.currency else NONE)
        self.wins[key] += 1
        self.won[key] += money(win.amount)

    def told(self, fact: Broken | FollowUp) -> None:
        """What rules said, and what owners were asked for."""
        if not self.has(fact.at):
            return
        if isinstance(fact, Broken):
            self._broken(fact)
        else:
            self._asked(fact)

    def _broken(self, broken: Broken) -> None:
        for tally in (*self.tallies(broken.whose), self.rules[broken.rule]):
            setattr(tally, broken.what, getattr(tally, broken.what) + 1)

    def _asked(self, asked: FollowUp) -> None:
        answered = asked.answered
        kept = answered is not None and self.seconds(asked.at, answered) <= self.day_s
        for tally in self.tallies(asked.whose):
            tally.asked += 1
            tally.kept += kept

    def received(self, passed: Passed) -> None:
        """A hand-off, as it stood when the window ended, for whoever received it."""
        self._queued(self.queues[passed.rule], passed)
        if self.has(passed.offered):
            for tally in (*self.tallies(passed.whose), self.boundaries[passed.rule]):
                self._count(tally, passed)

    def given(self, passed: Passed) -> None:
        """The same for whoever offered it."""
        if self.has(passed.offered):
            tally = self.givers[passed.from_person or NOBODY]
            self._count(tally, passed)
            tally.defects += passed.defects

    def reason(self, passed: Passed) -> None:
        """Why it came back."""
        closed = passed.closed is not None and passed.closed < self.until
        if self.has(passed.offered) and closed and not passed.accepted and not passed.withdrawn:
            self.reasons[passed.rule, passed.reason] += 1

    def _queued(self, queue: Tally, passed: Passed) -> None:
        """The queue before a boundary, in which older ones stand too."""
        open = passed.closed is None or passed.closed >= self.until
        queue.came += self.has(passed.offered)
        queue.forward += self.has(passed.closed)
        queue.stand += open and passed.offered < self.until
        queue.over_norm += open and passed.due is not None and passed.due < self.until

    def _count(self, tally: Tally, passed: Passed) -> None:
        tally.offered += 1
        if passed.closed is None or passed.closed >= self.until:
            tally.open += 1
            tally.late += passed.due is not None and passed.due < self.until
        elif passed.accepted:
            tally.accepted += 1
            in_time = passed.due is None or passed.closed <= passed.due
            tally.accepted_in_time += in_time and passed.late_steps == 0
            tally.waits.append(self.seconds(passed.offered, passed.closed))
        elif passed.withdrawn:
            tally.withdrawn += 1
        else:
            tally.returned += 1


def _count_way(tally: Tally, way: str | None) -> None:
    name = FORWARD if way == WON else way or OTHER
    if name == FORWARD:
        tally.forward += 1
    elif name == LOST:
        tally.lost += 1
    elif name == OTHER:
        tally.other += 1
    else:
        tally.back += 1

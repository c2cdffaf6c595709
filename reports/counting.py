"""Counts one report: reads the store once and gives each fact to whatever adds it up, as far as the scope goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from mapping.phrases import Phrase, Words, filled_anew, phrase
from mapping.ruleset import Ruleset
from reports.clock import Clock
from reports.counted import Counted, begin
from reports.facts import Found, Passed, Stay, Whose, Win
from reports.fold import KINDS, Fold
from reports.reading import first_moment, known_deals, lines, passed
from reports.scope import PERIODS, Scope, scope_of
from reports.tally import NONE, money
from reports.track import Fact
from store.schema import microseconds

_LONGEST_REASON = 80
_KEPT: TypeAdapter[Any] = TypeAdapter(Words)


def count(tx: Connection, rules: Ruleset, scope: Scope) -> Counted:
    """Read everything up to the end of the scope, and count it."""
    clock = Clock(rules.conveyor, first_moment(tx) or scope.since, scope.until)
    known, until = known_deals(tx), microseconds(scope.until)
    counted = begin(tx, rules, scope, clock, known)
    fold = Fold(rules, known, until, _taking(counted))
    fold.read(lines(tx, KINDS, until))
    _take_handoffs(counted, passed(tx, _earliest(counted), until, known, fold.returned, _reasons(rules)))
    return counted


def _earliest(counted: Counted) -> int:
    return min(window.since for window in (*counted.whole, *counted.light))


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
    windows, lately = [*counted.whole, *counted.light], _earliest(counted)

    def take(fact: Fact) -> None:
        if type(fact) is Win:
            counted.forecast.win(fact)
        if not everything and not covers(scope, fact.whose.section, fact.whose.person, fact.whose):
            return
        if isinstance(fact, Stay):
            _take_stay(counted, fact, is_late=fact.ended is None or fact.ended >= lately)
        elif isinstance(fact, Win):
            for window in windows:
                window.win(fact)
            _take_win(counted, fact, starts)
        elif isinstance(fact, Found):
            counted.customers.found(fact)
        else:
            for window in windows:
                window.told(fact)

    return take


def _take_stay(counted: Counted, stay: Stay, *, is_late: bool) -> None:
    """A stay or a visit; of those long over only the forecast and the customers hear."""
    if is_late:
        _add_to_windows(counted, stay)
    if not stay.stage:
        return
    counted.forecast.stay(stay)
    if stay.arrived or stay.found:
        counted.customers.stay(stay)
    if not stay.found:
        counted.last_came[stay.stage] = max(stay.began, counted.last_came.get(stay.stage, 0))


def _add_to_windows(counted: Counted, stay: Stay) -> None:
    for window in (counted.now, counted.before):
        if stay.stage:
            window.stay(stay)
        else:
            window.visit(stay)
    if stay.stage:
        began, ended = stay.began, stay.ended or 0
        for window in counted.light:
            if window.since <= began < window.until or window.since <= ended < window.until:
                window.stay(stay)


def _take_win(counted: Counted, win: Win, starts: Mapping[str, int]) -> None:
    counted.customers.win(win)
    member = counted.rules.team.get(win.whose.person or "")
    if member and member.quota and win.at >= starts[member.quota.per]:
        counted.quota_won[member.email, member.quota.per, str(win.currency or "")] += money(win.amount)


def _quota_starts(counted: Counted) -> dict[str, int]:
    """When each kind of quota period began that the end of the report lies in."""
    end = counted.scope.until - timedelta(microseconds=1)
    zone = counted.rules.conveyor.timezone
    return {name: microseconds(scope_of(name, end, zone).since) for name in PERIODS}


def _take_handoffs(counted: Counted, handoffs: Iterable[Passed]) -> None:
    scope = counted.scope
    for each in handoffs:
        received = covers(scope, each.to_section, each.to_person, each.whose)
        given = covers(scope, each.from_section, each.from_person, each.whose)
        if received:
            for window in (*counted.whole, *counted.light):
                window.received(each)
            _note_if_late(counted, each)
        if received or given:
            for window in counted.whole:
                window.reason(each)
            _note_if_returned(counted, each)
        if given:
            for window in counted.whole:
                window.given(each)


def _note_if_late(counted: Counted, each: Passed) -> None:
    until = counted.now.until
    is_open = each.closed is None or each.closed >= until
    if is_open and each.due is not None and each.due < until:
        counted.late.append(each)


def _note_if_returned(counted: Counted, each: Passed) -> None:
    """It is the giver's again, who is told too."""
    if counted.now.has(each.closed) and not each.accepted and not each.withdrawn:
        counted.came_back.append(each)


def _reasons(rules: Ruleset) -> Callable[[str, Any], str]:
    """Reasons in the words of `return_reasons`; what the conveyor itself says without the person's name."""
    known = {
        (rule.name, reason.casefold()): reason
        for rule in rules.conveyor.handoffs
        for reason in rule.return_reasons
    }

    def words(rule: str, reason: Any) -> str:
        if isinstance(reason, dict):
            ours: Phrase = _KEPT.validate_python(reason)
            return filled_anew(ours, person=phrase("the receiver")) if "person" in ours.fillings else ours
        text = " ".join(str(reason or "").split())
        return known.get((rule, text.casefold()), text[:_LONGEST_REASON]) or NONE

    return words

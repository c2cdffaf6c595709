"""The tables of the whole line: at a glance, the bottleneck, outcomes, practices, changes of the rules, the weeks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from mapping.phrases import phrase
from mapping.ruleset import Practice
from reports.counted import Change, Counted, moment
from reports.definitions import filled
from reports.table import FEW, Row, Table
from reports.tally import UNKNOWN, Tally
from store import practices
from store.schema import microseconds

_DAY = 86_400_000_000

BETTER, WORSE, SAME = phrase("better"), phrase("worse"), phrase("same")
BOTTLENECK = phrase("bottleneck")
NOTABLE = 0.05
"""A change by less than this part of what it was is none."""

_FIGURES: tuple[tuple[str, str, str, str | None, int], ...] = (
    ("arrived", phrase("New on the line"), "count", None, 1),
    ("won", phrase("Won"), "count", None, 1),
    ("lost", phrase("Lost"), "count", None, -1),
    ("conversion", phrase("Went on, of the stages that deals left"), "share", "left", 1),
    ("median", phrase("Time on a stage, median"), "duration", "stays", -1),
    ("touches", phrase("Touches a move"), "number", "moves", 0),
    ("offered", phrase("Hand-offs offered"), "count", None, 0),
    ("acceptance", phrase("Hand-offs accepted, of those decided"), "share", "closed", 1),
    ("in_time", phrase("Accepted in time, of those accepted"), "share", "accepted", 1),
    ("wait", phrase("Wait for acceptance, median"), "duration", "accepted", -1),
    ("returned", phrase("Hand-offs returned"), "count", None, -1),
    ("late", phrase("Hand-offs late at the end"), "count", None, -1),
    ("put_back", phrase("Moves put back by a rule"), "count", None, -1),
    ("defects", phrase("Passed a boundary with a step missing"), "count", None, -1),
    ("exceptions", phrase("Passed by an exception"), "count", None, 0),
    ("kept_share", phrase("Follow-ups kept"), "share", "asked", 1),
)
"""Column, figure, unit, the column with its cases, and whether more of it is better (1), worse (-1) or neither."""


def summary_table(counted: Counted) -> Table:
    """The line in the period and before."""
    now, before = ({"arrived": w.total.arrived, **w.total.cells()} for w in (counted.now, counted.before))
    rows = [_figure(now, before, *figure) for figure in _FIGURES]
    rows[2:2] = _money(counted)
    return filled("summary", rows)


def _figure(now: Row, before: Row, name: str, title: str, unit: str, of: str | None, good: int) -> Row:
    cases, cases_before = (row[of] if of else None for row in (now, before))
    enough = all(n is None or (isinstance(n, int) and n >= FEW) for n in (cases, cases_before))
    return {
        "figure": title,
        "value": now[name],
        "cases": cases,
        "before": before[name],
        "cases_before": cases_before,
        "change": _change(now[name], before[name], good) if enough else "",
        "unit": unit,
    }


def _money(counted: Counted) -> list[Row]:
    """Won money, a row for each currency."""
    sums: list[dict[str, Any]] = [{}, {}]
    for window, found in zip((counted.now, counted.before), sums, strict=True):
        for (_, _, currency), amount in window.won.items():
            found[currency] = found.get(currency, 0) + amount
    return [
        {
            "figure": phrase("Won, {currency}", currency=currency),
            "value": f"{sums[0].get(currency, 0):.2f}",
            "cases": None,
            "before": f"{sums[1].get(currency, 0):.2f}",
            "cases_before": None,
            "change": _change(float(sums[0].get(currency, 0)), float(sums[1].get(currency, 0)), 1),
            "unit": "money",
        }
        for currency in sorted({*sums[0], *sums[1]})
    ]


def _change(now: object, before: object, good: int) -> str:
    if not isinstance(now, int | float) or not isinstance(before, int | float) or not good:
        return ""
    if abs(now - before) <= NOTABLE * abs(before):
        return SAME
    return BETTER if (now > before) == (good > 0) else WORSE


def line_tables(tx: Connection, counted: Counted) -> Iterable[Table]:
    """All others, in the order of a report."""
    yield filled("bottleneck", _bottleneck(counted))
    whole = counted.scope.sections is None and counted.scope.members is None
    customers = counted.customers.rows(counted.rules.conveyor.timezone) if whole else []
    yield filled(
        "outcomes", customers, None if whole else phrase("Customers are told for the whole line only.")
    )
    yield filled("practices", _practices(tx, counted))
    told = counted.scope.sections is None
    yield filled("versions", [row for change in counted.changes for row in _change_rows(change, told=told)])
    yield filled("trend", [{"since": moment(w.since), **w.total.cells()} for w in counted.trend])


def _bottleneck(counted: Counted) -> list[Row]:
    window, line = counted.now, counted.rules.conveyor.stages
    length = counted.clock.seconds(window.since, window.until)
    places = [
        (line[name].section if name in line else UNKNOWN, name, tally)
        for name, tally in sorted(window.stages.items(), key=lambda each: _place(counted, each[0]))
    ]
    sections = {rule.name: rule.to_section for rule in counted.rules.conveyor.handoffs}
    places += [
        (sections.get(name, ""), phrase("waiting: {handoff}", handoff=name), queue)
        for name, queue in window.queues.items()
    ]
    rows = [_standing(section, stage, tally, length) for section, stage, tally in places]
    last = list(counted.rules.conveyor.section_by_name)[-1]
    stays = {name for name, stage in line.items() if stage.section == last and name not in window.norms}
    stuck = [row for row in rows if _count(row, "stand") >= FEW and row["stage"] not in stays]
    worst = max(stuck, key=_how_stuck, default=None)
    for row in rows:
        row["verdict"] = BOTTLENECK if row is worst else ""
    return rows


def _place(counted: Counted, stage: str) -> tuple[int, str]:
    order = list(counted.rules.conveyor.stages)
    return (order.index(stage) if stage in order else len(order), stage)


def _standing(section: str, stage: str, tally: Tally, length: float) -> Row:
    return {
        "section": section,
        "stage": stage,
        "stand": tally.stand,
        "over_norm": tally.over_norm,
        "came": tally.came,
        "left": tally.left,
        "clears_in": round(tally.stand / tally.left * length) if tally.left else None,
    }


def _count(row: Row, name: str) -> int:
    value = row[name]
    return value if isinstance(value, int) else 0


def _how_stuck(row: Row) -> tuple[bool, int, int]:
    """Where nothing left at all, the number of deals decides."""
    return row["clears_in"] is None, _count(row, "clears_in"), _count(row, "stand")


def _practices(tx: Connection, counted: Counted) -> list[Row]:
    watched = {stage: microseconds(at) for stage, at in practices.load(tx).items()}
    wanted = counted.scope.sections
    stages = counted.rules.conveyor.stages
    return [
        _practice(counted, practice, watched.get(practice.stage))
        for practice in counted.rules.conveyor.practices
        if wanted is None or stages[practice.stage].section in wanted
    ]


def _practice(counted: Counted, practice: Practice, watched: int | None) -> Row:
    now, before = (window.stages[practice.stage].came for window in (counted.now, counted.before))
    until, most = counted.now.until, counted.clock.length(practice.at_least_once_in)
    last = counted.last_came.get(practice.stage, watched)
    last = None if last is None or last >= until else last
    overdue = last is not None and counted.clock.seconds(last, until) > most
    return {
        "practice": practice.name,
        "stage": practice.stage,
        "at_least_once_in": most,
        "times": now,
        "times_before": before,
        "last_at": moment(last),
        "fades": _fading(last, now, before, overdue=overdue),
    }


def _fading(last: int | None, now: int, before: int, *, overdue: bool) -> str:
    if last is None:
        return phrase("never yet")
    return phrase("overdue") if overdue else phrase("less often") if now < before else ""


def _change_rows(change: Change, *, told: bool) -> list[Row]:
    return [
        {
            "version": change.stored.version,
            "applied_at": moment(microseconds(change.stored.applied_at)),
            "message": change.stored.message if told else None,  # it speaks of the whole line
            "when": when,
            "days": round((window.until - window.since) / _DAY, 1),
            **window.total.cells(),
        }
        for when, window in ((phrase("before"), change.before), (phrase("after"), change.after))
    ]

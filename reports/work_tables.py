"""The tables of work: the funnel, the sections, whose work it was, what was won, and the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reports.counted import Counted
from reports.definitions import filled
from reports.table import Row, Table
from reports.tally import NOBODY, NONE, OTHER_ROLE, UNKNOWN, Tally, money_text
from reports.window import DIMENSIONS

_LAST = (NOBODY, OTHER_ROLE, NONE, UNKNOWN)
"""Rows that are nobody's come last."""


def work_tables(counted: Counted) -> Iterable[Table]:
    """All of them, in the order of a report."""
    yield filled("funnel", _funnel(counted))
    yield filled("sections", _sections(counted))
    for name in DIMENSIONS:
        yield filled(f"work_by_{name}", _work(counted, name))
    yield filled("won", _won(counted))


def rules_table(counted: Counted) -> Table:
    """What happened to moves that a rule had something against."""
    rows = [{"rule": rule or UNKNOWN, **tally.cells()} for rule, tally in sorted(counted.now.rules.items())]
    return filled("rules", rows)


def _funnel(counted: Counted) -> list[Row]:
    norms, order = counted.now.norms, _order(counted)
    found, line = counted.now.stages, counted.rules.conveyor.stages
    return [
        {
            "section": line[name].section if name in line else UNKNOWN,
            "stage": name,
            "norm": norms.get(name),
            **found[name].cells(),
        }
        for name in _sorted({*_own_stages(counted), *found}, order)
    ]


def _own_stages(counted: Counted) -> list[str]:
    """The open stages of the scope, also those where nothing happened."""
    wanted = counted.scope.sections
    stages = counted.rules.conveyor.stages.values()
    return [s.name for s in stages if s.status == "open" and (wanted is None or s.section in wanted)]


def _sections(counted: Counted) -> list[Row]:
    found, wanted = counted.now.sections, counted.scope.sections
    names = [name for name in counted.rules.conveyor.section_by_name if wanted is None or name in wanted]
    return [
        {"section": name, **found[name].cells()}
        for name in _sorted({*names, *found}, counted.rules.conveyor.section_order)
    ]


def _work(counted: Counted, dimension: str) -> list[Row]:
    found: Mapping[str, Tally] = counted.now.by[dimension]
    conveyor = counted.rules.conveyor
    roles = {name: place for place, name in enumerate(conveyor.roles)}
    order = {"section": conveyor.section_order, "role": roles}.get(dimension, {})
    return [{dimension: name, **found[name].cells()} for name in _sorted(found, order)]


def _won(counted: Counted) -> list[Row]:
    wins, money = counted.now.wins, counted.now.won
    return [
        {
            "section": section,
            "person": person,
            "currency": currency,
            "won": wins[section, person, currency],
            "amount": money_text(money[section, person, currency]),
        }
        for section, person, currency in sorted(wins)
    ]


def _order(counted: Counted) -> dict[str, int]:
    return {name: place for place, name in enumerate(counted.rules.conveyor.stages)}


def _sorted(names: Iterable[str], order: Mapping[str, int]) -> list[str]:
    return sorted(names, key=lambda name: (name in _LAST, order.get(name, len(order)), name))

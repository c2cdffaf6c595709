"""The tables of hand-offs: how they went, why they came back, and which are late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection

from mapping.phrases import Phrase, phrase
from reports.counted import Counted, moment
from reports.definitions import filled
from reports.facts import Passed
from reports.reading import titles
from reports.table import Row, Table
from reports.tally import share

MOST = 50
"""A list names at most so many deals, and says how many there are."""


def handoff_tables(counted: Counted) -> Iterable[Table]:
    """The tables that count."""
    yield filled("handoffs", _handoffs(counted))
    givers = counted.now.givers
    yield filled("passed_on", [{"person": name, **givers[name].cells()} for name in sorted(givers)])
    yield filled("return_reasons", _reasons(counted))


def handoff_lists(tx: Connection, counted: Counted) -> Iterable[Table]:
    """The tables that name deals."""
    late = sorted(counted.late, key=lambda each: (each.due or 0, each.id))
    back = sorted(counted.came_back, key=lambda each: (-(each.closed or 0), each.id))
    names = titles(tx, {each.deal for each in (*late[:MOST], *back[:MOST])}, counted.scope.sections)
    until = counted.now.until
    yield filled(
        "late",
        [
            {
                **_named(each, names),
                "due_at": moment(each.due),
                "late_by": round(counted.clock.seconds(each.due or until, until)),
            }
            for each in late[:MOST]
        ],
        _rest(late),
    )
    yield filled(
        "came_back",
        [
            {**_named(each, names), "returned_at": moment(each.closed), "reason": each.reason}
            for each in back[:MOST]
        ],
        _rest(back),
    )


def _named(each: Passed, names: dict[str, tuple[str, str]]) -> Row:
    deal, title = names.get(each.deal, (each.deal, ""))
    return {
        "deal": deal,
        "title": title,
        "handoff": each.rule,
        "from_person": each.from_person,
        "to_person": each.to_person,
    }


def _rest(found: list[Passed]) -> Phrase | None:
    return phrase("The first {most} of {all}.", most=MOST, all=len(found)) if len(found) > MOST else None


def _handoffs(counted: Counted) -> list[Row]:
    within = {
        rule.name: counted.clock.length(rule.accept_within)
        for rule in counted.rules.conveyor.handoffs
        if rule.accept_within is not None
    }
    rules = [rule.name for rule in counted.rules.conveyor.handoffs]
    found = counted.now.boundaries
    names = [name for name in rules if name in found] + sorted(set(found) - set(rules))
    return [{"handoff": name, "accept_within": within.get(name), **found[name].cells()} for name in names]


def _reasons(counted: Counted) -> list[Row]:
    found = counted.now.reasons
    whole: Counter[str] = Counter()
    for (rule, _), times in found.items():
        whole[rule] += times
    return [
        {
            "handoff": rule,
            "reason": reason,
            "times": times,
            "returns": whole[rule],
            "share": share(times, whole[rule]),
        }
        for (rule, reason), times in sorted(
            found.items(), key=lambda each: (each[0][0], -each[1], each[0][1])
        )
    ]

"""Over random histories: parts add up to wholes, days to weeks, and what is over does not change any more."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from reports.report import report
from reports.scope import Scope
from reports.table import Report, Table
from reports.window import DIMENSIONS
from store.database import Store, open_store

from .history import Written, at, deal, written
from .line import HANA, MARIA, OLENA, PETAR, STAGES, rules

HISTORIES = int(os.environ.get("CONVEYOR_HISTORIES", "6"))
START, END = at(2), at(30)
WEEK = Scope(at(9, 0), at(16, 0))
OWNERS = (OLENA, PETAR, HANA, MARIA, None)

EVENTS = ("came", "left", "forward", "back", "lost", "other")
WORK = (
    "left",
    "forward",
    "back",
    "lost",
    "other",
    "stays",
    "moves",
    "won",
    "offered",
    "accepted",
    "returned",
)
RULES = ("put_back", "let_through", "defects", "exceptions", "asked", "kept")


def story(chance: random.Random, name: str) -> Written:
    """Something that may happen to a deal, or that may not: the counting must hold for both."""
    told = deal(
        name,
        chance.choice([None, "100", "250.50"]),
        chance.choice(["EUR", "USD"]),
        home=chance.choice(["hubspot", "zoho"]),
        source=chance.choice(["web", "fair", None]),
        created=START,
    )
    when = START + timedelta(hours=chance.uniform(0, 500))
    begin = told.placed if chance.random() < 0.8 else told.found
    begin(when, chance.choice(STAGES[:4]), chance.choice(OWNERS))
    while (when := when + timedelta(hours=chance.expovariate(1 / 30))) < END and chance.random() < 0.9:
        _happens(chance, told, when)
    return told


def _happens(chance: random.Random, told: Written, when: datetime) -> None:
    match chance.randrange(8):
        case 0 | 1 | 2:
            told.moved(when, _elsewhere(chance, told), chance.choice(OWNERS), touches=chance.randint(1, 5))
        case 3:
            if not any(handoff.closed_at is None for handoff in told.handed):
                told.handed_over(when, chance.choice([PETAR, HANA]), due=when + timedelta(hours=4))
        case 4:
            if told.handed and told.handed[-1].closed_at is None:
                ends = (told.accepted, told.withdrawn, partial(told.returned, reason="not ready"))
                end: Callable[[datetime], object] = chance.choice(ends)
                end(when)
        case 5:
            told.say(when, chance.choice(["follow_up", "followed_up"]), owner=told.deal.owner)
        case 6:
            kind = chance.choice(["returned_by_rule", "violation_warn", "exception"])
            told.say(
                when, kind, chance.choice([OLENA, "conveyor"]), violation="requires", rule="Scout to hunter"
            )
            if chance.random() < 0.6:
                told.moved(when, _elsewhere(chance, told), OLENA)
        case 7:
            told.say(when, chance.choice(["gone", "unmapped", "restored"]), connection=told.deal.home)


def _elsewhere(chance: random.Random, told: Written) -> str:
    return chance.choice([stage for stage in STAGES if stage != told.deal.stage])


@contextmanager
def house(empty: Path, folder: Path, stories: list[Written]) -> Iterator[Store]:
    store = open_store(f"sqlite:///{shutil.copy(empty, folder / f'{len(list(folder.iterdir()))}.db')}")
    try:
        written(stories, store)
        yield store
    finally:
        store.close()


def told(store: Store, scope: Scope) -> Report:
    with store.read() as tx:
        return report(tx, rules(), scope, END)


def total(table: Table, name: str) -> int:
    return sum(int(row[name] or 0) for row in table.rows)


@pytest.fixture(params=range(HISTORIES))
def stories(request: pytest.FixtureRequest) -> list[Written]:
    chance = random.Random(request.param)
    return [story(chance, f"deal-{number}") for number in range(50)]


def test_parts_add_up(migrated_sqlite: Path, tmp_path: Path, stories: list[Written]) -> None:
    with house(migrated_sqlite, tmp_path, stories) as store:
        whole = told(store, WEEK)
        sections = [
            told(store, replace(WEEK, sections=frozenset({name}))) for name in ("leads", "sales", "care")
        ]
        days = [told(store, Scope(at(day, 0), at(day + 1, 0))) for day in range(9, 16)]
    funnel = whole.table("funnel")
    assert total(funnel, "came") > 5 < total(funnel, "left"), "a week in which something happens"
    for table in (funnel, whole.table("sections")):
        for row in table.rows:
            assert row["stood"] + row["came"] - row["left"] == row["stand"], row  # type: ignore[operator]
            assert sum(int(row[way] or 0) for way in ("forward", "back", "lost", "other")) == row["left"]
            assert (row["median"] or 0) <= (row["p90"] or 0)  # type: ignore[operator]
    by = [whole.table(f"work_by_{name}") for name in DIMENSIONS]
    for name in (*WORK, *RULES):
        assert len({total(table, name) for table in by}) == 1, f"{name} differs by how it is cut"
    for name in ("left", "forward", "back", "lost", "other"):
        assert total(by[0], name) == total(funnel, name)
    for name in ("offered", "accepted", "returned", "withdrawn", "open"):
        assert (
            total(by[0], name)
            == total(whole.table("handoffs"), name)
            == total(whole.table("passed_on"), name)
        )
    for row in whole.table("handoffs").rows:
        parts = ("accepted", "returned", "withdrawn", "open")
        assert row["offered"] == sum(int(row[part] or 0) for part in parts)
    assert total(whole.table("return_reasons"), "times") == total(whole.table("handoffs"), "returned")
    for name in (*WORK, *RULES):
        assert sum(total(each.table("work_by_section"), name) for each in sections) == total(by[0], name)
    for name in EVENTS:
        assert sum(total(each.table("funnel"), name) for each in days) == total(funnel, name)
    for name in ("won", "offered", "put_back", "let_through", "defects", "exceptions", "asked"):
        assert sum(total(each.table("work_by_section"), name) for each in days) == total(by[0], name)


def test_a_week_that_is_over_does_not_change(
    migrated_sqlite: Path, tmp_path: Path, stories: list[Written]
) -> None:
    with house(migrated_sqlite, tmp_path, stories) as store:
        later = told(store, WEEK)
    then = [as_known_then(each) for each in stories]
    with house(migrated_sqlite, tmp_path, then) as store:
        at_its_end = told(store, WEEK)
    for name in (
        "funnel",
        "sections",
        *(f"work_by_{each}" for each in DIMENSIONS),
        "won",
        "rules",
        "outcomes",
    ):
        assert later.table(name).rows == at_its_end.table(name).rows, name


def as_known_then(told: Written) -> Written:
    """The story as far as it was known when the week ended; hand-offs are as they are."""
    return replace(told, entries=[entry for entry in told.entries if entry.at < WEEK.until])

"""What the activities tell of a deal's way, in every form in which they may tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.copper import trail
from connectors.copper.account import Facts
from connectors.copper.records import Reading, reading
from connectors.errors import Unreadable
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Record

from .conftest import Documented

ANN, BEN, ME = 137658, 137659, 159258
MADE = 1_700_000_000
OPEN = {"pipeline_id": 213214, "pipeline_stage_id": 987791, "status": "Open", "date_created": MADE}
WON = {**OPEN, "status": "Won", "date_modified": MADE + 200}

SHAPES: dict[str, Any] = {
    "object": lambda key, name: {"id": key, "name": name},
    "attribute": lambda key, name: {"pipeline_stage_id": key},
    "number": lambda key, name: key,
    "text": lambda key, name: str(key),
    "name": lambda key, name: name,
    "value": lambda key, name: {"name": "Pipeline stage", "value": name},
}


def person(user: int) -> Actor:
    """A person as an actor."""
    return Actor(ActorKind.PERSON, str(user))


def activity(kind: int, after_s: int, user: int | None = ANN, old: Any = None, new: Any = None) -> Any:
    """An activity of the system, so many seconds after the deal was made."""
    return {
        "id": MADE + after_s * 10 + kind,
        "parent": {"id": 5, "type": "opportunity"},
        "type": {"id": kind, "category": "system"},
        "user_id": user,
        "activity_date": MADE + after_s,
        "old_value": old,
        "new_value": new,
    }


def at(after_s: int) -> datetime:
    """So many seconds after the deal was made."""
    return datetime.fromtimestamp(MADE + after_s, UTC)


def told(rows: list[Any], known: Reading, deal: Any = None) -> list[tuple[list[str], str | None]]:
    """Stage and user of each move."""
    steps = trail.steps(rows, known)
    return [(move.stage, move.actor.user_id) for move in trail.moves(steps, known, deal)]


def latest(rows: list[Any], known: Reading, deal: Any) -> Actor:
    """Who made the latest change."""
    record = known.record({"id": 5, **deal})
    return trail.with_history(record, deal, trail.steps(rows, known), known).modified_by


CREATED = activity(trail.CREATED, 0, BEN)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_move_is_read_in_any_form(known: Reading, shape: Any) -> None:
    rows = [
        activity(trail.MOVED, 60, ANN, shape(987790, "Qualified"), shape(987791, "Follow-up")),
        CREATED,
    ]
    deal = {**OPEN, "date_modified": MADE + 60}
    assert told(rows, known, deal) == [(["213214", "987790"], str(BEN)), (["213214", "987791"], str(ANN))]
    assert latest(rows, known, deal) == person(ANN)


def test_without_any_value_only_the_last_move_is_known(known: Reading) -> None:
    rows = [CREATED, activity(trail.MOVED, 60, ANN), activity(trail.MOVED, 120, BEN)]
    deal = {**OPEN, "date_modified": MADE + 121}
    assert told(rows, known, deal) == [(["213214", "987791"], str(BEN))]
    assert latest(rows, known, deal) == person(BEN)


def test_a_move_without_value_is_not_taken_for_a_later_one(known: Reading) -> None:
    rows = [CREATED, activity(trail.MOVED, 60, ANN)]
    deal = {**OPEN, "date_modified": MADE + 500}
    assert told(rows, known, deal) == []
    assert latest(rows, known, deal) == UNKNOWN_ACTOR
    assert told(rows, known, {**deal, "date_stage_changed": MADE + 59}) == [(["213214", "987791"], str(ANN))]


def test_what_a_move_does_not_say_the_next_one_may(known: Reading) -> None:
    rows = [activity(trail.MOVED, 60, ANN), activity(trail.MOVED, 120, BEN, 987792, 987791)]
    deal = {**OPEN, "date_modified": MADE + 120}
    assert told(rows, known, deal) == [(["213214", "987792"], str(ANN)), (["213214", "987791"], str(BEN))]


def test_a_deal_that_never_moved_stands_where_it_was_made(known: Reading) -> None:
    assert told([CREATED], known, {**OPEN, "date_modified": MADE + 1}) == [(["213214", "987791"], str(BEN))]
    edited = {**OPEN, "date_modified": MADE + 500}
    assert told([CREATED], known, edited) == []
    assert told([CREATED], known, {**edited, "date_stage_changed": MADE}) == [
        (["213214", "987791"], str(BEN))
    ]


def test_our_own_moves_and_those_of_nobody_are_told_apart(known: Reading) -> None:
    rows = [activity(trail.MOVED, 60, ME, 987790, 987791), activity(trail.MOVED, 90, None, 987791, 987790)]
    kinds = [move.actor.kind for move in trail.moves(trail.steps(rows, known), known)]
    assert kinds == [ActorKind.OURS, ActorKind.UNKNOWN]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Open", "Won"),
        ({"name": "Open"}, {"name": "Won"}),
        ({"name": "status", "value": "Open"}, {"name": "status", "value": "Won"}),
        ({"status": "Open"}, {"status": "Won"}),
    ],
)
def test_who_closed_a_deal_is_told_where_it_stands(known: Reading, old: Any, new: Any) -> None:
    rows = [activity(trail.MOVED, 60, BEN, 987790, 987791), activity(trail.PROPERTY, 200, ANN, old, new)]
    assert told(rows, known, WON)[-1] == (["213214", "status:Won"], str(ANN))
    assert latest(rows, known, WON) == person(ANN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, None),
        ("Wong", "Won"),
        ({"name": "details", "value": "Open"}, {"name": "details", "value": "Won"}),
        ([1], {"value": ["Won"]}),
    ],
)
def test_who_closed_a_deal_is_never_guessed(known: Reading, old: Any, new: Any) -> None:
    rows = [activity(trail.MOVED, 60, BEN, 987790, 987791), activity(trail.PROPERTY, 200, ANN, old, new)]
    assert told(rows, known, WON)[-1] == (["213214", "987791"], str(BEN))
    assert latest(rows, known, WON) == UNKNOWN_ACTOR


def test_a_deal_that_was_opened_again_is_back_on_its_stage(known: Reading) -> None:
    rows = [
        activity(trail.MOVED, 60, ANN, 987790, 987791),
        activity(trail.PROPERTY, 100, ANN, "Open", "Lost"),
        activity(trail.MOVED, 120, ANN, 987791, 987792),
        activity(trail.PROPERTY, 140, BEN, "Lost", "Open"),
    ]
    deal = {**OPEN, "pipeline_stage_id": 987792, "date_modified": MADE + 140}
    assert [stage[1] for stage, _ in told(rows, known, deal)] == [
        "987790", "987791", "status:Lost", "987792"
    ]  # fmt: skip
    assert latest(rows, known, deal) == person(BEN)


def test_who_gave_the_deal_to_somebody_is_the_latest_too(known: Reading) -> None:
    rows = [activity(trail.MOVED, 60, ANN, 987790, 987791), activity(trail.ASSIGNED, 90, BEN)]
    assert latest(rows, known, {**OPEN, "date_modified": MADE + 90}) == person(BEN)


def test_where_owners_are_not_told_a_later_change_may_be_anybodys(facts: Facts) -> None:
    known = reading("here", replace(facts, activity_types=frozenset({1, 3})), {})
    rows = [activity(trail.MOVED, 60, ANN, 987790, 987791)]
    assert latest(rows, known, {**OPEN, "date_modified": MADE + 61}) == person(ANN)
    assert latest(rows, known, {**OPEN, "date_modified": MADE + 90}) == UNKNOWN_ACTOR


def test_stubs_notes_and_doubles_are_left_out(known: Reading) -> None:
    move = activity(trail.MOVED, 60, ANN, 987790, 987791)
    note = {**activity(0, 70), "type": {"id": 0, "category": "user"}}
    rows = [move, {"id": 7, "is_deleted": True}, note, move, activity(6, 80)]
    assert len(trail.steps(rows, known)) == 1


def test_an_activity_without_time_is_unreadable(known: Reading) -> None:
    with pytest.raises(Unreadable):
        trail.steps([{**activity(3, 1), "activity_date": None}], known)


@pytest.mark.parametrize(
    ("deal", "rows", "age_s", "behind"),
    [
        ({**OPEN, "date_modified": MADE + 60}, [], 10, True),
        ({**OPEN, "date_modified": MADE + 60}, [], 61, False),
        ({**OPEN, "date_modified": MADE + 60}, [activity(3, 60)], 10, False),
        ({**OPEN, "date_modified": MADE + 60}, [activity(3, 20, ANN, 987791, 987790)], 10, True),
        ({**OPEN, "date_modified": MADE + 60, "date_stage_changed": MADE}, [], 10, False),
        (WON, [activity(3, 60, ANN, 987790, 987791)], 10, True),
        (WON, [activity(1, 200)], 10, False),
        (WON, [activity(1, 200, ANN, "Open", "Won")], 10, False),
    ],
)
def test_a_trail_that_is_behind_is_waited_for_a_minute(
    known: Reading, deal: Any, rows: list[Any], age_s: int, behind: bool
) -> None:
    steps = trail.steps([CREATED, *rows], known)
    now = datetime.fromtimestamp(deal["date_modified"] + age_s, UTC)
    assert trail.is_behind(steps, trail.moves(steps, known, deal), deal, now) is behind


def test_the_documented_activities_are_read(known: Reading, documented: Documented) -> None:
    (step,) = trail.steps(documented("activities__stage_changed"), known)
    assert (step.deal_id, step.at) == ("2827698", datetime(2017, 6, 6, 19, 10, 55, tzinfo=UTC))
    (move,) = trail.moves([step], known)
    assert (move.stage, move.actor) == (["213214", "987791"], person(ANN))
    (changed,) = trail.steps(documented("activities__property_changed"), known)
    assert trail.moves([changed], known) == []


def test_a_record_keeps_what_else_it_had(known: Reading) -> None:
    deal = {"id": 5, **OPEN, "date_modified": MADE + 60}
    record = trail.with_history(known.record(deal), deal, trail.steps([CREATED], known), known)
    assert isinstance(record, Record)
    assert (record.created_by, record.created_at) == (person(BEN), at(0))
    assert record.modified_at == at(60) + timedelta(milliseconds=999)

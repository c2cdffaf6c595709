"""Who moved a deal when, out of its timeline or its stage history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Lane
from connectors.errors import Transient
from connectors.zoho.actors import actor
from connectors.zoho.moves import History, history
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, StageMove

from .known import MARIA, ME, PETAR, payload, reads
from .scripted import Asked, Said, zoho

ROW = payload("deal__read")["data"][0]
REFUSED = {"code": "NOT_SUPPORTED", "details": {}, "message": "x", "status": "error"}
STANDARD, PARTNER = "Standard (Standard)", "Partner deals"


def told(timeline: Said, stages: Said | None = None, **row: Any) -> History:
    """The history of the documented deal when Zoho says this."""

    def answer(asked: Asked) -> Said:
        return timeline if asked.path.endswith("__timeline") else stages or Said(204)

    with zoho(answer) as it:
        return history(it.client(), reads(), {**ROW, **row}, Lane.READ)


def at(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 5, 14, hour, minute, second, tzinfo=UTC)


MOVES = (
    StageMove(at(8, 36, 13), [PARTNER, "Introduced"], Actor(ActorKind.PERSON, MARIA)),
    StageMove(at(9, 54, 21), [STANDARD, "Qualification"], Actor(ActorKind.OURS, ME)),
    StageMove(at(9, 54, 21), [STANDARD, "Id. Decision Makers"], Actor(ActorKind.AUTOMATION)),
)


def test_a_timeline_tells_the_moves_with_pipelines_and_actors() -> None:
    found = told(Said(200, payload("timeline__moves")))
    assert found.moves == MOVES
    assert found.latest == Actor(ActorKind.AUTOMATION)


def test_the_order_of_one_second_is_kept_whichever_way_it_is_listed() -> None:
    body = payload("timeline__moves")
    body["__timeline"].reverse()
    assert told(Said(200, body)).moves == MOVES


def test_what_is_newer_than_the_deal_waits_for_the_next_look() -> None:
    found = told(Said(200, payload("timeline__moves")), Stage="Qualification")
    assert found.moves == MOVES[:2]


def test_a_timeline_is_read_to_its_end() -> None:
    body = payload("timeline__moves")
    entries = body["__timeline"]

    def answer(asked: Asked) -> Said:
        place = int(asked.params.get("page_token", "0"))
        more = place + 1 < len(entries)
        info = {"more_records": more, "next_page_token": str(place + 1) if more else None}
        return Said(200, {"__timeline": [entries[place]], "info": info})

    with zoho(answer) as it:
        assert history(it.client(), reads(), ROW, Lane.READ).moves == MOVES
    assert all("page" not in asked.params for asked in it.calls)


@pytest.mark.parametrize("timeline", [Said(400, REFUSED), Said(204)])
def test_without_a_timeline_the_stage_history_serves(timeline: Said) -> None:
    found = told(timeline, Said(200, payload("stage_history__moves")))
    assert [(move.stage[1], move.actor.user_id) for move in found.moves] == [
        ("Qualification", MARIA),
        ("Id. Decision Makers", PETAR),
    ]
    assert found.latest == Actor(ActorKind.PERSON, PETAR)


def test_without_either_a_deal_stands_where_it_was_made() -> None:
    found = told(Said(204))
    assert found.moves == (
        StageMove(at(8, 36, 13), [STANDARD, "Id. Decision Makers"], Actor(ActorKind.PERSON, MARIA)),
    )


def test_a_failing_server_is_no_missing_timeline() -> None:
    with pytest.raises(Transient):
        told(Said(500, ""), Said(200, payload("stage_history__moves")))


def test_an_owner_changed_last_names_who_did_it() -> None:
    body = payload("timeline__moves")
    body["__timeline"] = body["__timeline"][3:]
    found = told(Said(200, body), Modified_Time="2026-05-14T12:00:00+03:00")
    assert found.latest == Actor(ActorKind.PERSON, PETAR)


def test_a_timeline_that_lags_behind_accuses_nobody_of_what_came_after() -> None:
    body = payload("timeline__moves")
    body["__timeline"] = body["__timeline"][3:]
    assert told(Said(200, body)).latest == Actor(ActorKind.OURS, ME)
    body = payload("timeline__moves")
    later = "2026-05-15T09:00:00+03:00"
    by_maria: dict[str, Any] = {"Modified_Time": later, "Modified_By": {"id": MARIA}}
    assert told(Said(200, body), **by_maria).latest == Actor(ActorKind.AUTOMATION)
    other = {"name": "Maria", "id": MARIA}
    assert told(Said(200, body), **by_maria, Owner=other).latest == Actor(ActorKind.PERSON, MARIA)
    found = told(Said(200, body), **by_maria, Stage="Closed Lost")
    assert found.latest == Actor(ActorKind.PERSON, MARIA)
    assert [move.stage for move in found.moves] == [move.stage for move in MOVES]


@pytest.mark.parametrize(
    ("user", "source", "action", "expected"),
    [
        (PETAR, "crm_ui", "updated", Actor(ActorKind.PERSON, PETAR)),
        (PETAR, "blueprint", "transition_executed", Actor(ActorKind.PERSON, PETAR)),
        (PETAR, "blueprint", "automatic_transition", Actor(ActorKind.AUTOMATION)),
        (PETAR, "import", "updated", Actor(ActorKind.PERSON, PETAR)),
        (PETAR, "crm_api", "updated", Actor(ActorKind.INTEGRATION)),
        (PETAR, "workflow", "updated", Actor(ActorKind.AUTOMATION)),
        (PETAR, "unknown", "updated", UNKNOWN_ACTOR),
        (PETAR, "", "updated", UNKNOWN_ACTOR),
        (None, "crm_ui", "updated", UNKNOWN_ACTOR),
        (None, "crm_api", "updated", Actor(ActorKind.INTEGRATION)),
        (ME, "crm_api", "updated", Actor(ActorKind.OURS, ME)),
        (ME, "blueprint", "transition_executed", Actor(ActorKind.OURS, ME)),
        (ME, "workflow", "updated", Actor(ActorKind.AUTOMATION)),
        (ME, "crm_ui", "updated", Actor(ActorKind.PERSON, ME)),
    ],
)
def test_nobody_is_guessed(user: str | None, source: str, action: str, expected: Actor) -> None:
    assert actor(user, source, action, ME) == expected

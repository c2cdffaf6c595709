"""Stories of people: away, full, reading another language, answering by command; and of a line without a head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mapping.model import HandoffStatus
from sync import actions
from sync.views.health import status

from ..contract.connectors.sandbox_client import Sandbox
from .house import COMPLETE, IVAN, MARIA, OLENA, PETAR, House
from .two_houses import Two, open_two, settle

PETARS_LINE = f"email: {PETAR}, roles: [hunter]"
IVANS_LINE = f"email: {IVAN}, roles: [head, hunter]"


@pytest.fixture
def two(sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path) -> Iterator[Two]:
    """One line over two CRMs, with the same people in both."""
    with open_two(sandboxes, migrated_sqlite, tmp_path) as opened:
        yield opened


def handed_over(house: House) -> str:
    """A complete deal that its scout moved on."""
    deal = house.new_deal("qualification", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    return deal


def test_who_is_away_receives_nothing(house: House) -> None:
    # Given a hunter who is away today, and another one who is busier
    away = f"{PETARS_LINE}, away: [{{from: 2020-01-01, until: 2099-12-31}}]"
    house.rewrite("team.yaml", PETARS_LINE, away)
    house.new_deal("meeting", by=IVAN)
    # When a deal is handed over
    deal = handed_over(house)
    # Then the other one receives it, and the reason is on record
    assert house.card(deal).owner == IVAN
    [handoff] = house.handoffs(deal)
    assert any(c.member == PETAR and "is away until" in c.why for c in handoff.candidates)


def test_capacity_is_counted_over_all_connections(two: Two) -> None:
    first, second = two
    # Given a hunter with room for one deal, which he has in the other CRM
    first.rewrite("team.yaml", PETARS_LINE, f"{PETARS_LINE}, capacity: 1")
    second.new_deal("meeting", by=PETAR)
    for _ in range(2):
        first.new_deal("meeting", by=IVAN)
    # When a deal is handed over here
    deal = handed_over(first)
    settle(two)
    # Then the hunter who has room receives it, although he has more deals
    assert first.card(deal).owner == IVAN
    [handoff] = first.handoffs(deal)
    assert any(c.member == PETAR and "1" in c.why for c in handoff.candidates if not c.chosen)


def test_when_nobody_has_room_the_deal_waits_and_head_is_told(house: House) -> None:
    # Given hunters without room
    house.rewrite("team.yaml", PETARS_LINE, f"{PETARS_LINE}, capacity: 0")
    house.rewrite("team.yaml", IVANS_LINE, f"{IVANS_LINE}, capacity: 0")
    # When a deal is handed over
    deal = handed_over(house)
    # Then it waits with its scout, the head of sales has a task, and an alarm says so
    [handoff] = house.handoffs(deal)
    assert (handoff.status, handoff.to_member) == (HandoffStatus.WAITING, None)
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", OLENA)
    assert [owner for owner, _ in house.card(deal).todo] == [IVAN]
    assert [a["kind"] for a in status(house.runtime)["alarms"]] == ["nobody_free"]
    # And when somebody has room it is theirs, and nobody has a dead task
    house.rewrite("team.yaml", f"{PETARS_LINE}, capacity: 0", PETARS_LINE)
    house.wait_for_timers()
    assert house.card(deal).owner == PETAR
    assert [owner for owner, _ in house.card(deal).todo] == [PETAR]
    assert status(house.runtime)["alarms"] == []


def test_people_read_why_in_their_own_language(house: House) -> None:
    # Given a scout who reads Bulgarian
    house.rewrite("team.yaml", f"email: {OLENA},", f"email: {OLENA}, language: bg,")
    # When a deal of hers is moved back
    deal = house.new_deal("qualification", **{**COMPLETE, "budget": 500})
    house.move(deal, "meeting", by=OLENA)
    # Then the note says so in Bulgarian, with the admin's own question
    [note] = house.card(deal).notes
    assert "Moved back" not in note
    assert any("\u0430" <= letter <= "\u044f" for letter in note.lower())
    assert "What can they spend this quarter?" in note


@pytest.mark.every_crm
def test_a_receiver_may_accept_by_command(house: House) -> None:
    # Given a hand-off that waits for its receiver
    deal = handed_over(house)
    [pending] = house.handoffs(deal)
    # When it is accepted on the command line or the console
    actions.accept(house.runtime, pending.id)
    house.settle()
    # Then it is accepted, and its task is done by us
    assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.ACCEPTED]
    assert (house.card(deal).owner, house.card(deal).todo) == (PETAR, [])


@pytest.mark.every_crm
def test_a_receiver_may_return_by_command_with_a_reason(house: House) -> None:
    # Given a hand-off that waits for its receiver
    deal = handed_over(house)
    [pending] = house.handoffs(deal)
    # When it is returned with one of the rule's reasons
    with pytest.raises(actions.NotPossible):
        actions.give_back(house.runtime, pending.id, "no idea")
    actions.give_back(house.runtime, pending.id, "no budget")
    house.settle()
    # Then the previous owner has the deal on the previous stage, and nobody a dead task
    card = house.card(deal)
    assert (card.stage, card.owner, card.todo) == ("qualification", OLENA, [])
    [handoff] = house.handoffs(deal)
    assert (handoff.status, str(handoff.reason)) == (HandoffStatus.RETURNED, "no budget")


def test_without_a_head_a_wrong_start_is_told_to_who_did_it(house: House) -> None:
    # Given a line on which nobody may move anywhere
    house.rewrite("team.yaml", IVANS_LINE, f"email: {IVAN}, roles: [hunter]")
    house.rewrite("conveyor.yaml", "  head:   {title: Head of sales, may_move: anywhere}\n", "")
    # When a farmer creates a deal among the hunters
    deal = house.new_deal("meeting", by=MARIA)
    # Then it stays, and the task is for whoever created it
    assert (house.card(deal).stage, house.card(deal).owner) == ("meeting", MARIA)
    assert [owner for owner, _ in house.card(deal).todo] == [MARIA]

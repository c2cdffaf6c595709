"""Stories of a line across CRMs: who moves a deal through the door hands it over to another CRM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mapping.model import HandoffStatus
from sync.drain.observe import refresh_people

from ..contract.connectors.sandbox_client import Sandbox
from .house import COMPLETE, IVAN, OLENA, PETAR
from .two_houses import FIRST, Two, open_two, settle, share_line


@pytest.fixture
def two(sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path) -> Iterator[Two]:
    """Scouts work in the first CRM, hunters in the second."""
    with open_two(sandboxes, migrated_sqlite, tmp_path) as opened:
        share_line(opened)
        yield opened


def handed_over(two: Two) -> tuple[str, str]:
    """A complete deal that its scout moved through the door; its ids in both CRMs."""
    scouts, hunters = two
    deal = scouts.new_deal("qualification", title="Trucks", amount=12000, **COMPLETE)
    scouts.move(deal, "meeting", by=OLENA)
    settle(two)
    [twin] = hunters.crm.deal_ids()
    return deal, twin


def test_through_the_door_the_deal_goes_on_in_the_other_crm(two: Two) -> None:
    scouts, hunters = two
    # When a scout moves a complete deal through the door
    deal, twin = handed_over(two)
    # Then the other CRM has it, with its fields, and the hunter has the task with the brief there
    card = hunters.card(twin)
    assert (card.stage, card.owner, card.title, card.amount) == ("meeting", PETAR, "Trucks", 12000)
    assert (card.fields["decision_maker"], card.fields["section"]) == ("CFO", "conversion")
    [task] = card.tasks
    assert (task.owner, "Trucks for 12000" in task.body) == (PETAR, True)
    # And the record stays behind with its scout, linked, with a note that says where the deal is now
    left = scouts.card(deal)
    assert (left.stage, left.owner, left.tasks) == ("meeting", OLENA, ())
    [note] = left.notes
    assert note.startswith("Now in Meeting, bitrix24, with Petar D.")
    assert any(note.startswith("The same deal in hubspot: ") for note in card.notes)
    assert scouts.deal(deal).id == hunters.deal(twin).id


def test_its_contact_goes_along(two: Two) -> None:
    _, hunters = two
    # When a deal goes on in the other CRM
    _, twin = handed_over(two)
    # Then what the hand-off asked for holds there too: moving it on is fine
    hunters.move(twin, "negotiation", by=PETAR)
    assert hunters.card(twin).stage == "negotiation"
    assert hunters.deal(twin).fields["contact_email"] == COMPLETE["contact_email"]


def test_repeating_never_makes_a_second_one(two: Two) -> None:
    scouts, hunters = two
    # Given a deal in both CRMs
    deal, twin = handed_over(two)
    writes = [house.sandbox.writes() for house in two]
    # When everything is looked at again
    for house in two:
        house.poll()
        house.backfill()
    settle(two)
    # Then nothing was made or written again
    assert (scouts.crm.deal_ids(), hunters.crm.deal_ids()) == ([deal], [twin])
    assert [house.sandbox.writes() for house in two] == writes


def test_progress_is_mirrored_back(two: Two) -> None:
    scouts, hunters = two
    # Given a deal in both CRMs
    deal, twin = handed_over(two)
    # When its hunter edits it and moves it on
    hunters.edit(twin, by=PETAR, decision_maker="CEO", amount=15000, stage="proposal")
    settle(two)
    # Then the hand-off is accepted, and the record of the scouts shows it all
    [handoff] = hunters.handoffs(twin)
    assert handoff.status is HandoffStatus.ACCEPTED
    card = scouts.card(deal)
    assert (card.stage, card.amount, card.fields["decision_maker"]) == ("proposal", 15000, "CEO")
    assert card.notes[-1].startswith("Now in Proposal, bitrix24, with Petar D.")
    assert card.owner == OLENA


def test_who_moves_the_record_that_stayed_behind_is_told_and_put_back(two: Two) -> None:
    scouts, hunters = two
    # Given a deal in both CRMs
    deal, twin = handed_over(two)
    # When its scout moves the record that stayed behind
    scouts.move(deal, "qualification", by=OLENA)
    settle(two)
    # Then it is put back with a note, and the deal itself has not moved
    card = scouts.card(deal)
    assert card.stage == "meeting"
    assert any(note.startswith("Moved back: this deal goes on in bitrix24") for note in card.notes)
    assert (hunters.card(twin).stage, hunters.card(twin).owner) == ("meeting", PETAR)


def test_an_incomplete_deal_does_not_pass_the_door(two: Two) -> None:
    scouts, hunters = two
    # When a scout moves an incomplete deal through the door
    deal = scouts.new_deal("qualification")
    scouts.move(deal, "meeting", by=OLENA)
    settle(two)
    # Then it is moved back, and the other CRM hears nothing of it
    assert scouts.card(deal).stage == "qualification"
    assert hunters.crm.deal_ids() == []


def test_a_return_gives_the_deal_back_in_the_first_crm(two: Two) -> None:
    scouts, hunters = two
    # Given a deal in both CRMs
    deal, twin = handed_over(two)
    # When its hunter moves it back over the boundary
    hunters.move(twin, "qualification", by=PETAR)
    settle(two)
    # Then it is the scout's again, on the stage where the hunter moved it
    [handoff] = hunters.handoffs(twin)
    assert handoff.status is HandoffStatus.RETURNED
    assert (scouts.card(deal).stage, scouts.card(deal).owner) == ("qualification", OLENA)
    assert scouts.deal(deal).home == FIRST


def test_nobody_free_behind_the_door_is_no_ones_fault(two: Two) -> None:
    scouts, hunters = two
    # Given hunters who have no room
    for email, roles in ((PETAR, "[hunter]"), (IVAN, "[head, hunter]")):
        line = f"email: {email}, roles: {roles}"
        scouts.rewrite("team.yaml", line, f"{line}, capacity: 0")
    # And a scout who has an account in the first CRM only
    zoe = "zoe@acme.example"
    scouts.sandbox.ask("POST", "/people", {"email": zoe, "name": "Zoe B."})
    scouts.rewrite("team.yaml", "team:\n", f"team:\n  - {{name: Zoe B., email: {zoe}, roles: [scout]}}\n")
    refresh_people(scouts.runtime, scouts.runtime.rules.get(), scouts.name)
    # When her deal goes through the door
    deal = scouts.new_deal("qualification", by=zoe, **COMPLETE)
    scouts.move(deal, "meeting", by=zoe)
    settle(two)
    [twin] = hunters.crm.deal_ids()
    # Then it waits there, and nobody is blamed for the owner that the CRM filled in
    [handoff] = hunters.handoffs(twin)
    assert handoff.status is HandoffStatus.WAITING
    assert not any("Please put this right" in note for note in hunters.card(twin).notes)
    # And it is somebody's as soon as there is room
    line = f"email: {PETAR}, roles: [hunter]"
    scouts.rewrite("team.yaml", f"{line}, capacity: 0", line)
    scouts.wait_for_timers()
    settle(two)
    assert hunters.card(twin).owner == PETAR

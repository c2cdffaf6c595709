"""Stories of a customer's contact who is forgotten while their deal goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from mapping.model import EventKind
from store import inbox, personal
from store.inbox import NewEvent
from sync.forgetting import forget as forgetting

from .house import COMPLETE, PETAR, House

ADA, NAME, PHONE = "ada@customer.example", "Ada Buyer", "+359 2 555 0100"


def with_ada(house: House) -> str:
    """A deal with a contact in everything that it can stand in, handed over and at rest."""
    deal = house.handed_over(title=f"Fleet for {NAME}", contact_phone=PHONE)
    house.poll()
    house.clock.shift += timedelta(minutes=10)
    house.settle()
    return deal


def forget(house: House) -> forgetting.Forgotten:
    """What `conveyor forget --yes` does."""
    found = forgetting.look(house.runtime, ADA)
    return forgetting.forget(house.runtime, found, name="f00d", by="admin", wait_s=0)


def look_again(house: House, deal: str) -> None:
    """Have the house look at a deal for no other reason."""
    own = house.deal(deal).id
    with house.runtime.store.begin() as tx:
        inbox.add(tx, [NewEvent(EventKind.LOOK, own, house.name, deal)], house.clock())
    house.settle()


def traces(house: House) -> set[tuple[str, str]]:
    """Where in the database something of her stands."""
    words = [word.lower() for word in (ADA, NAME, PHONE)]
    with house.runtime.store.read() as tx:
        return {
            (table.name, name)
            for table in personal.TABLES.values()
            for row in tx.execute(select(table)).mappings()
            for name, value in row.items()
            if isinstance(value, str) and any(word in value.lower() for word in words)
        }


def test_the_next_look_takes_nothing_for_a_change(house: House) -> None:
    # Given a deal with a contact who stands in several tables
    deal = with_ada(house)
    assert {table for table, _ in traces(house)} >= {"deals", "links", "outbox"}
    before = house.deal(deal)
    writes, kinds, card = house.sandbox.writes(), house.kinds(deal), house.card(deal)
    assert forgetting.look(house.runtime, ADA).kept_in_crms == (f"{house.name}:{deal}",)
    # When she is forgotten
    assert forget(house).waiting == {}
    # Then nothing of her is left
    assert traces(house) == set()
    # And the next look, though the CRM still has her, makes no note, no task and no move
    look_again(house, deal)
    house.poll()
    after = house.deal(deal)
    assert (house.sandbox.writes(), house.kinds(deal)) == (writes, kinds)
    assert house.card(deal) == card
    assert (after.touches, after.active_at) == (before.touches, before.active_at)
    assert (after.stage, after.owner) == (before.stage, before.owner)
    # And what the CRM still has is known again, as the command said
    assert after.fields["title"] == f"Fleet for {NAME}"


def test_work_goes_on_after_it(house: House) -> None:
    # Given a deal whose contact was forgotten, after the CRM let go of her
    deal = with_ada(house)
    house.edit(deal, by=PETAR, title="Fleet")
    forget(house)
    # When its hunter moves it on
    house.move(deal, "negotiation", by=PETAR)
    # Then it stands there, and the hand-off counts as accepted
    assert house.deal(deal).stage == "negotiation"
    assert [str(handoff.status) for handoff in house.handoffs(deal)] == ["accepted"]
    assert house.deal(deal).fields["decision_maker"] == COMPLETE["decision_maker"]


@pytest.mark.parametrize("crm", ["hubspot"])
def test_she_is_known_again_by_requirements_only(house: House) -> None:
    # Given a scout's deal whose contact was forgotten in the conveyor, and not in the CRM
    deal = house.new_deal("qualification", **{**COMPLETE, "contact_phone": PHONE})
    house.clock.shift += timedelta(minutes=10)
    forget(house)
    # When it is moved on, which needs a contact
    house.move(deal, "meeting", by="olena@acme.example")
    # Then the CRM is asked, and it is handed over
    assert house.kinds(deal).count("handoff_offered") == 1

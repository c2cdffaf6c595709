"""Stories of a customer who goes on in another CRM: found there or made once, and all of it one journey."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mapping.model import HandoffStatus

from ..contract.connectors.sandbox_client import Sandbox
from .house import COMPLETE, MARIA, OLENA, PETAR, House
from .two_houses import Two, open_two, settle, share_line

EMAIL, COMPANY = str(COMPLETE["contact_email"]), "Nova Logistics"
CUSTOMER: Mapping[str, Any] = {**COMPLETE, "company": COMPANY}
EACH_GIVES_AND_TAKES = [
    ("hubspot", "close"),
    ("close", "zoho"),
    ("zoho", "bitrix24"),
    ("bitrix24", "copper"),
    ("copper", "hubspot"),
]
"""Close keeps all amounts in one currency, which a deal of Bitrix24 need not be in."""


@pytest.fixture(params=EACH_GIVES_AND_TAKES, ids="->".join)
def pair(
    request: pytest.FixtureRequest, sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path
) -> Iterator[Two]:
    """One line over two CRMs."""
    with open_two(sandboxes, migrated_sqlite, tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def two(sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path) -> Iterator[Two]:
    """Scouts work in the first CRM, hunters in the second."""
    with open_two(sandboxes, migrated_sqlite, tmp_path) as opened:
        share_line(opened)
        yield opened


def deals_of(house: House, named: str) -> list[tuple[str, ...]]:
    """The deals of each contact with this e-mail, or of each company of this name."""
    return [tuple(sorted(customer.deals)) for customer in house.crm.customers(named)]


def through_the_door(two: Two, **values: object) -> str:
    """The id in the second CRM of a complete deal that its scout moved through the door."""
    scouts, hunters = two
    before = set(hunters.crm.deal_ids())
    deal = scouts.new_deal("qualification", **{**CUSTOMER, **values})
    scouts.move(deal, "meeting", by=OLENA)
    settle(two)
    [twin] = set(hunters.crm.deal_ids()) - before
    return twin


def test_a_customer_who_is_known_behind_the_door_is_found_there(pair: Two) -> None:
    # Given hunters who have another deal with this customer already
    share_line(pair)
    hunters = pair[1]
    known = hunters.new_deal("meeting", by=PETAR, title="An older deal", **CUSTOMER)
    # When a deal of the scouts goes through the door
    twin = through_the_door(pair)
    # Then it is with the same contact and company, and no second one was made
    both = tuple(sorted((known, twin)))
    assert (deals_of(hunters, EMAIL), deals_of(hunters, COMPANY)) == ([both], [both])


def test_whatever_breaks_off_the_customer_and_the_deal_are_made_once(pair: Two) -> None:
    # Given a CRM that takes what it is told, and whose answers break off
    share_line(pair)
    scouts, hunters = pair
    deal = scouts.new_deal("qualification", **CUSTOMER)
    hunters.sandbox.fault("half_body", match="POST ", times=3)
    # When a deal goes through the door, and it is tried again until it works
    scouts.move(deal, "meeting", by=OLENA)
    scouts.wait_for_timers()
    settle(pair)
    # Then there is one of each, found again by our own key
    [twin] = hunters.crm.deal_ids()
    assert (deals_of(hunters, EMAIL), deals_of(hunters, COMPANY)) == ([(twin,)], [(twin,)])
    assert hunters.deal(twin).id == scouts.deal(deal).id
    assert (hunters.card(twin).owner, len(hunters.card(twin).tasks)) == (PETAR, 1)


def test_a_company_that_is_called_by_its_domain_is_found_by_it(
    sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path
) -> None:
    with open_two(sandboxes, migrated_sqlite, tmp_path, ("zoho", "hubspot")) as two:
        share_line(two)
        # Given a company in HubSpot with a domain, under another name
        known = {"title": "An older deal", "company": {"name": "Nova", "domain": "nova.example"}}
        older = two[1].sandbox.ask("POST", "/deals", {**known, **two[1].crm.words(stage="meeting")})["id"]
        two[1].settle()
        # When a deal goes through the door whose company the scouts call by that domain
        twin = through_the_door(two, company="nova.example")
        # Then it is with that company
        assert deals_of(two[1], "Nova") == [tuple(sorted((older, twin)))]
        assert deals_of(two[1], "nova.example") == []


def test_the_brief_names_what_is_known_and_who_receives_the_deal(two: Two) -> None:
    # When a deal with an amount goes through the door
    twin = through_the_door(two, title="Trucks", amount=12000)
    # Then the hunter reads all of it where they work, with a way back to the first record
    [task] = two[1].card(twin).tasks
    assert "Trucks for 12000" in task.body
    assert "decision maker CFO" in task.body
    assert any(note.startswith("The same deal in hubspot: ") for note in two[1].card(twin).notes)


def test_where_the_first_crm_has_no_such_stage_a_note_tells_where_the_deal_is(two: Two) -> None:
    scouts, hunters = two
    # Given a first CRM that has the door, but no other stage of the next section
    mapping = scouts.files[scouts.mapping_file]
    scouts.replace(scouts.mapping_file, mapping.replace("is: negotiation}", "ignore: true}"))
    twin = through_the_door(two)
    [deal] = scouts.crm.deal_ids()
    # When the hunter moves the deal on
    hunters.move(twin, "negotiation", by=PETAR)
    settle(two)
    # Then the record that stayed behind keeps its stage, and its last note says where the deal is
    card = scouts.card(deal)
    assert (card.stage, card.owner) == ("meeting", OLENA)
    assert card.notes[-1].startswith("Now in Negotiation, bitrix24, with Petar D.")


def test_who_moves_the_record_left_behind_again_and_again_is_let_alone(two: Two) -> None:
    scouts, hunters = two
    # Given a deal that goes on in the second CRM
    twin = through_the_door(two)
    [deal] = scouts.crm.deal_ids()
    # When its scout moves the record that stayed behind more often than the conveyor may move a deal
    for _ in range(4):
        scouts.move(deal, "qualification", by=OLENA)
        settle(two)
    # Then it stays, and a person is asked to look
    assert scouts.card(deal).stage == "qualification"
    assert "loop_breaker" in hunters.kinds(twin)
    assert hunters.card(twin).stage == "meeting"


def test_in_warn_a_moved_record_stays_and_whoever_moved_it_is_told(two: Two) -> None:
    scouts, hunters = two
    # Given a line that warns
    scouts.set_mode("warn")
    twin = through_the_door(two)
    [deal] = scouts.crm.deal_ids()
    # When the scout moves the record that stayed behind
    scouts.move(deal, "qualification", by=OLENA)
    settle(two)
    # Then it stays there with a note
    assert scouts.card(deal).stage == "qualification"
    assert scouts.card(deal).notes[-1].startswith("Please move it back: this deal goes on in bitrix24")
    assert hunters.card(twin).stage == "meeting"


def test_winning_opens_the_next_deal_in_the_crm_of_the_next_section(pair: Two) -> None:
    hunters, farmers = pair
    # Given retention in the second CRM alone, to which winning carries the amount and nothing else
    farmers.add_pipeline("Customers", {"Welcome": "onboarding", "Growing": "growth"})
    section = "    title: Retention\n"
    hunters.files = farmers.files
    hunters.rewrite("conveyor.yaml", section, f"{section}    crm: {farmers.name}\n")
    hunters.rewrite("conveyor.yaml", "    on: won", "    carry: [amount]\n    on: won")
    sold: dict[str, Any] = {"amount": 9000, "contract_end": "2027-05-01", "title": "Trucks"}
    deal = hunters.new_deal("negotiation", by=PETAR, **CUSTOMER, **sold)
    # When a deal is won
    hunters.move(deal, "won", by=PETAR)
    settle(pair)
    # Then the customer's next deal is with a farmer there, and has what the rule carries
    [following] = farmers.crm.deal_ids()
    card = farmers.card(following)
    assert (card.stage, card.owner, card.title) == ("onboarding", MARIA, "Trucks - Onboarding")
    assert (card.amount, card.fields.get("contract_end"), card.fields.get("budget")) == (9000, None, None)
    assert [owner for owner, _ in card.todo] == [MARIA]
    # And it is with the same customer, linked by one journey
    assert (deals_of(farmers, EMAIL), deals_of(farmers, COMPANY)) == ([(following,)], [(following,)])
    assert farmers.deal(following).journey == hunters.deal(deal).id
    assert any("the deal was won" in note for note in card.notes)
    # And the won deal stays with its hunter, and looking again opens nothing more
    assert (hunters.card(deal).stage, hunters.card(deal).owner) == ("won", PETAR)
    for house in pair:
        house.poll()
    settle(pair)
    assert farmers.crm.deal_ids() == [following]
    [handoff] = farmers.handoffs(following)
    assert (handoff.status, handoff.to_member) == (HandoffStatus.PENDING, MARIA)

"""Stories of companies with fewer specialists: one person walks the whole line, or two roles share it."""

from __future__ import annotations

import pytest

from mapping.model import HandoffStatus

from .house import IVAN, MARIA, OLENA, PETAR, House

ONE_TIER = """\
name: Flower shop
timezone: Europe/Sofia
mode: enforce

roles:
  florist: {title: Florist}
  courier: {title: Courier}

sections:
  wishes:
    title: Wishes
    roles: [florist]
    stages: {asked: {}, advised: {follow_up_after: 2d}}
  bouquets:
    title: Bouquets
    roles: [florist]
    stages:
      chosen: {}
      priced: {requires: [amount]}
      bound: {}
      sold: {status: won}
      lost: {status: lost, requires: [lost_reason]}
"""
TWO_TIER = ONE_TIER.replace(
    "roles: [florist]\n    stages:\n      chosen", "roles: [florist, courier]\n    stages:\n      chosen"
)
SHOP = {
    "prospecting": "asked",
    "qualification": "advised",
    "meeting": "chosen",
    "proposal": "priced",
    "negotiation": "bound",
    "won": "sold",
}
TEAM = f"""\
team:
  - {{name: Olena K., email: {OLENA}, roles: [florist]}}
  - {{name: Petar D., email: {PETAR}, roles: [florist]}}
  - {{name: Ivan P., email: {IVAN}, roles: [florist]}}
  - {{name: Maria S., email: {MARIA}, roles: [courier]}}
"""


def open_shop(house: House, conveyor: str) -> None:
    """Put the rules of a small company in force."""
    mapping = house.files[house.mapping_file]
    for ours, theirs in SHOP.items():
        mapping = mapping.replace(f"is: {ours}}}", f"is: {theirs}}}").replace(
            f"is: {ours},", f"is: {theirs},"
        )
    house.files |= {house.mapping_file: mapping, "team.yaml": TEAM}
    del house.files["cases.yaml"]
    house.replace("conveyor.yaml", conveyor)


@pytest.mark.every_crm
def test_in_a_one_tier_company_one_person_walks_the_whole_line(house: House) -> None:
    # Given a shop in which all have one role, under names of its own
    open_shop(house, ONE_TIER)
    deal = house.new_deal("asked", amount=80)
    # When a florist takes a deal from the first stage to the last
    for stage in ("advised", "chosen", "priced", "bound", "sold"):
        house.move(deal, stage, by=OLENA)
        assert house.card(deal).stage == stage
    # Then there is no boundary on the way: it stays hers, and nobody has anything to say
    card = house.card(deal)
    assert (card.owner, card.notes, card.tasks, house.handoffs(deal)) == (OLENA, (), (), [])
    # And each section was measured
    moves = [entry.data["to"] for entry in house.story(deal) if entry.kind == "moved"]
    assert (moves, house.deal(deal).section) == (["advised", "chosen", "priced", "bound", "sold"], "bouquets")


def test_in_a_one_tier_company_stages_still_ask_for_what_they_require(house: House) -> None:
    # Given such a shop
    open_shop(house, ONE_TIER)
    deal = house.new_deal("advised")
    # When a florist skips to a stage of the next section whose requirements are not met
    house.move(deal, "priced", by=OLENA)
    # Then it is moved back, with the rule
    assert house.card(deal).stage == "advised"
    assert "amount" in house.card(deal).notes[0]
    # And one step on and back again is free
    house.move(deal, "chosen", by=OLENA)
    house.move(deal, "advised", by=OLENA)
    assert (house.card(deal).stage, house.card(deal).owner) == ("advised", OLENA)


def test_where_two_sections_share_a_role_only_its_holders_go_on_with_a_deal(house: House) -> None:
    # Given a shop in which couriers help with the second section
    open_shop(house, TWO_TIER)
    florists, couriers = house.new_deal("advised"), house.new_deal("advised", owner=MARIA)
    # When a florist takes a deal of theirs into it
    house.move(florists, "chosen", by=OLENA)
    # Then there is no boundary for them
    assert (house.card(florists).stage, house.card(florists).notes) == ("chosen", ())
    # And a courier goes on there, but not before
    house.move(florists, "bound", by=MARIA)
    assert house.card(florists).stage == "bound"
    house.move(couriers, "chosen", by=MARIA)
    assert house.card(couriers).stage == "advised"


def test_a_shared_role_still_hands_over_where_a_rule_says_so(house: House) -> None:
    # Given a shop whose florists advise and sell in turn
    assign = "assign: {to: florist, by: round_robin}"
    rule = f"{{name: Next florist, from: wishes, to: bouquets, {assign}}}"
    open_shop(house, f"{ONE_TIER}\nhandoffs:\n  - {rule}\n")
    deal = house.new_deal("advised")
    # When a deal goes on
    house.move(deal, "chosen", by=OLENA)
    # Then it is handed over by the rule
    [handoff] = house.handoffs(deal)
    assert (handoff.rule, handoff.status) == ("Next florist", HandoffStatus.PENDING)

"""Stories of what `conveyor explain` tells afterwards: what came, what was seen, which rule, what was written."""

from __future__ import annotations

from typing import Any

import pytest

from mapping.model import Ref
from sync.views.handoffs import listing
from sync.views.health import status
from sync.views.story import explain

from .house import COMPLETE, OLENA, PETAR, House

REFERRED = "unless: [{source: {one_of: [referral]}}]"


def timeline(house: House, deal: str) -> dict[str, list[Any]]:
    """The story of a deal as it is printed, by kind."""
    told, _ = explain(house.runtime, Ref(house.name, deal))
    found: dict[str, list[Any]] = {}
    for line in told["timeline"]:
        found.setdefault(line["kind"], []).append(line)
    return found


def line_of(house: House, words: str) -> str:
    """The line of the rules that a story names, which must hold these words or begin their block."""
    lines = house.files["conveyor.yaml"].splitlines()
    return next(str(number) for number, line in enumerate(lines, 1) if words in line)


@pytest.mark.every_crm
def test_each_decision_tells_its_rule_and_each_write_what_came_of_it(house: House) -> None:
    # Given a deal that was sent back, put right, handed over and accepted
    deal = house.new_deal("qualification", **{**COMPLETE, "budget": 500})
    house.move(deal, "meeting", by=OLENA)
    house.edit(deal, by=OLENA, budget=5000)
    house.move(deal, "meeting", by=OLENA)
    task = next(task for task in house.card(deal).tasks if not task.done)
    house.complete(task, by=PETAR)
    told = timeline(house, deal)
    # Then its story says what was refused, by which line of the rules, and what it asked for
    [sent_back] = told["returned_by_rule"]
    rule = sent_back["rule"]
    assert (rule["file"], str(rule["line"])) == ("conveyor.yaml", line_of(house, "name: Scout to hunter"))
    assert "budget must be at least 1000" in sent_back["summary"]
    assert sent_back["details"]["ruleset"] == house.runtime.rules.get().hash
    # And who was considered for it, and why they were chosen or not
    [offered] = told["handoff_offered"]
    assert [line.split(":")[0] for line in offered["details"]["considered"]] == [PETAR, "ivan@acme.example"]
    assert offered["rule"] == sent_back["rule"]
    # And who accepted it how
    [accepted] = told["handoff_accepted"]
    assert (accepted["actor"], "completed the task" in accepted["summary"]) == (PETAR, True)
    # And each write that the CRM answered, before and after that
    writes = [line["details"]["write"] for line in told["written"] if line["at"] > sent_back["at"]]
    assert len(writes) == len(set(writes)) >= len(house.card(deal).notes) + len(house.card(deal).tasks)


@pytest.mark.every_crm
def test_every_use_of_an_exception_is_on_record_with_its_rule(house: House) -> None:
    # Given deals that a customer brought, of which nothing else is known
    house.rewrite("conveyor.yaml", REFERRED, "unless: [{decision_maker: {one_of: [a friend]}}]")
    deals = [house.new_deal("qualification", decision_maker="a friend", title=f"Deal {n}") for n in range(2)]
    # When they go on, beside one that needs no exception
    for deal in deals:
        house.move(deal, "meeting", by=OLENA)
    plain = house.handed_over()
    # Then each use is a line of its own with the rule
    for deal in deals:
        [used] = timeline(house, deal)["exception"]
        assert used["rule"] == {"file": "conveyor.yaml", "line": int(line_of(house, "name: Scout to hunter"))}
    assert "exception" not in timeline(house, plain)


def test_at_every_moment_the_sum_of_handoffs_is_right(house: House) -> None:
    # Given hand-offs that wait, are pending, accepted and returned
    waiting = house.handed_over(title="Pending")
    returned = house.handed_over(title="Returned")
    house.move(returned, "qualification", by=house.card(returned).owner)
    accepted = house.handed_over(title="Accepted")
    house.move(accepted, "negotiation", by=house.card(accepted).owner)
    # Then the counts say so, and nothing is unaccounted for
    count = status(house.runtime)["handoffs"]
    assert (count["offered"], count["accepted"], count["returned"], count["open"]) == (3, 1, 1, 1)
    assert "handoffs_unaccounted" not in {a["kind"] for a in status(house.runtime)["alarms"]}
    # And the list has each of them
    assert len(listing(house.runtime)) == 3
    assert house.card(waiting).stage == "meeting"


def test_a_conflict_is_told_in_the_story(house: House) -> None:
    # Given a deal whose scout takes her move back just after the conveyor looked at it
    deal = house.new_deal("qualification")
    correction = {"by": OLENA, **house.crm.words(stage="prospecting")}
    house.sandbox.fault("edit_after_read", deal=deal, edit=correction)
    # When she moves it on
    house.move(deal, "meeting", by=OLENA)
    # Then she wins, and the story says what was seen between
    assert house.card(deal).stage == "prospecting"
    assert {"returned_by_rule", "undone", "conflict"} & set(timeline(house, deal))

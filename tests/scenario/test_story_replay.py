"""Stories of the past: what was judged live is judged alike in a replay, deal by deal, and nothing is touched."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import pytest

from mapping.loader import load_files
from mapping.phrases import Phrase
from mapping.ruleset import Ruleset
from store import ledger
from sync.core.case import Entry
from sync.planning.plan import plan_for
from sync.planning.telling import told as plan_sentences
from sync.replay import telling
from sync.replay.past import read_past
from sync.replay.replay import judged_deals, replay
from sync.replay.verdict import Verdict, became
from sync.replay.view import view

from .house import COMPLETE, IVAN, MARIA, OLENA, PETAR, ROBOT, House

A_DAY = timedelta(days=1)
WON = {"amount": 5000, "contract_end": "2027-12-31"}
MOVES_THAT_END = ("moved", "returned_by_rule", "loop_breaker", "undone", "unmapped")


def a_day_of_sales(house: House) -> list[str]:
    """Deals that go the whole way, are put back, go back, are lost, and are moved by whoever may not."""
    complete = {**COMPLETE, **WON}
    whole = house.new_deal("prospecting", by=OLENA, **complete)
    for stage, by in (("qualification", OLENA), ("meeting", OLENA), ("proposal", PETAR), ("won", PETAR)):
        house.move(whole, stage, by=by)
    bare = house.new_deal("qualification", by=OLENA)
    house.move(bare, "meeting", by=OLENA)
    wrong = house.new_deal("meeting", by=PETAR, amount=700)
    house.move(wrong, "proposal", by=OLENA)
    house.move(wrong, "proposal", by=PETAR)
    back = house.new_deal("qualification", by=OLENA, **complete)
    house.move(back, "meeting", by=OLENA)
    house.move(back, "qualification", by=house.deal(back).owner)
    heads = house.new_deal("qualification", by=OLENA, budget=2000)
    house.move(heads, "meeting", by=IVAN)
    lost = house.new_deal("meeting", by=PETAR)
    house.move(lost, "lost", by=PETAR)
    robots = house.new_deal("meeting", by=PETAR)
    house.move(robots, "proposal", by=ROBOT)
    started = house.new_deal("proposal", by=MARIA, amount=10)
    house.move(started, "negotiation", by=PETAR)
    with house.asleep():  # two moves that are judged at one look
        quick = house.new_deal("prospecting", by=OLENA)
    with house.asleep():
        house.move(quick, "qualification", by=OLENA)
        house.move(quick, "meeting", by=OLENA)
    return [whole, bare, wrong, back, heads, lost, robots, started, quick]


def judged(house: House, rules: Ruleset) -> dict[str, list[Verdict]]:
    """The verdicts of a replay, by deal."""
    runtime = house.runtime
    past = read_past(runtime, rules, runtime.now() - A_DAY)
    with runtime.store.read() as tx:
        return {
            one.known.ref.remote_id: list(one.verdicts) for [one] in judged_deals(tx, runtime, past, [rules])
        }


def live(house: House, deal: str) -> list[tuple[str, str | None]]:
    """What was judged live: for each look at which a move was judged, what became of it and by which rule."""
    by_look: dict[object, list[ledger.Entry]] = {}
    for entry in house.story(deal):
        by_look.setdefault(entry.at, []).append(entry)
    found = []
    for entries in by_look.values():
        if any(entry.kind in MOVES_THAT_END for entry in entries):
            found.append(_became(entries))
    return found


def _became(entries: list[ledger.Entry]) -> tuple[str, str | None]:
    word, said = became(tuple(Entry(e.kind, cast(Phrase, e.summary), data=e.data) for e in entries))
    rule = said.data.get("rule") if said is not None and word in ("returned", "told") else None
    return word, rule if isinstance(rule, str) else None


def told(verdicts: list[Verdict]) -> list[tuple[str, str | None]]:
    """Without the place where a deal began, which not every CRM has in its history."""
    said = [(v.became, v.rule if v.became in ("returned", "told") else None) for v in verdicts]
    return [one for one in said if one[0] != "stayed"]


@pytest.mark.parametrize("crm", ["hubspot", "zoho", "bitrix24", "close"])
def test_the_same_moves_get_the_same_verdicts_live_and_in_a_replay(house: House) -> None:
    # Given a day on which all that is judged happens
    deals = a_day_of_sales(house)
    house.poll()
    # When it is replayed by the same rules
    before = house.sandbox.writes(), {deal: house.kinds(deal) for deal in deals}
    found = judged(house, house.runtime.rules.get())
    # Then deal by deal the verdicts are those that were given live
    assert {deal: told(found.get(deal, [])) for deal in deals} == {deal: live(house, deal) for deal in deals}
    # And nothing was touched
    assert (house.sandbox.writes(), {deal: house.kinds(deal) for deal in deals}) == before


def replayed(house: House, against: Ruleset | None = None) -> dict[str, Any]:
    """What `conveyor replay --json` prints."""
    runtime = house.runtime
    made = replay(runtime, runtime.rules.get(), runtime.now() - A_DAY, against)
    json.dumps(view(made))  # it is plain data
    return dict(view(made))


def other_rules(house: House, old: str, new: str) -> Ruleset:
    files = {name: text for name, text in house.files.items() if name != "cases.yaml"}
    assert files["conveyor.yaml"].count(old) == 1
    return load_files({**files, "conveyor.yaml": files["conveyor.yaml"].replace(old, new)})


@pytest.mark.parametrize("crm", ["hubspot"])
def test_what_nobody_can_tell_any_more_is_said_and_not_guessed(house: House) -> None:
    # Given a deal that was handed over by what it held then, and whose budget was changed since
    deal = house.new_deal("qualification", by=OLENA, **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    house.edit(deal, by=PETAR, budget=10)
    # When its past is replayed
    [start, verdict] = judged(house, house.runtime.rules.get())[deal]
    # Then nobody says what would have become of it, but what that hangs on
    assert (start.became, verdict.became) == ("stayed", "unclear")
    assert verdict.missing == ("budget",)
    # And a move that breaks a rule whatever the budget was is judged all the same
    house.move(deal, "proposal", by=OLENA)
    assert judged(house, house.runtime.rules.get())[deal][-1].became == "returned"


@pytest.mark.parametrize("crm", ["hubspot"])
def test_two_sets_of_rules_are_compared_on_the_same_past(house: House) -> None:
    # Given deals that were handed over, and one that was put back
    for budget in (1500, 5000, 500):
        deal = house.new_deal("qualification", by=OLENA, **{**COMPLETE, "budget": budget})
        house.move(deal, "meeting", by=OLENA)
    # When stricter rules are tried on that
    stricter = other_rules(house, "at_least: 1000,", "at_least: 2000,")
    found = replayed(house, stricter)
    # Then it says how many more would have been put back, by which rule, and which
    assert (found["verdicts"]["handed_off"], found["verdicts"]["returned"]) == (2, 1)
    other = found["against"]
    assert (other["verdicts"]["handed_off"], other["verdicts"]["returned"]) == (1, 2)
    assert found["by_rule"]["Scout to hunter"]["returned"] == 1
    assert found["by_person"][OLENA]["returned"] == 1
    [difference] = found["differences"]
    assert (difference["verdict"]["became"], difference["against"]["became"]) == ("handed_off", "returned")
    assert "2000" in difference["against"]["reasons"][0]
    # And people read the same
    made = replay(house.runtime, house.runtime.rules.get(), house.runtime.now() - A_DAY, stricter)
    said = [*telling.sentences(made), *telling.of_tally(made.other)]
    assert "2 moves would have handed the deal over." in said
    assert "2 moves would have been put back." in said
    [rule] = telling.by_rule(made.other)
    assert (rule.name, rule.handed_off, rule.returned) == ("Scout to hunter", 1, 2)
    scout = telling.by_person(made.other, stricter)[0]
    assert (scout.name, scout.moves, scout.returned) == ("Olena K.", 6, 2)
    [sentence] = telling.differences(made.differences, made.rules)
    assert "Olena K., to meeting: would have handed the deal over; by the other rules put back" in sentence
    # And nothing of it is in force
    assert house.runtime.rules.get().hash != stricter.hash


@pytest.mark.parametrize("crm", ["hubspot"])
def test_late_hand_offs_are_told_by_rule_and_person(house: House) -> None:
    # Given a hand-off that was accepted at once, and one that nobody answers for a week
    for answers in (True, False):
        deal = house.new_deal("qualification", by=OLENA, **COMPLETE)
        house.edit(deal, by=OLENA, stage="meeting", owner=PETAR)
        if answers:
            house.edit(deal, by=PETAR, amount=99)
    house.clock.shift += timedelta(days=7)
    house.settle()
    runtime = house.runtime
    made = replay(runtime, runtime.rules.get(), runtime.now() - 9 * A_DAY)
    # Then the replay tells one late, as the ledger does
    assert made.tally.answers == {"in_time": 1, "late": 1}
    assert made.tally.rules["Scout to hunter"]["late"] == 1
    assert sum(person["late"] for person in made.tally.people.values()) == 1
    said = list(telling.sentences(made))
    assert any("1 would have been late" in sentence for sentence in said)


@pytest.mark.parametrize("crm", ["hubspot"])
def test_first_sight_is_not_judged_but_told(house: House) -> None:
    # Given deals from before the conveyor came, without what they need, owned by somebody who should not
    house.sandbox.ask("POST", "/bulk", {"count": 2, **house.crm.words(stage="meeting", owner=OLENA)})
    house.backfill()
    # Then replay and plan say what would have been judged
    assert replayed(house)["first_sight"] == {"found": 2, "lacks": 2, "owner": 2}
    plan = plan_for(house.runtime, other_rules(house, "mode: enforce", "mode: warn"))
    assert plan.forecast.first_sight == {"found": 2, "lacks": 2, "owner": 2}
    assert any("stand where they were found" in sentence for sentence in plan_sentences(plan))

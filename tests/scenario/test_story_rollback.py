"""Stories of rules that are rolled back: what they moved goes back in two CRMs, unless somebody went on with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mapping.loader import load_files
from mapping.model import HandoffStatus
from mapping.ruleset import Ruleset
from store import inbox, rulesets
from store.inbox import NewEvent
from sync.planning.plan import Plan, plan_for
from sync.planning.telling import told
from sync.rollout import activate

from ..contract.connectors.sandbox_client import Sandbox
from .house import COMPLETE, IVAN, OLENA, PETAR, House
from .two_houses import Two, open_two, settle

PETARS_LINE = f"email: {PETAR}, roles: [hunter]"
IVANS_LINE = f"email: {IVAN}, roles: [head, hunter]"


@pytest.fixture
def two(sandboxes: Mapping[str, Sandbox], migrated_sqlite: Path, tmp_path: Path) -> Iterator[Two]:
    """One line over two CRMs, where no hunter has room for a deal."""
    with open_two(sandboxes, migrated_sqlite, tmp_path) as opened:
        put_in_force(
            opened,
            (PETARS_LINE, f"{PETARS_LINE}, capacity: 1"),
            (IVANS_LINE, f"email: {IVAN}, roles: [head]"),
        )
        first = opened[0]
        first.new_deal("proposal", by=PETAR, amount=700)
        settle(opened)
        yield opened


def edited(two: Two, *edits: tuple[str, str]) -> Ruleset:
    team = two[0].files["team.yaml"]
    for old, new in edits:
        assert team.count(old) == 1
        team = team.replace(old, new)
    return load_files({**two[0].files, "team.yaml": team})


def put_in_force(two: Two, *edits: tuple[str, str]) -> None:
    rules = edited(two, *edits)
    plan = plan_for(two[0].runtime, rules)
    activate(two[0].runtime, rules, by="admin", message=None, foretold=plan.forecast)
    for house in two:
        house.files = dict(rules.files)
    settle(two)


def roll_back(two: Two, to: int) -> Plan:
    """What `conveyor rollback --yes` does; returns the plan that it shows."""
    runtime = two[0].runtime
    with runtime.store.read() as tx:
        stored = rulesets.load(tx, to)
    assert stored is not None
    rules = load_files(stored.files)
    plan = plan_for(runtime, rules, back_to=to)
    activate(runtime, rules, by="admin", message=None, foretold=plan.forecast)
    settle(two)
    return plan


def version(two: Two) -> int:
    with two[0].runtime.store.read() as tx:
        active = rulesets.active(tx)
    assert active is not None
    return active.version


def wait_for_a_hunter(two: Two) -> list[tuple[House, str]]:
    """In each CRM two deals that were handed over and that nobody has room for."""
    found = []
    for house in two:
        for _ in range(2):
            deal = house.new_deal("qualification", by=OLENA, amount=900, **COMPLETE)
            house.move(deal, "meeting", by=OLENA)
            found.append((house, deal))
    settle(two)
    assert [house.card(deal).owner for house, deal in found] == [OLENA] * 4
    return found


def test_what_a_version_moved_goes_back_where_nobody_went_on_with_it(two: Two) -> None:
    # Given deals that wait in two CRMs, and a version by which they all go to a hunter
    waiting, before = wait_for_a_hunter(two), version(two)
    put_in_force(two, ("capacity: 1", "capacity: 9"))
    assert [house.card(deal).owner for house, deal in waiting] == [PETAR] * 4
    # And one of them he worked on since, and another one went to somebody else by hand
    (first, worked_on), (_, untouched), (second, given_away), (_, too) = waiting
    first.edit(worked_on, by=PETAR, stage="proposal")
    second.edit(given_away, by=IVAN, owner=OLENA)
    settle(two)
    # When the version is rolled back
    plan = roll_back(two, before)
    # Then the plan said which deals go back, and which stay and why
    assert (plan.forecast.undone, plan.forecast.moved) == (2, 2)
    left = dict(plan.forecast.left)
    assert left.keys() == {f"hubspot:{worked_on}", f"bitrix24:{given_away}"}
    sentences = list(told(plan))
    assert any(sentence.startswith("2 deals would go back to where") for sentence in sentences)
    assert any(f"hubspot:{worked_on} would stay" in sentence for sentence in sentences)
    # And each CRM shows it so
    assert (first.card(untouched).owner, second.card(too).owner) == (OLENA, OLENA)
    assert (first.card(worked_on).owner, first.card(worked_on).stage) == (PETAR, "proposal")
    # And the hand-offs wait again, and nobody has a task for a deal that is not theirs
    for house, deal in ((first, untouched), (second, too)):
        assert [h.status for h in house.handoffs(deal)] == [HandoffStatus.WAITING]
        assert PETAR not in [owner for owner, _ in house.card(deal).todo]
        assert house.kinds(deal).count("rules_undone") == 1
    # And the stories of those that were left say why
    reasons = [entry.summary for entry in first.story(worked_on) if entry.kind == "undo_left_out"]
    assert len(reasons) == 1
    assert left[f"hubspot:{worked_on}"] in reasons[0]


def test_to_ask_for_it_twice_changes_nothing_more(two: Two) -> None:
    waiting, before = wait_for_a_hunter(two), version(two)
    put_in_force(two, ("capacity: 1", "capacity: 9"))
    plan = roll_back(two, before)
    owners, stories = state(waiting)
    # When every event of the rollback comes once more
    again = [NewEvent(e.kind, deal_id, data=e.data) for deal_id, e in plan.forecast.asked.items()]
    runtime = two[0].runtime
    with runtime.store.begin() as tx:
        inbox.add(tx, again, runtime.now())
    settle(two)
    # Then nothing comes of it; nor of a second rollback to the same version
    assert state(waiting) == (owners, stories)
    assert plan_for(runtime, runtime.rules.get(), back_to=before).forecast.undone == 0
    assert state(waiting) == (owners, stories)


def state(waiting: list[tuple[House, str]]) -> tuple[list[str | None], list[list[str]]]:
    return [h.card(deal).owner for h, deal in waiting], [h.kinds(deal) for h, deal in waiting]


def test_whoever_is_quicker_than_the_rollback_wins(two: Two) -> None:
    waiting, before = wait_for_a_hunter(two), version(two)
    put_in_force(two, ("capacity: 1", "capacity: 9"))
    house, deal = waiting[0]
    # Given that Petar moves his deal on while the rollback is under way
    with house.asleep():
        runtime = two[0].runtime
        with runtime.store.read() as tx:
            stored = rulesets.load(tx, before)
        assert stored is not None
        rules = load_files(stored.files)
        plan = plan_for(runtime, rules, back_to=before)
        assert plan.forecast.undone == 4
        house.edit(deal, by=PETAR, stage="proposal")
        activate(runtime, rules, by="admin", message=None, foretold=plan.forecast)
    settle(two)
    # Then his deal stays his, and its story says why; the others go back
    assert (house.card(deal).owner, house.card(deal).stage) == (PETAR, "proposal")
    assert house.kinds(deal).count("undo_left_out") == 1
    assert [h.card(other).owner for h, other in waiting[1:]] == [OLENA] * 3


def test_moves_of_several_versions_are_undone_at_once(two: Two) -> None:
    waiting, before = wait_for_a_hunter(two), version(two)
    put_in_force(two, ("capacity: 1", "capacity: 9"))
    put_in_force(two, (f"email: {IVAN}, roles: [head]", f"email: {IVAN}, roles: [head, hunter]"))
    plan = roll_back(two, before)
    assert plan.forecast.undone == 4
    assert [house.card(deal).owner for house, deal in waiting] == [OLENA] * 4

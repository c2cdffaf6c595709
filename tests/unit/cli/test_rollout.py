"""Which deals are looked at when rules come into force: those that the plan names, and those that moved since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mapping.loader import load_ruleset
from mapping.model import EventKind, Value
from mapping.ruleset import Ruleset
from store import inbox, ledger, rulesets
from store.database import Store
from sync.core import undo
from sync.house import open_house
from sync.planning.plan import plan_for
from sync.rollout import activate
from sync.runtime import Runtime
from sync.settings import Settings

from .conftest import Conveyor
from .test_plan import NOW, OLENA, add_deal, edit, printed, store

assert store  # a fixture


@pytest.fixture
def runtime(store: Store, tmp_path: Path) -> Iterator[Runtime]:
    """The same house, without the command line."""
    settings = Settings(home=tmp_path / "home", redis_url=None, database_url=None, secret_key=None)
    opened = open_house(settings, needs_broker=False)
    yield opened
    opened.store.close()


@pytest.fixture
def deals(store: Store) -> dict[str, str]:
    """Deals on two stages."""
    stages = {"1": "qualification", "2": "proposal", "3": "qualification", "4": "proposal"}
    return {add_deal(store, number, stage=stage): stage for number, stage in stages.items()}


def changed(config: Path) -> Ruleset:
    """Rules by which qualification is a meeting."""
    edit(config / "mappings" / "hubspot.yaml", "is: qualification}", "is: meeting}")
    return load_ruleset(config)


def looked_at(store: Store, deals: dict[str, str]) -> set[str]:
    with store.read() as tx:
        due = inbox.due(tx, list(deals), datetime.now(UTC))
    return {deal_id for deal_id, events in due.items() if any(e.kind is EventKind.CONFIG for e in events)}


def test_exactly_the_deals_of_the_plan_are_looked_at(
    conveyor: Conveyor, store: Store, deals: dict[str, str], config: Path
) -> None:
    changed(config)
    plan = printed(conveyor("plan", "--json"))
    assert printed(conveyor("apply", "--json"))["deals_looked_at"] == plan["deals_looked_at"] == 2
    assert looked_at(store, deals) == {"deal-1", "deal-3"}


def test_a_deal_that_something_happened_to_since_the_plan_is_looked_at_too(
    runtime: Runtime, store: Store, deals: dict[str, str], config: Path
) -> None:
    plan = plan_for(runtime, changed(config))
    with store.begin() as tx:
        ledger.add(tx, [ledger.Entry("deal-4", NOW, "moved", OLENA, "Moved.")])
    assert activate(runtime, plan.after, by="admin", message=None, foretold=plan.forecast) == 3
    assert looked_at(store, deals) == {"deal-1", "deal-3", "deal-4"}


def test_after_other_rules_came_into_force_it_is_foretold_again(
    runtime: Runtime, store: Store, deals: dict[str, str], config: Path
) -> None:
    before = runtime.rules.get()
    plan = plan_for(runtime, before)  # to the rules in force: nothing would change
    activate(runtime, changed(config), by="another admin", message=None)
    with store.begin() as tx:
        events = [e.id for own in inbox.due(tx, list(deals), datetime.now(UTC)).values() for e in own]
        inbox.done(tx, events, NOW)
    edit(
        config / "mappings" / "hubspot.yaml",
        "is: meeting}\n      - {crm: Presentation",
        "is: proposal}\n      - {crm: Presentation",
    )
    rules = load_ruleset(config)
    assert activate(runtime, rules, by="admin", message=None, foretold=plan.forecast) == 2
    assert looked_at(store, deals) == {"deal-1", "deal-3"}


def test_each_touched_deal_can_be_listed(conveyor: Conveyor, deals: dict[str, str], config: Path) -> None:
    changed(config)
    listed = printed(conveyor("plan", "--deals", "--json"))
    assert [one["deal"] for one in listed] == ["hubspot:1", "hubspot:3"]
    assert (listed[0]["from_stage"], listed[0]["to_stage"], listed[0]["owner"]) == (
        "qualification",
        "meeting",
        OLENA,
    )
    assert listed[0]["crms"] == {"hubspot": {"stage": ["default", "qualifiedtobuy"], "owner": "1"}}
    assert "hubspot:3" in conveyor("plan", "--deals").stdout


def test_a_rollback_says_what_it_undoes_and_what_it_leaves(
    conveyor: Conveyor, store: Store, deals: dict[str, str], config: Path
) -> None:
    # Given a version that gave one deal to Olena, and one to Petar, who is not on the team any more
    changed(config)
    assert conveyor("apply").exit_code == 0
    with store.begin() as tx:
        active = rulesets.active(tx)
        assert active is not None
        data: dict[str, Value] = {"version": "2", "visit": ["", ""]}
        ledger.add(
            tx,
            [
                ledger.Entry(
                    "deal-2",
                    active.applied_at,
                    undo.NOTED,
                    "conveyor",
                    "",
                    data={**data, "owner": ["maria@acme.example", OLENA]},
                ),
                ledger.Entry(
                    "deal-4",
                    active.applied_at,
                    undo.NOTED,
                    "conveyor",
                    "",
                    data={**data, "owner": ["gone@acme.example", OLENA]},
                ),
            ],
        )
    # When it is rolled back
    ran = conveyor("rollback", "--yes", "--json")
    # Then each deal is asked for, and what stays is said with its reason
    assert printed(ran)["left"] == [
        {"deal": "hubspot:2", "reason": "Maria S. has no account in hubspot any more"},
        {"deal": "hubspot:4", "reason": "whoever had it before is not on the team"},
    ]
    with store.read() as tx:
        due = inbox.due(tx, list(deals), datetime.now(UTC))
    assert [e.kind for e in due["deal-2"]] == [EventKind.CONFIG, EventKind.MANUAL]
    assert due["deal-2"][1].data["action"] == "undo"

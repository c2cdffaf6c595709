"""`conveyor rehome`: the plan first, then a word of agreement; the drain does the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mapping.model import Deal, DealStatus, EventKind, Handoff, HandoffStatus, Link, Values
from store import connections, deals, handoffs, inbox
from store.connections import User
from store.database import Store, open_store

NOW = datetime.now(UTC).replace(microsecond=0)
PETAR, IVAN, GONE = "petar@acme.example", "ivan@acme.example", "gone@acme.example"
USERS = [User("2", "Petar D.", PETAR), User("3", "Ivan P.", IVAN), User("8", "Gone", GONE)]

Conveyor = Callable[..., Result]


@pytest.fixture
def store(conveyor: Conveyor, tmp_path: Path) -> Iterator[Store]:
    """The database under version 1 of the rules; Ivan has an account in HubSpot and in Bitrix24."""
    assert conveyor("apply").exit_code == 0
    opened = open_store(f"sqlite:///{tmp_path / 'home' / 'conveyor.db'}")
    with opened.begin() as tx:
        for connection in ("hubspot", "bitrix24"):
            connections.save_directory(tx, connection, USERS, NOW)
    yield opened
    opened.close()


def add(
    store: Store,
    name: str,
    *,
    owner: str | None = PETAR,
    account: str = "2",
    stage: str = "meeting",
    section: str = "conversion",
    status: DealStatus = DealStatus.OPEN,
    tasks: dict[str, str] | None = None,
) -> str:
    """A deal of this name (`connection:id`) that was seen on the line; returns our own id."""
    home, _, remote = name.partition(":")
    deal_id = f"deal-{home}-{remote}"
    deal = Deal(
        deal_id, deal_id, home, status, section, stage, owner, placed=True, stage_since=NOW, updated_at=NOW
    )
    seen: Values = {"stage": ["default", "presentationscheduled"], "owner": account}
    link = Link(home, remote, deal_id, seen, seen, tasks=tasks or {})
    with store.begin() as tx:
        deals.insert_many(tx, [(deal, link)], "rules")
    return deal_id


def add_handoff(store: Store, deal_id: str) -> None:
    """A hand-off that waits for Petar."""
    names = ("Scout to hunter", "conveyor.yaml", 43, "lead_generation", "conversion", "qualification")
    with store.begin() as tx:
        handoffs.save(tx, Handoff("h1", deal_id, *names, None, PETAR, HandoffStatus.PENDING, NOW))


def asked(store: Store, *deal_ids: str) -> dict[str, Any]:
    """What was asked for each deal."""
    with store.read() as tx:
        due = inbox.due(tx, deal_ids, datetime.now(UTC))
    return {deal_id: dict(event.data) for deal_id, [event] in due.items() if event.kind is EventKind.MANUAL}


def test_the_plan_is_shown_and_nothing_done_without_agreement(conveyor: Conveyor, store: Store) -> None:
    deal = add(store, "hubspot:1", tasks={"playbook:v:1": "t1"})
    add_handoff(store, deal)
    add(store, "bitrix24:5", stage="onboarding", section="retention")
    ran = conveyor("rehome", PETAR, "--to", IVAN)
    assert ran.exit_code == 1
    assert f"From {PETAR} to {IVAN}: 1 deal" in ran.stdout
    assert ["hubspot", "conversion", "1", "1"] in [line.split() for line in ran.stdout.splitlines()]
    assert "bitrix24:5  Ivan P. is not Account manager, the role that owns deals here" in ran.stdout
    assert f"Tasks of playbooks and follow-ups stay with {PETAR}: 1." in ran.stdout
    assert "is still on the team" in ran.stdout
    assert "Nothing was changed; add --yes to do it." in ran.stderr
    assert asked(store, deal, "deal-bitrix24-5") == {}


def test_with_yes_the_workers_are_asked_for_each_deal(conveyor: Conveyor, store: Store) -> None:
    deals_of_petar = [add(store, "hubspot:1"), add(store, "bitrix24:5", stage="negotiation")]
    other = add(store, "hubspot:2", owner=IVAN, account="3")
    lost = add(store, "hubspot:3", status=DealStatus.LOST)
    ran = conveyor("rehome", "Petar@acme.example", "--to", IVAN, "--yes")
    assert (ran.exit_code, ran.stdout.splitlines()[-1]) == (
        0,
        "2 deals handed on, as soon as a worker sees them.",
    )
    wanted = {"action": "rehome", "from": PETAR, "to": IVAN}
    assert asked(store, *deals_of_petar, other, lost) == dict.fromkeys(deals_of_petar, wanted)


def test_scripts_get_the_plan_and_whether_it_was_done(conveyor: Conveyor, store: Store) -> None:
    deal = add(store, "hubspot:1")
    add(store, "bitrix24:5", status=DealStatus.UNMAPPED)
    ran = conveyor("rehome", PETAR, "--to", IVAN, "--json")
    assert ran.exit_code == 1
    plan = json.loads(ran.stdout)
    [left] = plan.pop("left_out")
    assert (left["deal"], "mapped nowhere" in left["reason"]) == ("bitrix24:5", True)
    group = {"connection": "hubspot", "section": "conversion", "deals": 1, "handoffs": 0}
    assert plan == {
        "from": PETAR,
        "to": IVAN,
        "deals": 1,
        "groups": [group],
        "tasks_left": 0,
        "done": False,
    }
    ran = conveyor("rehome", PETAR, "--to", IVAN, "--json", "--yes")
    assert (ran.exit_code, json.loads(ran.stdout)["done"]) == (0, True)
    assert list(asked(store, deal)) == [deal]


def test_somebody_who_is_off_the_team_is_known_by_their_account(conveyor: Conveyor, store: Store) -> None:
    deal = add(store, "hubspot:1", owner=None, account="8")
    add(store, "hubspot:2", owner=None, account="9")
    assert conveyor("rehome", GONE, "--to", IVAN, "--yes").exit_code == 0
    assert list(asked(store, deal, "deal-hubspot-2")) == [deal]


def test_where_the_rules_observe_nothing_is_handed_on(conveyor: Conveyor, store: Store, config: Path) -> None:
    file = config / "conveyor.yaml"
    file.write_text(file.read_text().replace("mode: enforce", "mode: observe"))
    assert conveyor("apply", "--yes").exit_code == 0
    deal = add(store, "hubspot:1")
    ran = conveyor("rehome", PETAR, "--to", IVAN, "--yes")
    assert (ran.exit_code, "the rules only observe there" in ran.stdout) == (0, True)
    assert asked(store, deal) == {}


@pytest.mark.parametrize(
    ("person", "to", "said"),
    [
        (PETAR, "who@acme.example", "who@acme.example is not on the team"),
        (PETAR, PETAR, "Name two people"),
        ("who@acme.example", IVAN, "is not on the team and owns no open deal"),
    ],
)
def test_people_who_cannot_be_meant(
    conveyor: Conveyor, store: Store, person: str, to: str, said: str
) -> None:
    ran = conveyor("rehome", person, "--to", to, "--yes")
    assert (ran.exit_code, said in ran.stderr) == (1, True)


def test_who_owns_nothing_leaves_nothing(conveyor: Conveyor, store: Store) -> None:
    ran = conveyor("rehome", PETAR, "--to", IVAN)
    assert (ran.exit_code, "0 deals" in ran.stdout) == (0, True)

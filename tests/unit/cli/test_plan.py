"""`plan`, the brake, `apply --plan`, `rollback` and `diff`, over deals that are put into the database by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mapping.model import Deal, DealStatus, Handoff, HandoffStatus, Link, Values
from store import connections, deals, handoffs, inbox
from store.connections import User
from store.database import Store, open_store

NOW = datetime.now(UTC).replace(microsecond=0)
OLENA = "olena@acme.example"
PROMISED = ["changes", "deals_affected", "moves", "violations", "unmapped", "missing", "held"]

Conveyor = Callable[..., Result]


@pytest.fixture
def store(conveyor: Conveyor, tmp_path: Path) -> Iterator[Store]:
    """The database under version 1 of the rules, with the people of HubSpot."""
    assert conveyor("apply").exit_code == 0
    opened = open_store(f"sqlite:///{tmp_path / 'home' / 'conveyor.db'}")
    with opened.begin() as tx:
        users = [
            User("1", "Olena K.", "olena@acme.example"),
            User("9", "Guest", "guest@else.example"),
        ]
        connections.save_directory(tx, "hubspot", users, NOW)
    yield opened
    opened.close()


def add_deal(
    store: Store, remote_id: str, *, stage: str = "qualification", owner: str | None = OLENA, **fields: Any
) -> str:
    """A deal that HubSpot shows on that stage of the example."""
    crm_stage, section = {
        "qualification": ("qualifiedtobuy", "lead_generation"),
        "proposal": ("decisionmakerboughtin", "conversion"),
    }[stage]
    deal_id = f"deal-{remote_id}"
    deal = Deal(
        deal_id,
        journey=deal_id,
        home="hubspot",
        status=DealStatus.OPEN,
        section=section,
        stage=stage,
        owner=owner,
        fields={"title": "Sofas", "amount": "1000.50", "currency": "EUR", **fields},
        placed=True,
        stage_since=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    seen: Values = {"stage": ["default", crm_stage], "owner": "1" if owner else "9"}
    with store.begin() as tx:
        deals.insert_many(tx, [(deal, Link("hubspot", remote_id, deal_id, seen, seen, version="1"))], "rules")
    return deal_id


def wait_for_a_hunter(store: Store, deal_id: str) -> None:
    """A hand-off of the deal that nobody could take yet."""
    waiting = Handoff(
        id=f"handoff-{deal_id}",
        deal_id=deal_id,
        rule="Scout to hunter",
        file="conveyor.yaml",
        line=1,
        from_section="lead_generation",
        to_section="conversion",
        from_stage="qualification",
        from_member="olena@acme.example",
        to_member=None,
        status=HandoffStatus.WAITING,
        offered_at=NOW,
    )
    with store.begin() as tx:
        handoffs.save(tx, waiting)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def printed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# --- plan ---


def test_before_the_first_apply_all_is_new(conveyor: Conveyor) -> None:
    plan = printed(conveyor("plan", "--json"))
    assert list(plan)[:7] == PROMISED
    assert any(sentence.startswith("Connection hubspot is new") for sentence in plan["changes"])
    assert (plan["deals_affected"], plan["moves"], plan["version"]) == (0, [], None)


def test_without_changes_there_is_nothing_to_tell(conveyor: Conveyor, store: Store) -> None:
    add_deal(store, "1")
    plan = printed(conveyor("plan", "--json"))
    assert {name: plan[name] for name in PROMISED} == {
        "changes": [],
        "deals_affected": 0,
        "moves": [],
        "violations": 0,
        "unmapped": 0,
        "missing": 0,
        "held": 0,
    }
    assert "nothing changes" in conveyor("plan").stdout


def test_a_mapping_line_that_moves_takes_its_deals_and_their_money_along(
    conveyor: Conveyor, store: Store, config: Path
) -> None:
    add_deal(store, "1")
    add_deal(store, "2")
    add_deal(store, "3", currency="USD", amount=None)
    edit(config / "mappings" / "hubspot.yaml", "is: qualification}", "is: meeting}")
    plan = printed(conveyor("plan", "--json"))
    assert plan["moves"] == [
        {"from": "qualification", "to": "meeting", "deals": 3, "money": {"EUR": "2001.00"}}
    ]
    assert plan["deals_affected"] == 3
    assert plan["violations"] == 3  # a scout owns them
    ran = conveyor("plan")
    assert ran.exit_code == 0
    assert "means Meeting now, and meant Qualification" in ran.stdout
    assert "3 deals (2 001.00 EUR) from " in ran.stdout


def test_planning_touches_nothing(conveyor: Conveyor, store: Store, config: Path) -> None:
    deal_id = add_deal(store, "1")
    edit(config / "mappings" / "hubspot.yaml", "is: qualification}", "is: meeting}")
    conveyor("plan")
    with store.read() as tx:
        assert inbox.due(tx, [deal_id], datetime.now(UTC)) == {}
    assert len(printed(conveyor("history", "--json"))) == 1


def test_a_line_that_is_gone_leaves_its_deals_unmapped(
    conveyor: Conveyor, store: Store, config: Path
) -> None:
    add_deal(store, "1")
    mapping = config / "mappings" / "hubspot.yaml"
    kept = [
        line for line in mapping.read_text().splitlines(keepends=True) if "id: qualifiedtobuy" not in line
    ]
    mapping.write_text("".join(kept))
    plan = printed(conveyor("plan", "--json"))
    assert plan["unmapped"] == 1
    assert plan["moves"][0]["to"] == "unmapped"


def test_what_deals_lack_under_new_requirements_is_counted(
    conveyor: Conveyor, store: Store, config: Path
) -> None:
    add_deal(store, "1", stage="proposal")
    add_deal(store, "2", stage="proposal", budget="5000")
    edit(config / "conveyor.yaml", "proposal: {requires: [amount]}", "proposal: {requires: [amount, budget]}")
    (config / "cases.yaml").unlink()
    plan = printed(conveyor("plan", "--json"))
    assert plan["changes"] == [
        "Stage Proposal now asks that: budget must be filled in.",
        "The rules' own tests (cases.yaml) change.",
    ]
    assert (plan["missing"], plan["deals_affected"]) == (1, 0)
    ran = conveyor("plan")
    assert "1 deal would stand where something is asked for that they lack" in ran.stdout


# --- the brake ---


@pytest.fixture
def waiting(store: Store, config: Path) -> Store:
    """Three deals wait for a hunter with an account; by the edited files Olena is one, and would receive them."""
    for number in range(3):
        wait_for_a_hunter(store, add_deal(store, str(number), owner=None))
    for number in range(7):
        add_deal(store, f"other-{number}")
    edit(
        config / "team.yaml",
        "email: olena@acme.example, roles: [scout]",
        "email: olena@acme.example, roles: [scout, hunter]",
    )
    return store


def set_brake(config: Path, limits: str) -> None:
    edit(config / "conveyor.yaml", "\nsafety:\n", f"\nsafety:\n  ask_before_moving: {limits}\n")


def test_what_the_conveyor_would_do_in_the_crm_is_counted(conveyor: Conveyor, waiting: Store) -> None:
    plan = printed(conveyor("plan", "--json"))
    assert (plan["moved_in_crm"], plan["deals_on_the_line"], plan["held"]) == (3, 10, 0)
    assert plan["handoffs"] == {"opened": 0, "given": 3, "due": 0, "closed": 0}
    assert plan["deals_affected"] == 3


def test_what_happens_anyway_is_not_counted(conveyor: Conveyor, waiting: Store, config: Path) -> None:
    assert conveyor("apply").exit_code == 0
    edit(config / "conveyor.yaml", "name: Acme sales conveyor", "name: Acme")
    plan = printed(conveyor("plan", "--json"))
    assert plan["changes"] == ["The line: name is Acme, it was Acme sales conveyor."]
    assert (plan["moved_in_crm"], plan["deals_affected"]) == (0, 0)


@pytest.mark.parametrize("limits", ["{deals: 2}", "{percent: 29}", "{deals: 50, percent: 29}"])
def test_above_the_brake_it_takes_a_yes(
    conveyor: Conveyor, waiting: Store, config: Path, limits: str
) -> None:
    set_brake(config, limits)
    assert printed(conveyor("plan", "--json"))["held"] == 3
    refused = conveyor("apply")
    assert refused.exit_code == 1
    assert "would move or re-assign 3 of 10 deals" in refused.stderr
    assert "add --yes" in refused.stderr
    assert len(printed(conveyor("history", "--json"))) == 1
    assert conveyor("apply", "--yes").exit_code == 0
    assert len(printed(conveyor("history", "--json"))) == 2


@pytest.mark.parametrize("limits", ["{deals: 3}", "{percent: 30}", "{deals: 3, percent: 30}"])
def test_below_the_brake_it_goes_on_by_itself(
    conveyor: Conveyor, waiting: Store, config: Path, limits: str
) -> None:
    set_brake(config, limits)
    ran = conveyor("apply")
    assert (ran.exit_code, "Version 2 is in force." in ran.stdout) == (0, True)


def test_a_change_cannot_loosen_the_brake_and_pass_it_at_once(
    conveyor: Conveyor, waiting: Store, config: Path
) -> None:
    edit(config / "team.yaml", "roles: [scout, hunter]", "roles: [scout]")
    set_brake(config, "{deals: 1}")
    assert conveyor("apply").exit_code == 0
    edit(
        config / "team.yaml",
        "olena@acme.example, roles: [scout]",
        "olena@acme.example, roles: [scout, hunter]",
    )
    edit(config / "conveyor.yaml", "ask_before_moving: {deals: 1}", "ask_before_moving: {deals: 100}")
    assert conveyor("apply").exit_code == 1


# --- a plan that is kept ---


@pytest.fixture
def kept(conveyor: Conveyor, store: Store, config: Path, tmp_path: Path) -> str:
    """A file with the plan of a change that places one deal anew."""
    add_deal(store, "1")
    edit(config / "mappings" / "hubspot.yaml", "is: qualification}", "is: meeting}")
    file = tmp_path / "plan.json"
    file.write_text(conveyor("plan", "--json").stdout)
    return str(file)


def test_a_plan_that_holds_is_applied(conveyor: Conveyor, kept: str) -> None:
    assert conveyor("apply", "--plan", kept).exit_code == 0
    assert len(printed(conveyor("history", "--json"))) == 2


def test_a_plan_of_other_files_is_refused(conveyor: Conveyor, kept: str, config: Path) -> None:
    edit(config / "conveyor.yaml", "name: Acme sales conveyor", "name: Acme")
    refused = conveyor("apply", "--yes", "--plan", kept)
    assert (refused.exit_code, "the YAML files are others now" in refused.stderr) == (1, True)
    assert len(printed(conveyor("history", "--json"))) == 1


def test_a_plan_of_deals_that_moved_since_is_refused(conveyor: Conveyor, kept: str, store: Store) -> None:
    add_deal(store, "2")
    refused = conveyor("apply", "--plan", kept)
    assert (refused.exit_code, "deals stand elsewhere now" in refused.stderr) == (1, True)


def test_a_plan_after_another_version_is_refused(conveyor: Conveyor, kept: str) -> None:
    assert conveyor("apply").exit_code == 0
    refused = conveyor("apply", "--plan", kept)
    assert (refused.exit_code, "another version is in force now" in refused.stderr) == (1, True)


@pytest.mark.parametrize("content", ["", "[]", "{}", "nonsense"])
def test_what_is_no_plan_is_wrong_usage(conveyor: Conveyor, kept: str, content: str) -> None:
    Path(kept).write_text(content)
    refused = conveyor("apply", "--plan", kept)
    assert (refused.exit_code, "is no plan" in refused.stderr) == (2, True)


# --- versions ---


def test_rollback_goes_back_and_leaves_the_files_alone(conveyor: Conveyor, kept: str, config: Path) -> None:
    conveyor("apply")
    files = (config / "mappings" / "hubspot.yaml").read_text()
    ran = conveyor("rollback")
    assert ran.exit_code == 0
    assert "Version 3 is in force." in ran.stdout
    assert "were not touched" in ran.stdout
    versions = printed(conveyor("history", "--json"))
    assert [v["version"] for v in versions] == [3, 2, 1]
    assert versions[0]["hash"] == versions[2]["hash"] != versions[1]["hash"]
    assert versions[0]["message"] == "Rollback to version 1"
    assert (config / "mappings" / "hubspot.yaml").read_text() == files


def test_rollback_is_under_the_brake(conveyor: Conveyor, waiting: Store, config: Path) -> None:
    assert conveyor("apply").exit_code == 0
    edit(config / "team.yaml", "roles: [scout, hunter]", "roles: [scout]")
    set_brake(config, "{deals: 2}")
    assert conveyor("apply").exit_code == 0
    refused = conveyor("rollback", "2")
    assert (refused.exit_code, "3 of 10 deals" in refused.stderr) == (1, True)
    assert printed(conveyor("rollback", "2", "--yes", "--json"))["version"] == 4


def test_there_must_be_something_to_go_back_to(conveyor: Conveyor) -> None:
    assert "no earlier version" in conveyor("rollback").stderr
    conveyor("apply")
    assert "no earlier version" in conveyor("rollback").stderr
    assert conveyor("rollback", "7").exit_code == 2


def test_two_versions_are_compared_in_the_same_sentences(conveyor: Conveyor, kept: str) -> None:
    conveyor("apply")
    there, back = (printed(conveyor("diff", a, b, "--json")) for a, b in (("1", "2"), ("2", "1")))
    assert there == {
        "from": 1,
        "to": 2,
        "changes": [
            'hubspot, Sales Pipeline: "Qualified to buy" means Meeting now, and meant Qualification.'
        ],
    }
    assert back["changes"] == [
        'hubspot, Sales Pipeline: "Qualified to buy" means Qualification now, and meant Meeting.'
    ]
    assert "They are the same." in conveyor("diff", "1", "1").stdout

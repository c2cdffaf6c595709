"""What the reading commands, `accept` and `dead` print of a house whose database is filled by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from mapping.model import (
    Candidate,
    CreateNote,
    Deal,
    DealStatus,
    EventKind,
    Handoff,
    HandoffStatus,
    Link,
    Ref,
    Values,
    Write,
)
from store import connections, deals, handoffs, inbox, ledger, links, outbox
from store.connections import User
from store.database import Store, open_store
from store.inbox import NewEvent

NOW = datetime.now(UTC).replace(microsecond=0)
AN_HOUR = timedelta(hours=1)

Conveyor = Callable[..., Result]


@pytest.fixture
def store(conveyor: Conveyor, tmp_path: Path) -> Iterator[Store]:
    """The database under version 1 of the rules, with the people of HubSpot."""
    assert conveyor("apply").exit_code == 0
    opened = open_store(f"sqlite:///{tmp_path / 'home' / 'conveyor.db'}")
    with opened.begin() as tx:
        users = [User("1", "Olena K.", "olena@acme.example"), User("9", "Guest", "guest@else.example")]
        connections.save_directory(tx, "hubspot", users, NOW)
    yield opened
    opened.close()


def seen_deal(
    remote_id: str,
    *,
    crm_stage: str = "qualifiedtobuy",
    owner: str = "1",
    status: DealStatus = DealStatus.OPEN,
    **changes: Any,
) -> tuple[Deal, Link]:
    """A deal that HubSpot shows on this stage."""
    deal_id = f"deal-{remote_id}"
    values: dict[str, Any] = {
        "section": "lead_generation",
        "stage": "qualification",
        "owner": "olena@acme.example" if owner == "1" else None,
        "fields": {"title": "Sofas", "amount": "1200.50", "currency": "EUR", "budget": "3000"},
        "journey": deal_id,
        "placed": True,
        "stage_since": NOW,
        "updated_at": NOW,
        "created_at": NOW,
    }
    deal = Deal(deal_id, home="hubspot", status=status, **{**values, **changes})
    seen: Values = {"stage": ["default", crm_stage], "owner": owner, "amount": "1200.50"}
    return deal, Link("hubspot", remote_id, deal_id, seen, seen, version="1", url="https://crm.example/1")


def add_deal(store: Store, remote_id: str, **details: Any) -> str:
    """Keep such a deal; returns its id."""
    deal, link = seen_deal(remote_id, **details)
    with store.begin() as tx:
        deals.insert_many(tx, [(deal, link)], "rules")
    return deal.id


def add_handoff(store: Store, deal_id: str, handoff_id: str = "h1", **changes: Any) -> Handoff:
    """A hand-off from Olena to Petar."""
    values: dict[str, Any] = {
        "rule": "Scout to hunter",
        "file": "conveyor.yaml",
        "line": 43,
        "from_section": "lead_generation",
        "to_section": "conversion",
        "from_stage": "qualification",
        "from_member": "olena@acme.example",
        "to_member": "petar@acme.example",
        "status": HandoffStatus.PENDING,
        "offered_at": NOW,
        "due_at": NOW + AN_HOUR,
        "candidates": (Candidate("petar@acme.example", True, "least loaded"),),
    }
    handoff = Handoff(handoff_id, deal_id, **{**values, **changes})
    with store.begin() as tx:
        handoffs.save(tx, handoff)
    return handoff


def park_write(store: Store, deal_id: str, remote_id: str) -> None:
    """A write that HubSpot refused."""
    write = Write("key", deal_id, "hubspot", remote_id, CreateNote("Hello"))
    with store.begin() as tx:
        outbox.add(tx, [write], NOW)
        row = outbox.next_due(tx, deal_id, NOW)
        assert row is not None
        outbox.park(tx, row.id, "Property values were not valid")


def give_up_event(store: Store, deal_id: str) -> None:
    """An event that was given up."""
    with store.begin() as tx:
        inbox.add(tx, [NewEvent(EventKind.LOOK, deal_id, "hubspot", "1")], NOW - AN_HOUR)
        (event,) = inbox.due(tx, [deal_id], NOW)[deal_id]
        inbox.fail(tx, [event.id], NOW, due_at=NOW, error="It is a bug", dead=True)


def printed(ran: Result) -> Any:
    """The JSON of a command that went well."""
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


# --- deals ---


def test_a_deal_has_all_that_scripts_rely_on(conveyor: Conveyor, store: Store) -> None:
    add_deal(store, "1")
    (row,) = printed(conveyor("deals", "--json"))
    assert row["fields"].pop("created_at") == NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert row == {
        "deal": "hubspot:1",
        "connection": "hubspot",
        "external_id": "1",
        "title": "Sofas",
        "pipeline": "Sales Pipeline",
        "pipeline_id": "default",
        "crm_stage": "Qualified to buy",
        "crm_stage_id": "qualifiedtobuy",
        "section": "lead_generation",
        "stage": "qualification",
        "status": "open",
        "owner": "olena@acme.example",
        "crm_owner": "olena@acme.example",
        "amount": "1200.50",
        "currency": "EUR",
        "fields": {
            "budget": "3000",
            "company": None,
            "contact_email": None,
            "contact_name": None,
            "contact_phone": None,
            "contract_end": None,
            "decision_maker": None,
            "lost_reason": None,
            "source": None,
        },
        "stage_since": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "updated_at": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "journey": "deal-1",
        "linked": [],
        "url": "https://crm.example/1",
    }


def test_a_stage_that_is_mapped_nowhere_goes_by_its_id(conveyor: Conveyor, store: Store) -> None:
    add_deal(store, "1", crm_stage="55", status=DealStatus.UNMAPPED, fields={})
    (row,) = printed(conveyor("deals", "--json"))
    assert (row["crm_stage"], row["pipeline"], row["status"]) == ("55", "Sales Pipeline", "unmapped")
    assert (row["section"], row["stage"], row["amount"]) == (None, None, None)


def test_an_owner_outside_the_team_is_the_crm_s_person_only(conveyor: Conveyor, store: Store) -> None:
    add_deal(store, "1", owner="9")
    add_deal(store, "2", owner="777")
    owners = {row["deal"]: (row["owner"], row["crm_owner"]) for row in printed(conveyor("deals", "--json"))}
    assert owners == {"hubspot:1": (None, "guest@else.example"), "hubspot:2": (None, None)}


def test_a_deal_that_was_only_heard_of_is_not_listed(conveyor: Conveyor, store: Store) -> None:
    with store.begin() as tx:
        links.ensure(tx, [Ref("hubspot", "1")], NOW)
    assert printed(conveyor("deals", "--json")) == []
    assert conveyor("deals").stdout == "No deals.\n"


def test_twins_and_deals_of_one_journey_are_linked(conveyor: Conveyor, store: Store) -> None:
    first = add_deal(store, "1", journey="j")
    add_deal(store, "2", journey="j")
    with store.begin() as tx:
        links.save(tx, [Link("bitrix24", "77", first, seen={"stage": ["0", "NEW"]})])
    linked = {row["deal"]: row["linked"] for row in printed(conveyor("deals", "--json"))}
    assert linked == {
        "hubspot:1": ["bitrix24:77", "hubspot:2"],
        "hubspot:2": ["bitrix24:77", "hubspot:1"],
    }


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), {"1", "2", "3"}),
        (("--status", "won"), {"3"}),
        (("--owner", "Olena@acme.example"), {"1", "3"}),
        (("--stage", "meeting"), {"2"}),
        (("--section", "lead_generation"), {"1", "3"}),
        (("--connection", "bitrix24"), set()),
    ],
)
def test_deals_can_be_chosen(
    conveyor: Conveyor, store: Store, arguments: tuple[str, ...], found: set[str]
) -> None:
    add_deal(store, "1")
    add_deal(store, "2", owner="9", section="conversion", stage="meeting")
    add_deal(store, "3", status=DealStatus.WON)
    assert {row["external_id"] for row in printed(conveyor("deals", "--json", *arguments))} == found


def test_lists_are_whole_unless_limited(conveyor: Conveyor, store: Store) -> None:
    with store.begin() as tx:
        deals.insert_many(tx, [seen_deal(str(number)) for number in range(700)], "rules")
    assert len(printed(conveyor("deals", "--json"))) == 700
    assert len(printed(conveyor("deals", "--json", "--limit", "3"))) == 3
    assert conveyor("deals").stdout.count("hubspot:") == 700


# --- handoffs and accept ---


def test_a_handoff_has_all_that_scripts_rely_on(conveyor: Conveyor, store: Store) -> None:
    add_handoff(store, add_deal(store, "1"))
    (row,) = printed(conveyor("handoffs", "--json"))
    details = row.pop("details")
    assert row == {
        "id": "h1",
        "deal": "hubspot:1",
        "from_section": "lead_generation",
        "to_section": "conversion",
        "from_member": "olena@acme.example",
        "to_member": "petar@acme.example",
        "status": "pending",
        "due_at": (NOW + AN_HOUR).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "created_at": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    assert details["candidates"] == [{"member": "petar@acme.example", "chosen": True, "why": "least loaded"}]
    assert "h1  hubspot:1 " in conveyor("handoffs", COLUMNS="60").stdout


def test_only_late_handoffs_are_late(conveyor: Conveyor, store: Store) -> None:
    deal_id = add_deal(store, "1")
    add_handoff(store, deal_id, "early")
    add_handoff(store, deal_id, "late", due_at=NOW - AN_HOUR)
    add_handoff(store, deal_id, "closed", due_at=NOW - AN_HOUR, status=HandoffStatus.ACCEPTED, closed_at=NOW)
    assert [row["id"] for row in printed(conveyor("handoffs", "--late", "--json"))] == ["late"]
    assert [row["id"] for row in printed(conveyor("handoffs", "--status", "accepted", "--json"))] == [
        "closed"
    ]


def test_accepting_leaves_it_to_the_workers(conveyor: Conveyor, store: Store) -> None:
    deal_id = add_deal(store, "1")
    add_handoff(store, deal_id)
    assert printed(conveyor("accept", "h1", "--json"))["id"] == "h1"
    with store.read() as tx:
        (event,) = inbox.due(tx, [deal_id], datetime.now(UTC))[deal_id]
    assert (event.kind, event.data) == (EventKind.MANUAL, {"action": "accept", "handoff": "h1"})
    assert conveyor("accept", "other").exit_code == 1


def test_returning_takes_one_of_the_rules_reasons(conveyor: Conveyor, store: Store) -> None:
    deal_id = add_deal(store, "1")
    add_handoff(store, deal_id)
    refused = conveyor("return", "h1", "--reason", "no idea")
    assert refused.exit_code == 1
    assert "none of its reasons: not ready, " in refused.stderr
    assert printed(conveyor("return", "h1", "--reason", "not ready", "--json"))["id"] == "h1"
    with store.read() as tx:
        (event,) = inbox.due(tx, [deal_id], datetime.now(UTC))[deal_id]
    assert event.data == {"action": "return", "reason": "not ready", "handoff": "h1"}


# --- explain ---


def test_a_story_is_told_in_order_with_what_is_still_open(conveyor: Conveyor, store: Store) -> None:
    deal_id = add_deal(store, "1")
    told = ledger.Entry(
        deal_id, NOW - AN_HOUR, "moved", "olena@acme.example", "Moved.", "conveyor.yaml", 43, data={"a": "b"}
    )
    with store.begin() as tx:
        ledger.add(tx, [told])
        inbox.add(tx, [NewEvent(EventKind.TIMER, deal_id, due_at=NOW + AN_HOUR)], NOW)
    park_write(store, deal_id, "1")
    give_up_event(store, deal_id)
    story = printed(conveyor("explain", "hubspot:1", "--json"))
    assert (set(story), story["deal"]) == ({"deal", "timeline"}, "hubspot:1")
    first = story["timeline"][0]
    assert first["rule"] == {"file": "conveyor.yaml", "line": 43}
    assert (first["actor"], first["summary"], first["details"]["a"]) == ("olena@acme.example", "Moved.", "b")
    assert all(set(line) == set(first) for line in story["timeline"])
    kinds = [line["kind"] for line in story["timeline"]]
    assert sorted(kinds) == ["event_dead", "event_scheduled", "moved", "write_parked"]
    assert [line["at"] for line in story["timeline"]] == sorted(line["at"] for line in story["timeline"])
    text = conveyor("explain", "hubspot:1").stdout
    assert "Property values were not valid" in text
    assert "[conveyor.yaml:43]" in text


def test_a_deal_that_nobody_knows_is_a_problem(conveyor: Conveyor, store: Store) -> None:
    ran = conveyor("explain", "hubspot:404")
    assert (ran.exit_code, "No deal hubspot:404 is known" in ran.stderr) == (1, True)


# --- status ---


def test_the_status_has_all_that_scripts_rely_on(conveyor: Conveyor, store: Store) -> None:
    deal_id = add_deal(store, "1")
    add_handoff(store, deal_id, "late", due_at=NOW - AN_HOUR)
    with store.begin() as tx:
        inbox.add(tx, [NewEvent(EventKind.POLL, deal_id, "hubspot", "1")], datetime.now(UTC) - AN_HOUR)
        connections.save_error(tx, "bitrix24", "The portal is blocked", NOW)
    found = printed(conveyor("status", "--json"))
    assert found["handoffs"] == {"offered": 1, "accepted": 0, "returned": 0, "open": 1, "late": 1}
    assert {name: found["inbox"][name] for name in ("pending", "scheduled", "held", "done", "dead")} == {
        "pending": 1,
        "scheduled": 0,
        "held": 0,
        "done": 0,
        "dead": 0,
    }
    assert {"pending", "done", "dead"} <= found["outbox"].keys()
    hubspot, bitrix24 = found["connections"]["hubspot"], found["connections"]["bitrix24"]
    assert 3600 <= hubspot["lag_seconds"] < 3900
    assert (hubspot["ok"], hubspot["error"]) == (True, None)
    assert (bitrix24["ok"], bitrix24["error"], bitrix24["lag_seconds"]) == (False, "The portal is blocked", 0)
    assert {"last_event_at", "last_poll_at"} <= hubspot.keys()


def test_alarms_are_told_once_each(conveyor: Conveyor, store: Store) -> None:
    for number in ("1", "2"):
        add_deal(store, number, crm_stage="55", status=DealStatus.UNMAPPED)
    deal_id = add_deal(store, "3")
    add_handoff(store, deal_id, status=HandoffStatus.WAITING, to_member=None, due_at=None)
    park_write(store, deal_id, "3")
    with store.begin() as tx:
        connections.pause(tx, "hubspot", datetime.now(UTC) + AN_HOUR, "The token is refused")
    alarms = printed(conveyor("status", "--json"))["alarms"]
    assert [(alarm["kind"], alarm["connection"]) for alarm in alarms] == [
        ("paused", "hubspot"),
        ("dead_letters", None),
        ("unmapped_stage", "hubspot"),
        ("nobody_free", None),
    ]
    assert "2 deals" in alarms[2]["message"]
    text = conveyor("status").stdout
    assert "! hubspot: Paused until" in text
    assert "The token is refused" in text


def test_a_missed_deadline_is_an_alarm_until_the_hand_off_is_answered(
    conveyor: Conveyor, store: Store
) -> None:
    deal_id = add_deal(store, "1")
    add_handoff(store, deal_id, late_steps=1, due_at=datetime.now(UTC) + AN_HOUR)
    [alarm] = printed(conveyor("status", "--json"))["alarms"]
    assert (alarm["kind"], alarm["message"].startswith("1 hand-off was not accepted in time")) == (
        "missed_deadlines",
        True,
    )
    add_handoff(store, deal_id, late_steps=1, status=HandoffStatus.ACCEPTED, closed_at=NOW)
    assert printed(conveyor("status", "--json"))["alarms"] == []


def test_a_quiet_house_has_no_alarms(conveyor: Conveyor, store: Store) -> None:
    add_deal(store, "1")
    assert printed(conveyor("status", "--json"))["alarms"] == []
    assert "No alarms." in conveyor("status").stdout


# --- dead ---


def test_dead_letters_can_be_tried_again_and_dropped(conveyor: Conveyor, store: Store) -> None:
    deal_id = add_deal(store, "1")
    park_write(store, deal_id, "1")
    give_up_event(store, deal_id)
    event, write = printed(conveyor("dead", "list", "--json"))
    assert (event["id"], event["deal"], event["error"]) == ("event:1", "hubspot:1", "It is a bug")
    assert (write["id"], write["kind"], write["error"]) == (
        "write:1",
        "note",
        "Property values were not valid",
    )
    assert printed(conveyor("dead", "show", "write:1", "--json"))["timeline"]
    assert conveyor("dead", "retry", "event:1").exit_code == 0
    assert [row["id"] for row in printed(conveyor("dead", "list", "--json"))] == ["write:1"]
    assert conveyor("dead", "retry", "event:1").exit_code == 1
    refused = conveyor("dead", "drop", "--all")
    assert (refused.exit_code, "add --yes" in refused.stderr) == (1, True)
    assert printed(conveyor("dead", "drop", "--all", "--yes", "--json")) == {"changed": 1}
    assert printed(conveyor("dead", "list", "--json")) == []
    with store.read() as tx:
        assert inbox.counts(tx, datetime.now(UTC)).pending == 1
        assert outbox.counts(tx, datetime.now(UTC)).dead == 0


# --- apply, with deals ---


def test_deals_that_stand_elsewhere_now_are_placed_anew(
    conveyor: Conveyor, store: Store, config: Path
) -> None:
    add_deal(store, "1")
    add_deal(store, "2", crm_stage="contractsent", stage_since=NOW, section="conversion")
    add_deal(store, "3", status=DealStatus.DELETED)
    mapping = config / "mappings" / "hubspot.yaml"
    text = mapping.read_text()
    mapping.write_text(text.replace("is: qualification}", "is: meeting}"))
    applied = printed(conveyor("apply", "--json"))
    assert (applied["version"], applied["changed"], applied["deals_looked_at"]) == (2, True, 2)
    with store.read() as tx:
        due = inbox.due(tx, ["deal-1", "deal-2", "deal-3"], datetime.now(UTC))
    assert {deal_id: [event.kind for event in events] for deal_id, events in due.items()} == {
        "deal-1": [EventKind.CONFIG],
        "deal-2": [EventKind.CONFIG],
    }

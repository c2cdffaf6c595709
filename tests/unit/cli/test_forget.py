"""`conveyor forget`: what goes is shown first, then a word of agreement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from mapping.model import CreateNote, Deal, DealStatus, Link, Values, Write
from store import deals, ledger, outbox
from store.database import Store, open_store

NOW = datetime.now(UTC).replace(microsecond=0)
ADA = "ada@customer.example"

Conveyor = Callable[..., Result]


@pytest.fixture
def store(conveyor: Conveyor, tmp_path: Path) -> Iterator[Store]:
    """The database under version 1 of the rules, with one deal of Ada's."""
    assert conveyor("apply").exit_code == 0
    opened = open_store(f"sqlite:///{tmp_path / 'home' / 'conveyor.db'}")
    fields: Values = {"contact_email": ADA, "contact_name": "Ada Buyer"}
    deal = Deal("d1", "d1", "hubspot", DealStatus.OPEN, fields=fields, placed=True)
    with opened.begin() as tx:
        deals.insert_many(tx, [(deal, Link("hubspot", "91", "d1", fields, fields))], "rules")
    yield opened
    opened.close()


def fields(store: Store) -> Values:
    with store.read() as tx:
        return deals.load(tx, ["d1"])["d1"].fields


def test_it_is_shown_first_and_nothing_is_done_without_a_word(conveyor: Conveyor, store: Store) -> None:
    ran = conveyor("forget", ADA)
    assert ran.exit_code == 1
    assert "hubspot:91" in ran.stdout
    assert "add --yes" in ran.stderr
    assert fields(store)["contact_email"] == ADA


def test_with_yes_it_is_done_and_the_ledger_says_so(conveyor: Conveyor, store: Store) -> None:
    ran = conveyor("forget", ADA.upper(), "--yes")
    assert ran.exit_code == 0, ran.stderr
    assert "Taken out of 2 rows." in ran.stdout
    assert fields(store) == {}
    with store.read() as tx:
        [last, *_] = ledger.recent(tx, 1)
    assert last.kind == "forgotten"
    assert "ada" not in f"{last.summary} {last.data}".lower()


def test_json_for_scripts(conveyor: Conveyor, store: Store) -> None:
    asked = conveyor("forget", ADA, "--json")
    assert asked.exit_code == 1
    assert json.loads(asked.stdout)["done"] is False
    ran = conveyor("forget", ADA, "--json", "--yes")
    assert ran.exit_code == 0
    said = json.loads(ran.stdout)
    file_rewritten = said.pop("file_rewritten")
    assert file_rewritten in (True, False)  # this test has the file open too
    assert said == {
        "found": {"deals": 1, "links": 1},
        "kept_in_crms": ["hubspot:91"],
        "versions_kept": 0,
        "done": True,
        "removed": {"deals": 1, "links": 1},
        "waiting": {},
    }
    again = conveyor("forget", ADA, "--json", "--yes")
    assert (again.exit_code, json.loads(again.stdout)["found"]) == (0, {})


def test_a_deal_that_waits_is_said_and_ends_in_one(conveyor: Conveyor, store: Store) -> None:
    with store.begin() as tx:
        write = Write("note", "d1", "hubspot", "91", CreateNote("Call Ada Buyer"))
        outbox.add(tx, [write], NOW + timedelta(hours=1))
    ran = conveyor("forget", ADA, "--yes", "--wait", "0")
    assert ran.exit_code == 1
    assert "is on its way" in ran.stdout
    assert "1 deal waits" in ran.stderr
    assert fields(store)["contact_email"] == ADA


def test_nobody_and_no_email(conveyor: Conveyor, store: Store) -> None:
    ran = conveyor("forget", "nobody@else.example")
    assert (ran.exit_code, ran.stdout.strip()) == (0, "Nothing is held about this person.")
    assert conveyor("forget", "nobody").exit_code == 1


def test_who_is_on_the_team_stays(conveyor: Conveyor, store: Store) -> None:
    ran = conveyor("forget", "petar@acme.example", "--yes")
    assert ran.exit_code == 1
    assert "conveyor rehome" in ran.stderr

"""Forgetting a person: a full database, and afterwards no trace in any column of any table but the tombstone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from connectors.local import MemoryGrants, NoBudget
from mapping.model import (
    Actor,
    ActorKind,
    Candidate,
    Correction,
    CreateDeal,
    CreateNote,
    CreateTask,
    Deal,
    DealStatus,
    EventKind,
    Handoff,
    HandoffStatus,
    Hint,
    Link,
    Person,
    Record,
    Ref,
    UpdateDeal,
    Values,
    Write,
    WriteBody,
)
from mapping.phrases import in_language, phrase
from store import (
    api_tokens,
    audit,
    codec,
    connections,
    deals,
    handoffs,
    inbox,
    leases,
    ledger,
    links,
    outbox,
    personal,
    rulesets,
    samples,
    sessions,
    turns,
    users,
)
from store.audit import Deed
from store.connections import User
from store.database import Store
from store.inbox import NewEvent
from sync.actions import NotPossible
from sync.forgetting import forget as forgetting
from sync.forgetting import places
from sync.forgetting.forget import ASKED_FOR, IN_WORK, ON_ITS_WAY, PARKED, Forgotten
from sync.house import NoWake
from sync.runtime import Connectors, Runtime

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
ADA, NAME, PHONE, COMPANY = "ada@customer.example", 'Ada "Countess" Бюргер', "+1 555 0100", "Byron Ltd"
LEFT, LEFT_NAME = "left@acme.example", "Lea Left"
BOB = {"contact_name": "Bob", "contact_email": "nada@customer.example", "contact_phone": "7", "company": "B"}
THEIRS = {"contact_name": NAME, "contact_email": "Ada@Customer.example", "contact_phone": PHONE}
FIELDS = {**THEIRS, "company": COMPANY, "title": f"Fleet for {NAME}", "amount": "5"}
CONFIG = Path(__file__).parents[3] / "config"
FILES = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
LEA = "  - {name: Lea Left, email: left@acme.example, roles: [hunter]}\n"
BEFORE = {**FILES, "team.yaml": FILES["team.yaml"] + LEA}


@pytest.fixture
def runtime(store: Store) -> Runtime:
    """A house over a database that two people stand in everywhere."""
    none = Connectors(grants=lambda name: MemoryGrants(), budget=lambda name, crm: NoBudget(), environment={})
    with store.begin() as tx:
        connections.ensure(tx, ["hubspot"], LONG_AGO)
        add_deal(tx, "d1", FIELDS)
        add_deal(tx, "d2", {**BOB, "title": f"Not {NAME}"})
        add_work(tx, "d1")
        add_staff(tx, "d1")
        add_house(tx)
    return Runtime(store, NoWake(), none, now=lambda: NOW)


def add_deal(tx: Connection, deal_id: str, fields: Values) -> None:
    """A deal with its record, as the CRM showed it."""
    deal = Deal(
        deal_id, deal_id, "hubspot", DealStatus.OPEN, "conversion", "meeting", fields=fields, placed=True
    )
    seen: Values = {**fields, "stage": ["default", "meeting"], "owner": "8"}
    with_tasks = {f"handoff:h1:{LEFT}": "t1"}
    deals.insert_many(
        tx,
        [(deal, Link("hubspot", f"9{deal_id}", deal_id, seen, seen, version="v1", tasks=with_tasks))],
        None,
    )


def add_work(tx: Connection, deal_id: str) -> None:
    """What was done on a deal: events, writes, and the story."""
    ref = Ref("hubspot", f"9{deal_id}")
    record = Record(ref, FIELDS, "v1")
    hint = Hint(ref.remote_id, actor=Actor(ActorKind.PERSON, "8"), field="contact_email", value=ADA)
    events = [
        NewEvent(EventKind.POLL, deal_id, "hubspot", ref.remote_id, record=record, hint=hint),
        NewEvent(EventKind.MANUAL, deal_id, data={"action": "return", "reason": f"{NAME} is away"}),
    ]
    inbox.add(tx, events, LONG_AGO)
    due = inbox.due(tx, [deal_id], NOW)[deal_id]
    inbox.fail(tx, [due[0].id], NOW, due_at=NOW, error=f"{ADA} is no contact", dead=False)
    inbox.done(tx, [due[1].id], LONG_AGO)
    contact = Person(NAME, ADA, PHONE)
    bodies: tuple[WriteBody, ...] = (
        CreateDeal(deal_id, FIELDS, contact, COMPANY),
        UpdateDeal({"contact_email": None, "title": ""}, {"contact_email": ADA, "title": NAME}),
        CreateNote(f"Call\n{NAME}\nat {PHONE} or {ADA}."),
        CreateTask(f"Call {NAME}", "", "8", NOW),
    )
    for number, body in enumerate(bodies):
        outbox.add(tx, [Write(f"key:{number}:{LEFT}", deal_id, "hubspot", ref.remote_id, body)], LONG_AGO)
    settle_writes(tx, deal_id)
    told = [
        ledger.Entry(
            deal_id, LONG_AGO, "edited", "conveyor", f"{NAME} <{ADA}>", data={"who": NAME, "owner": LEFT}
        )
    ]
    ledger.add(tx, told)


def settle_writes(tx: Connection, deal_id: str) -> None:
    """All writes of a deal got their receipts long ago."""
    for row in outbox.open_rows(tx, [deal_id], attempted_since=LONG_AGO).get(deal_id, []):
        outbox.receipt(tx, outbox.start(tx, row.id, LONG_AGO).id, LONG_AGO, "1")


def add_staff(tx: Connection, deal_id: str) -> None:
    """Somebody who worked here."""
    deal = deals.load(tx, [deal_id])[deal_id]
    words = phrase("Moved by {person}", person=LEFT_NAME)
    correction = Correction("k", "role", "hunter", "r", "conveyor.yaml", 1, "warn", words, LEFT, False)
    deals.save(tx, replace(deal, owner=LEFT, correction=correction), None)
    passed = Handoff(
        "h1",
        deal_id,
        "r",
        "conveyor.yaml",
        1,
        "leads",
        "conversion",
        "qualification",
        LEFT,
        LEFT,
        HandoffStatus.RETURNED,
        LONG_AGO,
        closed_at=NOW,
        reason=words,
        candidates=(Candidate(LEFT, True, f"turn of {LEFT_NAME}"),),
    )
    handoffs.save(tx, passed)
    ledger.add(tx, [ledger.Entry("d2", LONG_AGO, "moved", LEFT, f"Moved by {LEFT_NAME}.")])
    turns.take(tx, "hunter", LEFT, expected_taken=0, taken=1, now=LONG_AGO)
    users.add(tx, users.User(LEFT, "head", "hash", LONG_AGO, LONG_AGO))
    sessions.begin(tx, "t", LEFT, LONG_AGO, NOW)
    api_tokens.add(tx, LEFT, "script", "hash", LONG_AGO)
    audit.add(tx, Deed(LONG_AGO, LEFT, "signed_in", LEFT, "203.0.113.7", {"name": LEFT_NAME}))
    rulesets.activate(tx, "h0", BEFORE, by=LEFT, message=f"by {LEFT}", now=LONG_AGO)
    rulesets.activate(tx, "h1", FILES, by="root@host", message=None, now=LONG_AGO)


def add_house(tx: Connection) -> None:
    """What belongs to no deal."""
    people = [User("8", LEFT_NAME, LEFT.upper()), User("9", "Bob", "bob@acme.example")]
    connections.save_directory(tx, "hubspot", people, LONG_AGO)
    connections.save_error(tx, "hubspot", f"{LEFT} may not do that", NOW)
    samples.add(tx, "hubspot", reason="odd", body=f'{{"email": "{ADA}", "name": "{NAME}"', now=NOW)
    samples.add(tx, "hubspot", reason="odd", body="{", now=NOW)


def texts(store: Store) -> Iterator[tuple[str, str, str]]:
    """Every text of every table, but for the admin's own documents, with its place."""
    with store.read() as tx:
        for table in personal.TABLES.values():
            for row in tx.execute(select(table)).mappings():
                for name, value in row.items():
                    if isinstance(value, str) and (table.name, name) not in places.KEPT:
                        yield table.name, name, value


def traces(store: Store, *words: str) -> list[tuple[str, str]]:
    """Where any of the words stands."""
    folded = [word.lower() for word in words] + [word.replace('"', '\\"').lower() for word in words]
    return [
        (table, name)
        for table, name, value in texts(store)
        if any(word in value.replace("nada@", "").lower() for word in folded)
    ]


def forget(runtime: Runtime, email: str, wait_s: float = 0.0) -> Forgotten:
    """Forget somebody as the command does."""
    found = forgetting.look(runtime, email)
    return forgetting.forget(runtime, found, name="f00d", by="root@host", wait_s=wait_s)


def test_no_trace_of_a_contact_is_left(runtime: Runtime, store: Store) -> None:
    before = {table for table, _ in traces(store, ADA)}
    assert before == {"deals", "links", "inbox", "outbox", "ledger", "samples"}
    done = forget(runtime, ADA)
    assert (done.waiting, set(done.rows)) == ({}, before)
    assert traces(store, ADA, PHONE, COMPANY) == []
    # The name stands in a deal that has nothing else of hers: there it is somebody else's.
    assert set(traces(store, NAME)) == {("deals", "body"), ("links", "body")}
    with store.read() as tx:
        assert deals.load(tx, ["d2"])["d2"].fields["title"] == f"Not {NAME}"
        assert deals.load(tx, ["d1"])["d1"].fields == {"amount": "5"}
        [link] = links.load(tx, ["d1"])["d1"]
        assert link.seen == link.sent == {"amount": "5", "stage": ["default", "meeting"], "owner": "8"}
        assert link.version is None


def test_no_trace_of_staff_is_left(runtime: Runtime, store: Store) -> None:
    found = forgetting.look(runtime, LEFT)
    assert (found.versions, found.kept_in_crms) == (1, ("hubspot",))
    done = forget(runtime, LEFT)
    assert done.waiting == {}
    assert traces(store, LEFT, LEFT_NAME, "203.0.113.7") == []
    with store.read() as tx:
        assert deals.load(tx, ["d1"])["d1"].owner is None
        assert users.listing(tx) == []
        [handoff] = handoffs.of_deals(tx, ["d1"])["d1"]
        assert (handoff.from_member, str(handoff.reason)) == (None, "Moved by forgotten")
        assert [user.id for user in connections.load(tx, "hubspot").directory] == ["9"]
        assert connections.load(tx, "hubspot").directory_at == NOW
        assert rulesets.history(tx)[1].files == BEFORE


def test_no_language_names_staff_in_the_story(runtime: Runtime, store: Store) -> None:
    late = phrase("{person} did not accept in time", person=LEFT_NAME)
    reasons = [phrase("{person}: {why}", person=LEFT, why=late), "in their own words"]
    with store.begin() as tx:
        told = ledger.Entry("d1", NOW, "late", "conveyor", late, data={"reasons": reasons, "why": late})
        ledger.add(tx, [told])
    assert ("ledger", "said") in traces(store, LEFT)
    forget(runtime, LEFT)

    assert traces(store, LEFT, LEFT_NAME) == []
    with store.read() as tx:
        [entry] = ledger.of_kinds(tx, ["d1"], ["late"])
    again = entry.data["reasons"]
    assert isinstance(again, list)
    for language in ("en", "uk", "ru", "bg"):
        told_now = [in_language(text, language) for text in (entry.summary, *again)]
        assert not any(word in text for word in (LEFT, LEFT_NAME) for text in told_now)
        assert told_now[0].startswith("forgotten") and told_now[-1] == "in their own words"
    assert in_language(entry.summary, "uk") == "forgotten: угоду не прийнято вчасно"


def test_the_tombstone_tells_that_and_not_who(runtime: Runtime, store: Store) -> None:
    done = forget(runtime, ADA)
    with store.read() as tx:
        [last] = ledger.recent(tx, 1)
    assert (last.deal_id, last.at, last.kind, last.actor) == (None, NOW, "forgotten", "root@host")
    assert last.data == {"person": "f00d", **done.rows}


def test_other_people_stay_as_they_are(runtime: Runtime, store: Store) -> None:
    with store.read() as tx:
        before = links.load(tx, ["d2"])["d2"], deals.load(tx, ["d2"])["d2"]
    forget(runtime, ADA)
    with store.read() as tx:
        assert (links.load(tx, ["d2"])["d2"], deals.load(tx, ["d2"])["d2"]) == before
        assert len(samples.listing(tx)) == 1


def test_a_second_time_finds_nothing(runtime: Runtime, store: Store) -> None:
    forget(runtime, ADA)
    forget(runtime, LEFT)
    assert all(forgetting.look(runtime, email).total == 0 for email in (ADA, LEFT))
    count = len(list(texts(store)))
    assert forget(runtime, ADA).total == 0
    assert len(list(texts(store))) == count, "no second tombstone"


def test_all_rows_can_be_read_afterwards(runtime: Runtime, store: Store) -> None:
    forget(runtime, ADA)
    forget(runtime, LEFT)
    with store.read() as tx:
        assert len(list(deals.listing(tx))) == 2
        assert inbox.due(tx, ["d1"], NOW + timedelta(hours=1))["d1"][0].record is None
        for row in personal.of_deals(tx, "outbox", ["d1"]):
            codec.write.validate_json(row["body"])
        assert len(ledger.recent(tx, 100)) == 4
        assert audit.recent(tx, 10)[0].actor == "forgotten"


def test_the_crms_that_hold_the_contact_are_named(runtime: Runtime) -> None:
    assert forgetting.look(runtime, ADA).kept_in_crms == ("hubspot:9d1",)


def test_a_deal_in_work_waits(runtime: Runtime, store: Store) -> None:
    with store.begin() as tx:
        assert leases.acquire(tx, "d1", "worker", NOW, 60)
    assert forget(runtime, ADA).waiting == {"hubspot:9d1": IN_WORK}
    assert ("deals", "body") in traces(store, ADA)
    with store.begin() as tx:
        leases.guard(tx, "d1", "worker", NOW, 60)  # still theirs

    def finish() -> None:
        with store.begin() as tx:
            leases.release(tx, ["d1"], "worker")

    worker = threading.Timer(0.1, finish)
    worker.start()
    assert forget(runtime, ADA, wait_s=20).waiting == {}
    worker.join()
    assert traces(store, ADA) == []


@pytest.mark.parametrize(
    ("state", "why"),
    [("pending", ON_ITS_WAY), ("sending", ON_ITS_WAY), ("superseded", ON_ITS_WAY), ("parked", PARKED)],
)
def test_a_write_on_its_way_is_neither_lost_nor_emptied(
    runtime: Runtime, store: Store, state: str, why: str
) -> None:
    write = Write("note", "d1", "hubspot", "9d1", CreateNote(f"Call {NAME}"))
    with store.begin() as tx:
        outbox.add(tx, [write], NOW)
        row = outbox.next_due(tx, "d1", NOW)
        assert row is not None
        if state != "pending":
            outbox.start(tx, row.id, NOW)
        if state == "superseded":  # it may land late
            outbox.supersede(tx, [row.id])
        if state == "parked":
            outbox.park(tx, row.id, "no")
    assert forget(runtime, ADA).waiting == {"hubspot:9d1": why}
    with store.read() as tx:
        kept = outbox.open_rows(tx, ["d1"], attempted_since=LONG_AGO + timedelta(hours=1))["d1"]
    assert [row.write for row in kept] == [write]


def test_what_tells_the_name_goes_last(runtime: Runtime, store: Store) -> None:
    write = Write("note", "d2", "hubspot", "9d2", CreateNote(f"Ask {LEFT_NAME}"))
    with store.begin() as tx:
        outbox.add(tx, [write], NOW)
    assert forget(runtime, LEFT).waiting == {"hubspot:9d2": ON_ITS_WAY}
    with store.begin() as tx:
        assert [user.email for user in users.listing(tx)] == [LEFT]
        settle_writes(tx, "d2")
    assert forget(runtime, LEFT).waiting == {}
    assert traces(store, LEFT, LEFT_NAME) == []


def test_what_a_person_asked_for_is_done_first(runtime: Runtime, store: Store) -> None:
    with store.begin() as tx:
        data = {"action": "return", "reason": f"{NAME} left"}
        inbox.add(tx, [NewEvent(EventKind.MANUAL, "d1", data=data)], NOW)
    assert forget(runtime, ADA).waiting == {"hubspot:9d1": ASKED_FOR}


def test_who_has_an_open_handoff_is_not_forgotten(runtime: Runtime, store: Store) -> None:
    with store.begin() as tx:
        passed = handoffs.load(tx, "h1")
        assert passed is not None
        handoffs.save(tx, replace(passed, status=HandoffStatus.PENDING))
    with pytest.raises(NotPossible, match="open hand-off"):
        forgetting.look(runtime, LEFT)


def test_who_is_on_the_team_is_not_forgotten(runtime: Runtime, store: Store) -> None:
    with store.begin() as tx:
        rulesets.activate(tx, "h2", BEFORE, by="root@host", message=None, now=NOW)
    with pytest.raises(NotPossible, match=r"out of team\.yaml"):
        forgetting.look(runtime, LEFT)


def test_a_name_that_a_colleague_has_too_stays(runtime: Runtime, store: Store) -> None:
    with store.begin() as tx:
        people = [User("8", LEFT_NAME, LEFT), User("9", LEFT_NAME, "other@acme.example")]
        connections.save_directory(tx, "hubspot", people, NOW)
    forget(runtime, LEFT)
    assert traces(store, LEFT) == []
    assert ("ledger", "summary") in traces(store, LEFT_NAME)


def test_nothing_is_left_in_the_file(runtime: Runtime, store: Store, tmp_path: Path) -> None:
    forget(runtime, ADA)
    forget(runtime, LEFT)
    assert store.shrink() is (store.dialect == "sqlite")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("store.db*"))
    assert not any(word.encode() in kept.replace(b"nada@", b"") for word in (ADA, PHONE, COMPANY))

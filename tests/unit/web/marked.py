"""A house in which every deal bears marks of its own wherever people write: one that shows up tells whence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from mapping.model import (
    Candidate,
    CreateNote,
    Deal,
    DealStatus,
    EventKind,
    Handoff,
    HandoffStatus,
    Link,
    Value,
    Write,
)
from store import deals, handoffs, inbox, ledger, links, outbox
from store.inbox import NewEvent
from store.ledger import Entry
from sync.runtime import Runtime

from .serving import CONFIG

NOW = datetime.now(UTC).replace(microsecond=0)
OLENA, PETAR, MARIA, IVAN = (f"{name}@acme.example" for name in ("olena", "petar", "maria", "ivan"))
CALLS, OTHER_CALLS = "calls@outsourced.example", "other@outsourced.example"


@dataclass(frozen=True)
class Marked:
    """One deal: its id and its number in the CRM, where it stands, and the marks that only it bears."""

    name: str
    number: int
    section: str | None
    stage: str | None
    owner: str | None
    status: DealStatus = DealStatus.OPEN
    journey: str | None = None

    @property
    def ref(self) -> str:
        return f"hubspot:{self.number}"

    @property
    def words(self) -> str:
        """Begins all that is written on it."""
        return f"Mark-{self.name}-"

    @property
    def money(self) -> str:
        return f"{7310000 + self.number}"

    def is_in(self, text: str) -> bool:
        """Whether a page or an answer says anything that stands on this deal."""
        digits = text.translate(dict.fromkeys(map(ord, " ,.'\u00a0\u202f"))).replace("&nbsp;", "")
        return self.words.lower() in text.lower() or self.money in digits


SCOUTED = Marked("scouted", 101, "lead_generation", "prospecting", OLENA)
CALLED = Marked("called", 102, "lead_generation", "prospecting", CALLS)
SECOND_CALL = Marked("second-call", 103, "lead_generation", "qualification", OTHER_CALLS)
OFFERED = Marked("offered", 104, "conversion", "meeting", PETAR)
HUNTED = Marked("hunted", 105, "conversion", "proposal", PETAR)
WON = Marked("won", 106, "conversion", "won", PETAR, DealStatus.WON)
KEPT = Marked("kept", 107, "retention", "growth", MARIA, journey="won")
PARKED = Marked("parked", 108, "lead_generation", "prospecting", OLENA, DealStatus.UNMAPPED)
IGNORED = Marked("ignored", 109, "lead_generation", "prospecting", OLENA, DealStatus.IGNORED)
DELETED = Marked("deleted", 110, "lead_generation", "prospecting", OLENA, DealStatus.DELETED)
RETURNED = Marked("returned", 111, "lead_generation", "qualification", OLENA)
GIVEN_OUT = Marked("given-out", 112, "conversion", "meeting", CALLS)
DEALS = (
    *(
        SCOUTED,
        CALLED,
        SECOND_CALL,
        OFFERED,
        HUNTED,
        WON,
        KEPT,
        PARKED,
        IGNORED,
        DELETED,
        RETURNED,
        GIVEN_OUT,
    ),
)

SEEN_BY = {
    "admin@acme.example": DEALS,
    IVAN: DEALS,
    OLENA: (SCOUTED, CALLED, SECOND_CALL, RETURNED),
    PETAR: (OFFERED, HUNTED, WON, GIVEN_OUT),
    MARIA: (KEPT,),
    CALLS: (CALLED, GIVEN_OUT),  # the second one by an open hand-off to them, though it stands elsewhere
    OTHER_CALLS: (SECOND_CALL,),
    "stranger@acme.example": (),
}
"""Whose marks may stand in any answer to them, and must in some."""

HANDOFFS = {
    "h-offered": OFFERED,
    "h-hunted": HUNTED,
    "h-returned": RETURNED,
    "h-out": GIVEN_OUT,
    "h-waiting": OFFERED,
}


def config(folder: Path) -> Path:
    """The example rules, with two call centres on the team, and a quota that is Petar's alone."""
    for file in [*CONFIG.glob("*.yaml"), *CONFIG.glob("mappings/*.yaml")]:
        copy = folder / file.relative_to(CONFIG)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    team = folder / "team.yaml"
    more = "".join(f"  - {{name: Calls, email: {email}, roles: [scout]}}\n" for email in (CALLS, OTHER_CALLS))
    quota = "quota: {amount: 7654321, currency: EUR, per: month}"
    known = team.read_text(encoding="utf-8").replace("roles: [hunter]}", f"roles: [hunter], {quota}}}")
    assert quota in known
    team.write_text(known + more, encoding="utf-8")
    return folder


def fill(runtime: Runtime) -> None:
    """Store all of them, with stories, hand-offs, dead letters and refused writes."""
    with runtime.store.begin() as tx:
        for number, marked in enumerate(DEALS):
            deals.save(tx, _deal(marked), runtime.rules.get().hash)
            links.save(tx, [_link(marked)])
            ledger.add(tx, _story(marked, NOW - timedelta(days=2, minutes=number)))
            _give_up(tx, runtime, marked)
        for handoff in _handoffs():
            handoffs.save(tx, handoff)


def _deal(marked: Marked) -> Deal:
    names = ("title", "contact_name", "contact_email", "contact_phone", "company", "source", "decision_maker")
    fields: dict[str, Value] = {name: f"{marked.words}{name}" for name in names}
    if marked is RETURNED:
        fields["source"] = "web"  # the section that returned it counts it by its source, too
    return Deal(
        marked.name,
        journey=marked.journey or marked.name,
        home="hubspot",
        status=marked.status,
        section=marked.section,
        stage=marked.stage,
        owner=marked.owner,
        fields={**fields, "amount": marked.money, "currency": "EUR"},
        placed=True,
        stage_since=NOW - timedelta(days=1),
        created_at=NOW - timedelta(days=3),
        updated_at=NOW - timedelta(hours=1),
    )


def _link(marked: Marked) -> Link:
    seen: dict[str, Value] = {
        "stage": ["default", "appointmentscheduled"],
        "title": f"{marked.words}seen",
        "amount": marked.money,
        "contact_name": f"{marked.words}contact",
    }
    url = f"https://crm.example.com/{marked.words}url"
    return Link("hubspot", str(marked.number), marked.name, seen=seen, sent=seen, url=url)


def _story(marked: Marked, at: datetime) -> list[Entry]:
    on_the_line = marked.status in (DealStatus.OPEN, DealStatus.WON)
    came = "placed" if on_the_line else "unmapped"  # never anybody's work in any section
    standing: dict[str, Value] = {
        "to": marked.stage if on_the_line else None,
        "section": marked.section if on_the_line else None,
        "owner": marked.owner,
        "connection": "hubspot",
        "amount": marked.money,
        "currency": "EUR",
    }
    placed = Entry(marked.name, at, came, "conveyor", f"{marked.words}placed", data=standing)
    words: dict[str, Value] = {"rule": f"{marked.words}rule", "reason": f"{marked.words}why", **standing}
    broken = Entry(
        marked.name, at, "violation_warn", marked.owner or "conveyor", f"{marked.words}broken", data=words
    )
    return [placed, broken]


def _give_up(tx: Connection, runtime: Runtime, marked: Marked) -> None:
    inbox.add(tx, [NewEvent(EventKind.WEBHOOK, marked.name, "hubspot")], NOW)
    event = inbox.due(tx, [marked.name], runtime.now())[marked.name][0]
    inbox.fail(tx, [event.id], NOW, due_at=NOW, error=f"{marked.words}error", dead=True)
    note = Write(
        f"note {marked.name}", marked.name, "hubspot", str(marked.number), CreateNote(f"{marked.words}note")
    )
    outbox.add(tx, [note], NOW)


def _handoffs() -> list[Handoff]:
    pending, accepted, returned = HandoffStatus.PENDING, HandoffStatus.ACCEPTED, HandoffStatus.RETURNED
    return [
        _handoff("h-offered", OFFERED, OLENA, PETAR, pending),
        _handoff("h-hunted", HUNTED, OLENA, PETAR, accepted),
        _handoff("h-returned", RETURNED, OLENA, PETAR, returned),
        _handoff("h-out", GIVEN_OUT, OTHER_CALLS, CALLS, pending),
        _handoff("h-waiting", OFFERED, OLENA, None, HandoffStatus.WAITING),
    ]


def _handoff(id: str, marked: Marked, giver: str, receiver: str | None, status: HandoffStatus) -> Handoff:
    return Handoff(
        id=id,
        deal_id=marked.name,
        rule="Scout to hunter",
        file="conveyor.yaml",
        line=41,
        from_section="lead_generation",
        to_section="conversion",
        from_stage="qualification",
        from_member=giver,
        to_member=receiver,
        status=status,
        offered_at=NOW - timedelta(hours=3),
        due_at=NOW - timedelta(hours=1),
        closed_at=NOW if status in (HandoffStatus.ACCEPTED, HandoffStatus.RETURNED) else None,
        # A returned one counts for both sections, with the reason that its receiver gave.
        reason="not ready" if status is HandoffStatus.RETURNED else f"{marked.words}reason",
        defects=(f"{marked.words}missing",),
        candidates=(Candidate(IVAN, chosen=False, why=f"{marked.words}passed-over"),),
    )

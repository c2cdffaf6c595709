"""Fills a database with a month of work on the example line, so that every page has something to show."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mapping.condition_words import must_be_filled_in
from mapping.model import Candidate, Deal, DealStatus, EventKind, Handoff, HandoffStatus, Link, Ref, Value
from mapping.ruleset import Ruleset
from store import connections, deals, handoffs, inbox, ledger, links
from store.inbox import NewEvent
from store.links import deal_id_for
from sync.core.words import answers, choosing, notes, reasons
from sync.core.words import story as told
from sync.runtime import Runtime

OLENA, PETAR, IVAN, MARIA = (f"{name}@acme.example" for name in ("olena", "petar", "ivan", "maria"))
OF_SECTION = {"lead_generation": [OLENA], "conversion": [PETAR, IVAN], "retention": [MARIA]}
LATE, IN_TIME, WAITING = "hubspot:1003", "copper:1007", "close:1011"
"""Deals whose hand-off is late, due later, and without a receiver."""

_TITLES = (
    "Kitchen for a guest house", "Fleet of twelve vans", "Office chairs, second floor", "Solar roof, Varna",
    "Hotel lobby", "Retreat for forty", "School canteen", "Bakery oven", "Clinic reception", "Wine cellar",
    "Ski lockers", "Co-working corner", "Warehouse racks", "City bikes", "Museum shop", "Garden furniture",
    "Кухня на заказ", "Трапезария за ресторант", "Меблі для школи", "Автопарк курьеров",
)  # fmt: skip
_CUSTOMERS = (
    "Nordica",
    "Balkan Stay",
    "Lumen",
    "Petrov & Co",
    "Aurora",
    "Dunav",
    "Sirena",
    "Karpaty",
    "Vitosha",
)
_PATH = ("prospecting", "qualification", "meeting", "proposal", "negotiation", "won")


@dataclass
class _Story:
    """One deal and what its ledger says."""

    deal: Deal
    remote_id: str
    entries: list[ledger.Entry] = field(default_factory=list)
    handed: list[Handoff] = field(default_factory=list)

    def say(self, at: datetime, kind: str, summary: str, actor: str = "conveyor", **data: Value) -> None:
        """Enter a line of the ledger."""
        standing: dict[str, Value] = {
            "section": self.deal.section,
            "owner": self.deal.owner,
            "connection": self.deal.home,
            "amount": self.deal.fields.get("amount"),
            "currency": self.deal.fields.get("currency"),
        }
        self.entries.append(ledger.Entry(self.deal.id, at, kind, actor, summary, data={**standing, **data}))


def fill(runtime: Runtime, many: int = 60) -> None:
    """A month of deals, hand-offs, reasons and a dead letter."""
    rules, now = runtime.rules.get(), runtime.now()
    chance = random.Random(7)
    stories = [_told(rules, chance, number, now) for number in range(many)]
    with runtime.store.begin() as tx:
        for name in rules.connections:
            connections.save_cursor(tx, name, "1", polled_at=now - timedelta(minutes=chance.randint(1, 5)))
            connections.touch_event(tx, [name], now - timedelta(seconds=chance.randint(5, 300)))
        connections.pause(tx, "copper", now + timedelta(minutes=9), "The CRM asked to wait: too many calls.")
        for story in stories:
            deals.save(tx, story.deal, rules.hash)
            links.save(tx, [_link(rules, story)])
            ledger.add(tx, story.entries)
            for handoff in story.handed:
                handoffs.save(tx, handoff)
        _give_one_up(runtime, tx, stories[1].deal.id)


def _give_one_up(runtime: Runtime, tx: object, deal_id: str) -> None:
    now = runtime.now()
    inbox.add(tx, [NewEvent(EventKind.WEBHOOK, deal_id, "bitrix24")], now - timedelta(hours=2))  # type: ignore[arg-type]
    event = inbox.due(tx, [deal_id], now)[deal_id][0]  # type: ignore[arg-type]
    why = "The CRM refused it: the field UF_CRM_BUDGET does not exist any more."
    inbox.fail(tx, [event.id], now, due_at=now, error=why, dead=True)  # type: ignore[arg-type]


def _told(rules: Ruleset, chance: random.Random, number: int, now: datetime) -> _Story:
    home = sorted(rules.connections)[number % len(rules.connections)]
    story = _begin(rules, home, chance, number, now - timedelta(days=chance.randint(4, 28)))
    at = story.deal.created_at or now
    for stage in _PATH[1 : _length(chance, number)]:
        at = min(at + timedelta(hours=chance.randint(7, 60)), now - timedelta(hours=40, minutes=number))
        _move(rules, chance, story, stage, at)
    if chance.random() < 0.12 and story.deal.section == "conversion" and number > 12:
        _move(rules, chance, story, "lost", at + timedelta(minutes=5))
    _leave_open(rules, story, number, now)
    return story


def _length(chance: random.Random, number: int) -> int:
    """How many stages of the path a deal has seen."""
    if number in _OPEN_TITLES:
        return 2
    return chance.choice((1, 2, 2, 3, 4, 5, 6)) if number > 12 else number % 6 + 1


def _begin(rules: Ruleset, home: str, chance: random.Random, number: int, at: datetime) -> _Story:
    remote_id = str(1000 + number)
    deal_id = deal_id_for(Ref(home, remote_id))
    title = f"{_TITLES[number % len(_TITLES)]} – {chance.choice(_CUSTOMERS)}"
    fields: dict[str, Value] = {
        "title": title,
        "amount": str(chance.randint(8, 240) * 100),
        "currency": "EUR" if number % 4 else "BGN",
        "source": chance.choice(["web", "fair", "referral", "call"]),
        "contact_name": "Ada Buyer",
        "contact_email": f"ada{number}@customer.example",
        "budget": str(chance.randint(1, 9) * 1000),
        "decision_maker": "CFO",
    }
    deal = Deal(
        deal_id,
        deal_id,
        home,
        DealStatus.OPEN,
        "lead_generation",
        "prospecting",
        OLENA,
        fields,
        True,
        at,
        at,
        at,
    )
    story = _Story(deal, remote_id)
    story.say(at, "placed", told.placed("prospecting", rules), OLENA, to="prospecting")
    return story


def _move(rules: Ruleset, chance: random.Random, story: _Story, stage: str, at: datetime) -> None:
    before, found = story.deal, rules.conveyor.stages[stage]
    crosses = found.section != before.section
    section = found.section if found.status != "lost" else before.section
    story.deal = replace(
        before, stage=stage, section=section, status=DealStatus(found.status), stage_since=at, updated_at=at
    )
    touches = chance.randint(1, 6)
    summary = told.moved(before.owner, before.stage or "", found.title, rules)
    data: dict[str, Value] = {
        "from": before.stage,
        "to": stage,
        "from_status": str(before.status),
        "touches": touches,
    }
    story.say(at, "moved", summary, before.owner or "conveyor", **data)
    if crosses and found.status == "open":
        _hand_over(rules, chance, story, before, at)


def _hand_over(rules: Ruleset, chance: random.Random, story: _Story, before: Deal, at: datetime) -> None:
    rule = next(r for r in rules.conveyor.handoffs if r.from_section == before.section)
    receiver = chance.choice(OF_SECTION[rule.to_section])
    wait = timedelta(minutes=chance.randint(15, 300))
    taken = HandoffStatus.RETURNED if chance.random() < 0.18 else HandoffStatus.ACCEPTED
    story.handed.append(
        Handoff(
            f"{story.deal.id}-1", story.deal.id, rule.name, rule.place.file, rule.place.line, rule.from_section,
            rule.to_section, before.stage or "", before.owner, receiver, taken, at, at + timedelta(hours=4),
            closed_at=at + wait, reason="not ready" if taken is HandoffStatus.RETURNED else None,
            candidates=(
                Candidate(PETAR, receiver == PETAR, _load(rules, 7)),
                Candidate(IVAN, receiver == IVAN, _load(rules, 9)),
            ),
        )
    )  # fmt: skip
    story.deal = replace(story.deal, owner=receiver)
    offered = replace(story.handed[-1], reason=choosing.ranked_first("least_loaded", _load(rules, 7)))
    story.say(at, "handoff_offered", notes.handed_over(offered, rules), handoff=offered.id)
    if taken is HandoffStatus.RETURNED:
        story.deal = replace(
            story.deal, owner=before.owner, section=before.section, stage=before.stage, stage_since=at + wait
        )
        back: dict[str, Value] = {"from": rules.conveyor.section_by_name[rule.to_section].stages[0].name}
        summary = answers.returned(before.owner, "not ready", rules)
        story.say(at + wait, "handoff_returned", summary, receiver, **back, to=before.stage)
    else:
        summary = answers.accepted(receiver, answers.WORKED_ON, rules)
        story.say(at + wait, "handoff_accepted", summary, receiver, handoff=story.handed[-1].id)


def _load(rules: Ruleset, number: int) -> str:
    return choosing.open_deals(number, choosing.last_received(None, rules))


def _leave_open(rules: Ruleset, story: _Story, number: int, now: datetime) -> None:
    """Three deals whose hand-off is not decided: late, in time, and without anybody free."""
    given = {LATE: (-26, HandoffStatus.PENDING), IN_TIME: (3, HandoffStatus.PENDING), WAITING: (None, None)}
    if number not in _OPEN_TITLES:
        return
    hours, status = list(given.values())[(3, 7, 11).index(number)]
    rule, offered = rules.conveyor.handoffs[0], now - timedelta(hours=30 if number == 3 else 1)
    story.deal = replace(
        story.deal, status=DealStatus.OPEN, section="conversion", stage="meeting", stage_since=offered,
        owner=PETAR if status else None, updated_at=offered,
        fields={**story.deal.fields, "title": _OPEN_TITLES[number]},
    )  # fmt: skip
    story.handed = [
        Handoff(
            f"{story.deal.id}-9", story.deal.id, rule.name, rule.place.file, rule.place.line, rule.from_section,
            rule.to_section, "qualification", OLENA, PETAR if status else None, status or HandoffStatus.WAITING,
            offered, None if hours is None else now + timedelta(hours=hours),
            candidates=(
                Candidate(PETAR, bool(status), choosing.ranked_first("least_loaded", _load(rules, 2))),
                Candidate(IVAN, False, choosing.no_room(9, 9)),
            ),
            reason=choosing.ranked_first("least_loaded", _load(rules, 2)) if status else None,
        )
    ]  # fmt: skip
    [handoff] = story.handed
    if status:
        story.say(offered, "handoff_offered", notes.handed_over(handoff, rules), handoff=handoff.id)
    else:
        story.say(offered, "handoff_waiting", notes.waits(handoff, rules), handoff=handoff.id)
    if number == 3:
        lacks = must_be_filled_in(["decision_maker"])
        why = notes.moved_back("qualification", [reasons.before_section(lacks, "Conversion", None)], rules)
        broken = replace(
            story.entries[-1], at=offered - timedelta(hours=5), kind="returned_by_rule", actor=OLENA
        )
        story.entries.insert(-1, replace(broken, summary=why, rule_file="conveyor.yaml", rule_line=41))
        story.say(now - timedelta(hours=2), "handoff_late", answers.late_for_head(handoff, rules))


_OPEN_TITLES = {3: "Fleet of twelve vans – Dunav", 7: "Hotel lobby – Balkan Stay", 11: "City bikes – Vitosha"}


def _link(rules: Ruleset, story: _Story) -> Link:
    mapping = rules.mappings[story.deal.home]
    places = ([p.id, s.id] for p in mapping.pipelines for s in p.stages if s.means == story.deal.stage)
    seen: dict[str, Value] = {**story.deal.fields, "stage": next(places, None)}
    if story.remote_id == "1003":
        seen["budget"] = "900"
    url = f"https://app.{story.deal.home}.example/deal/{story.remote_id}"
    return Link(story.deal.home, story.remote_id, story.deal.id, seen=seen, sent=seen, url=url)

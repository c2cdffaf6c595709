"""What must hold of the whole line when everybody has gone home and every timer has fired."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise

from mapping.model import ActorKind, Deal, DealStatus, Handoff, HandoffStatus, Link
from mapping.translate import agrees, same
from store import deals, handoffs, inbox, leases, ledger, outbox
from sync.core.draft import ON_THE_LINE, OPEN

from .invariants import must
from .line_crm import WholeCrm
from .line_in_time import check_in_time
from .line_world import SAID_IN, WholeLine

SAY_WHY = frozenset(
    {"returned_by_rule", "handoff_returned", "twin_put_back", "moved", "loop_breaker", "placed", "undone"}
)
"""Entries of the ledger that explain why the conveyor moved a card that a person had moved."""


def check(world: WholeLine) -> None:
    """Raise `Broken` with the first thing that is wrong."""
    before = _effects(world)
    world.time += timedelta(days=3)
    world.calm_down(6)
    must(_effects(world) == before, "quiet: the conveyor goes on writing", before, _effects(world))
    for crm in world.crms.values():
        must(crm.trampled == 0, "a person's edit was overwritten unseen", crm.name, crm.trampled)
        must(not crm.needless, "a card was moved for nothing", crm.needless)
        assert isinstance(crm, WholeCrm)
        must(not crm.doubled, "a task or note was doubled", crm.doubled)
    _Rest(world).check()


def _effects(world: WholeLine) -> list[tuple[int, int, int, int, int]]:
    return [
        (c.writes, c.creates, len(c.tasks), len(c.notes), sum(task.done for task in c.tasks.values()))
        for c in world.crms.values()
    ]


class _Rest:
    """The database and the CRMs at rest."""

    def __init__(self, world: WholeLine) -> None:
        self.world, self.rules = world, world.runtime.rules.get()
        with world.store.read() as tx:
            self.rows = {row.deal.id: row for row in deals.listing(tx)}
            self.handoffs = handoffs.listing(tx)
            self.counts = handoffs.counts(tx, world.now())
            self.pending = inbox.counts(tx, world.now())
            self.due = leases.due_deals(tx, world.now(), 100)
            self.story = ledger.story(tx, list(self.rows))
            self.parked = outbox.parked_rows(tx)

    def check(self) -> None:
        """Raise `Broken` with the first thing that is wrong."""
        must(not self.due and not self.pending.pending and not self.pending.dead, "work is left", self.due)
        must(not self.parked, "something was left to a person", self.parked)
        self._check_numbers()
        for handoff in self.handoffs:
            self._check_handoff(handoff)
        for row in self.rows.values():
            for link in row.links:
                self._check_record(row.deal, link)
            self._check_owner(row.deal, row.links)
        self._check_tasks()
        check_in_time(self.world, self.rows, self.handoffs, self.story)

    def _check_numbers(self) -> None:
        counts, crms = self.counts, self.world.crms
        must(counts.offered == counts.accepted + counts.returned + counts.open, "hand-offs are lost", counts)
        made = sum(crm.people_made for crm in crms.values())
        opened = sum(len(row.deal.opened) for row in self.rows.values())
        gone = {(name, i) for name, crm in crms.items() for i in crm.gone}  # type: ignore[attr-defined]
        known = {(link.connection, link.remote_id) for row in self.rows.values() for link in row.links}
        unseen = [row for row in gone if row not in known]
        met = [row for row in self.rows.values() if row.deal.placed]  # some are gone before anybody saw them
        must(
            made + opened - len(unseen) - (len(self.rows) - len(met)) <= len(met) <= made + opened,
            "deals were doubled or lost",
            made,
            opened,
            list(self.rows),
        )
        real = {(name, remote_id) for name, crm in crms.items() for remote_id in crm.rows}
        tied = {(c, i) for c, i in known if i is not None} - gone
        must(tied == real, "records without a deal, or doubled", tied ^ real)
        for name, crm in crms.items():
            keys = [row.key for row in crm.rows.values() if row.key]
            must(len(keys) == len(set(keys)), "a deal has two records in one CRM", name, keys)

    # --- hand-offs

    def _check_handoff(self, handoff: Handoff) -> None:
        row = self.rows.get(handoff.deal_id)
        must(row is not None, "a hand-off of no deal", handoff)
        steps = [e for e in self._entries(handoff.deal_id, "handoff_late") if e.data["handoff"] == handoff.id]
        must(len(steps) <= 3, "a step of the ladder was taken twice", handoff, steps)
        must(len(steps) in (handoff.late_steps, handoff.late_steps - 1), "steps", handoff, steps)
        if handoff.status in OPEN and row is not None:
            deal = row.deal
            open_ones = [h for h in self.handoffs if h.deal_id == deal.id and h.status in OPEN]
            must(len(open_ones) == 1, "two hand-offs of one deal are open", open_ones)
            over = deal.status in (DealStatus.DELETED, DealStatus.LOST)
            must(not over, "a deal that is over waits for somebody", deal, handoff)
            elsewhere = deal.status in ON_THE_LINE and deal.section != handoff.to_section
            must(not elsewhere, "a section waits for a deal that is elsewhere", deal, handoff)

    def _entries(self, deal_id: str, *kinds: str) -> list[ledger.Entry]:
        return [e for e in self.story if e.deal_id == deal_id and e.kind in kinds]

    # --- records

    def _check_record(self, deal: Deal, link: Link) -> None:
        if link.remote_id is None:
            lives_here = link.connection == deal.home and deal.status in ON_THE_LINE
            must(not lives_here, "a deal without a record where it lives", deal, link)
            return
        crm = self.world.crms[link.connection]
        row = crm.rows.get(link.remote_id)
        if row is None:
            must(link.gone, "nobody noticed that a record is gone", deal, link)
            return
        mapping = self.rules.mappings[link.connection]
        mapped = any(stage.means == deal.stage for p in mapping.pipelines for stage in p.stages)
        left_alone = deal.correction is not None and deal.correction.kind == "loop"
        section = self.rules.conveyor.section_by_name.get(deal.section or "")
        shows_it = mapped or (section is not None and section.crm == link.connection)
        if deal.status in ON_THE_LINE and shows_it and not left_alone:
            must(agrees(mapping, deal.stage or "", row.values["stage"]), "stage differs", deal, row)
        if deal.status in ON_THE_LINE:
            for name in ("title", "amount", "note", "contract_end"):
                ok = same(deal.fields.get(name), row.values.get(name))
                must(ok, "field differs", name, link.connection, deal.fields, row.values)
        self._check_last_word(link.connection, link.remote_id, deal)
        self._check_moves(link.connection, link.remote_id, deal)

    def _check_last_word(self, connection: str, remote_id: str, deal: Deal) -> None:
        said = self.world.last_said.get((connection, remote_id))
        shown = self.world.crms[connection].rows[remote_id].values.get(SAID_IN[connection])
        must(said is None or same(said, shown), "a person's edit was undone", connection, said, shown, deal)

    def _check_moves(self, connection: str, remote_id: str, deal: Deal) -> None:
        """What the conveyor moved after a person, it moved by a rule that the ledger names."""
        moves = self.world.crms[connection].rows[remote_id].moves
        since, again = moves[0].at, ([""], [""])
        for before, ours in pairwise(moves):
            if ours.actor.kind is not ActorKind.OURS:
                continue
            why = [e for e in self._entries(deal.id, *SAY_WHY) if since <= e.at <= ours.at]
            # Whoever moves it back to where it came from between an attempt and the next is not seen.
            by_rule = before.actor.kind is ActorKind.OURS or why or (before.stage, ours.stage) == again
            must(bool(by_rule), "a move was undone by no rule", connection, deal, before, ours)
            since, again = ours.at, (before.stage, ours.stage)

    # --- owners

    def _check_owner(self, deal: Deal, links: Iterable[Link]) -> None:
        section = self.rules.conveyor.section_by_name.get(deal.section or "")
        home = next((link for link in links if link.connection == deal.home), None)
        if section is None or home is None or home.gone or deal.status is not DealStatus.OPEN:
            return
        shown = self.world.crms[deal.home].rows[home.remote_id or ""].values.get("owner")
        owner = f"{str(shown)[2:]}@acme.example" if shown else None
        must(deal.owner in (owner, None), "the owner differs", deal, shown)
        member = self.rules.team.get(owner or "")
        fits = member is not None and bool(set(member.roles) & set(section.roles))
        waits = any(h.deal_id == deal.id and h.status is HandoffStatus.WAITING for h in self.handoffs)
        must(
            fits or waits or any(_asks(deal)) or self._has_it_from_before(deal, home),
            "an owner without the role",
            deal,
            shown,
            [h for h in self.handoffs if h.deal_id == deal.id],
        )

    def _has_it_from_before(self, deal: Deal, home: Link) -> bool:
        """Whether head said so, or it came back to who had it, or nobody changed the owner since it was placed."""
        crm = self.world.crms[deal.home]
        assert isinstance(crm, WholeCrm)
        head_said_so = home.remote_id in crm.touched_by_head
        own = [h for h in self.handoffs if h.deal_id == deal.id]
        came_back = any(h.status is HandoffStatus.RETURNED and h.from_member == deal.owner for h in own)
        return head_said_so or came_back or not (own or self._entries(deal.id, "owner_changed"))

    # --- tasks

    def _check_tasks(self) -> None:
        of_record = {
            (link.connection, link.remote_id): row.deal for row in self.rows.values() for link in row.links
        }
        for name, crm in self.world.crms.items():
            families: Counter[tuple[str, str]] = Counter()
            for task in crm.tasks.values():
                deal = of_record[name, task.deal]
                if task.done or deal.status not in ON_THE_LINE:
                    continue
                must(self._has_reason(deal, task.key), "a task without its reason is open", task, deal)
                families[task.deal, re.sub(r"(:remind:.*|:\d+$)", "", task.key)] += 1
            self._check_families(families)
            self._check_reminders(crm.reminded)  # type: ignore[attr-defined]

    def _check_families(self, families: Counter[tuple[str, str]]) -> None:
        again = {key: n for key, n in families.items() if n > 3}
        must(not again, "people have the same task twice", again)

    def _check_reminders(self, reminded: Counter[tuple[str, str, str]]) -> None:
        by_id = {handoff.id: handoff for handoff in self.handoffs}
        for (handoff_id, owner, text), times in reminded.items():
            handoff = by_id.get(handoff_id)
            runs = 1 + (handoff.late_steps if handoff else 3)
            must(times <= runs, "reminded twice", handoff, owner, text, times)

    def _has_reason(self, deal: Deal, key: str) -> bool:
        kind, *rest = key.split(":")
        if kind == "handoff":
            return self._handoff_asks(rest)
        if kind == "playbook":
            return deal.visit == rest[0] and deal.status is not DealStatus.LOST
        if kind == "follow_up":
            return deal.status is DealStatus.OPEN and not self._is_waiting(deal)
        return kind == "correction" and rest[0] in _asks(deal)

    def _is_waiting(self, deal: Deal) -> bool:
        return any(h.deal_id == deal.id and h.status in OPEN for h in self.handoffs)

    def _handoff_asks(self, rest: list[str]) -> bool:
        handoff = next((h for h in self.handoffs if h.id == rest[0]), None)
        if handoff is None:
            return False
        if rest[1] == "reason":
            return handoff.status is HandoffStatus.RETURNED and handoff.asks_reason
        if rest[1] in ("remind", "late"):
            return handoff.status is HandoffStatus.PENDING
        return handoff.status in OPEN and rest[1] == str(handoff.to_member)


def _asks(deal: Deal) -> list[str]:
    """The keys of what people are asked to put right about a deal."""
    last = deal.correction
    found = [last, last.asked_before] if last else []
    return [correction.key for correction in found if correction and not correction.puts_back]

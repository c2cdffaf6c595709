"""Writes small histories into a store, as the engine would: one line of the ledger after the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mapping.model import Deal, DealStatus, Handoff, HandoffStatus, Link, Value
from store import deals, handoffs, ledger, links
from store.database import Store

from .line import rules

ZONE = ZoneInfo("Europe/Sofia")


def at(day: int, hour: int = 9, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of 2026 by the clock in Sofia; 9 November is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


@dataclass
class Written:
    """One deal whose story is being told."""

    deal: Deal
    entries: list[ledger.Entry] = field(default_factory=list)
    handed: list[Handoff] = field(default_factory=list)

    def say(self, when: datetime, kind: str, actor: str = "conveyor", /, **data: Value) -> Written:
        """Enter a line of the ledger."""
        named = {name.rstrip("_"): value for name, value in data.items()}
        self.entries.append(ledger.Entry(self.deal.id, when, kind, actor, kind, data=named))
        return self

    def found(self, when: datetime, stage: str, owner: str | None) -> Written:
        """The first backfill finds the deal."""
        self._stands(stage, owner)
        return self.say(when, "first_seen", to=stage, **self._standing())

    def placed(self, when: datetime, stage: str, owner: str | None) -> Written:
        """The deal is new, and put on the line."""
        self._stands(stage, owner)
        return self.say(when, "placed", to=stage, **self._standing())

    def moved(self, when: datetime, to: str, by: str | None, touches: int = 1) -> Written:
        """Somebody moves it."""
        before = self.deal
        self._stands(to, before.owner)
        data = {"from_": before.stage, "to": to, "from_status": str(before.status), "touches": touches}
        return self.say(when, "moved", by or "conveyor", **data, **self._standing())

    def handed_over(
        self,
        when: datetime,
        to: str,
        rule: str = "Scout to hunter",
        due: datetime | None = None,
        *,
        defects: tuple[str, ...] = (),
    ) -> Written:
        """It is offered to somebody, who owns it from then on."""
        found = next(r for r in rules().conveyor.handoffs if r.name == rule)
        self.handed.append(
            Handoff(
                id=f"{self.deal.id}-{len(self.handed)}",
                deal_id=self.deal.id,
                rule=rule,
                file="conveyor.yaml",
                line=1,
                from_section=found.from_section,
                to_section=found.to_section,
                from_stage="qualified",
                from_member=self.deal.owner,
                to_member=to,
                status=HandoffStatus.PENDING,
                offered_at=when,
                due_at=due,
                defects=defects,
            )
        )
        self.deal = replace(self.deal, owner=to)
        return self.say(when, "handoff_offered", handoff=self.handed[-1].id, owner=to)

    def accepted(self, when: datetime) -> Written:
        """Its receiver accepts it."""
        return self._close(when, HandoffStatus.ACCEPTED, "worked on the deal")

    def returned(self, when: datetime, reason: str, to: str = "qualified") -> Written:
        """Its receiver returns it, and it goes back to where it came from."""
        handoff = self.handed[-1]
        before, receiver = self.deal.stage, handoff.to_member or ""
        self._close(when, HandoffStatus.RETURNED, reason)
        self._stands(to, handoff.from_member)
        data: dict[str, Value] = {"handoff": handoff.id, "owner": handoff.from_member, "from_": before}
        return self.say(when, "handoff_returned", receiver, **data, to=to, section=self.deal.section)

    def withdrawn(self, when: datetime) -> Written:
        """It ends by itself."""
        return self._close(when, HandoffStatus.RETURNED, "the deal was lost")

    def write(self, store: Store) -> None:
        """Put it into the store, whatever came before it there."""
        written([self], store)

    def _close(self, when: datetime, status: HandoffStatus, reason: str) -> Written:
        self.handed[-1] = replace(self.handed[-1], status=status, closed_at=when, reason=reason)
        return self

    def _stands(self, stage: str, owner: str | None) -> None:
        found = rules().conveyor.stages[stage]
        section = self.deal.section if found.status == "lost" and self.deal.section else found.section
        status = DealStatus(found.status)
        self.deal = replace(self.deal, stage=stage, section=section, status=status, owner=owner, placed=True)

    def _standing(self) -> dict[str, Value]:
        deal = self.deal
        return {
            "section": deal.section,
            "owner": deal.owner,
            "connection": deal.home,
            "amount": deal.fields.get("amount"),
            "currency": deal.fields.get("currency"),
        }


def deal(
    name: str,
    amount: str | None = None,
    currency: str = "EUR",
    *,
    home: str = "hubspot",
    source: str | None = None,
    journey: str | None = None,
    created: datetime | None = None,
) -> Written:
    """A deal without a story yet."""
    fields: dict[str, Value] = {
        "title": f"Deal {name}",
        "amount": amount,
        "currency": currency,
        "source": source,
    }
    return Written(Deal(name, journey or name, home, fields=fields, created_at=created))


def written(stories: list[Written], store: Store) -> None:
    """Put stories into the store, their lines in the order of time."""
    entries = sorted((entry for each in stories for entry in each.entries), key=lambda entry: entry.at)
    with store.begin() as tx:
        for each in stories:
            deals.save(tx, each.deal, None)
            links.save(tx, [Link(each.deal.home, f"r-{each.deal.id}", each.deal.id)])
            for handoff in each.handed:
                handoffs.save(tx, handoff)
        ledger.add(tx, entries)

"""The outcome in the making, handed from step to step of one decision. Mutable; never outlives `decide`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from mapping.model import (
    PEOPLE_FIELDS,
    Actor,
    Aspect,
    Deal,
    DealStatus,
    Handoff,
    HandoffStatus,
    Link,
    Record,
    Value,
    Values,
)
from mapping.phrases import Phrase
from mapping.ruleset import ConnectionMapping, Place, Ruleset
from sync.core.case import Case, Entry, Needs, Opening, TakenTurn
from sync.core.directory import Directory, member_of
from sync.core.merge import Merged

ON_THE_LINE = frozenset({DealStatus.OPEN, DealStatus.WON, DealStatus.LOST})
OPEN = frozenset({HandoffStatus.WAITING, HandoffStatus.PENDING})


def short_hash(*parts: object) -> str:
    """A short stable name for these parts."""
    return hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=6).hexdigest()


def standing(deal: Deal) -> dict[str, Value]:
    """Where a deal stands, whose it is and what it is worth, for the lines of the ledger that reports count."""
    return {
        "section": deal.section,
        "owner": deal.owner,
        "connection": deal.home,
        "amount": deal.fields.get("amount"),
        "currency": deal.fields.get("currency"),
    }


@dataclass
class Draft:
    """What is decided so far."""

    case: Case
    rules: Ruleset
    deal: Deal
    links: dict[str, Link]
    merged: Merged
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    changed_handoffs: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    turns: list[TakenTurn] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    needs: Needs = field(default_factory=Needs)
    doubts: frozenset[str] = frozenset()  # fields of the past that may be lacking; nobody can tell
    look_again_at: datetime | None = None

    @classmethod
    def start(cls, case: Case, merged: Merged, rules: Ruleset) -> Draft:
        """Begin from what was merged."""
        return cls(
            case=case,
            rules=rules,
            deal=merged.deal,
            links=dict(merged.links),
            merged=merged,
            handoffs={handoff.id: handoff for handoff in case.handoffs},
            entries=list(merged.entries),
        )

    @property
    def now(self) -> datetime:
        return self.case.now

    @property
    def record(self) -> Record | None:
        """The record in the hosting CRM, if it was looked at and exists."""
        record = self.merged.home
        return record if isinstance(record, Record) else None

    @property
    def mapping(self) -> ConnectionMapping | None:
        return self.rules.mappings.get(self.deal.home)

    @property
    def directory(self) -> Directory | None:
        return self.case.directories.get(self.deal.home)

    @property
    def open_handoff(self) -> Handoff | None:
        """The hand-off that waits for somebody, if there is one."""
        return next((h for h in self.handoffs.values() if h.status in OPEN), None)

    @property
    def passed(self) -> list[Handoff]:
        """The hand-offs that stand, in the order in which they were offered."""
        standing = (h for h in self.handoffs.values() if h.status is not HandoffStatus.RETURNED)
        return sorted(standing, key=lambda h: h.offered_at)

    @property
    def working_section(self) -> str | None:
        """Whose work the deal is: a won deal that was handed on is with the section that received it."""
        conveyor = self.rules.conveyor
        stage = conveyor.stages.get(self.deal.stage or "")
        known = [h for h in self.passed if h.to_section in conveyor.section_by_name]
        is_won = stage is not None and stage.status == "won"
        return known[-1].to_section if is_won and known else self.deal.section

    def member(self, actor: Actor) -> str | None:
        """The team member behind an actor of the hosting CRM."""
        return member_of(actor, self.directory, self.rules)

    def owner_of(self, account_id: Value) -> str | None:
        """The team member who owns deals under this account."""
        email = self.directory.email(account_id) if self.directory else None
        return email if email in self.rules.team else None

    @property
    def shown_owner(self) -> str | None:
        """The team member whom the hosting CRM shows as the owner, whatever the deal says."""
        return self.owner_of(self.links[self.deal.home].sent.get("owner"))

    def look_at(self, moment: datetime) -> None:
        """Say when the deal has to be looked at again, if nothing happens before; the earliest counts."""
        self.look_again_at = min(moment, self.look_again_at or moment)

    def need(self, *aspects: Aspect, pools: bool = False, values: frozenset[str] = frozenset()) -> None:
        """Say what has to be found out first."""
        self.needs = self.needs | Needs(frozenset(aspects), pools, values)

    def knows(self, aspect: Aspect) -> bool:
        return self.record is not None and aspect in self.record.known

    def facts(self) -> Values:
        """The deal's values for conditions; people are believed only if read just now."""
        facts: dict[str, Value] = dict(self.deal.fields)
        if not self.knows(Aspect.PEOPLE):
            facts = {name: value for name, value in facts.items() if name not in PEOPLE_FIELDS}
        facts["owner"] = self.deal.owner
        facts["stage"] = self.deal.stage
        return facts

    def save(self, handoff: Handoff) -> None:
        """Keep a new or changed hand-off."""
        self.handoffs[handoff.id] = handoff
        self.changed_handoffs.add(handoff.id)

    def set_deal(self, **changes: object) -> None:
        """Change the deal."""
        if any(getattr(self.deal, name) != value for name, value in changes.items()):
            self.deal = replace(self.deal, **changes)  # type: ignore[arg-type]

    def say(
        self,
        kind: str,
        summary: Phrase,
        *,
        actor: str | None = None,
        place: Place | None = None,
        data: Values | None = None,
    ) -> None:
        """Enter a line into the ledger."""
        self.entries.append(Entry(kind, summary, actor, place, data or {}))

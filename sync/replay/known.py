"""What the database knows of the deals whose past is told: when it looked at them, and which values they had then.

A value of then is known if it was not seen to change since; else nobody can tell, and it is not guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mapping.model import Actor, ActorKind, Deal, Handoff, Link, Ref, StageMove, Value, Values
from store import bulk, connections, deals, handoffs, ledger, links
from sync.core.merge import JUDGED, WRITE_BACK

TOGETHER = 500

SKEW = timedelta(seconds=2)
"""A CRM's clock may be so far from ours, and tells whole seconds."""

WITHIN = timedelta(seconds=30)
"""So long a CRM may take to answer a write."""

WRITTEN = "written"
FIRST = ("first_seen", "placed", "unmapped")
JUDGING = ("moved", "returned_by_rule", "undone", "unmapped", "placed")
"""Kinds of ledger entries of which each judged move has one; what else is said of it comes beside."""


@dataclass(frozen=True, slots=True)
class Look:
    """A look at which moves were judged: how many, by whom the last one as far as it was known, and where to."""

    at: datetime
    moves: int
    actor: str | None
    stage: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """One deal as the database knows it; `deal` is None for one that it never met."""

    ref: Ref
    deal: Deal | None = None
    link: Link | None = None
    handoffs: tuple[Handoff, ...] = ()
    looks: tuple[Look, ...] = ()  # in their order
    met_at: datetime | None = None  # when it was first looked at
    watched_since: datetime | None = None  # the connection
    written: tuple[
        tuple[datetime, Value], ...
    ] = ()  # stages that we wrote there, and when we had the receipt

    def looks_for(self, moments: Iterable[datetime]) -> Iterator[Look | None]:
        """For each move of these moments, in their order, the look at which it was judged; None where nobody looked.

        A CRM tells whole seconds, and by its own clock; so each look is given as many moves as it judged.
        """
        index, left = 0, self.looks[0].moves if self.looks else 0
        for at in moments:
            while index < len(self.looks) and (left == 0 or self.looks[index].at < at - SKEW):
                index += 1
                left = self.looks[index].moves if index < len(self.looks) else 0
            if index == len(self.looks) or not self._was_watched(at):
                yield None
                continue
            left -= 1
            yield self.looks[index]

    def with_ours(self, moves: Iterable[StageMove]) -> list[StageMove]:
        """The moves, with those marked that we made ourselves; not every CRM tells them from those of a person."""
        found = list(moves)
        for receipt_at, stage in self.written:
            index = _written_move(found, receipt_at, stage)
            if index is not None:
                found[index] = replace(found[index], actor=Actor(ActorKind.OURS))
        return found

    def stood(self, before: datetime) -> str | None:
        """The stage of the line where the deal stood before a moment, as its story tells; None if it does not."""
        told = [look.stage for look in self.looks if look.at < before and look.stage]
        return told[-1] if told else None

    def _was_watched(self, at: datetime) -> bool:
        """Whether the move was made under our eyes: of a deal known by then, or made while we watched."""
        if self.met_at is None:
            return False
        if at >= self.met_at - SKEW:
            return True
        made_at = self.deal.created_at if self.deal else None
        return bool(made_at and self.watched_since and made_at > self.watched_since)

    def values_at(self, moment: datetime) -> Values:
        """The values that the deal had then, as far as that can be told."""
        if self.deal is None:
            return {}
        untouched = bool(self.link and self.link.modified_at and self.link.modified_at <= moment + SKEW)
        return {
            name: value
            for name, value in self.deal.fields.items()
            if name not in JUDGED and not name.startswith(WRITE_BACK) and self._holds(name, moment, untouched)
        }

    def _holds(self, name: str, moment: datetime, untouched: bool) -> bool:
        assert self.deal is not None
        edited_at = self.deal.edited_at.get(name)
        if edited_at is not None:
            return edited_at <= moment
        return untouched or (self.met_at is not None and self.met_at <= moment)

    def created_at(self) -> datetime | None:
        """When the deal was made, where that is known."""
        return self.deal.created_at if self.deal else None


def known_deals(tx: Connection, refs: Iterable[Ref]) -> Iterator[Known]:
    """What is known of each of these, in this order; a few statements for many deals."""
    since = {name: row.since for name, row in connections.load_all(tx).items()}
    for some in bulk.batches(refs, TOGETHER):
        ids = {ref: deal_id for ref, (deal_id, _) in links.find(tx, some).items()}
        yield from _together(tx, some, ids, since)


def _together(
    tx: Connection, refs: list[Ref], ids: Mapping[Ref, str], since: Mapping[str, datetime]
) -> Iterator[Known]:
    found = deals.load(tx, ids.values())
    tied = links.load(tx, found)
    passed = handoffs.of_deals(tx, found)
    told = _told(tx, found)
    for ref in refs:
        deal = found.get(ids.get(ref, ""))
        if deal is None:
            yield Known(ref)
            continue
        entries = told.get(deal.id, [])
        yield Known(
            ref,
            deal,
            next((link for link in tied[deal.id] if link.connection == ref.connection), None),
            passed.get(deal.id, ()),
            _looks(entries),
            next((e.at for e in entries if e.kind in FIRST), None),
            since.get(ref.connection),
            _written(entries, ref.connection),
        )


def _written_move(moves: list[StageMove], receipt_at: datetime, stage: Value) -> int | None:
    """The move that a write of ours made: the last one to its stage before we had the receipt."""
    for latest in (receipt_at, receipt_at + SKEW):
        near = [
            index
            for index, move in enumerate(moves)
            if move.stage == stage and receipt_at - WITHIN <= move.at <= latest
        ]
        if near:
            return near[-1]
    return None


def _written(entries: Iterable[ledger.Entry], connection: str) -> tuple[tuple[datetime, Value], ...]:
    return tuple(
        (entry.at, entry.data["stage"])
        for entry in entries
        if entry.kind == WRITTEN and "stage" in entry.data and entry.data.get("connection") == connection
    )


def _looks(entries: Iterable[ledger.Entry]) -> tuple[Look, ...]:
    """One for each moment at which something was judged; of several moves, actor and stage are those of the last."""
    found: dict[datetime, Look] = {}
    for entry in entries:
        if entry.kind in JUDGING:
            stage, before = entry.data.get("to"), found.get(entry.at)
            found[entry.at] = Look(
                at=entry.at,
                moves=1 + (before.moves if before else 0),
                actor=None if entry.actor == "conveyor" else entry.actor,
                stage=stage if isinstance(stage, str) else None,
            )
    return tuple(found.values())


def _told(tx: Connection, deal_ids: Collection[str]) -> dict[str, list[ledger.Entry]]:
    found: dict[str, list[ledger.Entry]] = {}
    for entry in ledger.of_kinds(tx, deal_ids, (*JUDGING, "first_seen", WRITTEN)):
        found.setdefault(str(entry.deal_id), []).append(entry)
    return found

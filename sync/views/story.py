"""One deal's whole story: what the ledger says, and what is still open, in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import Connection, select

from mapping.model import Deal, Link, Ref
from store import deals, ledger, links, outbox
from store.deals import DealRow
from store.ledger import Entry
from store.links import deal_id_for
from store.outbox import State
from store.schema import inbox as inbox_table
from sync.runtime import Runtime
from sync.views import deals as deal_views
from sync.views import words
from sync.views.deals import DealView
from sync.views.names import iso

US = "conveyor"

_WRITES = {
    State.PENDING: "write_waiting",
    State.SENDING: "write_sending",
    State.PARKED: "write_parked",
}
_EVENTS = {"pending": "event_waiting", "scheduled": "event_scheduled", "held": "held", "dead": "event_dead"}
"""Of what is not done yet: what a line's kind is, by its state."""


class UnknownDeal(LookupError):
    """No deal is known under that name."""


class RuleView(TypedDict):
    """Where a rule is written."""

    file: str
    line: int | None


class LineView(TypedDict):
    """One line of a story."""

    at: str | None
    kind: str
    actor: str
    summary: str
    rule: RuleView | None
    details: dict[str, Any]


class StoryView(TypedDict):
    """What `conveyor explain --json` prints."""

    deal: str
    timeline: list[LineView]


def explain(runtime: Runtime, ref: Ref) -> tuple[StoryView, DealView]:
    """The story of a deal, and the deal as it stands now. Raises `UnknownDeal`, `NotConfigured`, `Unavailable`."""
    rules, now = runtime.rules.get(), runtime.now()
    with runtime.store.read() as tx:
        deal = deals.find_by_ref(tx, ref)
        if deal is None:
            raise UnknownDeal(f"No deal {ref} is known. `conveyor deals` lists those that are.")
        tied = links.load(tx, [deal.id])[deal.id]
        lines = [(e.at, _told(e)) for e in ledger.story(tx, _ids(deal, tied))]
        lines += [*_events(tx, deal.id, now), *_writes(tx, deal.id, now)]
        view = deal_views.one(tx, runtime, rules, DealRow(deal, tied))
    lines.sort(key=lambda line: line[0])  # stable: within one moment the ledger's own order
    return StoryView(deal=str(ref), timeline=[line for _, line in lines]), view


def _ids(deal: Deal, tied: tuple[Link, ...]) -> list[str]:
    """The deal's id, and those that its records had before they turned out to belong to it."""
    own = {deal_id_for(Ref(link.connection, link.remote_id)) for link in tied if link.remote_id is not None}
    return sorted({deal.id, *own})


def _told(entry: Entry) -> LineView:
    rule = RuleView(file=entry.rule_file, line=entry.rule_line) if entry.rule_file else None
    named = {"ruleset": entry.ruleset, "event": entry.event_id, "write": entry.write_id}
    details = {**entry.data, **{name: value for name, value in named.items() if value is not None}}
    return _line(entry.at, entry.kind, entry.summary, details, actor=entry.actor, rule=rule)


def _events(tx: Connection, deal_id: str, now: datetime) -> Iterator[tuple[datetime, LineView]]:
    """What the house still has to look at, or gave up."""
    query = (
        select(inbox_table)
        .where(inbox_table.c.deal_id == deal_id, inbox_table.c.state.in_(("pending", "held", "dead")))
        .order_by(inbox_table.c.id)
    )
    for row in tx.execute(query):
        state = "scheduled" if row.state == "pending" and row.due_at > now else row.state
        details = {
            "event": row.id,
            "connection": row.connection,
            "due_at": iso(row.due_at),
            "attempts": row.attempts,
            "error": row.error,
        }
        summary = words.event_waits(state, row.kind, row.attempts, row.error)
        yield row.created_at, _line(row.created_at, _EVENTS[state], summary, details)


def _writes(tx: Connection, deal_id: str, now: datetime) -> Iterator[tuple[datetime, LineView]]:
    """What is still to be written, and what a CRM refused, in its own words."""
    for row in outbox.open_rows(tx, [deal_id], attempted_since=now).get(deal_id, []):
        if row.state not in _WRITES:
            continue
        connection, what = row.write.connection, row.write.body.kind
        details = {
            "write": row.id,
            "connection": connection,
            "what": what,
            "due_at": iso(row.due_at),
            "attempts": row.attempts,
            "error": row.error,
        }
        summary = words.write_waits(row.state, what, connection, row.error)
        yield row.created_at, _line(row.created_at, _WRITES[row.state], summary, details)


def _line(
    at: datetime,
    kind: str,
    summary: str,
    details: dict[str, Any],
    *,
    actor: str = US,
    rule: RuleView | None = None,
) -> LineView:
    return LineView(at=iso(at), kind=kind, actor=actor, summary=summary, rule=rule, details=details)

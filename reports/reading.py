"""Reads what reports count from: the ledger as a stream, the deals as they are, the hand-offs, the versions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from sys import intern
from typing import Any, NamedTuple

from pydantic_core import from_json
from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func, select, true, type_coerce

from mapping.model import DealStatus, HandoffStatus
from reports.facts import Known, Passed, Whose
from reports.tally import NONE
from store import codec
from store.schema import EPOCH, deals, handoffs, ledger, links, microseconds

_STREAM = {"yield_per": 5000}

_SHOWN = (DealStatus.OPEN, DealStatus.WON, DealStatus.LOST)
"""Deals that stand on the line."""


class Entry(NamedTuple):
    """One row of the ledger."""

    deal: str
    at: int
    kind: str
    actor: str
    data: dict[str, Any]


def stored(column: ColumnElement[Any]) -> ColumnElement[int]:
    """A time as it is stored, which costs a fraction of reading it as a time."""
    return type_coerce(column, BigInteger)


def lines(tx: Connection, kinds: Collection[str], until: int) -> Iterator[Entry]:
    """Stream the rows of these kinds up to a moment that is not among them, in the order in which they were made."""
    chosen = (ledger.c.deal_id, stored(ledger.c.at), ledger.c.kind, ledger.c.actor, ledger.c.data)
    query = (
        select(*chosen)
        .where(ledger.c.deal_id.is_not(None), ledger.c.kind.in_(kinds), stored(ledger.c.at) < until)
        .order_by(ledger.c.id)
    )
    for deal, at, kind, actor, data in tx.execute(query.execution_options(**_STREAM)):
        yield Entry(deal, at, kind, actor, from_json(data))


def first_moment(tx: Connection) -> datetime | None:
    """When the ledger begins."""
    found = tx.scalar(select(func.min(ledger.c.at)))
    return found if isinstance(found, datetime) or found is None else EPOCH


def known_deals(tx: Connection) -> dict[str, Known]:
    """What each deal says today."""
    columns = (
        deals.c.id,
        deals.c.home,
        deals.c.journey,
        deals.c.status,
        deals.c.stage,
        deals.c.owner,
        stored(deals.c.updated_at),
        deals.c.body,
    )
    found = tx.execute(select(*columns).execution_options(**_STREAM))
    return {row[0]: _known(row) for row in found}


def _known(row: Any) -> Known:
    _, home, journey, status, stage, owner, updated_at, text = row
    body = from_json(text)
    fields = body.get("fields", {})
    created, source = body.get("created_at"), _text(fields.get("source"))
    return Known(
        home=intern(home),
        journey=journey,
        status=intern(status),
        stage=stage and intern(stage),
        owner=owner and intern(owner),
        source=intern(source) if source else NONE,
        amount=_text(fields.get("amount")),
        currency=_text(fields.get("currency")),
        created_at=microseconds(datetime.fromisoformat(created)) if created else None,
        updated_at=updated_at or 0,
    )


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def passed(
    tx: Connection,
    since: int,
    until: int,
    known: Mapping[str, Known],
    returned: Collection[str],
    reason: Callable[[str, Any], str],
) -> Iterator[Passed]:
    """Stream the hand-offs that were offered in a stretch of time; `reason` puts reasons into words of a report."""
    query = select(
        handoffs.c.id,
        handoffs.c.deal_id,
        handoffs.c.rule,
        handoffs.c.from_section,
        handoffs.c.to_section,
        handoffs.c.from_member,
        handoffs.c.to_member,
        handoffs.c.status,
        stored(handoffs.c.offered_at),
        stored(handoffs.c.due_at),
        stored(handoffs.c.closed_at),
        handoffs.c.body,
    ).where(
        stored(handoffs.c.offered_at) < until,
        (stored(handoffs.c.offered_at) >= since)
        | handoffs.c.closed_at.is_(None)
        | (stored(handoffs.c.closed_at) >= since),
    )
    for row in tx.execute(query.order_by(handoffs.c.offered_at, handoffs.c.id).execution_options(**_STREAM)):
        yield _passed(row, known.get(row[1]), returned, reason)


def _passed(
    row: Any, deal: Known | None, returned: Collection[str], reason: Callable[[str, Any], str]
) -> Passed:
    id, deal_id, rule, from_section, to_section, giver, receiver, status, offered, due, closed, text = row
    body = from_json(text)
    is_back = status == HandoffStatus.RETURNED.value
    home, source = (deal.home, deal.source) if deal else ("", NONE)
    return Passed(
        id=id,
        deal=deal_id,
        rule=rule,
        to_section=to_section,
        from_section=from_section,
        from_person=giver,
        to_person=receiver,
        offered=offered,
        due=due,
        closed=closed,
        accepted=status == HandoffStatus.ACCEPTED.value,
        withdrawn=is_back and id not in returned,
        late_steps=body.get("late_steps", 0),
        defects=bool(body.get("defects")),
        reason=reason(rule, body.get("reason")) if is_back else "",
        whose=Whose(to_section, receiver, source, home),
    )


def titles(
    tx: Connection, ids: Collection[str], sections: Collection[str] | None
) -> dict[str, tuple[str, str]]:
    """What each deal is called: `connection:id`, and its title if it stands in one of these sections (None: any).

    A reader of some sections learns nothing of the customer once a deal went on.
    """
    if not ids:
        return {}
    here = (
        true()
        if sections is None
        else and_(deals.c.section.in_(sorted(sections)), deals.c.status.in_(_SHOWN))
    )
    query = (
        select(deals.c.id, deals.c.home, deals.c.body, links.c.remote_id, here)
        .outerjoin(links, (links.c.deal_id == deals.c.id) & (links.c.connection == deals.c.home))
        .where(deals.c.id.in_(sorted(ids)))
    )
    return {
        id: (
            f"{home}:{remote or 'new'}",
            str(codec.deal.validate_json(body).fields.get("title") or "") if is_here else "",
        )
        for id, home, body, remote, is_here in tx.execute(query)
    }

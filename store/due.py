"""What `due` means, in one place: the time has come, it is first in line, its connection is not paused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, case, exists, or_

from store.schema import Instant, connections, deals, inbox, outbox

QUEUED = ("pending", "sending")

Time = datetime | BindParameter[datetime]

NOW: BindParameter[datetime] = bindparam("now", type_=Instant())
"""For statements that are built once, because building one costs more than running it."""

_EARLIER = outbox.alias("earlier")


def paused(connection: ColumnElement[str | None], now: Time) -> ColumnElement[bool]:
    """Whether nothing may be asked of the connection now."""
    return exists().where(connections.c.name == connection, connections.c.paused_until > now)


def event_is_due(now: Time) -> ColumnElement[bool]:
    """Whether an inbox row can be worked off now."""
    return and_(inbox.c.state == "pending", inbox.c.due_at <= now, ~paused(inbox.c.connection, now))


def write_is_due(now: Time) -> ColumnElement[bool]:
    """Whether an outbox row can be made now; of a deal's writes only the first in line can."""
    ready = and_(outbox.c.due_at <= now, ~paused(outbox.c.connection, now))
    return and_(outbox.c.state.in_(QUEUED), ready, _nothing_before())


def is_free(now: Time) -> ColumnElement[bool]:
    """Whether nobody works on the deal, or whoever did has been gone for too long."""
    return or_(deals.c.leased_until.is_(None), deals.c.leased_until <= now)


def turn(state: ColumnElement[str]) -> ColumnElement[int]:
    """A deal's writes go by this number, then by id.

    A write that is being made, or may have taken effect, is finished before any other is begun.
    """
    return case((state == "sending", 0), else_=1)


def _nothing_before() -> ColumnElement[bool]:
    same_turn = and_(turn(_EARLIER.c.state) == turn(outbox.c.state), _EARLIER.c.id < outbox.c.id)
    before = or_(turn(_EARLIER.c.state) < turn(outbox.c.state), same_turn)
    return ~exists().where(_EARLIER.c.deal_id == outbox.c.deal_id, _EARLIER.c.state.in_(QUEUED), before)

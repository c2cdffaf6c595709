"""What the house remembers of each connection: pause, cursors, people, secrets that the CRM gave us."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, bindparam, or_, select, update

from mapping.phrases import Words
from store import bulk, codec
from store.schema import connections, microseconds


@dataclass(frozen=True, slots=True)
class User:
    """A person as one CRM knows them."""

    id: str
    name: str | None = None
    email: str | None = None
    active: bool = True
    aliases: tuple[str, ...] = ()  # further ids under which the CRM's history names this person


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that the YAML says and the CRM does not, or the other way round."""

    code: str  # mapping.problems.Problem.code
    message: Words  # for the admin: where, what, and what to do


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One connection; secrets are read with `load_grant` and `load_webhook_key`."""

    name: str
    since: datetime
    paused_until: datetime | None = None
    pause_reason: str | None = None
    cursor: str | None = None
    poll_at: datetime | None = None
    renew_at: datetime | None = None
    renew_error: str | None = None
    last_poll_at: datetime | None = None
    last_event_at: datetime | None = None
    backfill_cursor: str | None = None
    backfill_seen: int = 0
    backfill_total: int | None = None
    backfill_done_at: datetime | None = None
    directory: tuple[User, ...] = ()
    directory_at: datetime | None = None
    drift: tuple[Drift, ...] = ()
    drift_at: datetime | None = None
    error: str | None = None
    error_at: datetime | None = None

    def paused(self, now: datetime) -> bool:
        """Say whether nothing may be asked of this connection now."""
        return self.paused_until is not None and self.paused_until > now


_DIRECTORY: TypeAdapter[tuple[User, ...]] = TypeAdapter(tuple[User, ...])
_DRIFT: TypeAdapter[tuple[Drift, ...]] = TypeAdapter(tuple[Drift, ...])

_SECRET = ("grant", "webhook_key")
_PLAIN = [column for column in connections.c if column.name not in _SECRET]

_ALL = select(*_PLAIN).order_by(connections.c.name)
_ONE = select(*_PLAIN).where(connections.c.name == bindparam("connection"))

_TOUCH = (
    update(connections)
    .where(connections.c.name == bindparam("connection"))
    .values(last_event_at=bindparam("now"))
)


def ensure(tx: Connection, names: Collection[str], now: datetime) -> None:
    """Give every named connection a row; `since` of a new one is now."""
    rows = [(name, microseconds(now)) for name in sorted(names)]
    bulk.insert(tx, connections, ("name", "since"), rows, "ON CONFLICT DO NOTHING")


def load(tx: Connection, name: str) -> ConnectionRow:
    """Return one connection. Raises KeyError if it was never ensured."""
    row = tx.execute(_ONE, {"connection": name}).first()
    if row is None:
        raise KeyError(f"Connection {name} is not in the database yet.")
    return _read(row)


def load_all(tx: Connection) -> dict[str, ConnectionRow]:
    """Return all connections by name."""
    return {row.name: _read(row) for row in tx.execute(_ALL)}


def pause(tx: Connection, name: str, until: datetime, reason: str) -> None:
    """Ask nothing of the connection until then; a longer pause in force stays."""
    shorter = or_(connections.c.paused_until.is_(None), connections.c.paused_until < until)
    paused = update(connections).where(connections.c.name == name, shorter)
    tx.execute(paused.values(paused_until=until, pause_reason=codec.plain_text(reason)))


def resume(tx: Connection, name: str) -> None:
    """End a pause and forget the error."""
    _set(tx, name, paused_until=None, pause_reason=None, error=None, error_at=None)


def save_cursor(tx: Connection, name: str, cursor: str | None, *, polled_at: datetime) -> None:
    """Remember how far a poll has read."""
    _set(tx, name, cursor=cursor, last_poll_at=polled_at)


def save_poll_at(tx: Connection, name: str, poll_at: datetime) -> None:
    """Set when to poll next."""
    _set(tx, name, poll_at=poll_at)


def save_renew_at(tx: Connection, name: str, renew_at: datetime | None, error: str | None = None) -> None:
    """Set when the webhook subscriptions are to be renewed, and why that did not go well last time."""
    _set(tx, name, renew_at=renew_at, renew_error=None if error is None else codec.plain_text(error))


def due_polls(tx: Connection, now: datetime) -> list[str]:
    """Return the connections that are to be polled now and are not paused; one never set is."""
    is_due = or_(connections.c.poll_at.is_(None), connections.c.poll_at <= now)
    awake = or_(connections.c.paused_until.is_(None), connections.c.paused_until <= now)
    return list(tx.scalars(select(connections.c.name).where(is_due, awake).order_by(connections.c.name)))


def save_backfill(
    tx: Connection,
    name: str,
    *,
    cursor: str | None,
    seen: int,
    total: int | None = None,
    done_at: datetime | None = None,
) -> None:
    """Remember how far a backfill has read."""
    progress = {"backfill_cursor": cursor, "backfill_seen": seen, "backfill_total": total}
    _set(tx, name, **progress, backfill_done_at=done_at)


def save_directory(tx: Connection, name: str, users: Sequence[User], now: datetime) -> None:
    """Remember the people of the CRM account."""
    _set(tx, name, directory=_DIRECTORY.dump_json(tuple(users)).decode(), directory_at=now)


def save_drift(tx: Connection, name: str, drift: Sequence[Drift], now: datetime) -> None:
    """Remember where the YAML and the CRM disagree now; what was remembered before is gone."""
    _set(tx, name, drift=_DRIFT.dump_json(tuple(drift)).decode(), drift_at=now)


def touch_event(tx: Connection, names: Collection[str], now: datetime) -> None:
    """Remember that a webhook came in."""
    if names:
        tx.execute(_TOUCH, [{"connection": name, "now": now} for name in sorted(names)])


def save_error(tx: Connection, name: str, error: str | None, now: datetime) -> None:
    """Remember what is wrong with the connection, or with None that all is well again."""
    words = None if error is None else codec.plain_text(error)
    _set(tx, name, error=words, error_at=None if error is None else now)


def load_grant(tx: Connection, name: str) -> bytes | None:
    """Return the encrypted grant (tokens that the CRM rotates)."""
    return tx.scalar(select(connections.c.grant).where(connections.c.name == name))


def save_grant(tx: Connection, name: str, grant: bytes | None) -> None:
    """Keep an encrypted grant."""
    _set(tx, name, grant=grant)


def load_webhook_key(tx: Connection, name: str) -> bytes | None:
    """Return the encrypted key that the CRM signs webhooks with."""
    return tx.scalar(select(connections.c.webhook_key).where(connections.c.name == name))


def save_webhook_key(tx: Connection, name: str, key: bytes | None) -> None:
    """Keep an encrypted webhook key."""
    _set(tx, name, webhook_key=key)


def _set(tx: Connection, name: str, **values: object) -> None:
    if tx.execute(update(connections).where(connections.c.name == name).values(**values)).rowcount != 1:
        raise KeyError(f"Connection {name} is not in the database yet.")


def _read(row: Row[*tuple[Any, ...]]) -> ConnectionRow:
    read = {"directory": _DIRECTORY.validate_json(row.directory), "drift": _DRIFT.validate_json(row.drift)}
    return ConnectionRow(**{**row._mapping, **read})

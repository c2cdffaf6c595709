"""Versions of the YAML: one row for each activation; the latest is active."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, text

from store import codec
from store.schema import rulesets


@dataclass(frozen=True, slots=True)
class Stored:
    """One activation of a ruleset."""

    version: int
    hash: str
    files: Mapping[str, str]  # relative path -> text
    active: bool
    applied_at: datetime
    applied_by: str
    message: str | None


def active(tx: Connection) -> Stored | None:
    """Return the ruleset in force, None before the first apply."""
    return _one(tx, _stored().limit(1))


def active_version(tx: Connection) -> tuple[int, str] | None:
    """Return (version, hash) of the ruleset in force without reading its files."""
    latest = select(rulesets.c.version, rulesets.c.hash).order_by(rulesets.c.version.desc()).limit(1)
    row = tx.execute(latest).first()
    return None if row is None else (row[0], row[1])


def activate(
    tx: Connection, hash: str, files: Mapping[str, str], *, by: str, message: str | None, now: datetime
) -> int:
    """Put a ruleset in force and return its version number."""
    values = {"files": codec.files.dump_json(dict(files)).decode(), "applied_by": by, "message": message}
    row = insert(rulesets).values(hash=hash, applied_at=now, **values).returning(rulesets.c.version)
    version: int = tx.execute(row).scalar_one()
    return version


def hold_deals(tx: Connection) -> None:
    """Let nobody save a deal until this transaction ends.

    Whoever decides a deal renews its lease and only then asks which rules are in force: so a deal is either saved
    before, and seen by who applies the rules, or decided by the new ones. SQLite has one writer anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("LOCK TABLE deals IN SHARE ROW EXCLUSIVE MODE"))


def load(tx: Connection, version: int) -> Stored | None:
    """Return one version."""
    return _one(tx, _stored().where(rulesets.c.version == version))


def history(tx: Connection) -> list[Stored]:
    """Return all versions, newest first."""
    return [_read(row) for row in tx.execute(_stored())]


def _stored() -> Select[*tuple[Any, ...]]:
    latest = select(func.max(rulesets.c.version)).scalar_subquery()
    is_active = (rulesets.c.version == latest).label("active")
    return select(rulesets, is_active).order_by(rulesets.c.version.desc())


def _one(tx: Connection, query: Select[*tuple[Any, ...]]) -> Stored | None:
    row = tx.execute(query).first()
    return None if row is None else _read(row)


def _read(row: Row[*tuple[Any, ...]]) -> Stored:
    return Stored(
        version=row.version,
        hash=row.hash,
        files=codec.files.validate_json(row.files),
        active=bool(row.active),
        applied_at=row.applied_at,
        applied_by=row.applied_by,
        message=row.message,
    )

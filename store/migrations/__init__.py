"""Brings the tables from any earlier version to this one; the steps are in `versions/`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

_LOCK = 7_236_451  # any number that no other program locks in this database


def upgrade(tx: Connection) -> None:
    """Run the missing steps inside this write transaction, one caller at a time."""
    if tx.dialect.name == "postgresql":  # SQLite's write transaction excludes others by itself
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config(attributes={"connection": tx})
    config.set_main_option("script_location", "store:migrations")
    command.upgrade(config, "head")

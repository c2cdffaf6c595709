"""Brings the tables from any earlier version to this one; the steps are in `versions/`."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

_LOCK = 7_236_451  # any number that no other program locks in this database


def upgrade(tx: Connection) -> None:
    """Run the missing steps inside this write transaction, one caller at a time."""
    if tx.dialect.name == "postgresql":  # SQLite's write transaction excludes others by itself
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(_config(tx), "head")


def is_current(tx: Connection) -> bool:
    """Say whether no step is missing."""
    newest = ScriptDirectory.from_config(_config(tx)).get_current_head()
    return MigrationContext.configure(tx).get_current_revision() == newest


def _config(tx: Connection) -> Config:
    config = Config(attributes={"connection": tx})
    config.set_main_option("script_location", "store:migrations")
    return config

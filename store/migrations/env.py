"""Tells Alembic to work in the transaction that `store.migrations.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from store import schema

context.configure(connection=context.config.attributes["connection"], target_metadata=schema.metadata)
context.run_migrations()

"""Deals by the journey that they follow in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    follows = sa.text("journey <> id")
    op.create_index("deals_by_journey", "deals", ["journey"], sqlite_where=follows, postgresql_where=follows)

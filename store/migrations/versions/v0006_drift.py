"""What of the YAML a connection's CRM no longer agrees with, and why its webhooks could not be renewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("renew_error", sa.Text()))
    op.add_column("connections", sa.Column("drift", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("connections", sa.Column("drift_at", sa.BigInteger()))

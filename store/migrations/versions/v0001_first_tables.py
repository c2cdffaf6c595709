"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _connections()
    _deals()
    _handoffs()
    _inbox()
    _ledger()
    _locks()
    _outbox()
    _rulesets()
    _samples()
    _turns()
    _links()


def _connections() -> None:
    op.create_table(
        "connections",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("pause_reason", sa.Text()),
        sa.Column("cursor", sa.Text()),
        sa.Column("poll_at", sa.BigInteger()),
        sa.Column("last_poll_at", sa.BigInteger()),
        sa.Column("last_event_at", sa.BigInteger()),
        sa.Column("backfill_cursor", sa.Text()),
        sa.Column("backfill_seen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("backfill_total", sa.BigInteger()),
        sa.Column("backfill_done_at", sa.BigInteger()),
        sa.Column("directory", sa.Text(), server_default="[]", nullable=False),
        sa.Column("directory_at", sa.BigInteger()),
        sa.Column("grant", sa.LargeBinary()),
        sa.Column("webhook_key", sa.LargeBinary()),
        sa.Column("error", sa.Text()),
        sa.Column("error_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="connections_key"),
    )


def _deals() -> None:
    op.create_table(
        "deals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("section", sa.Text()),
        sa.Column("stage", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("updated_at", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("ruleset", sa.Text()),
        sa.Column("lease_token", sa.Text()),
        sa.Column("leased_until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="deals_key"),
    )
    op.create_index("deals_by_status_owner_section_stage", "deals", ["status", "owner", "section", "stage"])


def _handoffs() -> None:
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("from_section", sa.Text(), nullable=False),
        sa.Column("to_section", sa.Text(), nullable=False),
        sa.Column("from_member", sa.Text()),
        sa.Column("to_member", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="handoffs_key"),
    )
    op.create_index("handoffs_by_deal_id", "handoffs", ["deal_id"])
    op.create_index("handoffs_by_status_due_at", "handoffs", ["status", "due_at"])


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text()),
        sa.Column("remote_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text()),
        sa.Column("payload", sa.Text()),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("done_at", sa.BigInteger()),
        sa.CheckConstraint("state IN ('pending', 'held', 'done', 'dead')", name="inbox_state"),
        sa.PrimaryKeyConstraint("id", name="inbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("inbox_by_deal_id_state", "inbox", ["deal_id", "state"])
    op.create_index("inbox_by_state_due_at", "inbox", ["state", "due_at"])
    op.create_index(
        "inbox_unique_connection_source_id",
        "inbox",
        ["connection", "source_id"],
        unique=True,
        sqlite_where=sa.text("source_id IS NOT NULL"),
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("rule_file", sa.Text()),
        sa.Column("rule_line", sa.Integer()),
        sa.Column("ruleset", sa.Text()),
        sa.Column("event_id", sa.BigInteger()),
        sa.Column("write_id", sa.BigInteger()),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="ledger_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ledger_by_at", "ledger", ["at"])
    op.create_index("ledger_by_deal_id_id", "ledger", ["deal_id", "id"])


def _locks() -> None:
    op.create_table(
        "locks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="locks_key"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempted_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("receipt_id", sa.Text()),
        sa.CheckConstraint(
            "state IN ('pending', 'sending', 'done', 'settled', 'superseded', 'parked')", name="outbox_state"
        ),
        sa.PrimaryKeyConstraint("id", name="outbox_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_deal_id_state", "outbox", ["deal_id", "state"])
    op.create_index("outbox_by_state_due_at", "outbox", ["state", "due_at"])
    op.create_index(
        "outbox_unique_open_key",
        "outbox",
        ["deal_id", "key"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'sending', 'parked')"),
        postgresql_where=sa.text("state IN ('pending', 'sending', 'parked')"),
    )


def _rulesets() -> None:
    op.create_table(
        "rulesets",
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.PrimaryKeyConstraint("version", name="rulesets_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("rulesets_by_hash", "rulesets", ["hash"])


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="samples_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("samples_by_connection_id", "samples", ["connection", "id"])


def _turns() -> None:
    op.create_table(
        "turns",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("role", "member", name="turns_key"),
    )


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text()),
        sa.Column("version", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('live', 'gone')", name="links_state"),
        sa.ForeignKeyConstraint(
            ["deal_id"],
            ["deals.id"],
            name="links_deal_id_of_deals",
            ondelete="CASCADE",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("deal_id", "connection", name="links_key"),
    )
    op.create_index("links_unique_connection_remote_id", "links", ["connection", "remote_id"], unique=True)

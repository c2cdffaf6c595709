"""Accounts of people: their sessions and API tokens, attempts to sign in, and who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _users()
    _sessions()
    _api_tokens()
    op.create_table(
        "login_attempts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="login_attempts_key"),
    )
    _audit()


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("password_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("email", name="users_key"),
        sa.CheckConstraint("profile IN ('admin', 'head', 'specialist', 'external')", name="users_profile"),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="sessions_key"),
        sa.ForeignKeyConstraint(
            ["email"], ["users.email"], name="sessions_email_of_users", ondelete="CASCADE"
        ),
    )
    op.create_index("sessions_by_email", "sessions", ["email"])


def _api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="api_tokens_key"),
        sa.ForeignKeyConstraint(
            ["email"], ["users.email"], name="api_tokens_email_of_users", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("api_tokens_unique_token_hash", "api_tokens", ["token_hash"], unique=True)
    op.create_index("api_tokens_by_email", "api_tokens", ["email"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="audit_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_by_at", "audit", ["at"])

"""The tables. Only what SQLite and PostgreSQL both can do; every state is explained where it is declared.

A change here needs a migration in `store/migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Return a time as it is stored. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError("A time without a zone cannot be stored.")
    return (at - EPOCH) // _MICROSECOND


def optional_microseconds(at: datetime | None) -> int | None:
    """Return a time as it is stored, if there is one."""
    return None if at is None else microseconds(at)


class Instant(TypeDecorator[datetime]):
    """A time as microseconds since 1970 UTC, so that both databases compare alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return optional_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


# SQLite counts by itself only in a column of exactly this type.
RowId = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_unique_%(column_0_N_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_of_%(referred_table_name)s",
        "pk": "%(table_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)

connections = Table(
    "connections",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", Instant, nullable=False),  # when the house first knew this connection
    Column("paused_until", Instant),  # nothing is asked of the CRM before; its work is not due
    Column("pause_reason", Text),
    Column("cursor", Text),  # how far polls have read
    Column("poll_at", Instant),  # when to poll next
    Column("renew_at", Instant),  # when its webhook subscriptions are to be renewed; null: they do not die
    Column("renew_error", Text),  # why they could not be renewed last time
    Column("last_poll_at", Instant),
    Column("last_event_at", Instant),
    Column("backfill_cursor", Text),
    Column("backfill_seen", BigInteger, nullable=False, server_default="0"),
    Column("backfill_total", BigInteger),
    Column("backfill_done_at", Instant),
    Column("directory", Text, nullable=False, server_default="[]"),  # JSON: the people of the account
    Column("directory_at", Instant),
    Column("drift", Text, nullable=False, server_default="[]"),  # JSON: where YAML and CRM disagree
    Column("drift_at", Instant),  # when that was looked at
    Column("grant", LargeBinary),  # encrypted: tokens that the CRM rotates
    Column("webhook_key", LargeBinary),  # encrypted: what the CRM signs with
    Column("error", Text),
    Column("error_at", Instant),
)

deals = Table(
    "deals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("journey", Text, nullable=False),
    Column("home", Text, nullable=False),
    Column("status", Text, nullable=False),  # mapping.model.DealStatus
    Column("section", Text),
    Column("stage", Text),
    Column("owner", Text),
    Column("updated_at", Instant),
    Column("body", Text, nullable=False),  # JSON: mapping.model.Deal, the truth of the columns above
    Column("revision", BigInteger, nullable=False),  # counts the saves
    Column("ruleset", Text),  # hash of the rules it was last decided under
    Column("lease_token", Text),  # who works on the deal; null: nobody
    Column("leased_until", Instant),  # from then on anybody may take it
    # One index for all counts and filters: each further one costs a backfill a tenth of its speed.
    Index(None, "status", "owner", "section", "stage"),
    # Only the deals that follow from another one, which are few.
    Index(
        "deals_by_journey",
        "journey",
        sqlite_where=text("journey <> id"),
        postgresql_where=text("journey <> id"),
    ),
)

links = Table(
    "links",
    metadata,
    Column("connection", Text, nullable=False),
    Column(
        "deal_id",
        Text,
        ForeignKey("deals.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        nullable=False,
    ),
    Column("remote_id", Text),  # null: our create has no receipt yet
    Column("version", Text),
    Column("state", Text, nullable=False),
    Column("body", Text, nullable=False),  # JSON: mapping.model.Link
    PrimaryKeyConstraint("deal_id", "connection"),
    CheckConstraint("state IN ('live', 'gone')", name="state"),  # gone: the CRM no longer has the record
    Index("links_unique_connection_remote_id", "connection", "remote_id", unique=True),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("from_section", Text, nullable=False),
    Column("to_section", Text, nullable=False),
    Column("from_member", Text),
    Column("to_member", Text),
    Column("status", Text, nullable=False),  # mapping.model.HandoffStatus
    Column("offered_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("closed_at", Instant),
    Column("body", Text, nullable=False),  # JSON: mapping.model.Handoff
    Index(None, "deal_id"),
    Index(None, "status", "due_at"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("connection", Text),
    Column("remote_id", Text),
    Column("kind", Text, nullable=False),  # mapping.model.EventKind
    Column("source_id", Text),  # the CRM's own identity of the event
    Column("payload", Text),  # JSON: [hint, record, data]; null once purged
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # pending: to be worked off from `due_at` on    held: set aside until a person decides
    # done: worked off, or dropped by a person      dead: given up after too many attempts
    Column("state", Text, nullable=False),
    Column("error", Text),
    Column("done_at", Instant),
    CheckConstraint("state IN ('pending', 'held', 'done', 'dead')", name="state"),
    Index(
        "inbox_unique_connection_source_id",
        "connection",
        "source_id",
        unique=True,
        sqlite_where=text("source_id IS NOT NULL"),
        postgresql_where=text("source_id IS NOT NULL"),
    ),
    Index(None, "state", "due_at"),
    Index(None, "deal_id", "state"),
    sqlite_autoincrement=True,  # the ledger names events: an id is never used twice
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("remote_id", Text),
    Column("key", Text, nullable=False),  # idempotency key of the write
    Column("kind", Text, nullable=False),  # update, create, task, note, close_task
    Column("body", Text, nullable=False),  # JSON: mapping.model.Write
    Column("state", Text, nullable=False),  # store.outbox.State
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("attempted_at", Instant),
    Column("done_at", Instant),
    Column("error", Text),  # the CRM's words
    Column("receipt_id", Text),  # id of what the CRM made or changed
    CheckConstraint(
        "state IN ('pending', 'sending', 'done', 'settled', 'superseded', 'parked')", name="state"
    ),
    Index(
        "outbox_unique_open_key",
        "deal_id",
        "key",
        unique=True,
        sqlite_where=text("state IN ('pending', 'sending', 'parked')"),
        postgresql_where=text("state IN ('pending', 'sending', 'parked')"),
    ),
    Index(None, "state", "due_at"),
    Index(None, "deal_id", "state"),
    sqlite_autoincrement=True,
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("deal_id", Text),  # null: concerns the house
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("rule_file", Text),
    Column("rule_line", Integer),
    Column("ruleset", Text),
    Column("event_id", BigInteger),
    Column("write_id", BigInteger),
    Column("data", Text, nullable=False),  # JSON object
    Column("said", Text),  # JSON: what the phrases in `summary` and `data` were made of; null: there is none
    Index(None, "deal_id", "id"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

rulesets = Table(
    "rulesets",
    metadata,
    Column("version", RowId, primary_key=True),  # one row for each activation; the highest is active
    Column("hash", Text, nullable=False),
    Column("files", Text, nullable=False),  # JSON: relative path -> text
    Column("applied_at", Instant, nullable=False),
    Column("applied_by", Text, nullable=False),
    Column("message", Text),
    Index(None, "hash"),
    sqlite_autoincrement=True,
)

turns = Table(
    "turns",
    metadata,
    Column("role", Text, nullable=False),
    Column("member", Text, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("last_at", Instant, nullable=False),
    PrimaryKeyConstraint("role", "member"),
)

practices = Table(
    "practices",
    metadata,
    Column("stage", Text, primary_key=True),
    Column("last_at", Instant, nullable=False),  # when a deal last came onto it, or it was first watched
)

locks = Table(
    "locks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("until", Instant, nullable=False),
)

samples = Table(
    "samples",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "connection", "id"),
    sqlite_autoincrement=True,
)

users = Table(
    "users",
    metadata,
    Column("email", Text, primary_key=True),  # lower case; names the team member, where there is one
    Column("profile", Text, nullable=False),  # sync.access.viewer.Profile
    Column("password", Text, nullable=False),  # argon2, with its parameters and salt
    Column("created_at", Instant, nullable=False),
    Column("password_at", Instant, nullable=False),  # when the password was set
    Column("signed_in_at", Instant),
    CheckConstraint("profile IN ('admin', 'head', 'specialist', 'external')", name="profile"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", Text, primary_key=True),  # of the random token that only the browser has
    Column("email", Text, ForeignKey("users.email", ondelete="CASCADE"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),  # it ends when it was not used for a while ...
    Column("ends_at", Instant, nullable=False),  # ... and at the latest here
    Index(None, "email"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("email", Text, ForeignKey("users.email", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),  # what it is for, in the words of whoever made it
    Column("token_hash", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("api_tokens_unique_token_hash", "token_hash", unique=True),
    Index(None, "email"),
    sqlite_autoincrement=True,
)

login_attempts = Table(
    "login_attempts",
    metadata,
    Column("key", Text, primary_key=True),  # hash of an account, an address, or both
    Column("failures", Integer, nullable=False),  # since then
    Column("since", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text),  # e-mail of an account, `user@host` of the command line; null: nobody known
    Column("action", Text, nullable=False),
    Column("subject", Text),  # whom or what it concerns
    Column("address", Text),  # where the request came from
    Column("data", Text, nullable=False),  # JSON object
    Index(None, "at"),
    sqlite_autoincrement=True,
)

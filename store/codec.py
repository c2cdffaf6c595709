"""How the nouns of `mapping.model` are written into text columns and read back.

Rows outlive versions of the house: a new field of a noun needs a default, one that is gone is ignored. Deals and
links, of which there are most, leave out what is as by default: a default of theirs never changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import TypeAdapter

from mapping.model import Deal, Handoff, Hint, Link, Record, Value, Write
from store.schema import optional_microseconds

Payload = tuple[Hint | None, Record | None, dict[str, str]]
"""What an event brought along: hint, record, arguments of a manual action."""

deal: TypeAdapter[Deal] = TypeAdapter(Deal)
link: TypeAdapter[Link] = TypeAdapter(Link)
handoff: TypeAdapter[Handoff] = TypeAdapter(Handoff)
write: TypeAdapter[Write] = TypeAdapter(Write)
payload: TypeAdapter[Payload] = TypeAdapter(Payload)
data: TypeAdapter[Mapping[str, Value]] = TypeAdapter(dict[str, Value])
files: TypeAdapter[Mapping[str, str]] = TypeAdapter(dict[str, str])

MAX_WORDS = 2000  # characters of a CRM's message


def plain_text(words: str, limit: int = MAX_WORDS) -> str:
    """Return text from outside as any database takes it: no NUL, no half characters, not endless."""
    clean = words.replace("\0", "").encode("utf-8", "replace").decode()
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


DEAL_COLUMNS = (
    "id",
    "journey",
    "home",
    "status",
    "section",
    "stage",
    "owner",
    "updated_at",
    "body",
    "revision",
    "ruleset",
)

LINK_COLUMNS = ("connection", "remote_id", "deal_id", "version", "state", "body")


def deal_row(value: Deal, ruleset: str | None) -> tuple[str | int | None, ...]:
    """Return a deal as the values of DEAL_COLUMNS, with the revision of a new one."""
    return (
        value.id,
        value.journey,
        value.home,
        value.status.value,
        value.section,
        value.stage,
        value.owner,
        optional_microseconds(value.updated_at),
        deal.dump_json(value, exclude_defaults=True).decode(),
        1,
        ruleset,
    )


def link_row(value: Link) -> tuple[str | None, ...]:
    """Return a link as the values of LINK_COLUMNS."""
    state = "gone" if value.gone else "live"
    body = link.dump_json(value, exclude_defaults=True).decode()
    return (value.connection, value.remote_id, value.deal_id, value.version, state, body)

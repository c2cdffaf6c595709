"""How records, people and times are called in what people read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection

from mapping.model import Deal, Link
from store import deals, links


def iso(at: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def home_link(deal: Deal, tied: Iterable[Link]) -> Link | None:
    """The record that a deal is shown as: the one in its home, else any that exists in a CRM."""
    existing = [link for link in tied if link.remote_id is not None]
    return next((link for link in existing if link.connection == deal.home), next(iter(existing), None))


def ref(link: Link) -> str:
    """`connection:id` of a record."""
    return f"{link.connection}:{link.remote_id}"


def refs(tx: Connection, deal_ids: Collection[str]) -> Mapping[str, str]:
    """`connection:id` of each deal, by the house's own id; the own id itself where no record is left."""
    found, tied = deals.load(tx, deal_ids), links.load(tx, deal_ids)
    shown = {deal_id: home_link(deal, tied[deal_id]) for deal_id, deal in found.items()}
    return {deal_id: ref(link) if (link := shown.get(deal_id)) else deal_id for deal_id in deal_ids}

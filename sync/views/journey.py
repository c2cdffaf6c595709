"""The customer's other deals on the line, as far as a viewer may see them."""

from __future__ import annotations

from typing import TypedDict

from sqlalchemy import Connection, select

from mapping.model import Deal, Value
from store import deals, links
from store.schema import deals as table
from sync.access.sight import Sight
from sync.views.names import home_link, ref


class OtherDeal(TypedDict):
    """Another deal of the same journey."""

    deal: str
    title: Value
    stage: str | None
    status: str


def others(tx: Connection, sight: Sight, deal: Deal) -> list[OtherDeal]:
    """The other deals of a deal's journey that the viewer sees, in the order in which they were opened."""
    same = tx.scalars(select(table.c.id).where(table.c.journey == deal.journey))
    seen = sight.seen(tx, set(same) - {deal.id})
    found, tied = deals.load(tx, seen), links.load(tx, seen)
    shown = []
    for each in sorted(found.values(), key=lambda each: (str(each.created_at or ""), each.id)):
        link = home_link(each, tied[each.id])
        if link is not None:
            title = each.fields.get("title")
            shown.append(OtherDeal(deal=ref(link), title=title, stage=each.stage, status=each.status.value))
    return shown

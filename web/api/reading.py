"""What the API tells of deals and hand-offs, each as far as the caller may see it."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import TypedDict

from pydantic import Field
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from mapping.model import Deal, DealStatus, Handoff, HandoffStatus, Ref
from store import deals, handoffs, links
from store.deals import DealRow
from store.schema import deals as deals_table
from store.schema import handoffs as handoffs_table
from sync.access.viewer import Profile
from sync.views import deals as deal_views
from sync.views import story
from sync.views.deals import DealView, Wanted
from sync.views.handoffs import HandoffView, view
from sync.views.names import refs
from sync.views.story import StoryView
from web.api.call import NO_CURSOR, Call, Nothing, Paged, from_cursor, to_cursor
from web.api.problems import not_found


class DealPage(TypedDict):
    """A page of deals."""

    items: list[DealView]
    next: str | None


class HandoffPage(TypedDict):
    """A page of hand-offs."""

    items: list[HandoffView]
    next: str | None


class DealsWanted(Paged):
    """Which deals."""

    connection: str | None = Field(None, description="Only of this connection.")
    section: str | None = Field(None, description="Only in this section.")
    stage: str | None = Field(None, description="Only on this stage of the line.")
    status: DealStatus | None = Field(None, description="Only with this status.")
    owner: str | None = Field(None, description="Only of this member, by e-mail.")


class HandoffsWanted(Paged):
    """Which hand-offs."""

    status: HandoffStatus | None = Field(None, description="Only with this status.")
    section: str | None = Field(None, description="Only to this section.")
    member: str | None = Field(None, description="Only to this member, by e-mail.")
    late: bool = Field(False, description="Only open ones past their deadline.")


def list_deals(call: Call, wanted: DealsWanted) -> DealPage:
    """The deals, in a stable order."""
    owner = wanted.owner.lower() if wanted.owner else None
    filtered = Wanted(wanted.connection, wanted.section, wanted.stage, wanted.status, owner)
    after = from_cursor(wanted.cursor, 1)[0] if wanted.cursor else None
    items, last = deal_views.page(call.runtime, filtered, call.sight.deals(), after, wanted.limit)
    return DealPage(items=items, next=to_cursor(last) if last is not None else None)


def show_deal(call: Call, _: Nothing) -> DealView:
    """One deal."""
    return _explained(call)[1]


def explain(call: Call, _: Nothing) -> StoryView:
    """One deal's whole story, with reasons."""
    return _explained(call)[0]


def journey(call: Call, _: Nothing) -> DealPage:
    """All deals of its customer's journey; of those elsewhere only where they stand."""
    deal = _seen(call)
    rules = call.runtime.rules.get()
    with call.runtime.store.read() as tx:
        found = deals.load(tx, tx.scalars(select(deals_table.c.id).where(_of_journey(deal.journey))).all())
        tied, seen = links.load(tx, found), call.sight.seen(tx, found)
        told = {
            each.id: deal_views.one(tx, call.runtime, rules, DealRow(each, tied[each.id]))
            for each in sorted(found.values(), key=attrgetter("id"))
        }
    if call.viewer.profile is Profile.EXTERNAL:
        told = {id: view for id, view in told.items() if id in seen}
    items = [view if id in seen else call.sight.masked(view) for id, view in told.items()]
    return DealPage(items=items, next=None)


def list_handoffs(call: Call, wanted: HandoffsWanted) -> HandoffPage:
    """The hand-offs, newest first."""
    with call.runtime.store.read() as tx:
        found = handoffs.listing(
            tx,
            statuses=[wanted.status] if wanted.status else (),
            to_section=wanted.section,
            to_member=wanted.member.lower() if wanted.member else None,
            late_at=call.runtime.now() if wanted.late else None,
            shown=call.sight.handoffs(),
            after=_place(wanted.cursor),
            limit=wanted.limit + 1,
        )
        shown = found[: wanted.limit]
        items = views(tx, call, shown)
    more = len(found) > wanted.limit
    return HandoffPage(items=items, next=_cursor(shown[-1]) if more else None)


def show_handoff(call: Call, _: Nothing) -> HandoffView:
    """One hand-off."""
    with call.runtime.store.read() as tx:
        return views(tx, call, [readable(tx, call)])[0]


def readable(tx: Connection, call: Call) -> Handoff:
    """The hand-off of the address. Raises `Problem` if there is none for this caller."""
    name = call.path["handoff"]
    found = handoffs.listing(tx, shown=and_(handoffs_table.c.id == name, call.sight.handoffs()))
    if not found:
        raise not_found(f"There is no hand-off {name}, or not for you.")
    return found[0]


def views(tx: Connection, call: Call, found: list[Handoff]) -> list[HandoffView]:
    """Hand-offs as they are told; of one whose deal stands elsewhere only whether it was taken."""
    ids = {handoff.deal_id for handoff in found}
    names, seen = refs(tx, ids), call.sight.seen(tx, ids)
    told = [(handoff, view(handoff, names[handoff.deal_id])) for handoff in found]
    return [each if h.deal_id in seen else call.sight.masked_handoff(each) for h, each in told]


def _explained(call: Call) -> tuple[StoryView, DealView]:
    _seen(call)
    return story.explain(call.runtime, _ref(call))


def _seen(call: Call) -> Deal:
    """The deal of the address. Raises `Problem` if there is none for this caller."""
    with call.runtime.store.read() as tx:
        deal = deals.find_by_ref(tx, _ref(call))
        if deal is None or not call.sight.seen(tx, [deal.id]):
            raise not_found(f"There is no deal {call.path['deal']}, or not for you.")
        return deal


def _of_journey(name: str) -> ColumnElement[bool]:
    """The condition on deals, as the indexes have it: the first by its id, those that follow by their journey."""
    id, journey = deals_table.c.id, deals_table.c.journey
    return or_(id == name, and_(journey == name, journey != id))


def _ref(call: Call) -> Ref:
    connection, _, remote_id = call.path["deal"].partition(":")
    return Ref(connection, remote_id)


def _cursor(handoff: Handoff) -> str:
    return to_cursor(handoff.offered_at.isoformat(), handoff.id)


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, last = from_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(at).astimezone(UTC), last
    except (ValueError, OverflowError) as error:
        raise NO_CURSOR from error

"""The one place that says which deals, hand-offs and ledger entries a viewer may read, and what is masked for them.

A list or a count takes its condition from here into its query, so that pages are cut after it and numbers tell
nothing of what is hidden; one deal at hand is asked about with `sees`. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from mapping.model import Deal, DealStatus, Handoff, HandoffStatus
from store.schema import deals, handoffs, ledger
from sync.access.viewer import Profile, Viewer
from sync.views.deals import DealView
from sync.views.handoffs import HandoffView

_ON_THE_LINE = (DealStatus.OPEN, DealStatus.WON, DealStatus.LOST)
_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer may read.

    Who sees all, sees all. A specialist sees the deals that stand in their sections, and those of open hand-offs
    to them. An external account sees of these only what it owns. Deals that stand nowhere on the line - unmapped,
    ignored, deleted - are for those who see all.
    """

    viewer: Viewer

    @classmethod
    def of(cls, viewer: Viewer) -> Sight:
        """The sight of a viewer."""
        return cls(viewer)

    @property
    def sections(self) -> frozenset[str] | None:
        """The sections whose numbers and rows are shown; None for all. A report takes no row from others."""
        return self.viewer.sections

    def deals(self) -> ColumnElement[bool]:
        """The condition on `store.schema.deals`."""
        if self.viewer.sees_all:
            return true()
        to_them = select(handoffs.c.deal_id).where(_open(), handoffs.c.to_member == self.viewer.email)
        return and_(deals.c.status.in_(_ON_THE_LINE), or_(self._theirs(), deals.c.id.in_(to_them)))

    def handoffs(self) -> ColumnElement[bool]:
        """The condition on `store.schema.handoffs`: those of the deals they see, and the open ones that they gave.

        What is beside the deal in one that they gave is for `masked_handoff` to hide.
        """
        if self.viewer.sees_all:
            return true()
        given = and_(_open(), handoffs.c.from_member == self.viewer.email)
        of_seen: ColumnElement[bool] = handoffs.c.deal_id.in_(select(deals.c.id).where(self.deals()))
        if self.viewer.profile is Profile.EXTERNAL:
            of_seen = and_(of_seen, self._names_them())
        return or_(given, of_seen)

    def ledger(self) -> ColumnElement[bool]:
        """The condition on `store.schema.ledger`; what concerns the house is for those who see all."""
        if self.viewer.sees_all:
            return true()
        return ledger.c.deal_id.in_(select(deals.c.id).where(self.deals()))

    def sees(self, deal: Deal, own: Iterable[Handoff] = ()) -> bool:
        """Whether this deal is shown to them, given its hand-offs; without those only if it is theirs anyway."""
        if self.viewer.sees_all:
            return True
        if deal.status not in _ON_THE_LINE:
            return False
        if any(each.status in _OPEN and each.to_member == self.viewer.email for each in own):
            return True
        mine = self.viewer.profile is not Profile.EXTERNAL or deal.owner == self.viewer.email
        return deal.section is not None and self.viewer.works_in(deal.section) and mine

    def seen(self, tx: Connection, deal_ids: Iterable[str]) -> frozenset[str]:
        """Those of these deals, by the house's own ids, that are shown to them."""
        among = deals.c.id.in_(sorted(set(deal_ids)))
        return frozenset(tx.scalars(select(deals.c.id).where(among, self.deals())))

    def masked(self, view: DealView) -> DealView:
        """A deal elsewhere, as far as they may know of it: where it stands, and nothing of the customer."""
        if self.viewer.sees_all:
            return view
        hidden: DealView = {
            **view,
            "title": None,
            "amount": None,
            "currency": None,
            "fields": {},
            "url": None,
        }
        return hidden

    def masked_handoff(self, view: HandoffView) -> HandoffView:
        """A hand-off of a deal elsewhere: whether it was taken, and nothing that people wrote about it."""
        if self.viewer.sees_all:
            return view
        hidden = {**view["details"], "reason": None, "missing": [], "candidates": []}
        return {**view, "details": hidden}

    def _theirs(self) -> ColumnElement[bool]:
        if not self.viewer.sections:
            return false()
        inside = deals.c.section.in_(sorted(self.viewer.sections))
        external = self.viewer.profile is Profile.EXTERNAL
        return and_(inside, deals.c.owner == self.viewer.email) if external else inside

    def _names_them(self) -> ColumnElement[bool]:
        email = self.viewer.email
        return or_(handoffs.c.to_member == email, handoffs.c.from_member == email)


def _open() -> ColumnElement[bool]:
    return handoffs.c.status.in_(_OPEN)

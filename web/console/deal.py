"""One deal: its story with reasons, its records beside ours, its journey, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from mapping.model import Handoff, HandoffStatus, Ref
from store import connections, deals, handoffs, links
from sync.views import beside, journey, story
from sync.views.beside import RecordView
from sync.views.handoff_tabs import reasons_of
from sync.views.journey import OtherDeal
from web.console.people import names_of
from web.console.visit import NotShown, Visit

_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)


@dataclass(frozen=True, slots=True)
class _Found:
    """A deal that the viewer sees, with all that the page shows beside its story."""

    own: tuple[Handoff, ...]
    records: list[RecordView]
    journey: list[OtherDeal]

    @property
    def offered(self) -> Handoff | None:
        """Its open hand-off."""
        return next((each for each in self.own if each.status in _OPEN), None)


def show(visit: Visit) -> Response:
    """`GET /deals/connection:id`."""
    connection, _, remote_id = visit.request.path_params["deal"].partition(":")
    named = Ref(connection, remote_id)
    found = _find(visit, named)
    told, view = story.explain(visit.runtime, named)
    offered = found.offered
    return visit.page(
        "deal.html",
        current="line",
        view=view,
        timeline=told["timeline"][::-1],
        records=found.records,
        open_handoff=offered,
        may_act=offered is not None and _may_act(visit, offered),
        reasons=reasons_of(visit.rules, offered.rule) if offered else (),
        journey=found.journey,
        names=names_of(visit.rules),
    )


def _find(visit: Visit, named: Ref) -> _Found:
    """What there is of a deal. Raises `NotShown` where the viewer does not see it."""
    with visit.runtime.store.read() as tx:
        deal = deals.find_by_ref(tx, named)
        own = handoffs.of_deals(tx, [deal.id]).get(deal.id, ()) if deal else ()
        if deal is None or not visit.sight.sees(deal, own):
            raise NotShown(f"There is no deal {named} for this viewer.")
        people = visit.runtime.directories.of(connections.load_all(tx), visit.rules)
        tied = links.load(tx, [deal.id])[deal.id]
        others = journey.others(tx, visit.sight, deal)
    return _Found(own, beside.records(visit.rules, people, deal, tied), others)


def _may_act(visit: Visit, handoff: Handoff) -> bool:
    return handoff.status is HandoffStatus.PENDING and visit.viewer.may_act_on(handoff)

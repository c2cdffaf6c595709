"""One deal: its story with reasons, its records beside ours, its journey, and what may be done with it."""

from __future__ import annotations

from starlette.responses import Response

from mapping.model import HandoffStatus, Ref
from store import connections, deals, handoffs, links
from sync.views import beside, journey, story
from sync.views.handoff_tabs import reasons_of
from web.console.people import names_of
from web.console.visit import NotShown, Visit

_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)


def show(visit: Visit) -> Response:
    """`GET /deals/connection:id`."""
    name = visit.request.path_params["deal"]
    connection, _, remote_id = name.partition(":")
    found = Ref(connection, remote_id)
    with visit.runtime.store.read() as tx:
        deal = deals.find_by_ref(tx, found)
        own = handoffs.of_deals(tx, [deal.id]).get(deal.id, ()) if deal else ()
        if deal is None or not visit.sight.sees(deal, own):
            raise NotShown(f"There is no deal {name} for this viewer.")
        people = visit.runtime.directories.of(connections.load_all(tx), visit.rules)
        tied = links.load(tx, [deal.id])[deal.id]
        others = journey.others(tx, visit.sight, deal)
    told, view = story.explain(visit.runtime, found)
    offered = next((each for each in own if each.status in _OPEN), None)
    is_pending = offered is not None and offered.status is HandoffStatus.PENDING
    return visit.page(
        "deal.html",
        current="line",
        view=view,
        timeline=told["timeline"][::-1],
        records=beside.records(visit.rules, people, deal, tied),
        open_handoff=offered,
        may_act=offered is not None and is_pending and visit.viewer.may_act_on(offered),
        reasons=reasons_of(visit.rules, offered.rule) if offered else (),
        journey=others,
        names=names_of(visit.rules),
    )

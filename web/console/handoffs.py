"""Hand-offs: mine, waiting, late, all that are open and the latest that are closed; accepted and returned here."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from mapping.model import Handoff
from store import handoffs
from sync import actions
from sync.actions import NotPossible
from sync.views.handoff_tabs import MOST, TABS, Tab, counts, rows
from web.console.people import names_of
from web.console.visit import NotShown, Visit


def show(visit: Visit, problem: str | None = None, status: int = HTTPStatus.OK) -> Response:
    """`GET /hand-offs`, with the tab of its address; without one, mine if there are any."""
    counted = counts(visit.runtime, visit.sight)
    first: Tab = "mine" if counted["mine"] else "open"
    tab = next((each for each in TABS if each == visit.query.get("tab")), first)
    return visit.page(
        "handoffs.html",
        status=status,
        current="handoffs",
        tab=tab,
        tabs=TABS,
        counts=counted,
        rows=rows(visit.runtime, visit.sight, tab),
        most=MOST,
        problem=problem,
        names=names_of(visit.rules),
    )


def accept(visit: Visit) -> Response:
    """`POST /hand-offs/{handoff}/accept`."""
    handoff = _theirs(visit)
    try:
        actions.accept(visit.runtime, handoff.id)
    except NotPossible:
        return show(visit, "not_pending", HTTPStatus.CONFLICT)
    return visit.done(visit.back_to("/hand-offs"), "accepted", "handoff_accepted", handoff.id)


def give_back(visit: Visit) -> Response:
    """`POST /hand-offs/{handoff}/return`, with a reason: one of the rule's, or words of one's own."""
    handoff = _theirs(visit)
    reason = visit.form.get("reason", "").strip()
    if not reason:
        return show(visit, "no_reason", HTTPStatus.CONFLICT)
    try:
        actions.give_back(visit.runtime, handoff.id, reason)
    except NotPossible:
        return show(visit, "not_pending", HTTPStatus.CONFLICT)
    return visit.done(visit.back_to("/hand-offs"), "returned", "handoff_returned", handoff.id)


def _theirs(visit: Visit) -> Handoff:
    """The hand-off of the address, if the viewer may act on it. Raises `NotShown`."""
    with visit.runtime.store.read() as tx:
        handoff = handoffs.load(tx, visit.request.path_params["handoff"])
    if handoff is None or not visit.viewer.may_act_on(handoff):
        raise NotShown("There is no such hand-off for this viewer.")
    return handoff

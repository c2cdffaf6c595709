"""What scripts may do by the API: answer hand-offs for their person. Noted in the audit, carried out by the drain."""

from __future__ import annotations

from pydantic import Field

from mapping.model import Handoff
from sync import actions
from sync.views.handoffs import HandoffView
from web.api.call import Call, Nothing
from web.api.problems import forbidden
from web.api.reading import readable, views


class Returned(Nothing):
    """Why a hand-off is returned."""

    reason: str = Field(
        min_length=1, max_length=500, description="One of the rule's `return_reasons`, if it has any."
    )


def accept(call: Call, _: Nothing) -> HandoffView:
    """Accept a pending hand-off for its receiver; the answer is the hand-off as it was."""
    found, told = _theirs(call)
    actions.accept(call.runtime, found.id)
    call.note("handoff_accepted", found.id)
    return told


def give_back(call: Call, given: Returned) -> HandoffView:
    """Return a pending hand-off to the previous owner and stage; the answer is the hand-off as it was."""
    found, told = _theirs(call)
    actions.give_back(call.runtime, found.id, given.reason)
    call.note("handoff_returned", found.id)
    return told


def _theirs(call: Call) -> tuple[Handoff, HandoffView]:
    """The hand-off of the address, if the caller may act on it. Raises `Problem`."""
    with call.runtime.store.read() as tx:
        found = readable(tx, call)
        told = views(tx, call, [found])[0]
    if not call.viewer.may_act_on(found):
        raise forbidden("Only its receiver may accept or return a hand-off.")
    return found, told

"""Somebody leaves: a deal of theirs goes to whoever takes over, like an owner changed by hand by who may do so.

No move of the conveyor's own: the loop breaker neither stops nor counts it.
"""

from __future__ import annotations

from mapping.model import DealStatus, Event, EventKind
from sync.core import words
from sync.core.draft import Draft
from sync.core.modes import writes_nothing
from sync.core.ownership import take_over
from sync.core.presence import has_account
from sync.core.roles import fits, working_roles
from sync.core.words import changes, choosing, reasons

_FOR_THE_OWNER = ("playbook:", "follow_up:")
"""Tasks whose key names no receiver: made once, whoever owns the deal by then."""


def rehome(draft: Draft) -> None:
    """Give the deal over where a person asked for that, unless somebody else has it by now."""
    for event in draft.case.events:
        if event.kind is EventKind.MANUAL and event.data.get("action") == "rehome":
            _hand_on(draft, event)


def is_work_of(draft: Draft, leaver: str) -> bool:
    """Whether the deal is open work of this person: also one that was won and goes on with who received it.

    A person who is not on the team (any more) is known by the account that the CRM shows as the owner.
    """
    status, deal = draft.deal.status, draft.deal
    goes_on = status is DealStatus.WON and draft.working_section != deal.section
    if not goes_on and status not in (DealStatus.OPEN, DealStatus.UNMAPPED):
        return False
    return leaver == (deal.owner or _shown(draft))


def hindrance(draft: Draft, to: str) -> str | None:
    """Why the deal cannot go to this member, in words; None if it can."""
    member, roles = draft.rules.team.get(to), working_roles(draft)
    if draft.deal.status is DealStatus.UNMAPPED:
        return changes.STAGE_UNMAPPED
    if writes_nothing(draft):
        return changes.ONLY_OBSERVED
    if member is None or not fits(draft, to):
        return reasons.not_an_owner(to, roles, draft.rules)
    if not has_account(draft, draft.deal.home, member):
        return choosing.hindered(member.name, choosing.no_account(draft.deal.home))
    return None


def tasks_left(draft: Draft) -> int:
    """How many open tasks of ours stay with the person they were made for."""
    link = draft.links.get(draft.deal.home)
    return sum(key.startswith(_FOR_THE_OWNER) for key in link.tasks) if link else 0


def _hand_on(draft: Draft, event: Event) -> None:
    leaver, to = event.data.get("from", ""), event.data.get("to", "")
    if leaver == to or not is_work_of(draft, leaver):
        return
    names = words.person(to, draft.rules), words.person(leaver, draft.rules)
    why = hindrance(draft, to)
    if why is not None:
        draft.say("rehome_left_out", changes.kept_from(*names, why))
        return
    told = changes.handed_on(*names, draft.open_handoff is not None, tasks_left(draft))
    take_over(draft, to)
    draft.say("rehomed", told, data={"owner": to})


def _shown(draft: Draft) -> str | None:
    link = draft.links.get(draft.deal.home)
    return draft.directory.email(link.seen.get("owner")) if draft.directory and link else None

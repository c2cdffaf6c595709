"""A hand-off that is returned: who gave the deal has it again, and where it stands then."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import DealStatus, Handoff, HandoffStatus, Values
from mapping.ruleset import Stage
from sync.core.correct import may_still_move
from sync.core.draft import Draft
from sync.core.handoff import close, make_owner, observes, rule_of
from sync.core.words import answers


def send_back(draft: Draft, handoff: Handoff, actor: str | None, reason: str) -> bool:
    """As `give_back`, and the deal goes back to the stage that it came from; what was won stays won."""
    came_from = draft.rules.conveyor.stages.get(handoff.from_stage)
    stays = (
        came_from is None or came_from.section != handoff.from_section or draft.deal.status is DealStatus.WON
    )
    if not may_still_move(draft) and not stays:
        close(draft, handoff, HandoffStatus.RETURNED, reason)
        return False
    returned = give_back(draft, handoff, actor, reason, back_to=None if stays else came_from)
    if returned and not stays and came_from is not None:
        draft.set_deal(
            stage=came_from.name,
            section=came_from.section,
            status=DealStatus(came_from.status),
            stage_since=draft.now,
            visit=None,
            touches=0,
        )
    return returned


def give_back(
    draft: Draft,
    handoff: Handoff,
    actor: str | None,
    reason: str,
    *,
    asks_reason: bool = False,
    back_to: Stage | None = None,
) -> bool:
    """The receiver returns it: the previous owner gets the deal back; False if the loop breaker forbids it.

    `back_to` is the stage that the deal will stand on then, where that is not judged as a move.
    """
    close(draft, replace(handoff, asks_reason=asks_reason), HandoffStatus.RETURNED, reason)
    is_held = not give_to_previous(draft, handoff)
    draft.say(
        "handoff_returned",
        answers.returned(handoff.from_member, reason, draft.rules),
        actor=actor,
        data={"handoff": handoff.id, "owner": draft.deal.owner, **_way_back(draft, back_to, is_held)},
    )
    return not is_held


def give_to_previous(draft: Draft, handoff: Handoff) -> bool:
    """Who gave the deal has it again; False if the loop breaker forbids it."""
    previous, rule = handoff.from_member, rule_of(draft, handoff)
    if previous is None or (rule is not None and observes(draft, rule)):
        return True
    shown = shown_in(draft, handoff.from_section)
    is_held = previous != shown and not may_still_move(draft)
    if is_held or previous == shown:
        draft.set_deal(owner=shown)
    else:
        make_owner(draft, previous)
    return not is_held


def shown_in(draft: Draft, section_name: str) -> str | None:
    """Whom the CRM shows as the owner where the deal goes on when it comes back to a section; won, it stays."""
    section = draft.rules.conveyor.section_by_name.get(section_name)
    link = draft.links.get(section.crm or "") if section else None
    if link is None or link.remote_id is None or link.gone or draft.deal.status is DealStatus.WON:
        return draft.shown_owner
    directory = draft.case.directories.get(link.connection)
    email = directory.email(link.sent.get("owner")) if directory else None
    return email if email in draft.rules.team else None


def _way_back(draft: Draft, back_to: Stage | None, is_held: bool) -> Values:
    """From where to where a return moves the deal, for the ledger."""
    if back_to is None or is_held:
        return {}
    return {"from": draft.deal.stage, "to": back_to.name, "section": back_to.section}

"""A twin that somebody moved: the plan brings it back into step, unless that would turn into a fight."""

from __future__ import annotations

from sync.core.correct import Violation, count_move, leave_alone, may_still_move
from sync.core.draft import Draft
from sync.core.modes import writes_nothing
from sync.core.plan import stage_change


def keep_twins_in_step(draft: Draft) -> None:
    """Say that a moved twin is put back, and count it; where the loop breaker holds, ask for a person instead."""
    if writes_nothing(draft):
        return
    for connection in draft.merged.moved_twins:
        if not any(stage_change(draft, draft.links[connection])):
            continue
        if may_still_move(draft):
            count_move(draft)
            draft.say("twin_put_back", f"Moved back in {connection}: the deal goes on in {draft.deal.home}.")
        else:
            leave_alone(draft, _violation(draft, connection), None)


def _violation(draft: Draft, connection: str) -> Violation:
    conveyor, deal = draft.rules.conveyor, draft.deal
    section = conveyor.section_by_name[deal.section or ""]
    reason = f"it is moved in {connection} again and again, while it goes on in {deal.home}"
    mode = conveyor.mode_of(stage=deal.stage)
    return Violation("twin", deal.stage or "", section.title, section.place, mode, (reason,))

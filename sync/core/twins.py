"""Twins: the records that a deal left behind in other CRMs. They follow it; who moves one is told and put back.

In `warn` a moved twin stays where it is until the deal moves on; the loop breaker ends every fight.
"""

from __future__ import annotations

from dataclasses import replace

from mapping.ruleset import Mode
from sync.core.correct import Violation, count_move, leave_alone, may_still_move
from sync.core.draft import Draft, short_hash
from sync.core.modes import writes_nothing
from sync.core.plan import stage_change
from sync.core.words import reasons, story


def keep_twins_in_step(draft: Draft) -> None:
    """Say that a moved twin is put back, and count it; where the loop breaker holds, ask for a person instead."""
    if writes_nothing(draft):
        return
    for connection in draft.merged.moved_twins:
        if not any(stage_change(draft, draft.links[connection])):
            continue
        if draft.rules.conveyor.mode_of(stage=draft.deal.stage) is Mode.WARN:
            _mark(draft, connection, astray=draft.deal.visit)
            draft.say("twin_astray", story.twin_astray(connection, draft.deal.home))
        elif may_still_move(draft):
            count_move(draft)
            _mark(draft, connection, astray=None)
            draft.say("twin_put_back", story.twin_put_back(connection, draft.deal.home))
        else:
            leave_alone(draft, _violation(draft, connection), None)


def _mark(draft: Draft, connection: str, *, astray: str | None) -> None:
    key = short_hash(draft.deal.id, connection, draft.now.isoformat())
    draft.links[connection] = replace(draft.links[connection], put_back=key, astray=astray)


def _violation(draft: Draft, connection: str) -> Violation:
    conveyor, deal = draft.rules.conveyor, draft.deal
    section = conveyor.section_by_name[deal.section or ""]
    reason = reasons.moved_twin(connection, deal.home)
    mode = conveyor.mode_of(stage=deal.stage)
    return Violation("twin", deal.stage or "", section.title, section.place, mode, (reason,))

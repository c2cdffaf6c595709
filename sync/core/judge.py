"""Which moves and hand-offs stand. Reads as the table of cases; each case has a file of its own."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import DealStatus, EventKind, HandoffStatus, Missing
from mapping.translate import to_canonical
from sync.core import handoff as handoffs
from sync.core.accept import accept_if_worked_on
from sync.core.draft import Draft
from sync.core.merge import Change
from sync.core.move import judge_step
from sync.core.ownership import judge_owner
from sync.core.path import path
from sync.core.place import park_or_place, place_first
from sync.core.requirements import unmet


def judge(draft: Draft) -> None:
    """Bring the draft to what the deal becomes."""
    if isinstance(draft.merged.home, Missing):
        _delete(draft)
        return
    _act(draft)
    if draft.home is not None:
        _judge_record(draft)
    if any(event.kind is EventKind.CONFIG for event in draft.case.events):
        _place_again(draft)
    if not draft.needs:
        _forgive(draft)
        handoffs.retry_waiting(draft)


def _delete(draft: Draft) -> None:
    draft.set_deal(status=DealStatus.DELETED, correction=None)
    handoffs.close_for_deleted(draft)


def _act(draft: Draft) -> None:
    """What a person asked for on the command line or the console."""
    for event in draft.case.events:
        pending = draft.open_handoff
        if event.kind is not EventKind.MANUAL or pending is None:
            continue
        if event.data.get("action") == "accept" and pending.status is HandoffStatus.PENDING:
            handoffs.accept(draft, pending, "accepted by command")


def _judge_record(draft: Draft) -> None:
    change = draft.merged.stage
    if not draft.deal.placed:
        change = _place(draft)
    elif change is None and draft.deal.status is DealStatus.DELETED:
        change = _restored(draft)
    if change is not None and not draft.needs:
        _walk(draft, change)
    if draft.needs:
        return
    accept_if_worked_on(draft)
    _judge_owner(draft)


def _place(draft: Draft) -> Change | None:
    record = draft.home
    assert record is not None
    moves_on = place_first(draft)
    if not moves_on:
        return None
    return Change("stage", record.moves[0].stage, record.values.get("stage"))


def _restored(draft: Draft) -> Change | None:
    """A deleted record came back: it stands where it stands now."""
    assert draft.home is not None
    stage = draft.home.values.get("stage")
    return Change("stage", None, stage)


def _walk(draft: Draft, change: Change) -> None:
    """Judge each move on the way; the first that does not stand ends it."""
    steps = path(draft, change)
    if steps is None:
        return
    by_hand = draft.owner_of(draft.merged.owner.after) if draft.merged.owner else None
    back_to = change.before if isinstance(change.before, list) else None
    for step in steps:
        if not judge_step(draft, step, back_to=back_to, by_hand=by_hand):
            break
        back_to = step.remote
    if steps:
        link = draft.links[draft.deal.home]
        draft.links[draft.deal.home] = replace(link, stage_at=steps[-1].at or link.stage_at)


def _judge_owner(draft: Draft) -> None:
    """An owner changed along with a move was part of that move's judgement."""
    change = draft.merged.owner
    before = draft.case.deal
    put_back = draft.deal.correction is not None and draft.deal.correction != before.correction
    if change is None or not before.placed or draft.changed_handoffs or (put_back and _puts_back(draft)):
        return
    judge_owner(draft, change)


def _puts_back(draft: Draft) -> bool:
    return draft.deal.correction is not None and draft.deal.correction.puts_back


def _place_again(draft: Draft) -> None:
    """New rules may mean something else by the same CRM stage: placed anew, without judgement."""
    link = draft.links[draft.deal.home]
    correction = draft.deal.correction
    if draft.mapping is None or not draft.deal.placed or (correction and correction.puts_back):
        return
    if draft.deal.status is DealStatus.DELETED or "stage" not in link.seen:
        return
    meaning = to_canonical(draft.mapping, link.seen["stage"])
    parked = draft.deal.status in (DealStatus.UNMAPPED, DealStatus.IGNORED)
    if meaning.stage != draft.deal.stage or parked:
        park_or_place(draft, meaning, owner=draft.deal.owner, since=draft.deal.stage_since)


def _forgive(draft: Draft) -> None:
    """A told violation whose missing values were filled in since is no longer one."""
    correction = draft.deal.correction
    if correction is None or correction.puts_back or correction.kind != "requires" or draft.home is None:
        return
    conveyor = draft.rules.conveyor
    rule = next((r for r in conveyor.handoffs if r.name == correction.subject), None)
    stage = conveyor.stages.get(draft.deal.stage or "")
    conditions = (rule.requires if rule else ()) + (stage.requires if stage else ())
    if not unmet(draft, conditions) and not draft.needs:
        draft.set_deal(correction=None)
        draft.say("put_right", f"What was missing is there now: {correction.rule}.")

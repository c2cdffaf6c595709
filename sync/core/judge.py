"""Which moves and hand-offs stand. Reads as the table of cases; each case has a file of its own."""

from __future__ import annotations

from mapping.model import DealStatus, EventKind, HandoffStatus, Missing, UpdateDeal
from mapping.translate import to_canonical
from sync.core import handoff as handoffs
from sync.core.accept import accept_if_worked_on
from sync.core.case import WriteState
from sync.core.correct import still_asked
from sync.core.deadlines import keep_deadlines
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.growth import grow
from sync.core.merge import Change
from sync.core.ownership import judge_owner
from sync.core.place import park_or_place, place_first
from sync.core.rehome import rehome
from sync.core.requirements import unmet
from sync.core.returning import return_by_command, take_reason
from sync.core.silence import break_silence
from sync.core.twins import keep_twins_in_step
from sync.core.undo import undo
from sync.core.walk import walk
from sync.core.words import answers, story


def judge(draft: Draft) -> None:
    """Bring the draft to what the deal becomes."""
    _keep_up_with_the_line(draft)
    if isinstance(draft.merged.home, Missing):
        _delete(draft)
        return
    _act(draft)
    if draft.record is not None:
        _judge_record(draft)
    if any(event.kind is EventKind.CONFIG for event in draft.case.events):
        _place_again(draft)
    if not draft.needs:
        undo(draft)
        rehome(draft)
        _forgive(draft)
        take_reason(draft)
        handoffs.retry_waiting(draft)
        keep_deadlines(draft)
        break_silence(draft)
        grow(draft)
        keep_twins_in_step(draft)


def _keep_up_with_the_line(draft: Draft) -> None:
    """Rules may have renamed the deal's section, or given its stage to another; a lost deal keeps its own."""
    conveyor = draft.rules.conveyor
    stage = conveyor.stages.get(draft.deal.stage or "")
    follows_stage = stage is not None and stage.status != "lost"
    if follows_stage or draft.deal.section not in conveyor.section_by_name:
        draft.set_deal(section=stage.section if stage else None)


def _delete(draft: Draft) -> None:
    draft.set_deal(status=DealStatus.DELETED, correction=None)
    handoffs.close_for_deleted(draft)


def _act(draft: Draft) -> None:
    """What a person asked for on the command line or the console."""
    for event in draft.case.events:
        pending = draft.open_handoff
        if event.kind is not EventKind.MANUAL or pending is None:
            continue
        action = event.data.get("action")
        if action == "accept" and pending.status is HandoffStatus.PENDING:
            handoffs.accept(draft, pending, answers.BY_COMMAND)
        elif action == "return":
            return_by_command(draft, pending, event.data.get("reason", ""))


def _judge_record(draft: Draft) -> None:
    change = draft.merged.stage
    if not draft.deal.placed:
        change = _place(draft)
    elif change is None and draft.deal.status is DealStatus.DELETED:
        _restore(draft)
    if change is not None and not draft.needs:
        walk(draft, change)
    if draft.needs:
        return
    accept_if_worked_on(draft)
    _judge_owner(draft)


def _place(draft: Draft) -> Change | None:
    record = draft.record
    assert record is not None
    start = place_first(draft)
    return Change("stage", start, record.values.get("stage")) if start else None


def _restore(draft: Draft) -> None:
    """A deleted record came back as it was: it stands where it stands now, without judgement."""
    if draft.record is None or draft.mapping is None:
        return
    draft.say("restored", story.RESTORED)
    meaning = to_canonical(draft.mapping, draft.record.values.get("stage"))
    park_or_place(draft, meaning, owner=draft.deal.owner, since=draft.deal.stage_since)


def _judge_owner(draft: Draft) -> None:
    change = draft.merged.owner
    if change is None or not draft.case.deal.placed or _decided_with_the_move(draft):
        return
    judge_owner(draft, change)


def _decided_with_the_move(draft: Draft) -> bool:
    """Whether the judgement of a move said who owns the deal: it was handed over, returned or put back."""
    known = {handoff.id for handoff in draft.case.handoffs}
    changed = [draft.handoffs[key] for key in draft.changed_handoffs]
    given = any(h.id not in known for h in changed)
    returned = any(h.status is HandoffStatus.RETURNED and h.from_member == draft.deal.owner for h in changed)
    return given or returned or _was_put_back_now(draft)


def _was_put_back_now(draft: Draft) -> bool:
    correction = draft.deal.correction
    return correction is not None and correction.puts_back and correction != draft.case.deal.correction


def _place_again(draft: Draft) -> None:
    """New rules may mean something else by the same CRM stage: placed anew, without judgement."""
    link = draft.links[draft.deal.home]
    if draft.mapping is None or _is_being_put_back(draft):
        return
    if draft.deal.status is DealStatus.DELETED or "stage" not in link.seen:
        return
    meaning = to_canonical(draft.mapping, link.seen["stage"])
    if meaning.stage != draft.deal.stage or draft.deal.status not in ON_THE_LINE:
        park_or_place(draft, meaning, owner=draft.deal.owner, since=draft.deal.stage_since)


def _is_being_put_back(draft: Draft) -> bool:
    """Whether the CRM still shows a stage that the deal is about to leave again."""
    if _was_put_back_now(draft):
        return True
    on_the_way = (w for w in draft.case.writes if w.state in (WriteState.PENDING, WriteState.SENDING))
    return any(isinstance(w.write.body, UpdateDeal) and "stage" in w.write.body.changes for w in on_the_way)


def _forgive(draft: Draft) -> None:
    """A told violation whose missing values were filled in since is no longer one."""
    correction = draft.deal.correction
    if correction is None or correction.puts_back or correction.kind != "requires" or draft.record is None:
        return
    conveyor = draft.rules.conveyor
    rule = next((r for r in conveyor.handoffs if r.name == correction.subject), None)
    stage = conveyor.stages.get(draft.deal.stage or "")
    conditions = (rule.requires if rule else ()) + (stage.requires if stage else ())
    if not unmet(draft, conditions) and not draft.needs:
        draft.set_deal(correction=still_asked(draft))
        draft.say("put_right", story.put_right(correction.rule))

"""When a pending hand-off counts as accepted: the receiver did its task, or worked on the deal themselves."""

from __future__ import annotations

from itertools import count

from mapping.model import ActorKind, Handoff, HandoffStatus, Link
from sync.core import handoff as handoffs
from sync.core.draft import Draft
from sync.core.words import answers


def task_key(handoff: Handoff) -> str:
    """Names the receiver's task; another receiver gets another task."""
    return f"handoff:{handoff.id}:{handoff.to_member}"


def receiver_key(draft: Draft, handoff: Handoff) -> str:
    """As `task_key`; numbered where their earlier task was closed, because others had the hand-off meanwhile."""
    link, name = draft.case.links.get(draft.deal.home), task_key(handoff)
    if link is None:
        return name
    numbered = (name if number == 1 else f"{name}:{number}" for number in count(1))
    return next(key for key in numbered if not _is_over(draft, link, key))


def _is_over(draft: Draft, link: Link, key: str) -> bool:
    """Whether this task was made and closed; one that people deleted is not made again."""
    underway = any(write.write.key == key for write in draft.case.writes)
    return key in draft.case.known_keys and not underway and key not in link.tasks and key not in link.lost


def note_key(handoff: Handoff) -> str:
    """Names the note on a hand-off."""
    return f"handoff:{handoff.id}:note:{handoff.to_member}"


def accept_if_worked_on(draft: Draft) -> None:
    """Accept a hand-off that was pending before, if its receiver did something since."""
    pending = next((h for h in draft.case.handoffs if h.status is HandoffStatus.PENDING), None)
    if pending is None or draft.handoffs[pending.id].status is not HandoffStatus.PENDING:
        return
    if _task_done(draft, pending):
        handoffs.accept(draft, pending, answers.TASK_DONE)
    elif _edited(draft, pending):
        handoffs.accept(draft, pending, answers.WORKED_ON)


def _task_done(draft: Draft, pending: Handoff) -> bool:
    if draft.record is None:
        return False
    task_id = draft.case.links[draft.deal.home].tasks.get(receiver_key(draft, pending))
    state = draft.record.tasks.get(task_id or "")
    return state is not None and state.done


def _edited(draft: Draft, pending: Handoff) -> bool:
    """Whether a change that was seen now was made by the receiver, as far as the CRM names people.

    A new owner is not work on the deal: who passes it on has not accepted it.
    """
    changed = set(draft.merged.edited) | ({"stage"} if draft.merged.stage else set())
    for event in draft.case.events:
        hint = event.hint
        if hint and event.connection == draft.deal.home and hint.actor.kind is ActorKind.PERSON:
            by_receiver = draft.member(hint.actor) == pending.to_member
            if by_receiver and hint.field in changed:
                return True
    if draft.record is None or "stage" not in changed:
        return False
    return draft.member(draft.record.modified_by) == pending.to_member

"""What people are told in the CRM: the notes and tasks that the state of a deal calls for, each made once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mapping.model import Correction, CreateNote, CreateTask, Handoff, HandoffStatus, Link
from mapping.ruleset import Duration, Mode
from mapping.working_time import add
from sync.core import deadlines, playbook, returning, words
from sync.core.accept import note_key, task_key
from sync.core.draft import Draft, short_hash
from sync.core.handoff import rule_of
from sync.core.modes import stage_observes
from sync.core.silence import follow_up

Told = tuple[str, CreateTask | CreateNote]
"""The key that names it, and what is said."""

_A_DAY = Duration(1, "d")


def told(draft: Draft) -> Iterator[Told]:
    """All notes and tasks that the deal has a reason for now, made already or not."""
    handoff, correction = draft.open_handoff, draft.deal.correction
    if handoff is not None:
        yield from _of_handoff(draft, handoff)
    yield from _of_return(draft)
    yield from _of_stage(draft)
    if correction is not None and correction.mode != Mode.OBSERVE:
        yield f"correction:{correction.key}:note", CreateNote(correction.message)
        if not correction.puts_back:
            yield f"correction:{correction.key}:task", _correction_task(draft, correction)


def told_to_twin(draft: Draft, link: Link) -> Iterator[Told]:
    """What the record of a deal that goes on elsewhere says: where it is now, and that moving it here is in vain."""
    home = draft.links.get(draft.deal.home)
    if stage_observes(draft) or home is None or home.remote_id is None:
        return
    if draft.deal.visit is not None:
        yield (
            f"twin:{link.connection}:{draft.deal.visit}",
            CreateNote(words.twin_now(draft.deal, home, draft.rules)),
        )
    if link.put_back is not None:
        text = words.twin_moved(draft.deal, home, link.astray is not None, draft.rules)
        yield f"twin:{link.connection}:back:{link.put_back}", CreateNote(text)


def _of_twins(draft: Draft) -> Iterator[Told]:
    """Where else the deal has records."""
    for name, link in sorted(draft.links.items()):
        if name != draft.deal.home and link.remote_id is not None and not link.gone:
            yield f"twin:{draft.deal.id}:{draft.deal.home}:of:{name}", CreateNote(words.same_deal(link))


def _of_handoff(draft: Draft, handoff: Handoff) -> Iterator[Told]:
    if handoff.status is HandoffStatus.PENDING:
        yield task_key(handoff), _receiver_task(draft, handoff)
        yield note_key(handoff), CreateNote(words.handed_over(handoff, draft.rules))
        yield from _in_time(draft, handoff)
        return
    waits = words.waits(handoff, draft.rules)
    yield note_key(handoff), CreateNote(waits)
    head = _head(draft)
    if head is not None:
        subject = words.nobody_is_free(handoff, draft.deal)
        due = _in_a_day(draft, handoff.offered_at)
        yield task_key(handoff), CreateTask(subject, waits, _account(draft, head), due)


def _in_time(draft: Draft, handoff: Handoff) -> Iterator[Told]:
    """Reminders for the receiver, and what `head` is told of a late hand-off."""
    due, receiver = handoff.due_at or draft.now, _account(draft, handoff.to_member)
    reminded = deadlines.reminder(draft, handoff)
    if reminded is not None:
        percent, at = reminded
        key = f"handoff:{handoff.id}:remind:{short_hash(handoff.to_member, percent, at.isoformat())}"
        text = words.reminds(handoff, percent, draft.rules)
        yield key, CreateTask(words.reminder(handoff, draft.deal), text, receiver, due)
    head = _head(draft)
    for number in deadlines.escalations(draft, handoff) if head else ():
        text = words.is_late(handoff, draft.rules)
        subject = words.late(handoff, draft.deal)
        yield f"handoff:{handoff.id}:late:{number}", CreateTask(subject, text, _account(draft, head), due)


def _of_return(draft: Draft) -> Iterator[Told]:
    """Whoever returned a deal without a reason is asked for it."""
    handoff = returning.latest(draft)
    if handoff is None or handoff.status is not HandoffStatus.RETURNED or not handoff.asks_reason:
        return
    can = draft.mapping is not None and returning.REASON_FIELD in draft.mapping.fields
    text = words.which_reasons(handoff, rule_of(draft, handoff), can)
    owner = _account(draft, handoff.to_member)
    due = _in_a_day(draft, handoff.closed_at or draft.now)
    yield f"handoff:{handoff.id}:reason", CreateTask(words.asks_reason(handoff, draft.deal), text, owner, due)


def _of_stage(draft: Draft) -> Iterator[Told]:
    """The playbook of the stage, and the follow-up of a deal that stands still there."""
    if stage_observes(draft):
        return
    owner = _account(draft, draft.deal.owner)
    yield from _of_twins(draft)
    if draft.deal.because is not None:
        yield f"opened:{draft.deal.id}", CreateNote(words.because(draft.deal))
    for key, task, due in playbook.tasks(draft):
        yield key, CreateTask(words.fill(task.task, draft.deal, draft.rules), "", owner, due)
    silence = follow_up(draft)
    if silence is not None:
        key, since = silence
        text = words.stands_still(draft.deal, since, draft.rules)
        yield key, CreateTask(words.follow_up(draft.deal), text, owner, _in_a_day(draft, draft.now))


def _receiver_task(draft: Draft, handoff: Handoff) -> CreateTask:
    body = words.task_body(handoff, rule_of(draft, handoff), draft.deal, draft.rules)
    due = handoff.due_at or _in_a_day(draft, handoff.offered_at)
    subject = words.task_subject(handoff, draft.deal)
    return CreateTask(subject, body, _account(draft, handoff.to_member), due)


def _correction_task(draft: Draft, correction: Correction) -> CreateTask:
    """For whoever did it; for `head` where a person has to look; for the owner if it was an outsider."""
    asks_head = correction.kind in ("loop", "start")
    person = (_head(draft) if asks_head else None) or correction.actor or draft.deal.owner
    subject = f"{correction.rule}: {words.title_of(draft.deal)}"
    return CreateTask(subject, correction.message, _account(draft, person), _in_a_day(draft, draft.now))


def _head(draft: Draft) -> str | None:
    """Who is asked where a person must decide: the first with an account here who may move deals anywhere."""
    heads = [email for email in draft.rules.team if draft.rules.may_move_anywhere(email)]
    return next((email for email in heads if _account(draft, email)), None)


def _account(draft: Draft, email: str | None) -> str | None:
    return draft.directory.account(email) if draft.directory else None


def _in_a_day(draft: Draft, start: datetime) -> datetime:
    conveyor = draft.rules.conveyor
    return add(start, _A_DAY, conveyor.working_hours, conveyor.timezone)

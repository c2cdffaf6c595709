"""What people are told in the CRM: the notes and tasks that the state of a deal calls for, each made once.

Each in the language of its reader at that moment; its key does not depend on it, so nothing is repeated in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mapping.model import Correction, CreateNote, CreateTask, Handoff, HandoffStatus, Link
from mapping.phrases import in_language
from mapping.ruleset import Duration, Mode
from mapping.working_time import add
from sync.core import deadlines, playbook, returning, words
from sync.core.accept import note_key, receiver_key, task_key
from sync.core.correct import still_asked
from sync.core.draft import Draft, short_hash
from sync.core.handoff import rule_of
from sync.core.modes import stage_observes
from sync.core.silence import follow_up
from sync.core.words import notes, tasks

Told = tuple[str, CreateTask | CreateNote]
"""The key that names it, and what is said."""

_A_DAY = Duration(1, "d")


def told(draft: Draft) -> Iterator[Told]:
    """All notes and tasks that the deal has a reason for now, made already or not."""
    handoff = draft.open_handoff
    if handoff is not None:
        yield from _of_handoff(draft, handoff)
    yield from _of_return(draft)
    yield from _of_stage(draft)
    for correction in _corrections(draft):
        reader = correction.actor or draft.deal.owner
        yield f"correction:{correction.key}:note", _note(draft, reader, correction.message)
        if not correction.puts_back:
            yield f"correction:{correction.key}:task", _correction_task(draft, correction)


def _corrections(draft: Draft) -> Iterator[Correction]:
    """What was found last, and what people are still asked besides."""
    last = draft.deal.correction
    besides = still_asked(draft) if last is not None and last.asked_before is not None else None
    for correction in (last, besides):
        if correction is not None and correction.mode != Mode.OBSERVE:
            yield correction


def told_to_twin(draft: Draft, link: Link) -> Iterator[Told]:
    """What the record of a deal that goes on elsewhere says: where it is now, and that moving it here is in vain."""
    home = draft.links.get(draft.deal.home)
    if stage_observes(draft) or home is None or home.remote_id is None:
        return
    if draft.deal.visit is not None:
        text = notes.twin_now(draft.deal, home, draft.rules)
        yield f"twin:{link.connection}:{draft.deal.visit}", _note(draft, draft.deal.owner, text)
    if link.put_back is not None:
        text = notes.twin_moved(draft.deal, home, link.astray is not None, draft.rules)
        yield f"twin:{link.connection}:back:{link.put_back}", _note(draft, draft.deal.owner, text)


def _of_twins(draft: Draft) -> Iterator[Told]:
    """Where else the deal has records."""
    for name, link in sorted(draft.links.items()):
        if name != draft.deal.home and link.remote_id is not None and not link.gone:
            key = f"twin:{draft.deal.id}:{draft.deal.home}:of:{name}"
            yield key, _note(draft, draft.deal.owner, notes.same_deal(link))


def _of_handoff(draft: Draft, handoff: Handoff) -> Iterator[Told]:
    if handoff.status is HandoffStatus.PENDING:
        yield receiver_key(draft, handoff), _receiver_task(draft, handoff)
        yield note_key(handoff), _note(draft, handoff.to_member, notes.handed_over(handoff, draft.rules))
        yield from _in_time(draft, handoff)
        return
    waits = notes.waits(handoff, draft.rules)
    yield note_key(handoff), _note(draft, draft.deal.owner, waits)
    head = _head(draft)
    if head is not None:
        subject = tasks.nobody_is_free(handoff, draft.deal)
        yield (
            task_key(handoff),
            _task(draft, head, subject, waits, _in_a_day(draft, head, handoff.offered_at)),
        )


def _in_time(draft: Draft, handoff: Handoff) -> Iterator[Told]:
    """Reminders for the receiver, and what `head` is told of a late hand-off."""
    due, receiver = handoff.due_at or draft.now, handoff.to_member
    percent = deadlines.reminder(draft, handoff)
    if percent is not None:
        since = handoff.since or handoff.offered_at  # not the moment itself, which moves with the rules
        key = f"handoff:{handoff.id}:remind:{short_hash(handoff.to_member, percent, since.isoformat())}"
        text = tasks.reminds(handoff, percent, draft.rules)
        yield key, _task(draft, receiver, tasks.reminder(handoff, draft.deal), text, due)
    head = _head(draft)
    for number in deadlines.escalations(draft, handoff) if head else ():
        text = tasks.is_late(handoff, draft.rules)
        subject = tasks.late(handoff, draft.deal)
        yield f"handoff:{handoff.id}:late:{number}", _task(draft, head, subject, text, due)


def _of_return(draft: Draft) -> Iterator[Told]:
    """Whoever returned a deal without a reason is asked for it."""
    handoff = returning.latest(draft)
    if handoff is None or handoff.status is not HandoffStatus.RETURNED or not handoff.asks_reason:
        return
    can = draft.mapping is not None and returning.REASON_FIELD in draft.mapping.fields
    subject, text = tasks.asks_reason(draft.deal), tasks.which_reasons(rule_of(draft, handoff), can)
    due = _in_a_day(draft, handoff.to_member, handoff.closed_at or draft.now)
    yield f"handoff:{handoff.id}:reason", _task(draft, handoff.to_member, subject, text, due)


def _of_stage(draft: Draft) -> Iterator[Told]:
    """The playbook of the stage, and the follow-up of a deal that stands still there."""
    if stage_observes(draft):
        return
    owner = draft.deal.owner
    yield from _of_twins(draft)
    if draft.deal.because is not None:
        yield f"opened:{draft.deal.id}", _note(draft, owner, notes.because(draft.deal))
    for key, task, due in playbook.tasks(draft):
        yield key, _task(draft, owner, words.fill(task.task, draft.deal, draft.rules), "", due)
    silence = follow_up(draft)
    if silence is not None:
        key, since = silence
        text = tasks.stands_still(draft.deal, since, draft.rules)
        yield key, _task(draft, owner, tasks.follow_up(draft.deal), text, _in_a_day(draft, owner, draft.now))


def _receiver_task(draft: Draft, handoff: Handoff) -> CreateTask:
    text = tasks.task_body(handoff, rule_of(draft, handoff), draft.deal, draft.rules)
    due = handoff.due_at or _in_a_day(draft, handoff.to_member, handoff.offered_at)
    return _task(draft, handoff.to_member, tasks.about(handoff.rule, draft.deal), text, due)


def _correction_task(draft: Draft, correction: Correction) -> CreateTask:
    """For whoever did it; for `head` where a person has to look; for the owner if it was an outsider."""
    asks_head = correction.kind in ("loop", "start")
    person = (_head(draft) if asks_head else None) or correction.actor or draft.deal.owner
    subject = tasks.about(correction.rule, draft.deal)
    return _task(draft, person, subject, correction.message, _in_a_day(draft, person, draft.now))


def _note(draft: Draft, reader: str | None, text: str) -> CreateNote:
    return CreateNote(in_language(text, words.language_of(reader, draft.rules)))


def _task(draft: Draft, person: str | None, subject: str, text: str, due: datetime) -> CreateTask:
    language = words.language_of(person, draft.rules)
    return CreateTask(
        in_language(subject, language), in_language(text, language), _account(draft, person), due
    )


def _head(draft: Draft) -> str | None:
    """Who is asked where a person must decide: the first with an account here who may move deals anywhere."""
    heads = [email for email in draft.rules.team if draft.rules.may_move_anywhere(email)]
    return next((email for email in heads if _account(draft, email)), None)


def _account(draft: Draft, email: str | None) -> str | None:
    return draft.directory.account(email) if draft.directory else None


def _in_a_day(draft: Draft, person: str | None, start: datetime) -> datetime:
    return add(start, _A_DAY, *draft.rules.working_time(person))

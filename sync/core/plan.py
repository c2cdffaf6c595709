"""Which writes follow: the difference between what the deal means and what each CRM was last meant to hold.

A function of state, not of history: running it again after it was carried out wants nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mapping.model import (
    Aspect,
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    DealStatus,
    Handoff,
    HandoffStatus,
    Link,
    Person,
    UpdateDeal,
    Value,
    Values,
    Write,
    WriteBody,
)
from mapping.ruleset import Duration, Mode
from mapping.translate import agrees, pipeline_of, to_canonical, to_remote
from mapping.working_time import add
from sync.core import words
from sync.core.accept import note_key, task_key
from sync.core.case import OpenWrite, WriteState
from sync.core.draft import Draft
from sync.core.handoff import observes, rule_of
from sync.core.merge import WRITE_BACK, carried_fields

_ON_THE_LINE = frozenset({DealStatus.OPEN, DealStatus.WON, DealStatus.LOST})
_A_DAY = Duration(1, "d")


def plan(draft: Draft) -> tuple[tuple[Write, ...], tuple[int, ...]]:
    """The writes that are wanted and not on their way yet, and the rows that are no longer wanted."""
    wanted = {write.key: write for write in _wanted(draft)}
    underway = {w.write.key for w in draft.case.writes if _is_underway(draft, w)}
    made = draft.case.known_keys | underway
    new = tuple(w for key, w in wanted.items() if key not in (underway if _repeats(w) else made))
    stale = tuple(
        w.row_id
        for w in draft.case.writes
        if w.state is WriteState.PENDING
        and w.write.key not in wanted
        and not _is_tried_create(w.write, w.attempts)
    )
    return new, stale


def _is_underway(draft: Draft, write: OpenWrite) -> bool:
    """Whether a write may still bring what it was meant to; one that the look settled did or never will."""
    return write.state is not WriteState.PAST and write.row_id not in draft.merged.settle


def _repeats(write: Write) -> bool:
    """An update may be wanted again and again; everything else is made once."""
    return isinstance(write.body, UpdateDeal)


def _is_tried_create(write: Write, attempts: int) -> bool:
    """A create that was attempted is only ever repeated unchanged, until its receipt."""
    return isinstance(write.body, CreateDeal) and attempts > 0


def writes_nothing(draft: Draft) -> bool:
    """Whether the deal is off the line, or all rules that have a say in it only observe."""
    if draft.deal.status not in _ON_THE_LINE:
        return True
    rules = [rule_of(draft, handoff) for handoff in draft.handoffs.values()]
    handed_over = any(rule and not observes(draft, rule) for rule in rules)
    return _stage_observes(draft) and not handed_over and not _correction_is_in_force(draft)


def _stage_observes(draft: Draft) -> bool:
    return draft.rules.conveyor.mode_of(stage=draft.deal.stage) is Mode.OBSERVE


def _correction_is_in_force(draft: Draft) -> bool:
    """A rule's own mode may ask for more than the stage's, until the rules observe all along the line."""
    correction, conveyor = draft.deal.correction, draft.rules.conveyor
    if correction is None or correction.mode == Mode.OBSERVE:
        return False
    rule = next((r for r in conveyor.handoffs if r.name == correction.subject), None)
    return any(conveyor.mode_of(rule=rule, stage=name) is not Mode.OBSERVE for name in conveyor.stages)


def _wanted(draft: Draft) -> Iterator[Write]:
    if writes_nothing(draft):
        return
    yield from _create(draft)
    for connection in sorted(draft.links):
        link = draft.links[connection]
        if link.remote_id is None or link.gone or connection not in draft.rules.mappings:
            continue
        here = Here(draft.deal.id, connection, link.remote_id)
        yield from _update(draft, link, here)
        told = tuple(_told(draft, here)) if connection == draft.deal.home else ()
        yield from told
        yield from _closed(link, here, told)


@dataclass(frozen=True, slots=True)
class Here:
    """The record that writes go to."""

    deal_id: str
    connection: str
    remote_id: str

    def write(self, key: str, body: WriteBody) -> Write:
        return Write(key, self.deal_id, self.connection, self.remote_id, body)


def _update(draft: Draft, link: Link, here: Here) -> Iterator[Write]:
    changes = dict(_changes(draft, link))
    if changes:
        seen = {name: link.seen.get(name) for name in changes}
        yield here.write(_key(here.connection, here.remote_id, seen, changes), UpdateDeal(seen, changes))


def _changes(draft: Draft, link: Link) -> Iterator[tuple[str, Value]]:
    """Each value in which the CRM differs from the deal; compared with what was sent, not with what is seen,
    so that a CRM that rounds is not corrected for ever."""
    yield from stage_change(draft, link)
    if link.connection == draft.deal.home:
        yield from _owner_change(draft, link)
    if _stage_observes(draft):
        return  # only what a rule with a mode of its own asks for
    for name in sorted(carried_fields(draft.rules, draft.deal.home, link.connection)):
        value = draft.deal.fields.get(name)
        if name in draft.deal.fields and name in link.sent and _differs(value, link.sent[name]):
            yield name, value
    for name, value in _write_back(draft, link).items():
        if _differs(value, link.sent.get(name)):
            yield name, value


def _differs(ours: Value, sent: Value) -> bool:
    """Exactly: what a CRM rounds or trims is told apart when it answers, and `sent` keeps what was meant."""
    return ours != sent and not (ours in (None, "") and sent in (None, ""))


def stage_change(draft: Draft, link: Link) -> Iterator[tuple[str, Value]]:
    """The stage to write, if the record shows another; a twin that was fought over is left where it is."""
    mapping, stage = draft.rules.mappings[link.connection], draft.deal.stage
    shown = link.sent.get("stage")
    if stage is None or shown is None or agrees(mapping, stage, shown):
        return
    correction = draft.deal.correction
    if correction and correction.kind == "loop" and link.connection != draft.deal.home:
        return
    if correction and correction.back_to and to_canonical(mapping, correction.back_to).stage == stage:
        yield "stage", correction.back_to
        return
    remote = to_remote(mapping, stage, pipeline_of(shown))
    if remote is not None:
        yield "stage", remote


def _owner_change(draft: Draft, link: Link) -> Iterator[tuple[str, Value]]:
    account = draft.directory.account(draft.deal.owner) if draft.directory else None
    if account is not None and draft.owner_of(link.sent.get("owner")) != draft.deal.owner:
        yield "owner", account


def _write_back(draft: Draft, link: Link) -> Values:
    """What the conveyor knows, for the fields that the CRM can show."""
    if link.connection != draft.deal.home:
        return {}
    due = _pending_due(draft)
    known: dict[str, Value] = {
        "section": draft.deal.section,
        "accept_by": f"{due.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if due else None,
    }
    names = draft.rules.mappings[link.connection].write_back
    return {WRITE_BACK + name: known[name] for name in names if name in known}


def _pending_due(draft: Draft) -> datetime | None:
    handoff = draft.open_handoff
    return handoff.due_at if handoff is not None and handoff.status is HandoffStatus.PENDING else None


def _create(draft: Draft) -> Iterator[Write]:
    """A deal whose section lives in a connection that has no record of it yet."""
    home = draft.deal.home
    link, mapping = draft.links.get(home), draft.mapping
    if mapping is None or draft.deal.stage is None or (link is not None and link.remote_id is not None):
        return
    remote = to_remote(mapping, draft.deal.stage, None)
    if remote is None:
        return
    fields = draft.deal.fields
    values = {n: fields[n] for n in sorted(carried_fields(draft.rules, home)) if fields.get(n) is not None}
    body = CreateDeal(
        deal_key=draft.deal.id,
        values={
            **values,
            "stage": remote,
            "owner": draft.directory.account(draft.deal.owner) if draft.directory else None,
        },
        contact=_contact(fields),
        company=_text(fields.get("company")),
    )
    yield Write(f"create:{home}:{draft.deal.id}", draft.deal.id, home, None, body)


def _contact(fields: Values) -> Person | None:
    name, email, phone = (_text(fields.get(f"contact_{part}")) for part in ("name", "email", "phone"))
    return Person(name, email, phone) if name or email or phone else None


def _text(value: Value) -> str | None:
    return str(value) if value not in (None, "", []) else None


def _told(draft: Draft, here: Here) -> Iterator[Write]:
    """The notes and tasks that the state calls for."""
    handoff, correction = draft.open_handoff, draft.deal.correction
    if handoff is not None and handoff.status is HandoffStatus.WAITING:
        yield here.write(note_key(handoff), CreateNote(words.waits(handoff, draft.rules)))
    elif handoff is not None:
        yield here.write(task_key(handoff), _receiver_task(draft, handoff))
        yield here.write(note_key(handoff), CreateNote(words.handed_over(handoff, draft.rules)))
    if correction is None or correction.mode == Mode.OBSERVE:
        return
    yield here.write(f"correction:{correction.key}:note", CreateNote(correction.message))
    if not correction.puts_back:
        yield here.write(f"correction:{correction.key}:task", _correction_task(draft))


def _closed(link: Link, here: Here, told: tuple[Write, ...]) -> Iterator[Write]:
    """Tasks of ours whose reason is gone, so that nobody has dead tasks."""
    wanted = {write.key for write in told}
    for key, task_id in sorted(link.tasks.items()):
        if key not in wanted:
            yield here.write(f"close:{task_id}", CloseTask(task_id))


def _receiver_task(draft: Draft, handoff: Handoff) -> CreateTask:
    account = draft.directory.account(handoff.to_member) if draft.directory else None
    body = words.task_body(handoff, rule_of(draft, handoff), draft.deal, draft.rules)
    due = handoff.due_at or _in_a_day(draft, handoff.offered_at)
    return CreateTask(words.task_subject(handoff, draft.deal, draft.rules), body, account, due)


def _correction_task(draft: Draft) -> CreateTask:
    """For whoever did it; for `head` where a person has to look; for the owner if it was an outsider."""
    correction = draft.deal.correction
    assert correction is not None
    head = next((e for e in draft.rules.team if draft.rules.may_move_anywhere(e)), None)
    asks_head = correction.kind in ("loop", "start")
    person = (head if asks_head else None) or correction.actor or draft.deal.owner
    account = draft.directory.account(person) if draft.directory else None
    subject = f"{correction.rule}: {words.title_of(draft.deal)}"
    return CreateTask(subject, correction.message, account, _in_a_day(draft, draft.now))


def _in_a_day(draft: Draft, start: datetime) -> datetime:
    conveyor = draft.rules.conveyor
    return add(start, _A_DAY, conveyor.working_hours, conveyor.timezone)


def _key(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return "update:" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def needs_people(draft: Draft) -> bool:
    """Whether a create is due whose contact and company were not read yet."""
    creating = any(isinstance(w.body, CreateDeal) for w in _create(draft))
    return creating and draft.home is not None and not draft.knows(Aspect.PEOPLE)

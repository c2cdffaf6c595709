"""Which writes follow: the difference between what the deal means and what each CRM was last meant to hold.

A function of state, not of history: running it again after it was carried out wants nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mapping.model import (
    CloseTask,
    CreateDeal,
    HandoffStatus,
    Link,
    UpdateDeal,
    Value,
    Values,
    Write,
    WriteBody,
)
from mapping.translate import agrees, pipeline_of, to_canonical, to_remote
from sync.core.case import OpenWrite, WriteState
from sync.core.creation import create
from sync.core.draft import Draft
from sync.core.merge import WRITE_BACK, carried_fields
from sync.core.modes import stage_observes, writes_nothing
from sync.core.told import told, told_to_twin


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


def _wanted(draft: Draft) -> Iterator[Write]:
    if writes_nothing(draft):
        return
    created = create(draft)
    if created is not None:
        yield created
    for connection in sorted(draft.links):
        link = draft.links[connection]
        if link.remote_id is None or link.gone or connection not in draft.rules.mappings:
            continue
        here = Here(draft.deal.id, connection, link.remote_id)
        yield from _update(draft, link, here)
        said = dict(told(draft) if connection == draft.deal.home else told_to_twin(draft, link))
        for key, body in said.items():
            yield here.write(key, body)
        yield from _closed(link, here, said)


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
    if stage_observes(draft):
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
    if link.connection != draft.deal.home and _is_left_astray(draft, link):
        return
    if correction and correction.back_to and to_canonical(mapping, correction.back_to).stage == stage:
        yield "stage", correction.back_to
        return
    remote = to_remote(mapping, stage, pipeline_of(shown))
    if remote is not None:
        yield "stage", remote


def _is_left_astray(draft: Draft, link: Link) -> bool:
    correction = draft.deal.correction
    fought_over = correction is not None and correction.kind == "loop"
    return fought_over or (link.astray is not None and link.astray == draft.deal.visit)


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


def _closed(link: Link, here: Here, said: Collection[str]) -> Iterator[Write]:
    """Tasks of ours whose reason is gone, so that nobody has dead tasks."""
    for key, task_id in sorted(link.tasks.items()):
        if key not in said:
            yield here.write(f"close:{task_id}", CloseTask(task_id))


def _key(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return "update:" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()

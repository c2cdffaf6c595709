"""Who moved a deal when: by its timeline, and by its stage history where our user may not see the former.

Facts: docs/connectors/zoho.md#history
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.base import Lane
from connectors.errors import Rejected, Unreadable
from connectors.paging import Onward
from connectors.zoho import actors
from connectors.zoho.client import PAGE, Client, Json
from connectors.zoho.records import Reading, at, row_id
from connectors.zoho.values import id_of
from mapping.model import Actor, StageMove

Row = Mapping[str, Any]

JUDGED = ("Stage", "Pipeline", "Owner")
STAGE_HISTORY = "Stage,Moved_To__s,Modified_Time,Modified_By"
FIRST = ("added", "create_record", "create_connected_record", "converted")


@dataclass(frozen=True)
class History:
    """All moves of a deal, oldest first, and who changed its stage or owner last."""

    moves: tuple[StageMove, ...]
    latest: Actor


@dataclass(frozen=True)
class _Entry:
    """One entry of a timeline: what of a deal changed, from what, to what."""

    at: datetime
    actor: Actor
    is_first: bool
    changes: Mapping[str, tuple[str | None, str | None]]  # field -> old, new

    @property
    def moves(self) -> bool:
        return not self.is_first and ("Stage" in self.changes or "Pipeline" in self.changes)

    def before(self, place: list[str]) -> list[str]:
        """Pipeline and stage before this entry, given those after it."""
        return [self._value("Pipeline", 0) or place[0], self._value("Stage", 0) or place[1]]

    def after(self, place: list[str]) -> list[str]:
        """Pipeline and stage after this entry, given those that it does not tell."""
        return [self._value("Pipeline", 1) or place[0], self._value("Stage", 1) or place[1]]

    def _value(self, name: str, place: int) -> str | None:
        return self.changes[name][place] if name in self.changes else None


def history(client: Client, reading: Reading, row: Row, lane: Lane) -> History:
    """The history of one deal; a call for each two hundred entries of its timeline."""
    try:
        entries = _entries(_timeline(client, row_id(row), lane), reading)
    except Rejected:
        entries = []
    return _history(entries or _stage_history(client, reading, row_id(row), lane), reading, row)


def made(reading: Reading, row: Row) -> History:
    """The history of a deal that nobody has changed since it was made."""
    return _history([], reading, row)


def _timeline(client: Client, deal_id: str, lane: Lane) -> Iterator[Json]:
    params: dict[str, object] = {"per_page": PAGE}
    onward = Onward(f"the timeline of Zoho's deal {deal_id}", "")
    while True:
        reply = client.call("GET", f"/Deals/{deal_id}/__timeline", lane, params=params)
        yield from reply.rows("__timeline")
        token = reply.more().get("next_page_token")
        if not token:
            return
        params = {"per_page": PAGE, "page_token": onward.to(str(token))}


def _entries(rows: Iterator[Json], reading: Reading) -> list[_Entry]:
    """The entries oldest first; those of one second in the order of the list, whichever way it runs."""
    entries = [_entry(row, reading) for row in rows]
    if len(entries) > 1 and entries[0].at >= entries[-1].at:
        entries.reverse()
    return sorted(entries, key=lambda entry: entry.at)


def _entry(row: Json, reading: Reading) -> _Entry:
    audited_at = at(row, "audited_time")
    if audited_at is None:
        raise Unreadable("Zoho's timeline holds an entry without a time.")
    source, action = str(row.get("source") or ""), str(row.get("action") or "")
    user = id_of(row.get("done_by"))
    return _Entry(
        audited_at,
        actors.actor(user, source, action, reading.home.me),
        action in FIRST,
        {str(each.get("api_name")): _old_new(each, reading) for each in row.get("field_history") or ()
         if each.get("api_name") in JUDGED},
    )  # fmt: skip


def _old_new(change: Mapping[str, Any], reading: Reading) -> tuple[str | None, str | None]:
    name, value = str(change.get("api_name")), change.get("_value")
    known = value if isinstance(value, Mapping) else {}
    return reading.actual(name, known.get("old")), reading.actual(name, known.get("new"))


def _stage_history(client: Client, reading: Reading, deal_id: str, lane: Lane) -> list[_Entry]:
    """The same from the related list: the stages that a deal entered, without sources and pipelines."""
    params = {"fields": STAGE_HISTORY}
    rows = [
        (moved_at, row)
        for row in client.pages(f"/Deals/{deal_id}/Stage_History", "data", lane, params)
        if (moved_at := at(row, "Modified_Time")) is not None and row.get("Stage")
    ]
    if len(rows) > 1 and rows[0][0] >= rows[-1][0]:
        rows.reverse()
    entries: list[_Entry] = []
    before: str | None = None
    for moved_at, row in sorted(rows, key=lambda each: each[0]):
        stage = reading.actual("Stage", row["Stage"])
        if stage != before:
            who = reading.user(row, "Modified_By")
            entries.append(_Entry(moved_at, who, before is None, {"Stage": (before, stage)}))
        before = stage
    return entries


def _history(entries: Sequence[_Entry], reading: Reading, row: Row) -> History:
    shown = reading.stage(row)
    first = next((entry for entry in entries if entry.is_first), None)
    creator = first.actor if first else reading.user(row, "Created_By")
    judged = [entry for entry in entries if entry.changes and not entry.is_first]
    latest = judged[-1].actor if judged else creator
    if not _explains(entries, row, shown):
        latest = reading.user(row, "Modified_By")
    if shown is None:
        return History((), latest)
    moves, place = [], shown
    for entry in reversed(_until(shown, [entry for entry in entries if entry.moves])):
        place = entry.after(place)
        moves.append(StageMove(entry.at, place, entry.actor))
        place = entry.before(place)
    created_at = at(row, "Created_Time") or (first.at if first else None)
    beginning = [StageMove(created_at, place, creator)] if created_at else []
    return History((*beginning, *reversed(moves)), latest)


def _until(shown: list[str], moved: list[_Entry]) -> list[_Entry]:
    """The moves up to the stage that the deal shows; what is newer than our reading is for the next look."""
    standing = [place for place, entry in enumerate(moved) if entry.after(shown) == shown]
    return moved[: standing[-1] + 1] if standing else moved


def _explains(entries: Sequence[_Entry], row: Row, shown: list[str] | None) -> bool:
    """Whether the entries tell how the deal came to its stage and owner, or are as new as the deal.

    A timeline may lag behind; then whoever changed the deal last is named, not whoever did so before.
    """
    changed_at = at(row, "Modified_Time")
    if changed_at is None or any(entry.at >= changed_at for entry in entries):
        return True
    owner = row.get("Owner")
    owners = (owner.get("name"), owner.get("id")) if isinstance(owner, Mapping) else (owner,)
    told = {name: new for entry in entries for name, (_, new) in entry.changes.items()}
    return told.get("Stage") == (shown or ["", ""])[1] and told.get("Owner", owners[0]) in owners


def since(found: Sequence[StageMove], moment: datetime) -> list[StageMove]:
    """The moves since a moment; Zoho's times have whole seconds."""
    return [move for move in found if move.at >= moment.replace(microsecond=0)]

"""What changed since a cursor: deals by `date_updated`, and the event log for what the list does not show.

A list tells nothing of deletions, and may lag; the log does neither, but has fifty events a page. Marks come
from Close's own rows, never from a clock (docs/connectors/close.md#polling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from connectors.base import Lane, Look, Page
from connectors.close.calls import DEALS
from connectors.close.client import Client
from connectors.close.events import DEAL, Event, logged
from connectors.close.listing import cursor_text, read_cursor
from connectors.close.read import ReadingOf
from connectors.close.values import exact_text, moment_of
from connectors.close.walk import Walk, pages, time_of
from mapping.model import Missing, Record, Ref

Fetch = Callable[[Sequence[Look], Lane], dict[str, Record | Missing]]

UPDATED = "date_updated"
OVERLAP = timedelta(minutes=5)
"""How late an event may show up; Close recommends to read that much again."""

LIST_OVERLAP = OVERLAP + timedelta(minutes=1)
"""More than of the log, so that a deal that the log names is seldom looked at twice."""

LIST_LAG = timedelta(hours=6)
"""How far the list may lag behind; of anything older it is believed."""

SAME = timedelta(seconds=2)
"""An event may be noted that much later than the deal's own time."""

FETCHED = 50


class Cursor(BaseModel):
    """All that a poll has to remember."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: str | None = None  # the newest `date_updated` that was read; None while there are no deals
    logged: str | None = None  # the newest event that was read
    gone: tuple[str, ...] = ()  # deletions of the overlap, which were told already
    walk: Walk | None = None  # of a poll that was interrupted
    newest: str | None = None  # what `since` will be after it


def changed(
    client: Client, reading_of: ReadingOf, fetch: Fetch, since: str | None, lane: Lane
) -> Iterator[Page]:
    """Pages of what changed since a cursor; `None` starts at the present with an empty page."""
    if since is None:
        yield Page((), cursor_text(_present(client, lane)))
        return
    cursor = read_cursor(Cursor, since)
    seen: dict[str, Record] = {}
    for page in _listed(client, reading_of, cursor, lane):
        seen.update({record.ref.remote_id: record for record in page.records})
        cursor = read_cursor(Cursor, page.cursor)
        yield page
    yield from _told(client, reading_of(lane).connection, fetch, cursor, seen, lane)


def _present(client: Client, lane: Lane) -> Cursor:
    newest = client.listed(DEALS, lane, {"_order_by": f"-{UPDATED}"}, 1).rows
    at = time_of(newest[0], UPDATED) if newest else None
    return Cursor(since=at, logged=at)


# --- by the list ---


def _listed(client: Client, reading_of: ReadingOf, cursor: Cursor, lane: Lane) -> Iterator[Page]:
    """The pages of the list, each with the cursor after it. An edit meanwhile moves a deal to the end."""
    newest = cursor.newest or cursor.since
    for step in pages(client, lane, UPDATED, cursor.walk or _from(cursor.since)):
        newest = max(filter(None, [newest, *(time_of(row, UPDATED) for row in step.rows)]), default=None)
        over = {"walk": None, "newest": None, "since": newest}
        cursor = cursor.model_copy(update={"walk": step.walk, "newest": newest} if step.more else over)
        by = reading_of(lane)
        yield Page(tuple(by.record(row) for row in step.fresh), cursor_text(cursor))


def _from(since: str | None) -> Walk:
    return Walk() if since is None else Walk(at=exact_text(moment_of(since) - LIST_OVERLAP))


# --- by the event log ---


def _told(
    client: Client, connection: str, fetch: Fetch, cursor: Cursor, seen: Mapping[str, Record], lane: Lane
) -> Iterator[Page]:
    """The deletions, and the deals whose change the list did not show, as they are now."""
    since = moment_of(cursor.logged) - OVERLAP if cursor.logged else None
    gone = {event.object_id: event.at for event in _events(client, lane, "deleted", since)}
    told = Told(cursor.logged)
    for action in ("created", "updated"):
        for event in _events(client, lane, action, _recent(since, cursor)):
            told.take(event, event.object_id not in gone and _is_news(event, seen))
    for some in chunks(list(told.late), FETCHED):
        found = fetch([Look(id) for id in some], lane).values()
        records = tuple(each for each in found if isinstance(each, Record))
        missing = tuple(each for each in found if isinstance(each, Missing))
        yield Page(records, cursor_text(cursor), gone=missing)
    news = tuple(Missing(Ref(connection, id), "deleted") for id in gone if id not in cursor.gone)
    yield Page((), cursor_text(_after(cursor, told.newest, gone)), gone=news)


class Told:
    """What the events of a poll amount to; they themselves hold whole deals and are not kept."""

    def __init__(self, newest: str | None) -> None:
        self.newest = newest
        self.late: dict[str, None] = {}  # the deals to look at, in order

    def take(self, event: Event, is_late: bool) -> None:
        """Note one event."""
        if event.at is not None:
            self.newest = max(filter(None, [self.newest, exact_text(event.at)]))
        if is_late:
            self.late[event.object_id] = None


def _events(client: Client, lane: Lane, action: str, since: datetime | None) -> Iterator[Event]:
    return logged(client, lane, {"object_type": DEAL, "action": action}, since)


def _recent(since: datetime | None, cursor: Cursor) -> datetime | None:
    """From when on a change may still be missing in the list; after a long pause that is not since the pause."""
    if since is None or cursor.since is None:
        return since
    return max(since, moment_of(cursor.since) - LIST_LAG)


def _is_news(event: Event, seen: Mapping[str, Record]) -> bool:
    """Whether the list did not show the deal as it was after the event."""
    record = seen.get(event.object_id)
    if record is None or record.modified_at is None or event.at is None:
        return True
    after = event.shown_at or event.at - SAME
    return after > record.modified_at


def _after(cursor: Cursor, newest: str | None, gone: Mapping[str, datetime | None]) -> Cursor:
    """The cursor after a poll, with the deletions that the next one will read again."""
    times = [exact_text(at) for at in gone.values() if at]
    newest = max(filter(None, [newest, *times]), default=None)
    if newest is None:
        return cursor
    from_then = moment_of(newest) - OVERLAP
    again = tuple(id for id, at in gone.items() if at and at >= from_then)
    return cursor.model_copy(update={"logged": newest, "gone": again})


def chunks(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The ids in lists of at most that size."""
    return (ids[start : start + size] for start in range(0, len(ids), size))

"""What changed since a cursor, and the moves of all deals. Both by searches, which lag, so polls overlap.

Facts: docs/connectors/copper.md#polling
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors import base
from connectors.base import Lane, StageChange
from connectors.copper import trail
from connectors.copper.account import OPPORTUNITY
from connectors.copper.answers import Item, is_deleted, item_of
from connectors.copper.client import Client
from connectors.copper.dates import unix
from connectors.copper.listing import Place, ReadingOf, Stop, listed, place_of, walk
from connectors.copper.read import types
from connectors.copper.records import Reading

OVERLAP = timedelta(minutes=5)
"""A search shows a change late: integrations wait 40 s, and the vendor promises nothing."""

SLICE = timedelta(days=7)
"""Activities come in no documented order and at most 100,000 of them, so the past is read in slices."""


def changed(client: Client, reading_of: ReadingOf, since: str | None, lane: Lane) -> Iterator[base.Page]:
    """Pages of deals modified since a cursor, which is the time of the poll before; `None` is now."""
    place = _start(since)
    for stop in walk(client, "modified", place, lane):
        began = place.began or _time_of(stop)
        place = place.model_copy(update={"began": began})
        following = None
        if stop.following is not None:
            following = stop.following.model_copy(update={"began": began})
        yield base.Page(listed(reading_of, stop.rows), following.text() if following else str(began))


def _start(since: str | None) -> Place:
    if since is not None and not since.isdecimal():
        return place_of(since)
    mark = int(since) if since else int(time.time())
    return Place(since=max(mark - int(OVERLAP.total_seconds()), 0))


def _time_of(stop: Stop) -> int:
    """Copper's own time at the first page; ours may be wrong."""
    return int(stop.page.at.timestamp()) if stop.page.at else int(time.time())


def history(client: Client, reading: Reading, since: datetime, lane: Lane) -> Iterator[StageChange]:
    """All moves since a time, oldest first, as far as the activities can be read.

    Raises Unreadable for activities that are not in their documented form.
    """
    told: list[StageChange] = []
    by_deal: defaultdict[str, list[trail.Step]] = defaultdict(list)
    for step in trail.steps(_rows(client, reading, since, lane), reading):
        by_deal[step.deal_id].append(step)
    for deal_id, steps in by_deal.items():
        told += [StageChange(deal_id, move) for move in trail.moves(steps, reading)]
    begin = since.replace(microsecond=0)
    yield from sorted(
        (change for change in told if change.move.at >= begin), key=lambda change: change.move.at
    )


def _rows(client: Client, reading: Reading, since: datetime, lane: Lane) -> Iterator[Item]:
    kinds = types({trail.MOVED, trail.PROPERTY} & reading.facts.activity_types)
    begin, now = since.astimezone(UTC), datetime.now(UTC)
    while begin < now:
        query = {
            "activity_types": kinds,
            "minimum_activity_date": unix(begin),
            "maximum_activity_date": unix(begin + SLICE),
        }
        for row in client.found("activities", query, lane):
            if not is_deleted(row) and item_of(row.get("parent") or {}).get("type") == OPPORTUNITY:
                yield row
        begin += SLICE

"""Who moved what when, over all deals, for replays. Facts: docs/connectors/close.md#history"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.base import Lane, StageChange
from connectors.close.aspects import moved_at, stage_after
from connectors.close.calls import MOVES
from connectors.close.client import Client, Json
from connectors.close.listing import CREATED
from connectors.close.read import ReadingOf
from connectors.close.records import Reading, item_id, stage_of
from connectors.close.values import exact_text, moment, text_of
from connectors.close.walk import Walk, pages
from mapping.model import StageMove

WINDOW = timedelta(days=7)
"""Moves are read by windows of time: an offset beyond a limit that Close keeps to itself is refused."""


def history(client: Client, reading_of: ReadingOf, since: datetime, now: datetime) -> Iterator[StageChange]:
    """All moves since a time, oldest first; deals created since then begin with the stage they began in."""
    by = reading_of(Lane.BULK)
    rows = list(_moves(client, since, now))
    changes = [_change(row, by) for row in rows if text_of(row.get("opportunity_id"))]
    first: dict[str, Json] = {}
    for row in sorted(rows, key=moved_at):
        first.setdefault(str(row.get("opportunity_id")), row)
    changes += [_created(item, first.get(item_id(item)), by) for item in _deals(client, since)]
    yield from sorted(
        (change for change in changes if change.move.at >= since), key=lambda change: change.move.at
    )


def _moves(client: Client, since: datetime, now: datetime) -> Iterator[Json]:
    known: set[str] = set()
    while since <= now:
        until = since + WINDOW
        window = {"date_created__gte": exact_text(since), "date_created__lt": exact_text(until)}
        for row in client.all(MOVES, Lane.BULK, window):
            if row.get("id") not in known:
                known.add(str(row.get("id")))
                yield row
        since = until


def _deals(client: Client, since: datetime) -> Iterator[Json]:
    for step in pages(client, Lane.BULK, CREATED, Walk(at=exact_text(since))):
        yield from step.fresh


def _change(row: Json, by: Reading) -> StageChange:
    actor = by.ours.by_user(row.get("user_id") or row.get("created_by"))
    return StageChange(str(row["opportunity_id"]), StageMove(moved_at(row), stage_after(row, {}), actor))


def _created(item: Json, first_move: Json | None, by: Reading) -> StageChange:
    """The stage that a deal began in: the one that its first move left, else where it stands."""
    at = moment(item.get(CREATED))
    assert at is not None  # the walk orders by it
    stage = stage_of(item)
    if first_move is not None and text_of(first_move.get("old_status_id")):
        pipeline = text_of(first_move.get("old_pipeline_id")) or stage[0]
        stage = [pipeline, str(first_move["old_status_id"])]
    return StageChange(item_id(item), StageMove(at, stage, by.ours.by_user(item.get("created_by"))))

"""What changed since a cursor: deals by `updatedTime`, and moves by the append-only stage history.

The cursor holds both halves and what was found out about the portal's dates. Marks come from the portal's own
rows, never from a clock (docs/connectors/bitrix24.md#polling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.base import Lane, Look, Page, StageChange
from connectors.bitrix24 import aspects, values
from connectors.bitrix24.client import Client, Command, Replies
from connectors.bitrix24.dates import DateFilter, Style, find_date_filter, written
from connectors.bitrix24.listing import PAGE, Filter, ReadingOf, page_commands, pages_of, rows_of
from connectors.bitrix24.portal import DEAL
from connectors.bitrix24.records import Item, item_id
from connectors.errors import Unreadable
from connectors.paging import Onward
from mapping.model import Missing, Record

HistoryRow = dict[str, object]
Fetch = Callable[[Sequence[Look], Lane], dict[str, Record | Missing]]
CHAINED_ROWS = 10  # pages of history in a batch
HISTORY_MARGIN = timedelta(days=1)  # the filter may be read in another zone; what is too old is dropped here


class Sweep(BaseModel):
    """How far a reading of the changed deals has come."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: str  # deal id
    newest: str | None  # the newest `updatedTime` when it began: where the next one starts


class Cursor(BaseModel):
    """All that a poll has to remember."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: str | None = None  # an `updatedTime` as shown; None while the portal has no deals
    style: Style | None = None  # how dates are written in a filter; None until a deal lets us find out
    slack_s: int = 0
    history: str = "0"  # the last entry of the stage history that was read
    sweep: Sweep | None = None

    def text(self) -> str:
        """The cursor as the engine keeps it."""
        return self.model_dump_json(exclude_none=True)

    def conditions(self) -> dict[str, object]:
        """The filter for the deals that changed since."""
        if self.since is None or self.style is None:
            return {}
        return {">=updatedTime": DateFilter(self.style, self.slack_s).since(self.since)}


def changed(
    client: Client, reading_of: ReadingOf, fetch: Fetch, since: str | None, lane: Lane
) -> Iterator[Page]:
    """Pages of what changed since a cursor; `None` starts at the present with an empty page."""
    if since is None:
        yield Page((), _present(client, lane).text())
        return
    cursor = _cursor(since)
    first = client.batch(_first_commands(cursor, reading_of), lane)
    if cursor.style is None and (newest := _newest(first)) is not None:
        way = find_date_filter(client, newest, lane)
        cursor = cursor.model_copy(update={"style": way.style, "slack_s": way.slack_s})
    if cursor.sweep is None:
        sweep = Sweep(after="0", newest=_newest(first) or cursor.since)
        cursor = cursor.model_copy(update={"sweep": sweep})
    seen: set[str] = set()
    for page in _swept(client, reading_of, cursor, first, lane):
        seen.update(record.ref.remote_id for record in page.records)
        cursor = _cursor(page.cursor)
        yield page
    yield from _moved(client, fetch, cursor, aspects.history_rows(first["h"].result), seen, lane)


def _cursor(text: str) -> Cursor:
    try:
        return Cursor.model_validate_json(text)
    except ValidationError as error:
        raise Unreadable(
            "The stored poll cursor is not one of ours; poll this connection from the present."
        ) from error


def _present(client: Client, lane: Lane) -> Cursor:
    commands = {"newest": _newest_command(), "h": _feed_command({}, "DESC")}
    replies = client.batch(commands, lane)
    rows, newest = aspects.history_rows(replies["h"].result), _newest(replies)
    history = values.id_text(rows[0].get("ID")) if rows else None
    if newest is None:
        return Cursor(history=history or "0")
    way = find_date_filter(client, newest, lane)
    return Cursor(since=newest, style=way.style, slack_s=way.slack_s, history=history or "0")


def _first_commands(cursor: Cursor, reading_of: ReadingOf) -> dict[str, Command]:
    """The first request of a poll, mostly the only one. The newest time is read before the deals are."""
    after = cursor.sweep.after if cursor.sweep else "0"
    return {
        **({} if cursor.sweep else {"newest": _newest_command()}),
        **page_commands(reading_of([]).select, cursor.conditions(), after, pages=1),
        "h": _feed_command({">ID": cursor.history}, "ASC"),
    }


def _newest_command() -> Command:
    return Command(
        "crm.item.list",
        {
            "entityTypeId": DEAL,
            "select": ["id", "updatedTime"],
            "order": {"updatedTime": "DESC"},
            "start": -1,
        },
    )


def _newest(replies: Replies) -> str | None:
    if "newest" not in replies.found and "newest" not in replies.errors:
        return None
    rows = rows_of(replies["newest"].result)
    return str(rows[0]["updatedTime"]) if rows and rows[0].get("updatedTime") else None


def _feed_command(conditions: Filter, direction: str) -> Command:
    return Command(
        "crm.stagehistory.list",
        {
            "entityTypeId": DEAL,
            **({"filter": conditions} if conditions else {}),
            "order": {"ID": direction},
            "start": -1,
        },
    )


def _swept(
    client: Client, reading_of: ReadingOf, cursor: Cursor, first: Replies, lane: Lane
) -> Iterator[Page]:
    """Pages of changed deals by id; the last one's cursor says that the sweep is over."""
    assert cursor.sweep is not None
    onward = Onward("Bitrix24's changed deals", cursor.sweep.after)
    pages = pages_of(first, 1)
    while True:
        for rows in pages:
            reading = reading_of(rows)
            cursor = _advanced(cursor, rows)
            if cursor.sweep is not None:
                onward.to(cursor.sweep.after)
            yield Page(tuple(reading.record(row) for row in rows), cursor.text())
            if cursor.sweep is None:
                return
        assert cursor.sweep is not None
        commands = page_commands(reading_of([]).select, cursor.conditions(), cursor.sweep.after)
        pages = pages_of(client.batch(commands, lane))


def _advanced(cursor: Cursor, rows: Sequence[Item]) -> Cursor:
    assert cursor.sweep is not None
    if len(rows) < PAGE:
        return cursor.model_copy(update={"since": cursor.sweep.newest, "sweep": None})
    return cursor.model_copy(update={"sweep": Sweep(after=item_id(rows[-1]), newest=cursor.sweep.newest)})


def _moved(
    client: Client,
    fetch: Fetch,
    cursor: Cursor,
    first: list[HistoryRow],
    seen: set[str],
    lane: Lane,
) -> Iterator[Page]:
    """Pages of deals that moved by the history but were not among the changed ones."""
    for rows in _feed(client, {}, cursor.history, lane, (first,)):
        owners = [values.id_text(row.get("OWNER_ID")) for row in rows]
        looks = [Look(owner) for owner in dict.fromkeys(owners) if owner is not None and owner not in seen]
        found = fetch(looks, lane).values() if looks else ()
        seen.update(look.remote_id for look in looks)
        cursor = cursor.model_copy(update={"history": _last_id(rows)})
        yield Page(
            tuple(record for record in found if isinstance(record, Record)),
            cursor.text(),
            tuple(missing for missing in found if isinstance(missing, Missing)),
        )


def _feed(
    client: Client, conditions: Filter, after: str, lane: Lane, read: Iterable[list[HistoryRow]] = ()
) -> Iterator[list[HistoryRow]]:
    """Pages of the stage history behind an entry, those that were `read` first; none is empty."""
    onward = Onward("Bitrix24's stage history", after)
    while True:
        for rows in read:
            if rows:
                after = onward.to(_last_id(rows))
                yield rows
            if len(rows) < PAGE:
                return
        replies = client.batch(_feed_commands(conditions, after), lane)
        read = (aspects.history_rows(replies[f"p{place}"].result) for place in range(CHAINED_ROWS))


def _feed_commands(conditions: Filter, after: str) -> dict[str, Command]:
    """Commands for the next pages, each of which begins where the one before ended."""
    references = [after, *(f"$result[p{place}][items][{PAGE - 1}][ID]" for place in range(CHAINED_ROWS - 1))]
    return {
        f"p{place}": _feed_command({**conditions, ">ID": reference}, "ASC")
        for place, reference in enumerate(references)
    }


def _last_id(rows: Sequence[HistoryRow]) -> str:
    last = values.id_text(rows[-1].get("ID"))
    if last is None:
        raise Unreadable("Bitrix24 sent an entry of the stage history without an id.")
    return last


def history(client: Client, since: datetime, lane: Lane) -> Iterator[StageChange]:
    """All moves since a moment, oldest first. Nobody is named in them."""
    asked = {">=CREATED_TIME": written(since.astimezone(UTC) - HISTORY_MARGIN, "iso")}
    for rows in _feed(client, asked, "0", lane):
        yield from _stage_changes(rows, since)


def _stage_changes(rows: Iterable[HistoryRow], since: datetime) -> Iterator[StageChange]:
    for row in rows:
        move, owner = aspects.move_of(row), values.id_text(row.get("OWNER_ID"))
        if move is not None and owner is not None and move.at >= since.replace(microsecond=0):
            yield StageChange(owner, move)

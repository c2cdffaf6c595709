"""Lists deals in the order of their ids: no page can slip, whatever is written meanwhile.

Pages are chained inside a batch by references to the page before (docs/connectors/bitrix24.md#listing).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from connectors.base import Lane, Page
from connectors.bitrix24 import php
from connectors.bitrix24.client import Client, Command, Replies
from connectors.bitrix24.portal import DEAL
from connectors.bitrix24.records import Item, Reading, item_id
from connectors.errors import Unreadable
from connectors.paging import Onward

PAGE = 50
CHAINED = 10  # pages in a batch: 500 deals in memory at once, 1,000 deals a second at the vendor's rate

Filter = Mapping[str, object]
ReadingOf = Callable[[Iterable[Item]], Reading]


def page_commands(
    select: list[str], conditions: Filter, after: str, pages: int = CHAINED
) -> dict[str, Command]:
    """Commands for the next pages after an id; each page begins where the one before ended."""
    references = [after, *(f"$result[p{place}][items][{PAGE - 1}][id]" for place in range(pages - 1))]
    return {
        f"p{place}": Command(
            "crm.item.list",
            {
                "entityTypeId": DEAL,
                "select": select,
                "filter": {**conditions, ">id": reference},
                "order": {"id": "ASC"},
                "start": -1,
            },
        )
        for place, reference in enumerate(references)
    }


def pages_of(replies: Replies, pages: int = CHAINED) -> Iterator[list[Item]]:
    """The pages of such a batch; none after a short one, whose reference led nowhere."""
    for place in range(pages):
        rows = rows_of(replies[f"p{place}"].result)
        yield rows
        if len(rows) < PAGE:
            return


def rows_of(result: object) -> list[Item]:
    """The items in an answer of `crm.item.list`."""
    return list(php.as_rows(php.as_map(result).get("items")))


def everything(client: Client, reading_of: ReadingOf, cursor: str | None, lane: Lane) -> Iterator[Page]:
    """All deals, resumable after each page. Not counted: on a big portal that takes most of a minute."""
    after = str(read_cursor(cursor).get("after", "0")) if cursor else "0"
    onward = Onward("Bitrix24's deals", after)
    while True:
        commands = page_commands(reading_of([]).select, {}, after)
        for rows in pages_of(client.batch(commands, lane)):
            after = onward.to(item_id(rows[-1])) if rows else after
            reading = reading_of(rows)
            yield Page(tuple(reading.record(row) for row in rows), json.dumps({"after": after}))
            if len(rows) < PAGE:
                return


def read_cursor(cursor: str) -> dict[str, object]:
    """A cursor of ours as plain data; `Unreadable` for any other text."""
    try:
        found = json.loads(cursor)
    except ValueError as error:
        raise Unreadable(
            "The stored cursor is not one of ours; read this connection again from start."
        ) from error
    if not isinstance(found, dict):
        raise Unreadable("The stored cursor is not one of ours; read this connection again from start.")
    return found

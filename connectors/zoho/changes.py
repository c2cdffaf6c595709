"""What changed since a cursor: a pass over changed deals by ascending id, and the deals that were deleted.

A deal that changes behind the pass is found by the next one, which begins at the time this one began, by Zoho's
own clock (docs/connectors/zoho.md#polling).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from connectors.base import Lane, Page
from connectors.errors import Unreadable
from connectors.paging import Onward
from connectors.zoho.client import PAGE, Client, Json
from connectors.zoho.read import Reader, changed_since
from connectors.zoho.values import id_of, offset_text
from mapping.model import Missing, Ref

OVERLAP = timedelta(minutes=2)
MOST_DELETED_PAGES = 10  # lists paged by numbers end after 2,000 rows


class Cursor(BaseModel):
    """How far a poll has come."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    began: AwareDatetime | None = None  # when the pass began that is under way
    after: str | None = None  # the last id that it has read

    def text(self) -> str:
        """The cursor as the engine keeps it."""
        return self.model_dump_json(exclude_none=True)


def changed(client: Client, reader: Reader, connection: str, since: str | None, lane: Lane) -> Iterator[Page]:
    """Pages of what changed since a cursor; `None` starts at the present with an empty page."""
    if since is None:
        yield Page((), Cursor(since=_now(client, lane)).text())
        return
    cursor = _cursor(since)
    onward = Onward("Zoho's changed deals", cursor.after)
    while True:
        where = changed_since(cursor.since - OVERLAP, cursor.after)
        selected, records = reader.listed(where, lane)
        began = cursor.began or selected.at
        if selected.next is None:
            break
        cursor = Cursor(since=cursor.since, began=began, after=onward.to(selected.next))
        yield Page(records, cursor.text())
    gone = tuple(_deleted(client, connection, cursor.since - OVERLAP, lane))
    yield Page(records, Cursor(since=began).text(), gone)


def _cursor(text: str) -> Cursor:
    try:
        return Cursor.model_validate_json(text)
    except ValidationError as error:
        raise Unreadable(
            "The stored poll cursor is not one of ours; poll this connection from the present."
        ) from error


def _now(client: Client, lane: Lane) -> datetime:
    return client.query("select id from Deals where id is not null limit 0, 1", lane).at


def _deleted(client: Client, connection: str, since: datetime, lane: Lane) -> Iterator[Missing]:
    """The deals deleted since; those that a merge took away are among them, without their survivor."""
    headers = {"If-Modified-Since": offset_text(since)}
    onward = Onward("Zoho's deleted deals", "")
    for page in range(1, MOST_DELETED_PAGES + 1):
        params = {"type": "all", "page": page, "per_page": PAGE}
        reply = client.call("GET", "/Deals/deleted", lane, params=params, headers=headers)
        rows = [_id(row) for row in reply.rows()]
        if rows:
            onward.to(rows[0])
        yield from (Missing(Ref(connection, id), "deleted") for id in rows)
        if not reply.more():
            return


def _id(row: Json) -> str:
    found = id_of(row)
    if found is None:
        raise Unreadable("Zoho listed a deleted deal without its id.")
    return found

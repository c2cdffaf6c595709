"""Reads rows of any module by id and by query. Knows Zoho's caps, not what the columns mean.

Facts: docs/connectors/zoho.md#reading
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from threading import Lock

from connectors.base import Lane
from connectors.errors import Missing, Rejected, Transient
from connectors.zoho.client import PAGE, Client, Json
from connectors.zoho.refusals import NotSelectable
from connectors.zoho.values import ID

IDS = 50  # in one read: the parameter is capped at 1,024 characters
COLUMNS = 50  # in one read, and safely in one query
CHANGED = "Modified_Time"


@dataclass(frozen=True, slots=True)
class One:
    """One row, and when it was read, by Zoho's own clock: whole seconds, never later than it was."""

    row: Json
    at: datetime


@dataclass(frozen=True, slots=True)
class Selected:
    """A page of a query in the order of ids; `next` is where the next one begins, `at` is Zoho's own time."""

    rows: tuple[Json, ...]
    next: str | None
    last: str | None
    at: datetime


class Rows:
    """Rows of one organisation. Safe to share by threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = Lock()
        self._not_selectable: frozenset[tuple[str, str]] = frozenset()  # module and column

    def by_ids(self, module: str, ids: Iterable[str], columns: Sequence[str], lane: Lane) -> dict[str, Json]:
        """The rows that there are among the ids. A row that changes between two of our reads is `Transient`."""
        found: dict[str, Json] = {}
        for some in chunks((each for each in ids if ID.fullmatch(each)), IDS):
            parts = [self._some(module, some, part, lane) for part in chunks(_rest(columns), COLUMNS - 1)]
            for id in parts[0]:
                found[id] = _joined(module, id, parts)
        return found

    def one(self, module: str, id: str, columns: Sequence[str], lane: Lane) -> One:
        """One row as it is now; `Missing` if there is none that our user may see."""
        wanted = list(columns) if len(columns) <= COLUMNS else []
        params = {"fields": ",".join(wanted)} if wanted else {}  # without, a single read shows all fields
        reply = self._client.call("GET", f"/{module}/{id}", lane, params=params)
        rows = reply.rows()
        if not rows:
            raise Missing(f"Zoho has no record {id} in {module}, or hides it from our user.")
        return One(rows[0], reply.at)

    def select(self, module: str, columns: Sequence[str], where: str, lane: Lane) -> Selected:
        """A page of at most 200 rows by a query, in the order of their ids.

        Columns that a query cannot show are read by id.
        """
        queried = self._queried(module, columns)
        query = f"select {', '.join(queried)} from {module} where {where} order by id asc limit 0, {PAGE}"
        try:
            reply = self._client.query(query, lane)
        except NotSelectable as error:
            if error.column not in queried[1:]:
                raise
            with self._lock:
                self._not_selectable |= {(module, error.column)}
            return self.select(module, columns, where, lane)
        rows = reply.rows()
        last = str(rows[-1].get("id")) if rows else None
        more = bool(reply.more()) or len(rows) >= PAGE
        whole = self._completed(module, rows, columns, queried, lane)
        return Selected(tuple(whole), last if more else None, last, reply.at)

    def _queried(self, module: str, columns: Sequence[str]) -> list[str]:
        wanted = dict.fromkeys(("id", *columns))
        return [name for name in wanted if (module, name) not in self._not_selectable][:COLUMNS]

    def _completed(
        self, module: str, rows: list[Json], columns: Sequence[str], queried: list[str], lane: Lane
    ) -> list[Json]:
        lacking = [name for name in columns if name not in queried]
        if not lacking or not rows:
            return rows
        rest = self.by_ids(module, [str(row.get("id")) for row in rows], lacking, lane)
        return [{**row, **rest[str(row["id"])]} for row in rows if str(row.get("id")) in rest]

    def _some(self, module: str, ids: list[str], columns: list[str], lane: Lane) -> dict[str, Json]:
        params = {"ids": ",".join(ids), "fields": ",".join([*columns, CHANGED]), "per_page": PAGE}
        try:
            rows = self._client.call("GET", f"/{module}", lane, params=params).rows()
        except Rejected as error:
            if len(ids) == 1:
                if isinstance(error, Missing):
                    return {}
                raise
            # One id that Zoho does not like may spoil the read of all: each is asked for alone.
            return {id: row for id in ids for row in self._alone(module, id, columns, lane)}
        return {str(row.get("id")): row for row in rows}

    def _alone(self, module: str, id: str, columns: list[str], lane: Lane) -> Iterator[Json]:
        try:
            yield self.one(module, id, [*columns, CHANGED], lane).row
        except Missing:
            return


def quoted(text: str) -> str:
    """A literal in a query."""
    return "'" + text.replace("'", "''") + "'"


def chunks(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """Items without doubles, in lists of at most that size."""
    rest = iter(dict.fromkeys(items))
    while some := list(islice(rest, size)):
        yield some


def _rest(columns: Sequence[str]) -> list[str]:
    return [name for name in columns if name not in ("id", CHANGED)] or ["id"]


def _joined(module: str, id: str, parts: Sequence[dict[str, Json]]) -> Json:
    pieces = [part.get(id) for part in parts]
    whole: Json = {}
    for piece in pieces:
        if piece is None or piece.get(CHANGED) != (whole or piece).get(CHANGED):
            raise Transient(
                f"Record {id} in {module} changed while it was read; it is read again.", uncertain=False
            )
        whole |= piece
    return whole

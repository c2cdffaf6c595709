"""Walks through all deals in the order of a date, past every cap of the search, whatever is written meanwhile.

Pages are found by number, so a deal that leaves its place moves those behind it, out of sight. Each page therefore
overlaps the one before: while its first deal is known, nothing slipped through; else the walk goes back
(docs/connectors/copper.md#listing).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors import base
from connectors.base import Lane
from connectors.copper.account import OPPORTUNITY
from connectors.copper.answers import Item, own_id, seconds
from connectors.copper.client import PAGE, Client, Page
from connectors.copper.records import Reading
from connectors.errors import Unreadable
from mapping.model import Record

Dated = Literal["created", "modified"]
ReadingOf = Callable[[Iterable[Item]], Reading]

END = "end"
"""The cursor behind the last page of a listing."""

OVERLAP = 5  # deals that a page shares with the one before
TAIL = 100  # deals that a cursor remembers: more than any overlap
FEW = 10  # deals that are read again for the sake of beginning anew
DEEPEST = 90_000  # the search shows nothing beyond 100,000


class Place(BaseModel):
    """Where a walk stands: behind so many deals of those whose date is this or later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: int = 0  # in Unix seconds
    behind: int = 0
    tail: tuple[str, ...] = ()  # the deals read last
    began: int | None = None  # when a poll began, by Copper's clock

    def text(self) -> str:
        """The place as a cursor."""
        return self.model_dump_json(exclude_defaults=True)


@dataclass(frozen=True, slots=True)
class Stop:
    """What a walk found on one page; `following` is where it goes on, `None` at its end."""

    rows: list[Item]
    page: Page
    following: Place | None


def place_of(cursor: str) -> Place:
    """The place that a cursor means; `Unreadable` for any other text."""
    try:
        return Place.model_validate_json(cursor)
    except ValidationError as error:
        raise Unreadable(
            "The stored cursor is not one of ours; read this connection again from start."
        ) from error


def walk(client: Client, dated: Dated, place: Place, lane: Lane) -> Iterator[Stop]:
    """The deals from a place on, each once; one that changes on the way belongs to the next walk."""
    return _Walk(client, dated, place, lane).stops()


class _Walk:
    """One walk, which knows all that it has seen."""

    def __init__(self, client: Client, dated: Dated, place: Place, lane: Lane) -> None:
        self._client, self._dated, self._lane = client, dated, lane
        self._place: Place | None = place
        self._seen = dict.fromkeys(place.tail, place.since)  # deal -> its date
        self._furthest = place.behind  # up to where pages may show nothing new
        self._step_back = PAGE

    def stops(self) -> Iterator[Stop]:
        while (place := self._place) is not None:
            size, number = slice_behind(place.behind)
            page = self._client.page("opportunities", self._query(place), self._lane, number, size)
            begin = (number - 1) * size
            if begin and (not page.rows or own_id(page.rows[0]) not in self._seen):
                self._go_back(place, begin)
                continue
            self._step_back = PAGE
            fresh = self._look(page, begin)
            self._place = self._following(place, page, begin)
            yield Stop([row for row in fresh if _is_deal(row)], page, self._place)

    def _query(self, place: Place) -> dict[str, object]:
        since = {f"minimum_{self._dated}_date": place.since} if place.since > 0 else {}
        return {**since, "sort_by": f"date_{self._dated}", "sort_direction": "asc"}

    def _go_back(self, place: Place, begin: int) -> None:
        """Deals before this page have left their places, and others moved up to where we have been."""
        self._place = place.model_copy(update={"behind": max(begin - self._step_back, 0)})
        self._step_back *= 2

    def _look(self, page: Page, begin: int) -> list[Item]:
        dates = {own_id(row): self._date(row) for row in page.rows}
        fresh = [row for row in page.rows if own_id(row) not in self._seen]
        end = begin + len(page.rows)
        if not fresh and not page.is_last and end > self._furthest:
            raise Unreadable(
                "The listing of Copper's deals came back to a page that it had given before; what was read is kept, "
                "and the rest is read again later."
            )
        self._furthest = max(self._furthest, end)
        self._seen |= dates
        return fresh

    def _following(self, place: Place, page: Page, begin: int) -> Place | None:
        if page.is_last:
            return None
        tail = tuple(own_id(row) for row in page.rows[-TAIL:])
        last = self._date(page.rows[-1])
        behind = begin + len(page.rows)
        # One second earlier, so that it does not matter whether "minimum" takes in that very second.
        again = sum(date >= last - 1 for date in self._seen.values()) if last - 1 > place.since else PAGE
        if again <= FEW or (behind > DEEPEST and last - 1 > place.since):
            self._furthest = again
            return place.model_copy(update={"since": last - 1, "behind": 0, "tail": tail})
        return place.model_copy(update={"behind": behind, "tail": tail})

    def _date(self, row: Item) -> int:
        return seconds(row.get(f"date_{self._dated}")) or 0


def slice_behind(behind: int) -> tuple[int, int]:
    """Size and number of the page that begins shortly before so many deals and shows most behind them."""
    if not behind:
        return PAGE, 1
    begins = {size: max(behind - OVERLAP, 0) // size * size for size in range(PAGE // 2, PAGE + 1)}
    size = max(begins, key=lambda size: begins[size] + size)
    return size, begins[size] // size + 1


def _is_deal(row: Item) -> bool:
    """Whether a row is a deal: projects of a newer kind are listed among them."""
    return row.get("pipeline_type") in (None, OPPORTUNITY)


def everything(client: Client, reading_of: ReadingOf, cursor: str | None, lane: Lane) -> Iterator[base.Page]:
    """All deals in the order in which they were made, which no edit changes; resumable after each page."""
    if cursor == END:
        return
    place = place_of(cursor) if cursor else Place()
    total = None
    for stop in walk(client, "created", place, lane):
        total = total or (stop.page.total if cursor is None else None)
        following = END if stop.following is None else stop.following.text()
        yield base.Page(listed(reading_of, stop.rows), following, total=total)


def listed(reading_of: ReadingOf, rows: Sequence[Item]) -> tuple[Record, ...]:
    """The records of rows of a search."""
    reading = reading_of(rows)
    return tuple(reading.record(row, listed=True) for row in rows)

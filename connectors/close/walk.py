"""Goes through a list in the order of a time by a moving lower bound, so that no edit makes it skip a row.

An offset is used only inside one moment that fills a whole page, and its page must begin with rows that are known
(docs/connectors/close.md#listing).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from connectors.base import Lane
from connectors.close.calls import DEALS
from connectors.close.client import Client, Json
from connectors.close.records import item_id
from connectors.close.values import exact_text, moment
from connectors.errors import Unreadable

PAGE = 200
REREAD = 50
"""Rows read once more where an offset is needed: that many may vanish meanwhile."""

BARREN = 10
"""Pages in a row without anything new, after which Close answers the same again and again."""

TAIL = 12
"""Characters at the end of an id, which suffice to tell the rows of one moment apart."""


class Walk(BaseModel):
    """How far a walk has come."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: str | None = None  # the time of the last row that was read, exact; None before the first
    seen: tuple[str, ...] = ()  # the ends of the ids of the rows of that very time
    skip: int = Field(default=0, exclude=True)  # not kept: whoever goes on later begins at the moment again

    def params(self, field: str) -> dict[str, object]:
        """What to ask for to get the next page."""
        params: dict[str, object] = {"_order_by": field}
        if self.at is not None:
            params[f"{field}__gte"] = self.at
        return {**params, "_skip": self.skip} if self.skip else params

    def fresh(self, rows: Sequence[Json], field: str) -> list[Json]:
        """The rows of the page that were not read before."""
        return [row for row in rows if self.is_new(row, field)]

    def after(self, rows: Sequence[Json], field: str) -> Walk:
        """The walk after a page."""
        if not rows:
            return self
        last = max(time_of(row, field) for row in rows)
        moved = self.at is None or last > self.at
        here = [tail(row) for row in rows if time_of(row, field) == last]
        seen = here if moved else [*self.seen, *here]
        return Walk(
            at=last if moved else self.at,
            seen=tuple(dict.fromkeys(seen)),
            skip=0 if moved else self.skip + max(1, len(rows) - REREAD),
        )

    def is_new(self, row: Json, field: str) -> bool:
        """Whether a row was not read before."""
        if self.at is None:
            return True
        at = time_of(row, field)
        return at > self.at or (at == self.at and tail(row) not in self.seen)


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a walk."""

    rows: list[Json]
    fresh: list[Json]  # those that were not read before
    walk: Walk  # after this page
    more: bool
    total: int | None


def pages(client: Client, lane: Lane, field: str, walk: Walk) -> Iterator[Step]:
    """The pages of all deals from there on; `Unreadable` if they do not go on."""
    barren, more = 0, True
    while more:
        page = client.listed(DEALS, lane, walk.params(field), PAGE)
        fresh = walk.fresh(page.rows, field)
        barren = 0 if fresh else barren + 1
        if barren > BARREN or (walk.skip and fresh and fresh[0] is page.rows[0]):
            raise Unreadable(
                "Close's list of opportunities came back to a page that it had given before, or left some out; what "
                "was read is kept, and the rest is read again later."
            )
        walk, more = walk.after(page.rows, field), page.more and bool(page.rows)
        yield Step(page.rows, fresh, walk, more, page.total)


def time_of(row: Json, field: str) -> str:
    """The time of a row, exact and in a form whose order is that of the times."""
    at = moment(row.get(field))
    if at is None:
        raise Unreadable(f"Close shows an opportunity without its {field}.")
    return exact_text(at)


def tail(row: Json) -> str:
    """The end of a row's id."""
    return item_id(row)[-TAIL:]

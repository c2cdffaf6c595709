"""Pages of a listing: by number up to a wall, by token beyond it, each token bound to its request."""

from __future__ import annotations

import secrets
import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.errors import refused
from sandbox.zoho.org import Org
from sandbox.zoho.reading import PAGE, Query

DISCRETE_WALL = 2000
TOKEN_WALL = 100_000
TOKEN_S = 24 * 3600
TOKENS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token goes on: after this key, as that page, with so many records behind it."""

    bound: object
    after: Any
    page: int
    read: int
    issued: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page a call wants."""

    number: int
    size: int
    place: Place | None = None

    @property
    def read(self) -> int:
        """Return how many records come before this page."""
        return self.place.read if self.place else (self.number - 1) * self.size

    @property
    def offset(self) -> int:
        """Return how many keys are left out after where the listing is taken up."""
        return 0 if self.place else self.read


class Tokens:
    """The page tokens given out."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._places: OrderedDict[str, Place] = OrderedDict()

    def wanted(self, query: Query, bound: object) -> Wanted:
        """Return the page a call wants; refuse one behind a wall or a token that does not fit."""
        size, token = query.number("per_page", PAGE, PAGE), query.text("page_token")
        if token is None:
            number = query.number("page", 1)
            if number * size > DISCRETE_WALL:
                raise refused("DISCRETE_PAGINATION_LIMIT_EXCEEDED", {"limit": DISCRETE_WALL})
            return Wanted(number, size)
        if "page" in query:
            names = [{"param_name": "page"}, {"param_name": "page_token"}]
            raise refused("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": names})
        place = self._places.get(token)
        if place is None or place.issued < time.time() - TOKEN_S:
            raise refused("EXPIRED_VALUE", {"param_name": "page_token"}, reason="ordinary")
        if place.bound != (bound, size):
            raise refused("TOKEN_BOUND_DATA_MISMATCH", {"param_name": "page_token"})
        if place.read >= TOKEN_WALL:
            raise refused("PAGINATION_LIMIT_EXCEEDED", {"limit": TOKEN_WALL}, reason="ordinary")
        return Wanted(place.page, size, place)

    def info(self, wanted: Wanted, bound: object, keys: Sequence[Any], more: bool) -> dict[str, Any]:
        """Return the `info` of an answer, with the token of the next page when there is one."""
        info: dict[str, Any] = {
            "per_page": wanted.size,
            "next_page_token": None,
            "count": len(keys),
            "page": wanted.number,
            "previous_page_token": None,
            "page_token_expiry": None,
            "more_records": more,
        }
        if more:
            read = wanted.read + len(keys)
            place = Place((bound, wanted.size), keys[-1], wanted.number + 1, read, time.time())
            info["next_page_token"] = self._issue(place)
            info["page_token_expiry"] = self._org.zone.iso(int(place.issued) + TOKEN_S)
        return info

    def _issue(self, place: Place) -> str:
        token = secrets.token_hex(32)
        self._places[token] = place
        if len(self._places) > TOKENS_KEPT:
            self._places.popitem(last=False)
        return token


def cut(keys: Sequence[Any], low: int, wanted: Wanted, *, descending: bool) -> tuple[list[Any], bool]:
    """Return one page of sorted keys, those before index `low` left out, and whether more follow."""
    after = wanted.place.after if wanted.place else None
    if descending:
        stop = (len(keys) if after is None else bisect_left(keys, after)) - wanted.offset
        start = max(low, stop - wanted.size)
        return list(keys[start : max(start, stop)])[::-1], start > low
    start = (low if after is None else max(low, bisect_right(keys, after))) + wanted.offset
    return list(keys[start : start + wanted.size]), start + wanted.size < len(keys)

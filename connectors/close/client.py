"""Calls of Close's interface: one at a time, or the pages of a list. Knows no deals.

Every HTTP request takes its turn from the budget (docs/connectors/close.md#limits).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin, urlsplit

from connectors.base import Budget, Lane
from connectors.close.calls import Call
from connectors.close.rate_headers import used_up_for_s
from connectors.close.refusals import refusal
from connectors.close.settings import Settings
from connectors.errors import RateLimited, Unreadable
from connectors.http import Answer, Http
from connectors.paging import Onward

Json = dict[str, Any]

PAGE = 100
LISTING_TIMEOUT = (3.05, 60.0)
MOVED = (301, 302, 307, 308)


class Client:
    """One Close organization. Safe to share by threads."""

    def __init__(self, settings: Settings, budget: Budget, http: Http | None = None) -> None:
        self._root = settings.root
        self._budget = budget
        self._http = http or Http()
        key = f"{settings.auth.api_key.get_secret_value()}:"
        self._headers = {
            "Authorization": f"Basic {base64.b64encode(key.encode()).decode()}",
            "Accept": "application/json",
            "x-tz-offset": "0",  # dates without a time are those of UTC, wherever we run
        }

    def call(
        self,
        call: Call,
        lane: Lane,
        id: str = "",
        *,
        params: Mapping[str, object] | None = None,
        body: object = None,
    ) -> Json:
        """Make one call and return the object it answers with; raises what `refusals` makes of a refusal."""
        answer = self._send(call, self._root + call.at(id), lane, params, body)
        if answer.status in MOVED and (other := _but_for_the_slash(self._root + call.at(id), answer)):
            answer = self._send(call, other, lane, params, body)
        error = refusal(answer, writes=call.writes)
        if isinstance(error, RateLimited):
            self._budget.pause(error.retry_after_s)
        if error is not None:
            raise error
        if (used_up := used_up_for_s(answer)) is not None:
            self._budget.pause(used_up)
        return _object(answer)

    def listed(self, call: Call, lane: Lane, params: Mapping[str, object], limit: int = PAGE) -> Page:
        """One page of a list."""
        return Page.of(self.call(call, lane, params={**params, "_limit": limit}))

    def all(self, call: Call, lane: Lane, params: Mapping[str, object] | None = None) -> Iterator[Json]:
        """The rows of all pages of a list that nobody changes while it is read."""
        skip, more = 0, True
        onward: Onward[str] = Onward(f"Close's {call.path}", "")
        while more:
            page = self.listed(call, lane, {**(params or {}), **({"_skip": skip} if skip else {})})
            if page.rows:
                onward.to(str(page.rows[0].get("id")))
            yield from page.rows
            skip += len(page.rows)
            more = page.more and bool(page.rows)

    def _send(
        self, call: Call, url: str, lane: Lane, params: Mapping[str, object] | None, body: object
    ) -> Answer:
        self._budget.take(call.rate, lane)
        patient = lane in (Lane.POLL, Lane.BULK)
        return self._http.call(
            call.method,
            url,
            params=params,
            json=body,
            headers=self._headers,
            timeout=LISTING_TIMEOUT if patient else None,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    rows: list[Json]
    more: bool
    total: int | None = None  # how many there are in all, where Close says so

    @classmethod
    def of(cls, body: Json) -> Page:
        """The page in an answer; `Unreadable` without its list."""
        total = body.get("total_results")
        return cls(rows_of(body), body.get("has_more") is True, total if isinstance(total, int) else None)


def rows_of(body: Json) -> list[Json]:
    """The objects in the `data` of an answer; `Unreadable` if there are none."""
    rows = body.get("data")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unreadable("Close's answer holds no list.")
    return rows


def _object(answer: Answer) -> Json:
    if not answer.body.strip():
        return {}  # 204 after a deletion
    try:
        body = json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        body = answer.json()  # which says what is wrong
    if not isinstance(body, dict):
        raise Unreadable("Close's answer is not an object.", status=answer.status)
    return body


def _but_for_the_slash(url: str, answer: Answer) -> str | None:
    """Where a redirection leads if it is the same address with or without its last slash: else nowhere."""
    there = urljoin(url, answer.headers.get("Location", ""))
    parts = urlsplit(there)
    bare = f"{parts.scheme}://{parts.netloc}{parts.path}"
    is_same = bare.rstrip("/") == url.rstrip("/") and bare != url
    return bare if is_same else None

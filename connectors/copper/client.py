"""All calls to one Copper account: budget, credentials, outcome. Knows paths and pages, not what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.base import Budget, Lane, Rate
from connectors.copper.answers import Item, item_of, own_id, read, rows_of
from connectors.copper.refusals import TABLE
from connectors.copper.settings import Settings
from connectors.errors import AuthFailed, Missing, RateLimited
from connectors.http import Answer, Http, classify
from connectors.paging import Onward

RATE = Rate("requests", calls=180, per_s=60.0, burst=18)
"""One rolling window for all calls of an account (docs/connectors/copper.md#limits)."""

PAGE = 200  # records in a page of a search
LISTING_TIMEOUT = (3.05, 60.0)
USER_AGENT = "sales-conveyor"

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search; `at` is Copper's own time."""

    rows: list[Item]
    size: int
    at: datetime | None
    total: int | None  # an upper bound, not a count

    @property
    def is_last(self) -> bool:
        """Whether nothing follows: the only sound sign is a page that is not full."""
        return len(self.rows) < self.size


class Client:
    """One account. Safe to share by threads."""

    def __init__(self, settings: Settings, budget: Budget) -> None:
        self._root = settings.root
        self._headers = {
            "X-PW-AccessToken": settings.auth.api_key.get_secret_value(),
            "X-PW-Application": "developer_api",
            "X-PW-UserEmail": settings.auth.user_email,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
        }
        self._budget = budget
        self._http = Http()

    def get(self, path: str, lane: Lane) -> object:
        """What there is at a path."""
        return read(self._call("GET", path, None, lane))

    def post(self, path: str, body: Body, lane: Lane = Lane.WRITE) -> Item:
        """The record that a POST made or found."""
        return item_of(read(self._call("POST", path, body, lane)))

    def put(self, path: str, body: Body, lane: Lane = Lane.WRITE) -> Item:
        """The record as a PUT left it. Only the keys of the body change."""
        return item_of(read(self._call("PUT", path, body, lane)))

    def delete(self, path: str, lane: Lane = Lane.WRITE) -> Item:
        """What Copper says of a thing that it deleted."""
        return item_of(read(self._call("DELETE", path, None, lane)))

    def page(self, kind: str, query: Body, lane: Lane, number: int = 1, size: int = PAGE) -> Page:
        """One page of a search. Paging stands in the body: in the address it would be ignored."""
        body = {**query, "page_size": size, "page_number": number}
        try:
            answer = self._call("POST", f"/{kind}/search", body, lane)
        except Missing as error:
            raise AuthFailed(
                f"Copper does not let {kind} be searched here: check `base_url`, and that the user of the API key is "
                "an administrator.",
                status=error.status,
            ) from error
        return Page(rows_of(read(answer)), size, _date(answer), _total(answer))

    def found(self, kind: str, query: Body, lane: Lane) -> Iterator[Item]:
        """All that a search finds, page by page; `Unreadable` if a page comes twice."""
        number, onward = 1, Onward(f"Copper's {kind}", "")
        while True:
            page = self.page(kind, query, lane, number)
            if page.rows:
                onward.to(own_id(page.rows[0]))
            yield from page.rows
            if page.is_last:
                return
            number += 1

    def _call(self, method: str, path: str, body: Body | None, lane: Lane) -> Answer:
        self._budget.take(RATE.name, lane)
        answer = self._http.call(
            method,
            self._root + path,
            json=body,
            headers=self._headers,
            timeout=LISTING_TIMEOUT if lane in (Lane.POLL, Lane.BULK) else None,
        )
        error = classify(answer, TABLE)
        if isinstance(error, RateLimited):
            self._budget.pause(error.retry_after_s)
        if error is not None:
            raise error
        return answer


def _date(answer: Answer) -> datetime | None:
    try:
        at = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return at.replace(tzinfo=at.tzinfo or UTC)


def _total(answer: Answer) -> int | None:
    text = answer.headers.get("X-PW-TOTAL", "")
    return int(text) if text.isascii() and text.isdigit() else None

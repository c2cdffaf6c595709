"""All calls to one HubSpot account: budget, token, outcome. Knows paths and batches, not what they mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from connectors.base import Budget, Grants, Lane
from connectors.errors import AuthFailed, RateLimited, Unreadable
from connectors.http import Answer, Http, classify
from connectors.hubspot.library import Library
from connectors.hubspot.paths import path
from connectors.hubspot.refusals import TABLE
from connectors.hubspot.settings import Settings
from connectors.hubspot.tokens import tokens_for
from connectors.paging import Onward

T = TypeVar("T")
Json = dict[str, Any]

GENERAL = "general"
SEARCH = "search"
BATCH = 100
BATCH_WITH_HISTORY = 50
LINKS_BATCH = 1000


class Client:
    """One account. Safe to share by threads."""

    def __init__(self, settings: Settings, grants: Grants, budget: Budget) -> None:
        self._host = settings.host
        self._http = Http()
        self._budget = budget
        self._tokens = tokens_for(settings.auth, grants, self._http, self._host)
        self._library: Library | None = None

    def scopes(self) -> tuple[str, ...]:
        """What the token may do, where HubSpot told it along with the token."""
        return self._tokens.scopes()

    def typed(self, call: Callable[[Library], T], lane: Lane) -> T:
        """Make one call through the vendor's library."""
        return self._with_token(lambda token: call(self._library_for(token)), GENERAL, lane)

    def paged(self, page: Callable[..., tuple[list[T], str | None]], lane: Lane) -> list[T]:
        """All results of `page(library, after=...)`, which returns one page and where the next one starts."""
        results, after = self.typed(partial(page, after=None), lane)
        onward: Onward[str | None] = Onward("one of HubSpot's lists", None)
        while after is not None:
            more, after = self.typed(partial(page, after=onward.to(after)), lane)
            results += more
        return results

    def call(
        self,
        method: str,
        at: str,
        lane: Lane,
        *,
        rate: str = GENERAL,
        params: Mapping[str, object] | None = None,
        json: object = None,
    ) -> Answer:
        """Make one plain call and return an answer that is a success."""

        def send(token: str) -> Answer:
            headers = {"Authorization": f"Bearer {token}"}
            return self._send(method, at, params=params, json=json, headers=headers)

        return self._with_token(send, rate, lane)

    def with_key(self, method: str, at: str, key: str, lane: Lane, json: object = None) -> Answer:
        """Make one plain call under a developer key instead of the token."""
        return self._guarded(
            lambda: self._send(method, at, params={"hapikey": key}, json=json), GENERAL, lane
        )

    def batch_read(
        self,
        kind: str,
        ids: Iterable[str],
        properties: Sequence[str],
        lane: Lane,
        history: Sequence[str] = (),
        archived: bool = False,
    ) -> list[Json]:
        """The objects that there are among the ids, in no order; a merged one comes back as its survivor."""
        body: Json = {"properties": list(properties)}
        if history:
            body["propertiesWithHistory"] = list(history)
        found: list[Json] = []
        for some in chunks(ids, BATCH_WITH_HISTORY if history else BATCH):
            body["inputs"] = [{"id": each} for each in some]
            at = path("batch_read", kind)
            answer = self.call("POST", at, lane, params={"archived": str(archived).lower()}, json=body)
            found += rows(answer.json())
        return found

    def links(self, ids: Iterable[str], to_kind: str, lane: Lane) -> dict[str, list[Json]]:
        """The links of deals to another kind, by deal; only those that have any."""
        found: dict[str, list[Json]] = {}
        for some in chunks(ids, LINKS_BATCH):
            body = {"inputs": [{"id": each} for each in some]}
            for row in rows(self.call("POST", path("links", "deals", to_kind), lane, json=body).json()):
                found.setdefault(str(row["from"]["id"]), []).extend(row["to"])
        return found

    def _send(self, method: str, at: str, **body: Any) -> Answer:
        answer = self._http.call(method, self._host + at, **body)
        error = classify(answer, TABLE)
        if error:
            raise error
        return answer

    def _library_for(self, token: str) -> Library:
        library = self._library
        if library is None or library.token != token:  # the library copies the token when it is built
            library = self._library = Library(token, self._host)
        return library

    def _with_token(self, call: Callable[[str], T], rate: str, lane: Lane) -> T:
        token = self._tokens.current()
        try:
            return self._guarded(lambda: call(token), rate, lane)
        except AuthFailed as error:
            fresh = self._tokens.renewed(token) if error.status == 401 else None
            if fresh is None:
                raise
        return self._guarded(lambda: call(fresh), rate, lane)

    def _guarded(self, call: Callable[[], T], rate: str, lane: Lane) -> T:
        self._budget.take(rate, lane)
        try:
            return call()
        except RateLimited as error:
            self._budget.pause(error.retry_after_s)
            raise


def rows(body: object) -> list[Json]:
    """The `results` of a list, search or batch answer; `Unreadable` if there are none."""
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise Unreadable("HubSpot's answer holds no list of results.")
    return results


def chunks(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    """Ids without doubles, in lists of at most that size."""
    rest = iter(dict.fromkeys(ids))
    while some := list(islice(rest, size)):
        yield some

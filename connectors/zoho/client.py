"""All calls to one Zoho organisation: budget, token, outcome. Knows envelopes, not what records mean.

The status decides little: every element of an answer is looked at (docs/connectors/zoho.md#envelopes).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any

from connectors.base import Budget, Grants, Lane
from connectors.errors import AuthFailed, ConnectorError, RateLimited, Unreadable
from connectors.http import Answer, Http
from connectors.paging import Onward
from connectors.zoho.limits import CALLS, Throttle
from connectors.zoho.refusals import Expired, refusal
from connectors.zoho.settings import Settings
from connectors.zoho.tokens import Grant, Tokens

Json = dict[str, Any]

VERSION = "/crm/v8"
PAGE = 200
LISTING_TIMEOUT = (3.05, 60.0)
EMPTY = (204, 304)
WITH_RESULTS = (400, 412)  # a refusal of each record alone has these, too


@dataclass(frozen=True, slots=True)
class Reply:
    """A readable answer; an empty body for "nothing there" and "nothing changed". `at` is Zoho's own time."""

    body: Json
    status: int
    at: datetime

    def rows(self, name: str = "data") -> list[Json]:
        """The objects in a list of the answer; raises the refusal that one of them may be instead."""
        if not self.body:
            return []
        found = self.body.get(name)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise Unreadable(f"Zoho's answer holds no list {name!r}.", status=self.status)
        for row in found:
            if _is_refusal(row):
                raise refusal(row, self.status)
        return found

    def more(self) -> Json:
        """What the answer says about further pages; empty if there are none."""
        info = self.body.get("info")
        return info if isinstance(info, dict) and info.get("more_records") is True else {}

    def done(self, name: str = "data") -> Json:
        """The details of the one thing that was to be done; raises the refusal if it was not."""
        rows = self.rows(name)
        if len(rows) != 1 or rows[0].get("code") != "SUCCESS":
            raise Unreadable("Zoho does not say whether it did what was asked.", status=self.status)
        details = rows[0].get("details")
        return details if isinstance(details, dict) else {}


class Client:
    """One organisation. Safe to share by threads."""

    def __init__(self, settings: Settings, grants: Grants, budget: Budget) -> None:
        self._http = Http()
        self._budget = budget
        self._throttle = Throttle()
        self._tokens = Tokens(settings, grants, self._http, lambda lane: budget.take(CALLS, lane))

    def scopes(self) -> tuple[str, ...]:
        """What the token may do, where Zoho told it along with the token."""
        return self._tokens.scopes()

    def call(
        self,
        method: str,
        at: str,
        lane: Lane,
        *,
        params: Mapping[str, object] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Make one call under `/crm/v8`; raises what `refusals` makes of a refusal of the whole call.

        An expired token is renewed and the call repeated once.
        """
        grant = self._heeding(lambda: self._tokens.current(lane))
        try:
            return self._send(grant, method, at, lane, params=params, json=json, headers=headers)
        except Expired as error:
            refused = error
        grant = self._heeding(lambda: self._tokens.renewed(grant, lane))
        try:
            return self._send(grant, method, at, lane, params=params, json=json, headers=headers)
        except Expired:
            raise AuthFailed(
                f"Zoho refuses a token that it has only just given: {refused}", status=refused.status
            ) from None

    def pages(self, at: str, name: str, lane: Lane, params: Mapping[str, object]) -> Iterator[Json]:
        """The rows of all pages of a list that is paged by numbers."""
        onward = Onward(f"Zoho's {name} at {at}", "")
        for page in count(1):
            reply = self.call("GET", at, lane, params={**params, "page": page, "per_page": PAGE})
            rows = reply.rows(name)
            if rows:
                onward.to(json.dumps(rows[0], default=str, sort_keys=True))
            yield from rows
            if not reply.more():
                return

    def query(self, select_query: str, lane: Lane) -> Reply:
        """Run a COQL query."""
        return self.call("POST", "/coql", lane, json={"select_query": select_query})

    def _heeding(self, get: Callable[[], Grant]) -> Grant:
        try:
            return get()
        except RateLimited as error:
            self._budget.pause(error.retry_after_s)
            raise

    def _send(self, grant: Grant, method: str, at: str, lane: Lane, **call: Any) -> Reply:
        self._throttle.check(lane)
        self._budget.take(CALLS, lane)
        call["headers"] = {
            **(call["headers"] or {}),
            "Authorization": f"Zoho-oauthtoken {grant['access_token']}",  # not Bearer, whatever it is called
        }
        with self._throttle.slots:
            answer = self._http.call(
                method,
                self._tokens.api(grant) + VERSION + at,
                timeout=LISTING_TIMEOUT if lane in (Lane.POLL, Lane.BULK) else None,
                **call,
            )
        self._throttle.heard(answer)
        return self._read(answer)

    def _read(self, answer: Answer) -> Reply:
        at = server_time(answer)
        if answer.status in EMPTY:
            return Reply({}, answer.status, at)
        body = _body(answer)
        if _is_refusal(body) or not (answer.ok or (answer.status in WITH_RESULTS and _results(body))):
            raise self._heeded(refusal(_why(body), answer.status, whole=True), answer)
        return Reply(body, answer.status, at)

    def _heeded(self, error: ConnectorError, answer: Answer) -> ConnectorError:
        if isinstance(error, RateLimited):
            error.retry_after_s = self._throttle.wait_s(answer)
            self._budget.pause(error.retry_after_s)
        return error


def server_time(answer: Answer) -> datetime:
    """When Zoho answered, by its own clock; by ours if it does not say."""
    try:
        return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return datetime.now(UTC)


def _body(answer: Answer) -> Json:
    try:
        body = json.loads(answer.body, parse_float=Decimal)  # money stays exact
    except (ValueError, RecursionError):
        if not answer.ok:
            return {}
        raise Unreadable(
            f"Zoho answered {answer.status} with something that is not JSON ({len(answer.body)} bytes); "
            "a proxy may have answered in its place.",
            status=answer.status,
        ) from None
    if not isinstance(body, dict):
        raise Unreadable("Zoho's answer is not an object.", status=answer.status)
    return body


def _is_refusal(part: Mapping[str, object]) -> bool:
    return part.get("status") == "error" and "code" in part


def _results(body: Json) -> list[Json]:
    """What was done with each record, where the answer says so."""
    lists = [value for value in body.values() if isinstance(value, list)]
    return [each for value in lists for each in value if isinstance(each, dict) and "code" in each]


def _why(body: Json) -> Json:
    refused = [each for each in _results(body) if _is_refusal(each)]
    return refused[0] if refused and "code" not in body else body

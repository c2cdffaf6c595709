"""The /event/ resource: the log backwards in time, by cursor, under the few filters that Close allows."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from itertools import islice

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.clock import now_ms, parse_ms
from sandbox.close.event_log import Event, EventLog
from sandbox.close.records import Index
from sandbox.close.refusals import missing, refused
from sandbox.close.request import Request
from sandbox.close.routing import Route
from sandbox.close.settings import Settings

MAX_LIMIT = 50
HIDDEN_AFTER_MS = 3_600_000
FILTERS = ("object_type", "object_id", "action", "lead_id", "user_id", "request_id")
ALLOWED = frozenset(
    frozenset(each.split())
    for each in (
        "object_type object_id",
        "object_type action",
        "object_id action",
        "lead_id",
        "lead_id object_type",
        "lead_id object_type action",
        "lead_id user_id",
        "lead_id user_id object_type",
        "lead_id user_id object_type action",
        "user_id",
        "user_id object_id",
        "user_id object_id action",
        "user_id object_type",
        "user_id object_type action",
        "request_id",
    )
)
# The filters that have an index, the narrowest first.
INDEXED = ("request_id", "object_id", "lead_id")
OLDER, NEWER = "next", "previous"


class Events:
    """The handlers."""

    def __init__(self, log: EventLog, settings: Settings) -> None:
        self._log = log
        self._settings = settings

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [("GET", "/event/", self.all), ("GET", "/event/{id}/", self.get)]

    def get(self, request: Request) -> Response:
        """Return an event."""
        event = self._log.by_id.get(request.id)
        if event is None or event.updated < self._oldest():
            raise missing("Event")
        return json_answer(200, event.as_json(with_data=_with_data(request, event)))

    def all(self, request: Request) -> Response:
        """Return one page of events, the latest first."""
        wanted = {name: value for name in FILTERS if (value := request.query.get(name)) is not None}
        if frozenset(wanted) not in ALLOWED:
            raise refused(
                400, f"This combination of filters is not supported: {', '.join(wanted) or 'none'}."
            )
        limit, bounds = request.limit(MAX_LIMIT), self._bounds(request)
        index = self._index(wanted)
        direction, updated, number = _position(request.query.get("_cursor"))
        if direction == NEWER:
            rows = index.ascending_after(updated, number)
        else:
            rows = index.descending_before(updated, number)
        found = list(islice(_matching(rows, wanted, bounds, direction), limit + 1))
        shown, more = found[:limit], len(found) > limit
        if direction == NEWER:
            shown.reverse()
        older = more or direction == NEWER
        newer = more if direction == NEWER else direction == OLDER
        body = {
            "data": [event.as_json(with_data=_with_data(request, event)) for event in shown],
            "cursor_next": _cursor(OLDER, shown[-1]) if shown and older else None,
            "cursor_previous": _cursor(NEWER, shown[0]) if shown and newer else None,
        }
        return json_answer(200, body)

    def _index(self, wanted: dict[str, str]) -> Index[Event]:
        for name in INDEXED:
            if name in wanted:
                return self._log.found((name, wanted[name]))
        if "object_type" in wanted and "action" in wanted:
            return self._log.found(("object_type", wanted["object_type"], wanted["action"]))
        return self._log.found(("user_id", wanted["user_id"]))

    def _bounds(self, request: Request) -> tuple[int, int]:
        """Return the first and last moment asked for; times without an offset are UTC here."""
        low, high = self._oldest(), 1 << 60
        steps = {"__gt": (1, None), "__gte": (0, None), "__lt": (None, -1), "__lte": (None, 0), "": (0, 0)}
        for operator, (above, below) in steps.items():
            text = request.query.get("date_updated" + operator)
            if text is None:
                continue
            try:
                ms = parse_ms(text, 0)
            except ValueError as error:
                raise refused(400, "Could not parse datetime") from error
            low = max(low, ms + above) if above is not None else low
            high = min(high, ms + below) if below is not None else high
        return low, high

    def _oldest(self) -> int:
        return now_ms() - round(self._settings.event_retention_s * 1000)


def _matching(
    rows: Iterator[Event], wanted: dict[str, str], bounds: tuple[int, int], direction: str
) -> Iterator[Event]:
    low, high = bounds
    for event in rows:
        if (event.updated > high) if direction == NEWER else (event.updated < low):
            return
        shown = {
            "object_type": event.object_type,
            "object_id": event.object_id,
            "action": event.action,
            "lead_id": event.lead_id,
            "user_id": event.actor.user_id,
            "request_id": event.actor.request_id,
        }
        if low <= event.updated <= high and all(shown[name] == wanted[name] for name in wanted):
            yield event


def _with_data(request: Request, event: Event) -> bool:
    """Say whether the caller is shown the data: an administrator always, others for an hour."""
    return request.role == "admin" or event.updated > now_ms() - HIDDEN_AFTER_MS


def _cursor(direction: str, event: Event) -> str:
    return base64.urlsafe_b64encode(f"{direction} {event.updated} {event.number}".encode()).decode()


def _position(cursor: str | None) -> tuple[str, int, int]:
    if cursor is None:
        return "", 1 << 60, 0
    try:
        direction, updated, number = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return direction, int(updated), int(number)
    except (binascii.Error, ValueError) as error:
        raise refused(400, "Invalid cursor.") from error

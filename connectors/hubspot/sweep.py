"""One pass over what changed since a time, by search, by ascending id. Its text form is the poll's cursor.

Facts: docs/connectors/hubspot.md#search
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime

from connectors.errors import Unreadable
from mapping.model import Record

PAGE = 200
OVERLAP = timedelta(minutes=5)
"""A search shows a change late; how late is not promised."""


@dataclass(frozen=True)
class Sweep:
    """Deals modified since `since_ms`; `began_ms` is HubSpot's own time at the first page, 0 before it."""

    since_ms: int
    began_ms: int = 0
    last_id: int = 0

    @classmethod
    def resume(cls, cursor: str | None) -> Sweep:
        """A new pass from a cursor, or the rest of an interrupted one; `None` is now."""
        if cursor is None:
            return cls(int(time.time() * 1000))
        try:
            return cls(*map(int, cursor.split(":")))
        except (ValueError, TypeError) as error:
            raise Unreadable(f"{cursor!r} is no cursor of a HubSpot poll.") from error

    def __str__(self) -> str:
        return f"{self.since_ms}:{self.began_ms}:{self.last_id}"

    @property
    def end(self) -> str:
        """The cursor after the whole pass."""
        return str(self.began_ms)

    def query(self, properties: Sequence[str]) -> dict[str, object]:
        """The body of the search for the next page."""
        since = self.since_ms - int(OVERLAP.total_seconds() * 1000)
        filters = [
            {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": str(since)},
            {"propertyName": "hs_object_id", "operator": "GT", "value": str(self.last_id)},
        ]
        return {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": PAGE,
        }

    def begun(self, headers: Mapping[str, str]) -> Sweep:
        """The same pass, begun at the time of the first answer: by HubSpot's clock, ours may be wrong."""
        if self.began_ms:
            return self
        try:
            at = parsedate_to_datetime(headers.get("Date", "")).timestamp()
        except ValueError:
            at = time.time()
        return replace(self, began_ms=int(at * 1000))

    def after(self, records: Sequence[Record]) -> Sweep:
        """The rest of the pass, after a page."""
        return replace(self, last_id=max(int(record.ref.remote_id) for record in records))

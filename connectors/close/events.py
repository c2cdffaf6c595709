"""Close's event log: what happened in the last thirty days, to what and by whom.

Only some filters go together, and `object_type` alone is none of them (docs/connectors/close.md#event-log).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from connectors.base import Lane
from connectors.close.calls import EVENTS
from connectors.close.client import Client, Json, rows_of
from connectors.close.values import exact_text, moment_of, text_of
from connectors.errors import Unreadable
from connectors.paging import Onward

PAGE = 50
DEAL = "opportunity"


class Event(BaseModel):
    """One event, of the log or of a webhook; several quick changes of one object may be one event."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    object_type: str
    object_id: str
    action: str
    date_created: datetime | None = None
    date_updated: datetime | None = None
    user_id: str | None = None
    api_key_id: str | None = None
    oauth_client_id: str | None = None
    changed_fields: tuple[str, ...] | None = None
    data: Mapping[str, JsonValue] | None = None  # hidden from some users after an hour
    previous_data: Mapping[str, JsonValue] | None = None

    @property
    def at(self) -> datetime | None:
        """When it last changed, in UTC: events write their times without an offset."""
        return moment_of(self.date_updated) if self.date_updated else None

    @property
    def is_several(self) -> bool:
        """Whether it tells several changes as one, which may be those of several people."""
        return self.date_created != self.date_updated

    @property
    def shown_at(self) -> datetime | None:
        """The time that the object itself showed after it, if the event holds that."""
        shown = text_of((self.data or {}).get("date_updated"))
        return moment_of(shown) if shown else None

    def authorship(self) -> Mapping[str, object]:
        """What tells its actor."""
        return {
            "user_id": self.user_id,
            "api_key_id": self.api_key_id,
            "oauth_client_id": self.oauth_client_id,
        }


def event_of(row: Json) -> Event:
    """The event in a row; `Unreadable` if it is none."""
    try:
        return Event.model_validate(row)
    except ValidationError as error:
        raise Unreadable(
            f"Close shows an event that is not in its documented form ({error.error_count()} faults)."
        ) from None


def logged(
    client: Client, lane: Lane, filters: Mapping[str, str], since: datetime | None = None
) -> Iterator[Event]:
    """The events that pass the filters, newest first, as far back as `since` or as Close keeps them."""
    first = {"date_updated__gte": exact_text(since)} if since else {}
    params: dict[str, object] = {**filters, **first, "_limit": PAGE}
    onward: Onward[str] = Onward("Close's event log", "")
    while True:
        body = client.call(EVENTS, lane, params=params)
        for event in map(event_of, rows_of(body)):
            if since is not None and event.at is not None and event.at < since:
                return  # with a cursor the filter by date must be left out
            yield event
        cursor = text_of(body.get("cursor_next"))
        if cursor is None:
            return
        params = {**filters, "_limit": PAGE, "_cursor": onward.to(cursor)}

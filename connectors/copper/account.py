"""What we know of an account: itself, our user, pipelines, deal fields. Asked once in a while, kept in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from connectors.base import Lane
from connectors.copper import dates
from connectors.copper.answers import Item, id_text, item_of, own_id, rows_of
from connectors.copper.client import Client
from connectors.copper.dates import Calendar, Order
from connectors.copper.fields import Field
from connectors.copper.stages import Pipeline, Pipelines, Stage
from connectors.errors import AuthFailed, Missing, Rejected, Unreadable

KEPT_S = 900.0
DOUBTED_S = 120.0  # a deal may hold an option that was deleted: not every look at it asks again
MOST_MET = 1000
OPPORTUNITY = "opportunity"

KEY_LABEL = "Conveyor deal key"
"""Our own text field: holds the key of a deal that we made."""

NUMBER_LABEL = "Conveyor deal number"
"""Our own number field: what the key is searched by, since texts cannot be (docs/connectors/copper.md#creating)."""

STANDARD: Mapping[str, Field] = {
    "title": Field("name", "Name", "Text"),
    "amount": Field("monetary_value", "Value", "Float"),
    "currency": Field("monetary_unit", "Currency", "Text"),
    "source": Field("customer_source_id", "Source", "Dropdown"),
    "created_at": Field("date_created", "Date created", "Moment", writable=False),
}
"""Always-known fields -> attributes of a deal (docs/connectors/copper.md#fields)."""

ATTRIBUTES = (
    *STANDARD.values(),
    Field("details", "Description", "Text"),
    Field("priority", "Priority", "Priority"),
    Field("close_date", "Close date", "CloseDate"),
    Field("loss_reason_id", "Loss reason", "Dropdown"),
    Field("win_probability", "Win probability", "Percentage"),
    Field("tags", "Tags", "Tags"),
    Field("primary_contact_id", "Primary contact", "Id"),
    Field("company_id", "Company", "Id"),
    Field("company_name", "Company name", "Text", writable=False),
    Field("interaction_count", "Interactions", "Float", writable=False),
    Field("date_stage_changed", "Date stage changed", "Moment", writable=False),
    Field("date_last_contacted", "Date last contacted", "Moment", writable=False),
    Field("date_modified", "Date modified", "Moment", writable=False),
)


@dataclass(frozen=True)
class Facts:
    """An account as it was when it was last asked."""

    id: str
    name: str
    me: str  # the user whom the API key belongs to
    timezone: str | None
    calendar: Calendar
    pipelines: Pipelines
    fields: tuple[Field, ...]
    activity_types: frozenset[int]  # of those that the system writes

    def find(self, asked: str) -> Field:
        """A field by its definition's id, attribute name or label; `Rejected` if unclear."""
        found = self._by_name.get(asked)
        if found is not None:
            return found
        labelled = [field for field in self.fields if field.label.casefold() == asked.casefold()]
        if len(labelled) == 1:
            return labelled[0]
        if labelled:
            names = ", ".join(field.name for field in labelled)
            raise Rejected(f"Several deal fields in Copper are labelled {asked!r}: name one of {names}.")
        raise Rejected(
            f"Copper has no deal field {asked!r} (any more); correct the mapping or add the field there."
        )

    @cached_property
    def _by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def key(self) -> Field | None:
        """Our text field, if the account has it."""
        return self._own(KEY_LABEL, "String", "Text")

    @cached_property
    def number(self) -> Field | None:
        """Our number field, if the account has it."""
        return self._own(NUMBER_LABEL, "Float")

    def _own(self, label: str, *types: str) -> Field | None:
        found = [
            field for field in self.fields if field.custom and field.label == label and field.type in types
        ]
        return min(found, key=lambda field: int(field.name), default=None)


class Account:
    """The facts of one account, read again after a quarter of an hour. Safe to share by threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._facts: Facts | None = None
        self._read_at = 0.0
        self._doubt_at = 0.0
        self._ask_order_at = 0.0
        self._met: dict[str, None] = {}

    @property
    def met(self) -> tuple[str, ...]:
        """The users whom deals named lately: some of them may have left and be listed no more."""
        with self._lock:
            return tuple(self._met)

    def meet(self, users: Iterable[str]) -> None:
        """Remember users whom a deal or its activities name."""
        with self._lock:
            self._met |= dict.fromkeys(users)
            while len(self._met) > MOST_MET:
                del self._met[next(iter(self._met))]

    def facts(self, lane: Lane = Lane.READ, *, order: bool = False) -> Facts:
        """The facts, from memory where they are fresh; with the order of close dates if that is asked for."""
        with self._lock:
            if self._facts is None or time.monotonic() > self._read_at + KEPT_S:
                # Whoever waits for its turn here keeps all others waiting: no lane of patient callers.
                lane = lane if lane is Lane.WRITE else Lane.READ
                self._facts = read_facts(self._client, lane)
                self._read_at = time.monotonic()
            if order and self._facts.calendar.order is None and time.monotonic() > self._ask_order_at:
                self._ask_order_at = time.monotonic() + DOUBTED_S
                calendar = replace(self._facts.calendar, order=find_order(self._client, lane))
                self._facts = replace(self._facts, calendar=calendar)
            return self._facts

    def doubt(self) -> None:
        """Have the facts read again, for a deal is not as they explain; but not for every deal."""
        with self._lock:
            if time.monotonic() > self._doubt_at:
                self._doubt_at = time.monotonic() + DOUBTED_S
                self._facts = None

    def forget(self) -> None:
        """Have the facts read again."""
        with self._lock:
            self._facts = None


def read_facts(client: Client, lane: Lane) -> Facts:
    """Ask the account for all of it: seven calls. `AuthFailed` if this is no Copper at all."""
    try:
        account = item_of(client.get("/account", lane))
        me = item_of(client.get("/users/me", lane))
        pipelines = client.get("/pipelines", lane)
    except Missing as error:
        raise AuthFailed(
            "There is no Copper API at this address; check `base_url` of the connection.", status=error.status
        ) from error
    return Facts(
        id=own_id(account),
        name=str(account.get("name") or ""),
        me=own_id(me),
        timezone=str(account.get("primary_timezone") or "") or None,
        calendar=Calendar(dates.zone_of(account.get("primary_timezone"))),
        pipelines=deal_pipelines(pipelines),
        fields=tuple(_fields(client, lane)),
        activity_types=_activity_types(client.get("/activity_types", lane)),
    )


def find_order(client: Client, lane: Lane) -> Order | None:
    """The order of day and month that the newest deals give away by a number above twelve."""
    page = client.page("opportunities", {"sort_by": "date_modified", "sort_direction": "desc"}, lane)
    return dates.order_of_all(text for row in page.rows if isinstance(text := row.get("close_date"), str))


def deal_pipelines(data: object) -> Pipelines:
    """The pipelines of deals in an answer of `/pipelines`; others are for projects."""
    return Pipelines(tuple(_pipeline(row) for row in rows_of(data) if row.get("type") in (None, OPPORTUNITY)))


def custom_fields(data: object) -> Iterable[Field]:
    """The custom fields of deals in an answer of `/custom_field_definitions`."""
    for row in rows_of(data):
        on = row.get("available_on")
        if isinstance(on, list) and OPPORTUNITY in on:
            yield _custom(row)


def _pipeline(row: Item) -> Pipeline:
    key = own_id(row)
    stages = rows_of(row.get("stages") or [])
    return Pipeline(
        key, str(row.get("name")), tuple(Stage(own_id(each), str(each.get("name")), key) for each in stages)
    )


def _fields(client: Client, lane: Lane) -> Iterable[Field]:
    options = {
        "customer_source_id": _directory(client, "/customer_sources", lane),
        "loss_reason_id": _directory(client, "/loss_reasons", lane),
    }
    for field in ATTRIBUTES:
        yield replace(field, options=options[field.name]) if field.name in options else field
    yield from custom_fields(client.get("/custom_field_definitions", lane))


def _directory(client: Client, path: str, lane: Lane) -> Mapping[str, str]:
    return {own_id(row): str(row.get("name")) for row in rows_of(client.get(path, lane))}


def _custom(row: Item) -> Field:
    options = rows_of(row.get("options") or [])
    return Field(
        own_id(row),
        str(row.get("name")),
        str(row.get("data_type")),
        custom=True,
        options={own_id(option): str(option.get("name")) for option in options},
    )


def _activity_types(data: object) -> frozenset[int]:
    system = item_of(data).get("system")
    if not isinstance(system, list):
        raise Unreadable("Copper's answer about its activity types is not in its documented form.")
    return frozenset(int(key) for row in rows_of(system) if (key := id_text(row.get("id"))) is not None)

"""What we know of an organisation: fields, pipelines, which user we are. Read now and then, kept in memory.

Facts: docs/connectors/zoho.md#organisation
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from connectors.base import Lane
from connectors.errors import AuthFailed, Rejected, Unreadable
from connectors.zoho.client import Client, Json
from connectors.zoho.fields import Field
from connectors.zoho.pipelines import Pipeline, implicit, pipeline_of
from connectors.zoho.values import UNLISTED, id_of

T = TypeVar("T")

KEPT_S = 1800.0
DOUBTED_S = 300.0  # a deal may keep a stage or option that was deleted: not every look at it asks again

DEAL_KEY = "Conveyor_Key"
"""A text field of the admin's for our key (docs/connectors/zoho.md#creating)."""

NEEDED = ("Stage", "Owner", "Deal_Name")


class Kept(Generic[T]):
    """One thing that is read again when it is old, or when it turned out not to be so. Safe to share."""

    def __init__(self, read: Callable[[Lane], T]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: tuple[T, float] | None = None

    def get(self, lane: Lane) -> T:
        """The thing, from memory where it is fresh."""
        with self._lock:
            if self._kept is None or time.monotonic() > self._kept[1] + KEPT_S:
                self._kept = (self._read(lane), time.monotonic())
            return self._kept[0]

    def known(self) -> T | None:
        """The thing as far as it is in memory."""
        kept = self._kept
        return kept[0] if kept else None

    def doubt(self, older_than_s: float) -> None:
        """Have it read again, unless that has only just been done."""
        with self._lock:
            if self._kept is not None and time.monotonic() >= self._kept[1] + older_than_s:
                self._kept = None


@dataclass(frozen=True)
class Fields:
    """The fields of one module."""

    all: tuple[Field, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by API name."""
        return {field.name: field for field in self.all}

    def find(self, asked: str) -> Field:
        """A field by its API name, or by its label if no other one has it; `Rejected` if unclear."""
        found = self.by_name.get(asked)
        labelled = [field for field in self.all if field.label.casefold() == asked.casefold()]
        if found is None and len(labelled) != 1:
            raise Rejected(_unclear(asked, labelled))
        found = found or labelled[0]
        if found.type in UNLISTED:
            raise Rejected(
                f"Zoho's lists do not show the deal field {found.name}, a {found.type}; map another."
            )
        return found


def _unclear(asked: str, labelled: list[Field]) -> str:
    if labelled:
        names = ", ".join(field.name for field in labelled)
        return f"Several deal fields in Zoho are labelled {asked!r}: name one of {names}."
    return f"Zoho has no deal field with the API name or label {asked!r} that our user may see; correct the mapping."


@dataclass(frozen=True)
class Home:
    """The organisation itself, and the user that our calls run as."""

    me: str
    zgid: str
    name: str
    currency: str | None  # of the organisation, for deals that name none
    zone: ZoneInfo


class Organisation:
    """The facts of one organisation. Safe to share by threads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._home = Kept(self._read_home)
        self._deal_fields = Kept(self._read_deal_fields)
        self._task_fields = Kept(lambda lane: self._read_fields("Tasks", lane))
        self._pipelines = Kept(self._read_pipelines)

    def home(self, lane: Lane) -> Home:
        """The organisation and who we are there."""
        return self._home.get(lane)

    def deal_fields(self, lane: Lane) -> Fields:
        """The fields of deals that our user may see."""
        return self._deal_fields.get(lane)

    def known_deal_fields(self) -> Fields | None:
        """The same without a call, if we know them."""
        return self._deal_fields.known()

    def task_fields(self, lane: Lane) -> Fields:
        """The fields of tasks."""
        return self._task_fields.get(lane)

    def pipelines(self, lane: Lane) -> tuple[Pipeline, ...]:
        """All pipelines; one that holds all stages where the organisation has none."""
        return self._pipelines.get(lane)

    def doubt(self, older_than_s: float = DOUBTED_S) -> None:
        """Something is not as we knew it: read fields and pipelines again, unless that was only just done."""
        self._deal_fields.doubt(older_than_s)
        self._pipelines.doubt(older_than_s)

    def forget(self) -> None:
        """Read everything again."""
        for kept in (self._home, self._deal_fields, self._task_fields, self._pipelines):
            kept.doubt(0.0)

    def _read_home(self, lane: Lane) -> Home:
        users = self._client.call("GET", "/users", lane, params={"type": "CurrentUser"}).rows("users")
        found = self._client.call("GET", "/org", lane).rows("org")
        me = id_of(users[0]) if users else None
        if me is None or not found:
            raise Unreadable("Zoho does not say which user and organisation our calls run as.")
        org = found[0]
        return Home(
            me,
            str(org.get("zgid") or ""),
            str(org.get("company_name") or "Zoho CRM"),
            str(org.get("iso_code") or "") or None,
            _zone(org.get("time_zone") or users[0].get("time_zone")),
        )

    def _read_deal_fields(self, lane: Lane) -> Fields:
        fields = self._read_fields("Deals", lane)
        hidden = [name for name in NEEDED if name not in fields.by_name]
        if hidden:
            raise AuthFailed(
                f"The profile of our Zoho user hides the deal fields {', '.join(hidden)}; show them to it."
            )
        return fields

    def _read_fields(self, module: str, lane: Lane) -> Fields:
        reply = self._client.call("GET", "/settings/fields", lane, params={"module": module})
        return Fields(tuple(field_of(row) for row in reply.rows("fields")))

    def _read_pipelines(self, lane: Lane) -> tuple[Pipeline, ...]:
        params = {"module": "Deals"}
        layouts = self._client.call("GET", "/settings/layouts", lane, params=params).rows("layouts")
        found: dict[str, Pipeline] = {}
        for layout in layouts:
            if layout.get("status", "active") != "active":
                continue
            layout_id = str(layout.get("id"))
            reply = self._client.call("GET", "/settings/pipeline", lane, params={"layout_id": layout_id})
            for row in reply.rows("pipeline"):
                pipeline = pipeline_of(row, layout_id, is_first=layout is layouts[0])
                found.setdefault(pipeline.id, pipeline)
        return tuple(found.values()) or (implicit(self._stage_options(layouts, lane)),)

    def _stage_options(self, layouts: list[Json], lane: Lane) -> list[Json]:
        """The options of `Stage`, from the layout, which also says what is won, or from the field."""
        reply = self._client.call("GET", "/settings/fields", lane, params={"module": "Deals"})
        sections = [section for layout in layouts for section in layout.get("sections") or ()]
        fields = [field for section in sections for field in section.get("fields") or ()]
        for row in [*fields, *reply.rows("fields")]:
            if row.get("api_name") == "Stage" and row.get("pick_list_values"):
                return list(row["pick_list_values"])
        return []


def field_of(row: Mapping[str, Any]) -> Field:
    """A field out of the metadata of a module."""
    name = str(row.get("api_name"))
    may = row.get("operation_type")
    can_write = bool(may.get("api_update")) if isinstance(may, dict) else True
    return Field(
        name,
        str(row.get("field_label") or row.get("display_label") or name),
        str(row.get("data_type") or "text"),
        writable=can_write and not row.get("read_only") and not row.get("field_read_only"),
        unique=bool(row.get("unique")),
        options={
            str(option.get("actual_value")): str(option.get("display_value"))
            for option in row.get("pick_list_values") or ()
        },
    )


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):  # unknown to this machine, or no name of a zone at all
        return ZoneInfo("UTC")

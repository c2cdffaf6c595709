"""The state of one Copper account. The rules of changing it are in changes.py."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from .activities import Activities
from .custom_fields import Definitions
from .directories import Directories, User
from .kinds import BY_SINGULAR, KINDS, OPPORTUNITY, Kind
from .settings import Settings
from .tables import Table

ACCOUNT_ID: Final = 100_624
DEALS: Final = ("opportunity",)
DEFAULT_FIELDS: Final = (
    ("Budget", "Currency", ("opportunity",), ()),
    ("Decision maker", "String", ("opportunity", "person"), ()),
    ("Contract end date", "Date", ("opportunity",), ()),
    ("Conveyor section", "String", DEALS, ()),
    ("Conveyor accept by", "Date", DEALS, ()),
    ("Conveyor key", "Float", DEALS, ()),
    ("Background", "Text", DEALS, ()),
    ("Site", "URL", ("opportunity", "company"), ()),
    ("Discount", "Percentage", DEALS, ()),
    ("Renewal", "Checkbox", DEALS, ()),
    ("Region", "Dropdown", ("opportunity", "lead"), ("EU", "US", "APAC")),
    ("Products", "MultiSelect", ("opportunity", "task"), ("Desk", "Chair", "Lamp")),
    ("Parent deal", "Connect", DEALS, ()),
)


@dataclass(frozen=True)
class Actor:
    """Who does something: a user (None: an automation of Copper's), through the API or not."""

    user_id: int | None
    via_api: bool = False

    @property
    def via(self) -> str | None:
        """Return "app" for what came through the API."""
        return "app" if self.via_api else None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change of one attribute of a deal, for the control API; `at` in Unix seconds."""

    at: int
    field: str
    value: str | None
    actor: Actor


class Account:
    """Everything one account holds."""

    def __init__(self, settings: Settings, ids_after: int = 0) -> None:
        self.settings = settings
        self.directories = Directories()
        self.definitions = Definitions()
        self.activities = Activities(ids_after)
        self.tables: dict[Kind, Table] = {kind: Table(kind, ids_after, self._lag) for kind in KINDS}
        self.related: defaultdict[tuple[str, int], dict[tuple[str, int], None]] = defaultdict(dict)
        self.history: defaultdict[int, list[HistoryLine]] = defaultdict(list)
        self.task_makers: dict[int, Actor] = {}
        self.unique: dict[str, dict[str, int]] = {"emails": {}, "email_domain": {}}
        for name, data_type, available_on, options in DEFAULT_FIELDS:
            currency = "USD" if data_type == "Currency" else None
            self.definitions.add(name, data_type, available_on, options=options, currency=currency)

    @cached_property
    def deals(self) -> Table:
        """Return the table of opportunities."""
        return self.tables[OPPORTUNITY]

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone in which days begin."""
        return ZoneInfo(self.settings.primary_timezone)

    @property
    def date_order(self) -> str:
        """Return the order of `close_date`."""
        return self.settings.date_order

    @property
    def integration(self) -> User:
        """Return the user whose key is used."""
        user = self.directories.user_of(self.settings.user_email)
        return user or User(0, self.settings.user_email, "Nobody", active=False)

    def now(self) -> int:
        """Return Unix seconds."""
        return int(time.time())

    def knows(self, what: str, id: int) -> bool:
        """Say whether there is such a user, stage, record, ... that can be referred to."""
        if what in BY_SINGULAR:
            return self.tables[BY_SINGULAR[what]].get(id) is not None
        lists = self.directories
        if what == "user":
            user = lists.users.get(id)
            return user is not None and user.active
        if what == "activity_type":
            return lists.activity_type("user", id) is not None
        found: dict[str, Callable[[int], object]] = {
            "pipeline": lists.pipeline,
            "stage": lists.stage,
            "loss_reason": lists.loss_reasons.get,
            "customer_source": lists.customer_sources.get,
            "contact_type": lists.contact_types.get,
            "lead_status": lists.lead_statuses.get,
        }
        return found[what](id) is not None

    def relate(self, one: tuple[str, int], other: tuple[str, int]) -> None:
        """Relate two records, in both directions."""
        self.related[one][other] = None
        self.related[other][one] = None

    def separate(self, one: tuple[str, int], other: tuple[str, int]) -> bool:
        """Remove a relation; say whether there was one."""
        was_there = other in self.related[one]
        self.related[one].pop(other, None)
        self.related[other].pop(one, None)
        return was_there

    def _lag(self) -> float:
        return self.settings.search_lag_s

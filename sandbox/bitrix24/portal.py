"""The state of one portal: people, pipelines, records, tasks and comments. The rules are elsewhere."""

import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timezone
from typing import Any, Final, Literal

from . import clock
from .fields import COMPANY, CONTACT, DEAL, Schema
from .pipelines import Category, Stage, standard_categories
from .schemas import standard_schemas

MEMBER_ID: Final = "a223c6b3710f85df22e9377d6c4f7553"
INTEGRATION_USER: Final = 99
WEBHOOK_CODE: Final = "sandboxcode"
APPLICATION_TOKEN: Final = "sandbox-app-token"
# Robots and workflows act as this user, whom `user.get` does not list.
SYSTEM_USER: Final = 2


@dataclass(frozen=True, slots=True)
class Person:
    """One account of the portal."""

    id: int
    email: str
    name: str
    active: bool = True
    hidden: bool = False


@dataclass(slots=True)
class Row:
    """One record: its id and the values that differ from the defaults, by crm.item name."""

    id: int
    values: dict[str, Any]


@dataclass(slots=True)
class Table:
    """Records of one kind by id; ids only grow, so the list of ids stays sorted for keyset paging."""

    rows: dict[int, Row] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    deleted: dict[int, Row] = field(default_factory=dict)
    last_id: int = 0

    def add(self, values: dict[str, Any]) -> Row:
        """Keep the values under the next id."""
        self.last_id += 1
        row = self.rows[self.last_id] = Row(self.last_id, {"id": self.last_id, **values})
        self.ids.append(row.id)
        return row

    def remove(self, id: int) -> Row:
        """Move the record to the recycle bin; raises KeyError when there is none."""
        row = self.deleted[id] = self.rows.pop(id)
        del self.ids[bisect_left(self.ids, id)]
        return row

    def after(self, id: int) -> Iterator[Row]:
        """Return the records with a greater id, in order."""
        return (self.rows[key] for key in self.ids[bisect_right(self.ids, id) :])


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: an account, through the API, in the user interface, or as an automation."""

    user_id: int
    source: Literal["REST", "UI", "ROBOT"] = "REST"


@dataclass(frozen=True, slots=True)
class CardLine:
    """One change of one field of a deal; `at` in Unix seconds."""

    at: int
    field: str
    value: str | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class Happening:
    """Something an event handler may hear of; `moved` marks what only applications are told."""

    name: str
    data: dict[str, Any]
    actor: Actor
    moved: bool = False


def _ignore(happening: Happening) -> None:
    """Nobody listens yet."""


def _people() -> dict[int, Person]:
    accounts = (
        Person(SYSTEM_USER, "", "System", hidden=True),
        Person(11, "olena@acme.example", "Olena"),
        Person(12, "petar@acme.example", "Petar"),
        Person(14, "ivan@acme.example", "Ivan"),
        Person(17, "maria@acme.example", "Maria"),
        Person(50, "robot@else.example", "Robot"),
        Person(INTEGRATION_USER, "integration@acme.example", "Integration"),
    )
    return {person.id: person for person in accounts}


@dataclass(slots=True)
class Portal:
    """Everything one Bitrix24 account holds."""

    people: dict[int, Person] = field(default_factory=_people)
    categories: list[Category] = field(default_factory=standard_categories)
    schemas: dict[int, Schema] = field(default_factory=standard_schemas)
    records: dict[int, Table] = field(
        default_factory=lambda: {DEAL: Table(), CONTACT: Table(), COMPANY: Table()}
    )
    tasks: Table = field(default_factory=Table)
    comments: Table = field(default_factory=Table)
    activities: Table = field(default_factory=Table)
    # The append-only feed of stage moves that `crm.stagehistory.list` answers.
    history: Table = field(default_factory=Table)
    # What the card of a deal shows as its history, by deal id; the API has no method for it.
    card_lines: dict[int, list["CardLine"]] = field(default_factory=lambda: defaultdict(list))
    merged_into: dict[int, int] = field(default_factory=dict)
    last_communication: int = 100
    zone: timezone = field(default_factory=lambda: clock.zone_of("+03:00"))
    # Some portals do not honour an offset in a filter: `iso` or `plain`.
    date_filter: str = "iso"
    # Some answers show record times an hour ahead of the clock.
    record_time_shift_s: int = 0
    # Fields that must be filled to enter a stage, by STATUS_ID; no method shows it.
    required: dict[str, list[str]] = field(default_factory=dict)
    currencies: tuple[str, ...] = ("EUR", "USD", "BGN")
    tell: Callable[[Happening], None] = _ignore
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        """Number the stages."""
        self.number_stages()

    def number_stages(self) -> None:
        """Give every stage of every directory its row id."""
        number = 99
        for category in sorted(self.categories, key=lambda one: one.id):
            for stage in category.stages:
                number += 2
                stage.row_id = number

    def number_after(self, id: int) -> None:
        """Have the ids of all records begin after this one; only before there are any."""
        for table in (*self.records.values(), self.tasks, self.comments, self.activities, self.history):
            table.last_id = id

    def seconds(self) -> int:
        """Return the portal's clock with the second precision its records have."""
        return int(self.now())

    def category(self, id: int) -> Category | None:
        """Return the pipeline of that id."""
        return next((category for category in self.categories if category.id == id), None)

    def stage_of(self, deal: Row) -> Stage | None:
        """Return the stage a deal stands in, or None when it was deleted from the directory."""
        category = self.category(deal.values.get("categoryId", 0))
        return category.stage(deal.values["stageId"]) if category else None

    def person(self, email: str | None) -> Person | None:
        """Return the account with that e-mail."""
        return next((one for one in self.people.values() if email and one.email == email), None)

"""One story of the demo in one CRM: what people do there, and what must be found there afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cli.demo_card import Card, Task
from cli.demo_crm import Crm

CONTRACT_END = f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%d}"
"""Until when whoever buys something in the demo has bought it."""


class Wish(StrEnum):
    """What a story wants of the conveyor before it goes on."""

    REST = "rest"  # do all that is to do
    POLL = "poll"  # read what changed, then do all that is to do


@dataclass(frozen=True)
class Act:
    """Something that was done, by a person where it was one; `at` in seconds since the epoch."""

    at: float
    words: str
    by: str | None = None


@dataclass(frozen=True)
class Finding:
    """Something that must hold in the CRM, and whether it does."""

    what: str
    found: bool


@dataclass
class Scene:
    """A story on its way in one CRM. `deal` is the one that it is about."""

    crm: Crm
    names: Mapping[str, str]  # e-mail -> name
    deal: str = ""
    title: str = ""
    acts: list[Act] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def given(self, title: str, stage: str, *, by: str, **values: object) -> str:
        """A deal that is there before the conveyor comes."""
        self.deal = self.crm.new_deal(stage, by=by, title=title, owner=by, **values)
        self.title = title
        return self.deal

    def create(self, title: str, stage: str, *, by: str, **values: object) -> None:
        """Somebody creates a deal."""
        label = self.crm.label(self.crm.column(stage))
        self._act(f"{self.who(by)} creates {title!r} in {label}")
        self.given(title, stage, by=by, **values)

    def move(self, stage: str, *, by: str | None, **values: object) -> None:
        """Somebody moves the deal, and fills in fields on the way."""
        label = self.crm.label(self.crm.column(stage))
        self._act(f"{self.who(by)} moves {self.title!r} to {label}{_filling_in(values)}", by)
        self.crm.edit(self.deal, by=by, stage=stage, **values)

    def fill_in(self, *, by: str, **values: object) -> None:
        """Somebody changes fields of the deal."""
        self._act(f"{self.who(by)} works on {self.title!r}{_filling_in(values)}", by)
        self.crm.edit(self.deal, by=by, **values)

    def move_to_column(self, column: list[str], label: str, *, by: str) -> None:
        """Somebody moves the deal to a column that the line does not know."""
        self._act(f"{self.who(by)} moves {self.title!r} to {label}", by)
        self.crm.move_to_column(self.deal, column, by=by)

    def own(self, owner: str, *, by: str) -> None:
        """Somebody makes somebody the owner."""
        self._act(f"{self.who(by)} makes {self.who(owner)} the owner of {self.title!r}")
        self.crm.edit(self.deal, by=by, owner=owner)

    def complete(self, task: Task, *, by: str) -> None:
        """Somebody ticks their task off."""
        self._act(f"{self.who(by)} completes the task {task.subject!r}")
        self.crm.complete(task, by=by)

    def merge(self, other: str, *, by: str) -> bool:
        """Somebody merges the deal with another one; False if the CRM has no merging of deals."""
        at, survivor = time.time(), self.crm.merge([self.deal, other], by=by)
        both = f"{self.title!r} and another deal of this customer"
        if survivor is None:
            self._act(f"{self.who(by)} would merge {both}, but {self.crm.name} has no merging of deals")
            return False
        self.deal = survivor
        self.acts.append(Act(at, f"{self.who(by)} merges {both}", by))
        return True

    def read_changes(self) -> Wish:
        """The conveyor polls, as it does every few minutes by itself."""
        self._act(f"the conveyor reads what changed in {self.crm.name} since last time")
        return Wish.POLL

    def happening(self, words: str) -> None:
        """Something that the reader should know of."""
        self._act(words)

    @property
    def card(self) -> Card:
        """The deal in the CRM now."""
        return self.crm.card(self.deal)

    def task_of(self, *owners: str) -> Task | None:
        """The open task of ours that one of these people has on the deal."""
        return next((task for task in self.card.tasks if not task.done and task.owner in owners), None)

    def find(self, what: str, found: bool) -> None:
        """Say what must hold in the CRM."""
        self.findings.append(Finding(what, found))

    def find_place(self, stage: str, *owners: str) -> None:
        """The deal must stand there and belong to one of these."""
        card = self.card
        people = " or ".join(self.who(owner) for owner in owners)
        self.find(f"it stands in {self.crm.label(self.crm.column(stage))}", card.stage == stage)
        self.find(f"it belongs to {people}", card.owner in owners)

    def find_note(self, part: str) -> None:
        """One note of ours on the deal must say so."""
        said = sum(part in note for note in self.card.notes)
        self.find(f"one note says {part!r}", said == 1)

    @property
    def ok(self) -> bool:
        """Whether all was found."""
        return bool(self.findings) and all(finding.found for finding in self.findings)

    def who(self, email: str | None) -> str:
        """A person as the account calls them."""
        return "a robot of the CRM" if email is None else self.names.get(email, email)

    def _act(self, words: str, by: str | None = None) -> None:
        self.acts.append(Act(time.time(), words, by))


Teller = Callable[[Scene], Iterator[Wish]]
"""A story. What comes before its first `yield` happens before the conveyor comes; after each further
one the wish has come true. At the end it says what must be found."""


def _filling_in(values: Mapping[str, object]) -> str:
    return f", with {', '.join(f'{name} {value}' for name, value in values.items())}" if values else ""

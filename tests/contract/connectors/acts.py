"""Every method of a connector as a thing to do, on deals that are full of names; knows no CRM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.base import Connector, Look
from mapping.model import (
    Aspect,
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    Person,
    UpdateDeal,
    Values,
    WriteBody,
)

from .harness import FIELD, Harness
from .sandbox_client import Sandbox

Act = Callable[[Connector, int], object]
"""Something to do with a connector, and how often it was tried; returns what is to be compared."""

MARKS = ("Zebulon", "Quillfeather", "zebulon@private.example", "5550199")
"""What may stand in records and never in a log line or an exception text."""

NAME, EMAIL, PHONE, COMPANY = (
    "Zebulon Quillfeather",
    "zebulon@private.example",
    "+49 30 5550199",
    "Quillfeather AG",
)
TITLE = "Zebulon moves house"
HOOK = "https://conveyor.example.com/webhooks/here"


@dataclass(frozen=True)
class World:
    """One deal with its people and a task of ours, and a moment before all of it."""

    deal_id: str
    task_id: str
    began: datetime
    cursor: str


class Acts(Harness):
    """What the parts that try every method have in common."""

    def world(self, sandbox: Sandbox, connector: Connector) -> World:
        """Make the records that all methods meet."""
        began = datetime.now(UTC) - timedelta(seconds=2)
        first, second = self.stages
        cursor = [page.cursor for page in connector.changed(None)][-1]
        owner = next(person for person in sandbox.people() if person["active"])
        contact = {"name": NAME, "email": EMAIL, "phone": PHONE}
        deal_id = sandbox.new_deal(
            TITLE, pipeline=first[0], stage=first[1], owner=owner["email"], amount="100",
            contact=contact, company={"name": COMPANY},
        )  # fmt: skip
        sandbox.edit(deal_id, pipeline=second[0], stage=second[1], by=owner["email"])
        made = connector.write(self.write(self.private_task(), deal_id, "first task"))
        return World(deal_id, made.remote_id, began, cursor)

    def reads(self, world: World) -> Mapping[str, Act]:
        """Every method that reads, by name."""
        every = Look(world.deal_id, frozenset(Aspect), (world.task_id,))
        return {
            "fetch": lambda connector, _: connector.fetch([every]),
            "fetch what is not there": lambda connector, _: connector.fetch([Look("987654")]),
            "changed": lambda connector, _: records_of(connector.changed(world.cursor)),
            "changed from now": lambda connector, _: records_of(connector.changed(None)),
            "everything": lambda connector, _: records_of(connector.everything(None)),
            "history": lambda connector, _: list(connector.history(world.began)),
            "describe": lambda connector, _: connector.describe(),
            "subscriptions": lambda connector, _: connector.subscriptions(),
        }

    def changes(self, world: World) -> Mapping[str, Act]:
        """Every method that changes something, by name."""
        bodies: dict[str, Callable[[int], WriteBody]] = {
            "task": lambda _: self.private_task(),
            "note": lambda _: self.private_note(),
            "close_task": lambda _: CloseTask(world.task_id),
            "create": lambda _: self.private_deal(),
        }
        acts = {name: self._writing(world, name, body) for name, body in bodies.items()}
        return {"update": self._updating(world), **acts, "subscribe": subscribe, "unsubscribe": unsubscribe}

    def private_task(self) -> CreateTask:
        """A task with a name in it."""
        return CreateTask(f"Call {NAME}", f"{NAME}\n{PHONE}", None, datetime.now(UTC) + timedelta(hours=4))

    def private_note(self) -> CreateNote:
        """A note with a name in it."""
        return CreateNote(f"{NAME} said:\n<call {EMAIL}>")

    def private_deal(self) -> CreateDeal:
        """A deal with a name in it."""
        values: Values = {"title": TITLE, "stage": self.stages[0], "amount": "250"}
        return CreateDeal("conveyor-private", values, Person(NAME, EMAIL, PHONE), COMPANY)

    def _writing(self, world: World, name: str, body: Callable[[int], WriteBody]) -> Act:
        remote_id = None if name == "create" else world.deal_id
        return lambda connector, attempt: connector.write(
            self.write(body(attempt), remote_id, f"{name} key"), attempt
        )

    def _updating(self, world: World) -> Act:
        def update(connector: Connector, attempt: int) -> object:
            changes = {"title": f"{NAME} {attempt}", FIELD: str(attempt)}
            return connector.write(self.write(UpdateDeal({}, changes), world.deal_id), attempt)

        return update


def subscribe(connector: Connector, attempt: int) -> object:
    """Install webhooks where that can be done."""
    return connector.subscribe(HOOK) if connector.capabilities.subscribes else None


def unsubscribe(connector: Connector, attempt: int) -> object:
    """Remove one webhook where there is any."""
    for each in connector.subscriptions()[:1]:
        connector.unsubscribe(each.id)
    return None


def records_of(pages: object) -> list[object]:
    """The records and what is gone, of pages."""
    assert hasattr(pages, "__iter__")
    return [each for page in pages for each in (*page.records, *page.gone)]

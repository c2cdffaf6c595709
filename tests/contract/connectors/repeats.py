"""Every kind of write once more: the same receipt and one effect, whichever answer was lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.base import Connector
from connectors.errors import Conflict, Transient, Unreadable
from mapping.model import CloseTask, CreateNote, Receipt, UpdateDeal, Write, WriteBody

from .harness import FIELD, Harness
from .sandbox_client import Sandbox

WRITES = ("update", "create", "task", "note", "close_task")
CALLS = 40  # more than any write makes
SHOWN = ("title", "pipeline", "stage", "owner", "amount", "tasks", "notes", "deleted")


class RepeatsContract(Harness):
    """Every kind of write once more."""

    def one(self, kind: str, deal_id: str, task_id: str) -> Write:
        """A write of that kind, with names in all scripts."""
        bodies: dict[str, WriteBody] = {
            "update": UpdateDeal({}, {"title": "Смета 🚀 e\u0301", "stage": self.stages[1], FIELD: "7"}),
            "create": replace(self.new_deal(), deal_key="conveyor-once"),
            "task": self.task(),
            "note": CreateNote("עסקה <b>&</b>\nصفقة 🚀 e\u0301"),
            "close_task": CloseTask(task_id),
        }
        body = bodies[kind]
        return self.write(body, None if kind == "create" else deal_id, f"key of {kind}")

    def ground(self, sandbox: Sandbox, connector: Connector) -> tuple[str, str]:
        """A deal with an open task, and everything made that a first write makes along."""
        first, _ = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        connector.write(self.write(replace(self.new_deal(), deal_key="first of all", contact=None), None))
        return deal_id, connector.write(self.write(self.task(), deal_id, "open task")).remote_id

    @pytest.mark.parametrize("kind", WRITES)
    def test_a_repeat_has_the_same_receipt_and_no_effect(
        self, sandbox: Sandbox, connector: Connector, kind: str
    ) -> None:
        write = self.one(kind, *self.ground(sandbox, connector))
        receipt = connector.write(write)
        before = effects(sandbox)
        for attempt in (2, 3):
            assert_same(connector.write(write, attempt), receipt)
        assert effects(sandbox) == before

    @pytest.mark.parametrize("fault", ["timeout_after", "half_body"])
    @pytest.mark.parametrize("kind", WRITES)
    def test_a_write_whose_answers_are_lost_has_one_effect(
        self, sandbox: Sandbox, connector: Connector, kind: str, fault: str
    ) -> None:
        """The answer of the first call is lost, at the next attempt that of the second, and so on."""
        deal_id, task_id = self.ground(sandbox, connector)
        write = self.one(kind, deal_id, task_id)
        deals, lost = len(sandbox.deals()), 0
        for attempt in range(1, CALLS):
            sandbox.fault(fault, after=attempt - 1, seconds=0.01)
            try:
                receipt = connector.write(write, attempt)
                break
            except (Transient, Unreadable):
                lost += 1
            finally:
                sandbox.clear_faults()
        assert lost > 0
        assert_same(connector.write(write, CALLS), receipt)
        shown = sandbox.deal(deal_id)
        assert len(sandbox.deals()) == deals + (kind == "create")
        assert len(shown["tasks"]) == 1 + (kind == "task")
        assert len(shown["notes"]) == (kind == "note")
        assert [task["done"] for task in shown["tasks"] if task["id"] == task_id] == [kind == "close_task"]
        if kind == "update":
            assert [shown["pipeline"], shown["stage"]] == self.stages[1]

    def test_an_update_that_is_repeated_late_does_not_undo_a_person(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(amount="100")
        write = self.update(self.fetch(connector, deal_id), amount="200")
        connector.write(write)
        sandbox.edit(deal_id, amount="300")
        with pytest.raises(Conflict):
            connector.write(write, attempt=2)
        assert self.fetch(connector, deal_id).values["amount"] == "300"


def effects(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What people see of all deals."""
    views = [sandbox.deal(deal["id"]) for deal in sandbox.deals()]
    return [{name: view[name] for name in SHOWN} for view in views]


def assert_same(again: Receipt, receipt: Receipt) -> None:
    """A repeat says the same as the first attempt."""
    assert (again.remote_id, again.values, again.version) == (
        receipt.remote_id,
        receipt.values,
        receipt.version,
    )

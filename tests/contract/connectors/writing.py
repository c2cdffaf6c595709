"""Writing: once, over nothing unseen, with everything that belongs to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors import registry
from connectors.base import Connector, Look, Setup
from connectors.errors import (
    Conflict,
    Missing,
    Rejected,
)
from mapping.model import (
    Aspect,
    CloseTask,
    CreateNote,
    Person,
)

from .harness import FIELD, Harness
from .sandbox_client import Sandbox


class WritingContract(Harness):
    """Writing: once, over nothing unseen, with everything that belongs to it."""

    def test_an_update_is_carried_out_once(self, sandbox: Sandbox, connector: Connector) -> None:
        owner = [person for person in sandbox.people() if person["active"]][-1]
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        record = self.fetch(connector, deal_id)
        write = self.update(record, stage=second, owner=owner["id"], **{FIELD: "1200"})
        receipt = connector.write(write)
        assert receipt.remote_id == deal_id
        assert {name: receipt.values[name] for name in ("stage", "owner", FIELD)} == {
            "stage": second, "owner": owner["id"], FIELD: "1200"
        }  # fmt: skip
        writes = sandbox.writes()
        again = connector.write(write, attempt=2)
        assert again.values["stage"] == second
        assert sandbox.writes() == writes
        shown = sandbox.deal(deal_id)
        assert [shown["pipeline"], shown["stage"], shown["owner"]] == [*second, owner["email"]]

    def test_an_owner_can_be_taken_away(self, sandbox: Sandbox, connector: Connector) -> None:
        owner = next(person for person in sandbox.people() if person["active"])
        deal_id = sandbox.new_deal(owner=owner["email"])
        record = self.fetch(connector, deal_id)
        try:
            receipt = connector.write(self.update(record, owner=None))
        except Rejected as error:
            assert "owner" in str(error)
        else:
            assert receipt.values["owner"] is None

    def test_what_a_person_changed_is_not_overwritten(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(amount="100")
        record = self.fetch(connector, deal_id)
        sandbox.edit(deal_id, amount="777")
        with pytest.raises(Conflict):
            connector.write(self.update(record, amount="200"))
        assert self.fetch(connector, deal_id).values["amount"] == "777"

    def test_a_change_elsewhere_in_the_record_is_no_conflict(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(amount="100")
        record = self.fetch(connector, deal_id)
        sandbox.edit(deal_id, title="another title")
        connector.write(self.update(record, amount="200"))
        assert self.fetch(connector, deal_id).values["title"] == "another title"

    def test_a_write_to_a_vanished_record_is_missing(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        record = self.fetch(connector, deal_id)
        sandbox.delete(deal_id)
        with pytest.raises(Missing):
            connector.write(self.update(record, title="too late"))

    def test_a_stage_that_does_not_exist_is_rejected(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        with pytest.raises(Rejected):
            connector.write(self.update(record, stage=[self.stages[0][0], "no_such_stage"]))

    def test_an_unknown_field_is_rejected_with_its_name(self, setup: Setup, sandbox: Sandbox) -> None:
        connector = registry.build(self.crm, replace(setup, fields={"magic": "no_such_field"}))
        deal_id = sandbox.new_deal()
        with pytest.raises(Rejected, match="no_such_field"):
            connector.fetch([Look(deal_id)])

    def test_a_deal_is_created_once_with_its_people(self, sandbox: Sandbox, connector: Connector) -> None:
        before = len(sandbox.deals())
        write = self.write(self.new_deal(), None)
        receipt = connector.write(write)
        assert receipt.values["stage"] == self.stages[0]
        assert connector.write(write).remote_id == receipt.remote_id
        assert connector.write(write, attempt=2).remote_id == receipt.remote_id
        assert len(sandbox.deals()) == before + 1
        record = self.fetch(connector, receipt.remote_id, Aspect.PEOPLE)
        assert record.deal_key == "conveyor-deal-1"
        assert (record.values["title"], record.values["amount"]) == ("Renewal", "250")
        assert record.values["contact_email"] == "ada@acme.example"
        assert record.values["contact_name"] == "Ада Byron"
        assert record.values["company"] == "Acme"

    def test_a_known_contact_is_used_again(self, sandbox: Sandbox, connector: Connector) -> None:
        sandbox.new_deal(contact={"name": "Ada B.", "email": "ada@acme.example"})
        receipt = connector.write(self.write(self.new_deal(), None))
        record = self.fetch(connector, receipt.remote_id, Aspect.PEOPLE)
        assert record.values["contact_name"] == "Ada B."

    def test_a_contact_without_e_mail_is_made_once(self, sandbox: Sandbox, connector: Connector) -> None:
        body = replace(self.new_deal(), contact=Person("Nameless", None, "+359 2 000 0000"))
        for attempt in (1, 2):
            receipt = connector.write(self.write(body, None), attempt=attempt)
        record = self.fetch(connector, receipt.remote_id, Aspect.PEOPLE)
        assert record.values["contact_name"] == "Nameless"
        before = sandbox.writes()
        connector.write(self.write(body, None), attempt=3)
        assert sandbox.writes() == before

    def test_a_task_and_a_note_are_made_once(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        note = CreateNote("Moved back to Qualification:\nbudget < 1000 & falling")
        for body, key in ((self.task(), "task-key"), (note, "note-key")):
            first = connector.write(self.write(body, deal_id, key))
            again = connector.write(self.write(body, deal_id, key), attempt=2)
            assert again.remote_id == first.remote_id
        shown = sandbox.deal(deal_id)
        assert [task["subject"] for task in shown["tasks"]] == ["Call"]
        assert len(shown["notes"]) == 1
        assert "Moved back" in shown["notes"][0]["body"]

    def test_different_tasks_are_different(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        for key in ("one", "two"):
            connector.write(self.write(self.task(), deal_id, key), attempt=2)
        assert len(sandbox.deal(deal_id)["tasks"]) == 2

    def test_a_task_is_read_back_and_closed(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        task_id = connector.write(self.write(self.task(), deal_id)).remote_id
        looked = self.fetch(connector, deal_id, Aspect.TASKS, tasks=(task_id, "987654"))
        assert Aspect.TASKS in looked.known
        assert {task: state.done for task, state in looked.tasks.items()} == {task_id: False}
        for attempt in (1, 2):
            connector.write(self.write(CloseTask(task_id), deal_id), attempt=attempt)
        assert self.fetch(connector, deal_id, Aspect.TASKS, tasks=(task_id,)).tasks[task_id].done
        connector.write(self.write(CloseTask("987654"), deal_id))

    def test_a_task_that_a_person_ticked_off_is_done(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        task_id = connector.write(self.write(self.task(), deal_id)).remote_id
        sandbox.complete_task(task_id)
        assert self.fetch(connector, deal_id, Aspect.TASKS, tasks=(task_id,)).tasks[task_id].done

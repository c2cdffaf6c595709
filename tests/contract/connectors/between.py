"""What people do between our read and our write."""

from __future__ import annotations

import pytest

from connectors.base import Connector
from connectors.errors import Conflict, Missing, Rejected
from mapping.model import CreateNote

from .harness import FIELD, Harness
from .sandbox_client import Sandbox


class BetweenContract(Harness):
    """What people do between our read and our write."""

    def test_an_edit_after_our_own_read_is_a_conflict_or_told_truly(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(amount="100")
        record = self.fetch(connector, deal_id)
        sandbox.fault("edit_after_read", deal=deal_id, edit={"amount": "777"})
        try:
            receipt = connector.write(self.update(record, amount="200"))
        except Conflict:
            assert self.fetch(connector, deal_id).values["amount"] == "777"
        else:
            assert not connector.capabilities.conditional_write
            assert receipt.values["amount"] == self.fetch(connector, deal_id).values["amount"]
        assert sandbox.planned() == 0

    @pytest.mark.parametrize("fault", ["edit_after_read", "edit_before_write"])
    def test_what_a_person_edits_elsewhere_meanwhile_is_kept(
        self, sandbox: Sandbox, connector: Connector, fault: str
    ) -> None:
        deal_id = sandbox.new_deal(amount="100")
        record = self.fetch(connector, deal_id)
        sandbox.fault(fault, deal=deal_id, edit={"title": "of a person"})
        try:
            connector.write(self.update(record, amount="200"))
        except Conflict:
            connector.write(self.update(self.fetch(connector, deal_id), amount="200"), attempt=2)
        values = self.fetch(connector, deal_id).values
        assert (values["title"], values["amount"]) == ("of a person", "200")

    @pytest.mark.parametrize("name", ["title", "stage", "owner", FIELD])
    def test_an_edit_of_any_field_since_the_look_is_a_conflict(
        self, sandbox: Sandbox, connector: Connector, name: str
    ) -> None:
        people = [person for person in sandbox.people() if person["active"]]
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1], owner=people[0]["email"])
        record = self.fetch(connector, deal_id)
        third = next(
            [line["id"], stage["id"]]
            for line in sandbox.pipelines()
            for stage in line["stages"]
            if [line["id"], stage["id"]] not in self.stages and not (stage["won"] or stage["lost"])
        )
        edit, ours = {
            "title": ({"title": "theirs"}, "ours"),
            "stage": ({"pipeline": third[0], "stage": third[1]}, second),
            "owner": ({"owner": people[1]["email"]}, people[2]["id"]),
            FIELD: ({"fields": {self.fields[FIELD]: 7}}, "8"),
        }[name]
        sandbox.edit(deal_id, **edit)
        shown = self.fetch(connector, deal_id).values[name]
        assert shown != record.values[name]
        with pytest.raises(Conflict) as caught:
            connector.write(self.update(record, **{name: ours}))
        assert "theirs" not in str(caught.value)
        assert self.fetch(connector, deal_id).values[name] == shown

    def test_what_somebody_else_brought_about_already_is_no_conflict(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        record = self.fetch(connector, deal_id)
        sandbox.edit(deal_id, pipeline=second[0], stage=second[1])
        before = sandbox.writes()
        assert connector.write(self.update(record, stage=second)).values["stage"] == second
        assert sandbox.writes() == before

    def test_a_deal_that_vanishes_after_our_own_read_is_missing(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        record = self.fetch(connector, deal_id)
        sandbox.fault("vanish_after_read", deal=deal_id)
        with pytest.raises(Missing):
            connector.write(self.update(record, title="too late"))
        assert sandbox.planned() == 0

    def test_a_note_on_a_deal_that_is_gone_is_refused(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        sandbox.delete(deal_id)
        for attempt in (1, 2):
            with pytest.raises(Rejected):
                connector.write(self.write(CreateNote("too late"), deal_id), attempt=attempt)

"""What went away: deals that were deleted or merged, stages, options and people that are no more."""

from __future__ import annotations

import pytest

from connectors.base import Connector, Look, Setup
from connectors.errors import Missing as NotThere
from connectors.errors import Rejected
from mapping.model import Aspect, Missing, Record

from .harness import FIELD, Harness
from .sandbox_client import Sandbox


class GoneContract(Harness):
    """What went away."""

    def test_a_merged_deal_is_missing_and_its_survivor_is_there(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        ids = [sandbox.new_deal(title) for title in ("one", "two")]
        records = {deal_id: self.fetch(connector, deal_id) for deal_id in ids}
        survivor = sandbox.merge(*ids)
        if survivor is None:
            pytest.skip("this CRM merges no deals")
        got = connector.fetch([Look(each) for each in (*ids, survivor)])
        assert isinstance(got[survivor], Record)
        gone = [got[deal_id] for deal_id in ids if deal_id != survivor]
        assert gone
        for missing in gone:
            assert isinstance(missing, Missing)
            assert missing.survivor == (survivor if self.merges_told else None)
            assert (
                missing.reason == "merged" if self.merges_told else missing.reason in ("deleted", "not_found")
            )
            with pytest.raises(NotThere):
                connector.write(self.update(records[missing.ref.remote_id], title="late"))
        listed = {each.ref.remote_id for page in connector.everything(None) for each in page.records}
        assert listed & {*ids, survivor} == {survivor}

    def test_a_deleted_deal_is_in_no_listing(self, sandbox: Sandbox, connector: Connector) -> None:
        kept, deleted = sandbox.new_deal(), sandbox.new_deal()
        cursor = [page.cursor for page in connector.changed(None)][-1]
        for deal_id in (kept, deleted):
            sandbox.edit(deal_id, title="edited")
        sandbox.delete(deleted)
        pages = [*connector.everything(None), *connector.changed(cursor)]
        listed = {each.ref.remote_id for page in pages for each in page.records}
        assert kept in listed and deleted not in listed
        assert {missing.ref.remote_id for page in pages for missing in page.gone} <= {deleted}

    def test_a_stage_that_is_no_more_is_told_as_it_is(self, sandbox: Sandbox, connector: Connector) -> None:
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        sandbox.edit(deal_id, pipeline=second[0], stage=second[1])
        self.fetch(connector, deal_id)
        left = [
            {**line, "stages": [s for s in line["stages"] if [line["id"], s["id"]] != second]}
            for line in sandbox.pipelines()
        ]
        sandbox.ask("PUT", "/pipelines", left)
        record = self.fetch(connector, deal_id, *Aspect)
        assert record.values["stage"] == second
        if connector.capabilities.history:
            assert record.moves[-1].stage == second
        listed = [each for page in connector.everything(None) for each in page.records]
        assert [each.values["stage"] for each in listed if each.ref.remote_id == deal_id] == [second]
        stages = [(line.id, stage.id) for line in connector.describe().pipelines for stage in line.stages]
        assert tuple(second) not in stages
        assert connector.write(self.update(record, title="still written")).values["title"] == "still written"

    def test_an_option_that_is_no_more_is_no_error(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = self.with_further_field(sandbox, setup, "enumeration", ("Kept", "Gone"))
        name = self.further_field("enumeration")
        kept, gone = (sandbox.new_deal(fields={name: option}) for option in ("Kept", "Gone"))
        assert self.fetch(connector, gone).values["further"] == "Gone"
        sandbox.add_field(name, "enumeration", ("Kept",))
        fresh = self.with_further_field(sandbox, setup, "enumeration", ("Kept",))
        for each in (connector, fresh):
            assert self.fetch(each, kept).values["further"] == "Kept"
            record = self.fetch(each, gone)
            assert record.values["further"] is not None
            assert each.write(self.update(record, title="written")).values["title"] == "written"
        assert fresh.write(self.update(record, further="Kept")).values["further"] == "Kept"

    def test_an_option_that_is_new_is_read_and_written(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = self.with_further_field(sandbox, setup, "enumeration", ("Old",))
        name = self.further_field("enumeration")
        deal_id = sandbox.new_deal(fields={name: "Old"})
        record = self.fetch(connector, deal_id)
        with pytest.raises(Rejected) as caught:
            connector.write(self.update(record, further="New"))
        assert "Old" in str(caught.value)
        sandbox.add_field(name, "enumeration", ("Old", "New"))
        assert connector.write(self.update(record, further="New")).values["further"] == "New"
        assert self.fetch(connector, deal_id).values["further"] == "New"

    def test_people_who_left_keep_their_deals(self, sandbox: Sandbox, connector: Connector) -> None:
        owner_id = sandbox.add_person("left@acme.example", "Lea Left")
        deal_id = sandbox.new_deal(owner="left@acme.example")
        sandbox.add_person("left@acme.example", "Lea Left", active=False)
        record = self.fetch(connector, deal_id)
        assert record.values["owner"] == owner_id
        users = {user.id: user for user in connector.describe().users}
        assert (users[owner_id].active, users[owner_id].email) == (False, "left@acme.example")
        assert connector.write(self.update(record, **{FIELD: "5"})).values[FIELD] == "5"
        assert self.fetch(connector, deal_id).values["owner"] == owner_id

    def test_a_deal_for_somebody_who_left_is_refused_or_theirs(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        owner_id = sandbox.add_person("left@acme.example", "Lea Left", active=False)
        record = self.fetch(connector, sandbox.new_deal())
        try:
            receipt = connector.write(self.update(record, owner=owner_id))
        except Rejected as error:
            assert "left@acme.example" not in str(error)
            assert self.fetch(connector, record.ref.remote_id).values["owner"] == record.values["owner"]
        else:
            assert receipt.values["owner"] == owner_id

"""Reading single records: values, people, history, what is not there."""

from __future__ import annotations

import pytest

from connectors.base import Connector, Look
from mapping import model
from mapping.model import (
    ActorKind,
    Aspect,
    Record,
)

from .harness import FIELD, Harness
from .sandbox_client import Sandbox

NAMES = [
    "Смета «Ёлка»",
    "עסקה חדשה ‏",
    "صفقة",
    '🚀 ünïcode & <b>tags</b> "quoted"',
    "e\u0301 combining",
    "漢字",
]


class ReadingContract(Harness):
    """Reading single records: values, people, history, what is not there."""

    def test_a_record_shows_what_the_crm_shows(self, sandbox: Sandbox, connector: Connector) -> None:
        owner = next(person for person in sandbox.people() if person["active"])
        pipeline, stage = self.stages[1]
        deal_id = sandbox.new_deal(
            "Ofis", pipeline=pipeline, stage=stage, owner=owner["email"], amount="1500.50"
        )
        record = self.fetch(connector, deal_id)
        assert record.ref == model.Ref("here", deal_id)
        assert record.values["title"] == "Ofis"
        assert record.values["stage"] == [pipeline, stage]
        assert record.values["owner"] == owner["id"]
        assert record.values["amount"] == "1500.5"
        assert record.values[FIELD] is None
        assert record.created_at is not None and record.created_at.tzinfo is not None
        assert model.PEOPLE_FIELDS.isdisjoint(record.values)
        assert record.known == frozenset()

    @pytest.mark.parametrize("title", NAMES)
    def test_names_of_all_scripts_come_and_go_unharmed(
        self, sandbox: Sandbox, connector: Connector, title: str
    ) -> None:
        deal_id = sandbox.new_deal("before")
        record = self.fetch(connector, deal_id)
        receipt = connector.write(self.update(record, title=title))
        assert receipt.values["title"] == title
        assert sandbox.deal(deal_id)["title"] == title
        assert self.fetch(connector, deal_id).values["title"] == title

    def test_amounts_of_any_size_come_and_go_unharmed(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(amount="1")
        for amount in self.amounts:
            record = self.fetch(connector, deal_id)
            assert connector.write(self.update(record, amount=amount)).values["amount"] == amount
            assert self.fetch(connector, deal_id).values["amount"] == amount

    def test_an_emptied_field_is_none(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        record = self.fetch(connector, deal_id)
        connector.write(self.update(record, **{FIELD: "7"}))
        record = self.fetch(connector, deal_id)
        assert record.values[FIELD] == "7"
        connector.write(self.update(record, **{FIELD: None}))
        assert self.fetch(connector, deal_id).values[FIELD] is None

    def test_a_version_changes_with_the_record_and_only_then(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        first = self.fetch(connector, deal_id)
        assert self.fetch(connector, deal_id, Aspect.PEOPLE, Aspect.HISTORY).version == first.version
        pages = [record for page in connector.everything(None) for record in page.records]
        assert next(record for record in pages if record.ref.remote_id == deal_id).version == first.version
        connector.write(self.update(first, **{FIELD: "8"}))
        assert self.fetch(connector, deal_id).version != first.version

    def test_many_records_are_read_in_batches(self, sandbox: Sandbox, connector: Connector) -> None:
        ids = sandbox.many(120)
        self.fetch(connector, ids[0])
        before = sandbox.requests()
        got = connector.fetch([Look(deal_id) for deal_id in [*ids, ids[0]]])
        assert set(got) == set(ids)
        assert sandbox.requests() - before <= 120 // connector.capabilities.batch_read + 1

    def test_nothing_asked_is_nothing_called(self, sandbox: Sandbox, connector: Connector) -> None:
        assert connector.fetch([]) == {}
        assert sandbox.requests() == 0

    def test_a_deleted_and_an_unknown_record_are_missing(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id, other = sandbox.new_deal(), sandbox.new_deal()
        sandbox.delete(deal_id)
        got = connector.fetch([Look(deal_id), Look("987654"), Look(other)])
        deleted, unknown = got[deal_id], got["987654"]
        assert isinstance(deleted, model.Missing)
        assert deleted.reason in ("deleted", "not_found")
        assert isinstance(unknown, model.Missing)
        assert isinstance(got[other], Record)

    def test_people_are_read_when_asked_for(self, sandbox: Sandbox, connector: Connector) -> None:
        contact = {"name": "Ада Лавлейс", "email": "Ada@Acme.example", "phone": "+359 2 123 4567"}
        deal_id = sandbox.new_deal(contact=contact, company={"name": "Acme"})
        alone = sandbox.new_deal()
        looks = [Look(each, frozenset({Aspect.PEOPLE})) for each in (deal_id, alone)]
        got = connector.fetch(looks)
        record, empty = got[deal_id], got[alone]
        assert isinstance(record, Record) and isinstance(empty, Record)
        assert Aspect.PEOPLE in record.known
        assert record.values["contact_name"] == "Ада Лавлейс"
        assert str(record.values["contact_email"]).lower() == "ada@acme.example"
        assert record.values["contact_phone"] == "+359 2 123 4567"
        assert record.values["company"] == "Acme"
        assert {name: empty.values[name] for name in model.PEOPLE_FIELDS} == dict.fromkeys(
            model.PEOPLE_FIELDS
        )

    def test_history_tells_the_moves_in_order(self, sandbox: Sandbox, connector: Connector) -> None:
        person = next(person for person in sandbox.people() if person["active"])
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1], by=person["email"])
        sandbox.edit(deal_id, by=person["email"], pipeline=second[0], stage=second[1])
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert Aspect.HISTORY in record.known
        assert [move.stage for move in record.moves][-2:] == [first, second]
        assert [move.at for move in record.moves] == sorted(move.at for move in record.moves)
        if connector.capabilities.names_actor:
            actor = record.moves[-1].actor
            users = connector.describe().users
            assert actor.kind is ActorKind.PERSON
            assert record.modified_by == actor
            assert [u.id for u in users if actor.user_id in (u.id, *u.aliases)] == [person["id"]]

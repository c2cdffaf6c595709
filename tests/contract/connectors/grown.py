"""A CRM that grew since: fields, answers and events that nobody has heard of are no error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors import registry
from connectors.base import Connector, Delivery, Description, Setup
from mapping.model import Aspect, Hint, Record

from .acts import Act, Acts
from .sandbox_client import Sandbox, receiving

OFTEN = 1_000_000


class GrownContract(Acts):
    """A CRM that grew since."""

    def test_fields_that_nobody_has_heard_of_change_nothing(self, sandbox: Sandbox, setup: Setup) -> None:
        world = self.world(sandbox, registry.build(self.crm, setup))
        plain = self._told(registry.build(self.crm, setup), self.reads(world))
        sandbox.fault("grown_answer", times=OFTEN)
        grown = self._told(registry.build(self.crm, setup), self.reads(world))
        assert sandbox.planned() < OFTEN
        descriptions = plain.pop("describe"), grown.pop("describe")
        assert grown == plain
        assert_same_but_for_fields(*descriptions)

    def test_writes_that_are_answered_with_more_are_carried_out(self, sandbox: Sandbox, setup: Setup) -> None:
        for settings in filter(None, (self.settings(sandbox.url), self.expiring(sandbox))):
            sandbox.clear_faults()
            connector = registry.build(self.crm, replace(setup, settings=settings))
            world = self.world(sandbox, connector)
            sandbox.fault("grown_answer", times=OFTEN)
            fresh = registry.build(self.crm, replace(setup, settings=settings))
            for act in self.changes(world).values():
                act(fresh, 1)
                act(fresh, 2)
            shown = sandbox.deal(world.deal_id)
            assert (len(shown["tasks"]), len(shown["notes"])) == (2, 1)

    def test_a_stage_that_is_new_is_heard_of_read_and_written(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        self.fetch(connector, deal_id)
        new: dict[str, Any] = {"id": f"{second[1]}9", "label": "Grown since", "won": False, "lost": False}
        lines = sandbox.pipelines()
        for line in lines:
            line["stages"] += [new] if line["id"] == second[0] else []
        sandbox.ask("PUT", "/pipelines", lines)
        with receiving() as mailbox:
            self.send_webhooks(sandbox, mailbox.url)
            sandbox.edit(deal_id, pipeline=second[0], stage=new["id"])
            assert deal_id in {hint.remote_id for hint in connector.parse(mailbox.take())}
        record = self.fetch(connector, deal_id, *Aspect)
        assert record.values["stage"] == [second[0], new["id"]]
        assert connector.write(self.update(record, stage=first)).values["stage"] == first
        back = self.update(self.fetch(connector, deal_id), stage=[second[0], new["id"]])
        assert connector.write(back).values["stage"] == [second[0], new["id"]]

    def _told(self, connector: Connector, acts: Mapping[str, Act]) -> dict[str, object]:
        return {name: untimed(act(connector, 1)) for name, act in acts.items()}

    def test_an_event_with_more_in_it_says_the_same(self, sandbox: Sandbox, connector: Connector) -> None:
        delivery, hints = self._delivered(sandbox, connector)
        assert same_hints(connector.parse(more(delivery)), hints)

    def test_an_event_that_nobody_has_heard_of_is_no_hint(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        unknown = self.unknown_event(self._delivered(sandbox, connector)[0])
        if unknown is None:
            pytest.skip("this CRM's deliveries name no event types")
        assert connector.parse(unknown) == []

    def _delivered(self, sandbox: Sandbox, connector: Connector) -> tuple[Delivery, list[Hint]]:
        first, second = self.stages
        deal_id = sandbox.new_deal("عسل 🚀", pipeline=first[0], stage=first[1])
        with receiving() as mailbox:
            self.send_webhooks(sandbox, mailbox.url)
            sandbox.edit(deal_id, pipeline=second[0], stage=second[1], title="Смета 🚀 e\u0301")
            delivery = mailbox.take()
        hints = connector.parse(delivery)
        assert hints
        return delivery, hints


def untimed(told: object) -> object:
    """The same without when records were modified: a CRM may work something out a moment later."""
    if isinstance(told, Record):
        return replace(told, modified_at=None)
    if isinstance(told, Mapping):
        return {key: untimed(each) for key, each in told.items()}
    return [untimed(each) for each in told] if isinstance(told, list) else told


def assert_same_but_for_fields(plain: object, grown: object) -> None:
    """Two descriptions of one account; the field that it grew may be in the later one."""
    assert isinstance(plain, Description) and isinstance(grown, Description)
    assert (grown.pipelines, grown.users, grown.account) == (plain.pipelines, plain.users, plain.account)
    assert {field.name for field in plain.fields} <= {field.name for field in grown.fields}


def more(delivery: Delivery) -> Delivery:
    """The delivery with a further field in every object, or in the form."""
    try:
        body = json.loads(delivery.body, object_hook=lambda found: {**found, "grown_since": {"in": [2031]}})
    except ValueError:
        return replace(delivery, body=delivery.body + b"&grown_since=2031&data%5BFIELDS%5D%5BGROWN%5D=1")
    return replace(delivery, body=json.dumps(body).encode())


def same_hints(found: list[Hint], expected: list[Hint]) -> bool:
    """Whether hints say the same; an identity may be made of the whole body."""
    return [replace(hint, source_id=None) for hint in found] == [
        replace(hint, source_id=None) for hint in expected
    ]

"""Webhooks: genuine, forged, unreadable; and the description of an account."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Connector, Delivery
from connectors.errors import (
    AuthFailed,
    Unreadable,
)
from mapping.model import (
    HintKind,
)

from .harness import Harness
from .sandbox_client import Mailbox, Sandbox, receiving

MANY = 1_000
STRANGE = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"7",
    b'"Zebulon"',
    b"\xff\xfe\x00",
    b"<html>Zebulon</html>",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'[{"a": NaN, "b": 1e999, "c": "\\ud800"}]',
    b"1" * 10_000,
    b"a=1&" * 10_000,
    b'[{"id": ' + b"9" * 5_000 + b"}]",
)


class DeliveriesContract(Harness):
    """Webhooks: genuine, forged, unreadable; and the description of an account."""

    def webhook(self, sandbox: Sandbox, mailbox: Mailbox) -> str:
        """Move a deal with webhooks on; return its id."""
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        self.send_webhooks(sandbox, mailbox.url)
        sandbox.edit(deal_id, pipeline=second[0], stage=second[1])
        return deal_id

    def test_a_genuine_webhook_says_where_to_look(self, sandbox: Sandbox, connector: Connector) -> None:
        with receiving() as mailbox:
            deal_id = self.webhook(sandbox, mailbox)
            delivery = mailbox.take()
        connector.verify(delivery)
        hints = connector.parse(delivery)
        assert deal_id in {hint.remote_id for hint in hints}
        assert {hint.kind for hint in hints} <= {HintKind.CHANGED, HintKind.CREATED}
        assert connector.parse(delivery) == hints

    def test_a_forged_webhook_is_refused(self, sandbox: Sandbox, connector: Connector) -> None:
        with receiving() as mailbox:
            self.webhook(sandbox, mailbox)
            delivery = mailbox.take()
        for forged in self.forgeries(delivery):
            with pytest.raises(AuthFailed):
                connector.verify(forged)

    def forgeries(self, delivery: Delivery) -> list[Delivery]:
        """The delivery in ways that must be refused."""
        return [replace(delivery, headers={}), replace(delivery, body=delivery.body.replace(b"1", b"2"))]

    def test_what_proves_nothing_is_refused(self, connector: Connector) -> None:
        for body in STRANGE:
            for headers in ({}, {"content-type": "application/json"}):
                delivery = Delivery("POST", "https://x.example/", headers, body, datetime.now(UTC))
                with pytest.raises(AuthFailed) as caught:
                    connector.verify(delivery)
                assert "Zebulon" not in str(caught.value)

    def test_strange_deliveries_are_unreadable_or_mean_nothing(self, connector: Connector) -> None:
        for body in STRANGE:
            delivery = Delivery("POST", "https://x.example/", {}, body, datetime.now(UTC))
            try:
                assert connector.parse(delivery) == []
            except Unreadable as error:
                assert "Zebulon" not in str(error)

    def test_a_delivery_that_was_cut_off_is_never_more_than_unreadable(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        with receiving() as mailbox:
            deal_id = self.webhook(sandbox, mailbox)
            delivery = mailbox.take()
        for length in range(len(delivery.body)):
            cut = replace(delivery, body=delivery.body[:length])
            with contextlib.suppress(Unreadable):
                assert all(deal_id.startswith(hint.remote_id) for hint in connector.parse(cut))
            with contextlib.suppress(AuthFailed):
                connector.verify(cut)

    def test_a_stale_webhook_is_refused(self, sandbox: Sandbox, connector: Connector) -> None:
        if not self.stamps_webhooks:
            pytest.skip("this CRM's deliveries do not say when they were made")
        with receiving() as mailbox:
            self.webhook(sandbox, mailbox)
            delivery = mailbox.take()
        connector.verify(delivery)
        off = connector.capabilities.webhook_tolerance + timedelta(minutes=1)
        for at in (delivery.received_at + off, delivery.received_at - off):
            with pytest.raises(AuthFailed):
                connector.verify(replace(delivery, received_at=at))

    def test_a_delivery_of_many_events_is_read_whole(self, sandbox: Sandbox, connector: Connector) -> None:
        with receiving() as mailbox:
            self.webhook(sandbox, mailbox)
            delivery = mailbox.take()
        many = self.many_events(delivery, MANY)
        if many is None:
            pytest.skip("this CRM sends each event for itself")
        assert len(connector.parse(many)) == MANY * len(connector.parse(delivery))

    def test_an_unreadable_delivery_is_named_so(self, connector: Connector) -> None:
        for body in (b"", b"\xff\xfe", b'{"a":', b"[1, 2]", b"null"):
            delivery = Delivery("POST", "https://x.example/", {}, body, datetime.now(UTC))
            with pytest.raises(Unreadable):
                connector.parse(delivery)

    def test_a_description_names_what_an_admin_maps(self, sandbox: Sandbox, connector: Connector) -> None:
        description = connector.describe()
        shown = {(line["id"], stage["id"]): stage for line in sandbox.pipelines() for stage in line["stages"]}
        told = {(line.id, stage.id): stage for line in description.pipelines for stage in line.stages}
        assert set(told) == set(shown)
        for place, stage in told.items():
            expected = "won" if shown[place]["won"] else "lost" if shown[place]["lost"] else "open"
            assert (stage.name, stage.outcome) == (shown[place]["label"], expected)
        people = {person["id"]: person for person in sandbox.people()}
        users = {user.id: user for user in description.users}
        assert set(people) <= set(users)
        for user_id, person in people.items():
            assert users[user_id].email == person["email"].lower()
            assert users[user_id].active == person["active"]
        assert set(self.fields.values()) <= {
            name for field in description.fields for name in (field.name, field.label)
        }
        assert description.account

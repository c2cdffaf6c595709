"""Webhooks: genuine, forged, unreadable; and the description of an account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

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

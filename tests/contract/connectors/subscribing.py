"""Webhooks that we install ourselves, where a CRM has an API for that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from connectors import registry
from connectors.base import Connector, Setup, Subscription
from connectors.errors import AuthFailed, Rejected

from .harness import Harness
from .sandbox_client import Sandbox, receiving


def endless(subscriptions: Iterable[Subscription]) -> set[Subscription]:
    """The same, but for when they end: installing them again may renew them."""
    return {replace(each, expires_at=None) for each in subscriptions}


class SubscribingContract(Harness):
    """Webhooks that we install ourselves."""

    @pytest.fixture
    def able(self, sandbox: Sandbox, setup: Setup) -> Setup:
        """What a connector that can install webhooks is built from; skips where there is none."""
        able = replace(setup, settings=self.subscribing(sandbox))
        if not registry.build(self.crm, able).capabilities.subscribes:
            pytest.skip("this CRM has no API for webhooks")
        return able

    def test_webhooks_are_installed_once_and_removed(self, able: Setup) -> None:
        connector = registry.build(self.crm, able)
        assert connector.subscriptions() == []
        url = "https://conveyor.example.com/webhooks/here"
        made = connector.subscribe(url)
        assert made and {each.url for each in made} == {url} and all(each.active for each in made)
        assert len({each.id for each in made}) == len(made)
        again = connector.subscribe(url)
        assert endless(again) == endless(made), "none is there twice"
        assert sorted(connector.subscriptions(), key=str) == sorted(again, key=str)
        for each in made:
            connector.unsubscribe(each.id)
        assert connector.subscriptions() == []

    def test_what_we_installed_is_genuine_to_every_process(self, sandbox: Sandbox, able: Setup) -> None:
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        with receiving() as mailbox:
            registry.build(self.crm, able).subscribe(mailbox.url)
            sandbox.edit(deal_id, pipeline=second[0], stage=second[1])
            delivery = mailbox.take()
        another = registry.build(self.crm, able)
        another.verify(delivery)
        assert deal_id in {hint.remote_id for hint in another.parse(delivery)}
        with pytest.raises(AuthFailed):
            another.verify(replace(delivery, headers={}, body=b""))

    def test_without_an_api_an_admin_reads_what_to_click(self, connector: Connector) -> None:
        url = "https://conveyor.example.com/webhooks/here"
        if connector.capabilities.subscribes:
            pytest.skip("this CRM has an API for webhooks")
        with pytest.raises(Rejected) as caught:
            connector.subscribe(url)
        assert url in str(caught.value)
        assert connector.subscriptions() == []
        with pytest.raises(Rejected):
            connector.unsubscribe("1")

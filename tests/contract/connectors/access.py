"""Who may call, and when: tokens, the rate budget, the deadline of a worker; what a connector says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from pydantic import ValidationError

from connectors import deadline, registry
from connectors.base import Connector, Lane, Look, Setup
from connectors.errors import AuthFailed, CallRefused, Transient
from connectors.local import MemoryGrants, NoBudget

from .acts import Acts
from .sandbox_client import Sandbox

NEVER = 1_000


class Spent(NoBudget):
    """A budget that is used up after some calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.left = calls

    def take(self, rate: str, lane: Lane, weight: int = 1) -> None:
        """Refuse the call where nothing is left."""
        if self.left <= 0:
            raise CallRefused(retry_after_s=3.0)
        self.left -= 1
        super().take(rate, lane, weight)


class AccessContract(Acts):
    """Who may call, and when."""

    def test_a_connector_says_what_it_can_do_without_a_call(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        can = connector.capabilities
        assert can.batch_read >= 1
        assert timedelta(0) <= can.poll_overlap < timedelta(days=1)
        names = [rate.name for rate in can.rates]
        assert names and len(names) == len(set(names))
        for rate in can.rates:
            assert rate.calls >= 1 and rate.burst >= 1 and rate.per_s > 0
        assert sandbox.requests() == 0

    def test_wrong_settings_are_told_without_what_is_secret_in_them(
        self, sandbox: Sandbox, setup: Setup
    ) -> None:
        settings = dict(setup.settings)
        auth = dict(cast(Mapping[str, object], settings["auth"]))
        for wrong in (
            {**settings, "surprise": auth},
            {**settings, "auth": {**auth, "surprise": auth}},
            {**settings, "auth": {key: [auth] for key in auth}},
            {**settings, "webhook": [settings["webhook"]]},
            {**settings, "auth": str(auth)},
        ):
            with pytest.raises(ValidationError) as caught:
                registry.build(self.crm, replace(setup, settings=wrong))
            assert [secret for secret in self.secrets(sandbox) if secret in str(caught.value)] == []

    def test_a_token_that_is_never_accepted_is_for_the_admin_until_it_is(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        sandbox.fault("unauthorized", times=NEVER)
        with pytest.raises(AuthFailed):
            connector.fetch([Look(deal_id)])
        sandbox.clear_faults()
        assert self.fetch(connector, deal_id).values["title"] == "A deal"

    def test_a_token_that_ended_is_renewed_once_and_kept(self, sandbox: Sandbox, setup: Setup) -> None:
        settings = self._expiring(sandbox)
        grants, deal_id = MemoryGrants(), sandbox.new_deal()
        connector = registry.build(self.crm, replace(setup, settings=settings, grants=grants))
        self.fetch(connector, deal_id)
        first = grants.load()
        sandbox.fault("unauthorized")
        assert self.fetch(connector, deal_id).values["title"] == "A deal"
        second = grants.load()
        assert first and second and first != second
        again = registry.build(self.crm, replace(setup, settings=settings, grants=grants))
        assert self.fetch(again, deal_id).values["title"] == "A deal"
        assert grants.load() == second

    def test_a_token_that_ends_under_way_breaks_no_method(self, sandbox: Sandbox, setup: Setup) -> None:
        settings = self._expiring(sandbox)
        connector = registry.build(self.crm, replace(setup, settings=settings))
        world = self.world(sandbox, connector)
        for acts in (self.reads(world), self.changes(world)):
            for act in acts.values():
                sandbox.fault("unauthorized")
                act(connector, 1)
                sandbox.clear_faults()

    def _expiring(self, sandbox: Sandbox) -> Mapping[str, object]:
        settings = self.expiring(sandbox)
        if settings is None:
            pytest.skip("the credentials of this CRM do not end")
        return settings

    def test_a_call_beyond_the_budget_is_not_made(self, sandbox: Sandbox, setup: Setup) -> None:
        world = self.world(sandbox, registry.build(self.crm, setup))
        for act in (*self.reads(world).values(), *self.changes(world).values()):
            for calls in range(NEVER):
                budget, before = Spent(calls), sandbox.requests()
                try:
                    act(registry.build(self.crm, replace(setup, budget=budget)), calls + 1)
                    break
                except CallRefused as error:
                    assert error.retry_after_s == 3.0
                assert sandbox.requests() - before <= calls
                assert budget.pauses == [], "our own refusal is no pause of the CRM's"

    def test_a_worker_that_stalled_makes_no_call(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = registry.build(self.crm, setup)
        world = self.world(sandbox, connector)
        before = sandbox.requests()
        ended = datetime.now(UTC) - timedelta(seconds=1)
        for act in (*self.reads(world).values(), *self.changes(world).values()):
            with deadline.until(ended, lambda: datetime.now(UTC)):
                try:
                    act(registry.build(self.crm, setup), 1)
                except Transient as error:
                    assert not error.uncertain
        assert sandbox.requests() == before

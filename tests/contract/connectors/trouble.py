"""When things go wrong on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.base import Connector, Look
from connectors.errors import (
    AuthFailed,
    ConnectorError,
    RateLimited,
    Transient,
    Unreadable,
)
from connectors.local import NoBudget
from mapping.model import (
    Aspect,
    CloseTask,
    CreateNote,
    WriteBody,
)

from .harness import Harness
from .sandbox_client import Sandbox


class TroubleContract(Harness):
    """When things go wrong on the way."""

    @pytest.mark.parametrize("fault", ["timeout_after", "half_body"])
    def test_an_answer_lost_after_the_effect_doubles_nothing(
        self, sandbox: Sandbox, connector: Connector, fault: str
    ) -> None:
        deal_id = sandbox.new_deal()
        bodies: list[tuple[WriteBody, str | None]] = [
            (self.task(), deal_id),
            (CreateNote("A note"), deal_id),
            (self.new_deal(), None),
        ]
        connector.write(self.write(replace(self.new_deal(), deal_key="warm-up", contact=None), None))
        before = len(sandbox.deals())
        for place, (body, remote_id) in enumerate(bodies):
            calls = 0
            for attempt in range(1, 12):  # the answer to each call of this write in turn is lost
                sandbox.fault(fault, match=self.creating, seconds=0.05)
                try:
                    connector.write(self.write(body, remote_id, f"key-{place}"), attempt=attempt)
                    break
                except (Transient, Unreadable):
                    calls += 1
            assert calls > 0
            sandbox.ask("DELETE", "/faults")
            connector.write(self.write(body, remote_id, f"key-{place}"), attempt=12)
        shown = sandbox.deal(deal_id)
        assert (len(shown["tasks"]), len(shown["notes"])) == (1, 1)
        assert len(sandbox.deals()) == before + 1

    @pytest.mark.parametrize("fault", ["timeout_before", "timeout_after", "reset"])
    def test_a_lost_answer_is_transient_and_uncertain(
        self, sandbox: Sandbox, connector: Connector, fault: str
    ) -> None:
        deal_id = sandbox.new_deal()
        record = self.fetch(connector, deal_id)
        sandbox.fault(fault, seconds=0.05)
        with pytest.raises(Transient) as caught:
            connector.write(self.update(record, title="new"))
        assert caught.value.uncertain
        assert connector.write(self.update(record, title="new"), attempt=2).values["title"] == "new"

    @pytest.mark.parametrize("fault", ["server_error", "html", "half_body"])
    def test_a_broken_answer_is_worth_another_try(
        self, sandbox: Sandbox, connector: Connector, fault: str
    ) -> None:
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        sandbox.fault(fault)
        with pytest.raises((Transient, Unreadable)):
            connector.fetch([Look(deal_id)])
        assert self.fetch(connector, deal_id).values["title"] == "A deal"

    def test_a_rate_limit_pauses_the_connection(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        for act in (
            lambda: connector.fetch([Look(record.ref.remote_id)]),
            lambda: connector.write(self.update(record, title="new")),
            lambda: list(connector.everything(None)),
        ):
            budget.pauses.clear()
            sandbox.fault("rate_limited", retry_after=7)
            with pytest.raises(RateLimited) as caught:
                act()
            assert budget.pauses == [caught.value.retry_after_s]
            assert 0 < caught.value.retry_after_s <= 60

    def test_every_call_asks_the_budget(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        deal_id = sandbox.new_deal()
        connector.describe()
        self.fetch(connector, deal_id, *Aspect)
        list(connector.everything(None))
        list(connector.changed(None))
        connector.write(self.write(self.new_deal(), None))
        assert sum(weight for _, _, weight in budget.taken) == sandbox.requests()
        assert {rate for rate, _, _ in budget.taken} <= {rate.name for rate in connector.capabilities.rates}

    def test_a_revoked_token_is_for_the_admin(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        self.revoke(sandbox)
        with pytest.raises(AuthFailed) as caught:
            connector.fetch([Look(deal_id)])
        said = str(caught.value)
        assert not [secret for secret in self.secrets(sandbox) if secret in said]

    def test_a_refusal_speaks_without_personal_data(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        with pytest.raises(ConnectorError) as caught:
            connector.write(self.update(record, owner="someone@secret.example"))
        assert "secret.example" not in str(caught.value)

    def test_only_documented_calls_are_made(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = connector.write(self.write(self.new_deal(), None)).remote_id
        task_id = connector.write(self.write(self.task(), deal_id)).remote_id
        connector.write(self.write(CreateNote("note"), deal_id))
        self.fetch(connector, deal_id, *Aspect, tasks=(task_id,))
        connector.write(self.write(CloseTask(task_id), deal_id))
        list(connector.changed(None))
        connector.describe()
        assert sandbox.malformed() == 0

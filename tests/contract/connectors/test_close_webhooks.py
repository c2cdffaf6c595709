"""Close's subscription and its key, and events that tell several changes as one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from connectors.base import Connector, Delivery, Setup
from connectors.close import Connector as Close
from connectors.errors import AuthFailed, Rejected
from connectors.local import MemoryGrants, NoBudget
from mapping.model import UNKNOWN_ACTOR, ActorKind, CreateTask, Hint, HintKind, UpdateDeal, Write

from .sandbox_client import Mailbox, Sandbox, receiving, running
from .test_close import API_KEY, OTHER, PIPELINE, PRESENTED, QUALIFIED

PETAR, MARIA = "petar@acme.example", "maria@acme.example"
URL = "https://conveyor.example.com/webhooks/close"


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    """One organization for the tests below."""
    with running("close") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    """The organization as new."""
    process.reset()
    return process


@pytest.fixture
def setup(sandbox: Sandbox) -> Setup:
    """A connection to it, without a signature key."""
    settings = {"auth": {"api_key": API_KEY}, "base_url": sandbox.url}
    return Setup("here", settings, {}, MemoryGrants(), NoBudget())


@pytest.fixture
def connector(setup: Setup) -> Connector:
    """The connector under test."""
    return Close(setup)


def api(sandbox: Sandbox, method: str, path: str, body: object = None) -> dict[str, object]:
    """Call Close as another program of the same user."""
    answer = requests.request(
        method, f"{sandbox.url}/api/v1{path}", json=body, auth=(API_KEY, ""), timeout=30
    )
    assert answer.ok, answer.text
    return dict(answer.json())


def installed(sandbox: Sandbox) -> list[dict[str, object]]:
    """All subscriptions of the organization."""
    found: list[dict[str, object]] = api(sandbox, "GET", "/webhook/")["data"]  # type: ignore[assignment]
    return found


def heard(connector: Connector, mailbox: Mailbox) -> tuple[Delivery, list[Hint]]:
    """The next delivery, proven and read."""
    delivery = mailbox.take()
    connector.verify(delivery)
    return delivery, connector.parse(delivery)


class TestSubscription:
    """One of ours, and none of others."""

    @pytest.mark.parametrize("status", [200, 201])
    @pytest.mark.parametrize("shown", [True, False])
    def test_it_is_made_once_with_its_key(
        self, sandbox: Sandbox, setup: Setup, status: int, shown: bool
    ) -> None:
        sandbox.ask(
            "PUT", "/credentials", {"webhook_created_status": status, "list_shows_signature_key": shown}
        )
        connector = Close(setup)
        made = connector.subscribe(URL)
        assert connector.subscribe(URL) == made == connector.subscriptions()
        assert len(installed(sandbox)) == 1
        assert setup.grants.load()["signature_key"]
        assert "signature" not in str(made)

    def test_others_are_left_alone(self, sandbox: Sandbox, connector: Connector) -> None:
        body = {"url": "https://other.example.com/webhooks/close", "events": []}
        other = str(api(sandbox, "POST", "/webhook/", body)["id"])
        (ours,) = connector.subscribe(URL)
        assert connector.subscriptions() == [ours]
        with pytest.raises(Rejected):
            connector.unsubscribe(other)
        connector.unsubscribe(ours.id)
        assert [row["id"] for row in installed(sandbox)] == [other]
        assert connector.subscriptions() == []

    def test_one_that_close_paused_is_woken(self, sandbox: Sandbox, connector: Connector) -> None:
        (ours,) = connector.subscribe(URL)
        api(sandbox, "PUT", f"/webhook/{ours.id}/", {"status": "paused"})
        assert [each.active for each in connector.subscriptions()] == [False]
        (woken,) = connector.subscribe(URL)
        assert (woken.id, woken.active) == (ours.id, True)

    def test_it_moves_with_our_address(self, sandbox: Sandbox, connector: Connector) -> None:
        (before,) = connector.subscribe(URL)
        (after,) = connector.subscribe("https://new.example.com/webhooks/close")
        assert (after.id, after.url) == (before.id, "https://new.example.com/webhooks/close")
        assert len(installed(sandbox)) == 1

    def test_one_of_a_lost_database_is_taken_up_with_the_key_that_close_shows(
        self, sandbox: Sandbox, setup: Setup
    ) -> None:
        (before,) = Close(setup).subscribe(URL)
        grants = MemoryGrants()
        (after,) = Close(replace(setup, grants=grants)).subscribe(URL)
        assert after.id == before.id
        assert grants.load()["signature_key"] == setup.grants.load()["signature_key"]

    def test_one_that_was_deleted_in_close_is_made_again(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        (before,) = connector.subscribe(URL)
        api(sandbox, "DELETE", f"/webhook/{before.id}/")
        assert connector.subscriptions() == []
        (after,) = connector.subscribe(URL)
        assert after.id != before.id

    def test_a_receiver_that_was_there_before_learns_the_key(self, sandbox: Sandbox, setup: Setup) -> None:
        receiver, deal_id = Close(setup), sandbox.new_deal(stage=QUALIFIED)
        with receiving() as mailbox:
            Close(setup).subscribe(mailbox.url)
            sandbox.edit(deal_id, stage=PRESENTED)
            _, hints = heard(receiver, mailbox)
        assert {hint.remote_id for hint in hints} == {deal_id}

    def test_without_a_key_nothing_is_let_in(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        with receiving() as mailbox:
            sandbox.ask("PUT", "/webhooks", {"url": mailbox.url, "signature_key": "ab" * 32})
            sandbox.edit(deal_id, stage=PRESENTED)
            delivery = mailbox.take()
        with pytest.raises(AuthFailed, match="webhooks install"):
            connector.verify(delivery)


class TestEvents:
    """What a delivery says."""

    def test_a_move_says_who_and_where_to(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        petar = next(person["id"] for person in sandbox.people() if person["email"] == PETAR)
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            sandbox.edit(deal_id, stage=PRESENTED, by=PETAR)
            _, (hint,) = heard(connector, mailbox)
        assert (hint.remote_id, hint.kind, hint.field, hint.value) == (
            deal_id, HintKind.CHANGED, "stage", PRESENTED
        )  # fmt: skip
        assert (hint.actor.kind, hint.actor.user_id) == (ActorKind.PERSON, petar)
        assert hint.occurred_at is not None

    def test_our_own_write_is_known_by_its_key_and_its_time(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            changes = UpdateDeal({}, {"stage": [PIPELINE, PRESENTED]})
            receipt = connector.write(Write("k", "deal-1", "here", deal_id, changes))
            _, (hint,) = heard(connector, mailbox)
        assert hint.actor.kind is ActorKind.OURS
        assert hint.occurred_at == receipt.modified_at

    @pytest.mark.parametrize("second", [PETAR, MARIA])
    def test_moves_told_as_one_name_nobody(self, sandbox: Sandbox, connector: Connector, second: str) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        sandbox.ask("PUT", "/credentials", {"consolidation_s": 0.3, "consolidates_actors": True})
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            sandbox.edit(deal_id, stage=PRESENTED, by=PETAR)
            time.sleep(0.01)  # Close tells moments apart by milliseconds
            sandbox.edit(deal_id, stage=OTHER, by=second)
            _, hints = heard(connector, mailbox)
        assert [(hint.field, hint.value) for hint in hints] == [("stage", OTHER)]
        assert hints[0].actor == UNKNOWN_ACTOR

    def test_a_deal_that_is_deleted_says_so(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            sandbox.delete(deal_id)
            _, hints = heard(connector, mailbox)
        assert [(hint.remote_id, hint.kind) for hint in hints] == [(deal_id, HintKind.DELETED)]

    def test_a_task_of_ours_that_is_ticked_off_leads_to_its_deal(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        task = CreateTask("Call", "Now", None, datetime.now(UTC) + timedelta(hours=4))
        task_id = connector.write(Write("k", "deal-1", "here", deal_id, task)).remote_id
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            sandbox.complete_task(task_id, by=PETAR)
            _, hints = heard(connector, mailbox)
        assert {(hint.remote_id, hint.kind) for hint in hints} == {(deal_id, HintKind.TASK)}

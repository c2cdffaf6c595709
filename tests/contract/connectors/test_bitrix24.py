"""The connector contract against an emulated Bitrix24 portal, and what only Bitrix24 does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

import pytest
import requests

from connectors.base import Connector, Delivery, Lane, Look, Setup
from connectors.bitrix24 import Connector as Bitrix24
from connectors.bitrix24.changes import Cursor, Sweep
from connectors.errors import AuthFailed, RateLimited, Rejected, Unreadable
from connectors.local import MemoryGrants, NoBudget
from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    CreateNote,
    Hint,
    HintKind,
    Record,
    UpdateDeal,
    Values,
    Write,
)

from .sandbox_client import Sandbox, receiving, running
from .suite import ConnectorContract

TOKEN = "sandbox-app-token"


class TestBitrix24(ConnectorContract):
    """An incoming webhook, as most portals are connected."""

    crm = "bitrix24"
    fields: ClassVar = {"budget": "UF_CRM_CONTRACT_BUDGET"}
    custom: ClassVar = {"UF_CRM_CONTRACT_BUDGET": "number"}
    stages: ClassVar = (["0", "PREPARATION"], ["0", "EXECUTING"])
    amounts: ClassVar = ("-12.5", "99999999999.99", "1500")  # an amount of 0 is how a portal shows none
    creating: ClassVar = ".add"
    listing_page: ClassVar = 500  # ten chained pages of fifty

    def settings(self, url: str) -> dict[str, object]:
        return {
            "auth": {"webhook_url": "https://portal.bitrix24.example/rest/99/sandboxcode/"},
            "webhook": {"application_token": TOKEN},
            "base_url": url,
        }

    def expiring(self, sandbox: Sandbox) -> dict[str, object]:
        return installed(sandbox)

    def subscribing(self, sandbox: Sandbox) -> dict[str, object]:
        sandbox.ask("PUT", "/credentials", {"token": TOKEN})
        return installed(sandbox)

    def secrets(self, sandbox: Sandbox) -> list[str]:
        return [TOKEN, "sandboxcode", "sandbox-client-secret"]

    def unknown_event(self, delivery: Delivery) -> Delivery:
        return replace(delivery, body=delivery.body.replace(b"ONCRMDEAL", b"ONCRMDREAM"))

    def send_webhooks(self, sandbox: Sandbox, url: str) -> None:
        sandbox.ask("PUT", "/webhooks", {"url": url, "token": TOKEN})

    def revoke(self, sandbox: Sandbox) -> None:
        sandbox.ask("PUT", "/credentials", {"code": "another-code"})

    def forgeries(self, delivery: Delivery) -> list[Delivery]:
        return [
            replace(delivery, body=delivery.body.replace(TOKEN.encode(), b"another-token")),
            replace(delivery, body=delivery.body.replace(b"application_token", b"token")),
            replace(delivery, body=b""),
        ]


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    """One portal for the tests below."""
    with running("bitrix24") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    """The portal as new."""
    process.reset()
    return process


@pytest.fixture
def budget() -> NoBudget:
    """The budget that the connector under test asks."""
    return NoBudget()


@pytest.fixture
def setup(sandbox: Sandbox, budget: NoBudget) -> Setup:
    """A connection by an incoming webhook."""
    settings = TestBitrix24().settings(sandbox.url)
    return Setup("here", settings, {"lost_reason": "Lost reason"}, MemoryGrants(), budget)


@pytest.fixture
def connector(setup: Setup) -> Connector:
    """The connector under test."""
    return Bitrix24(setup)


def installed(sandbox: Sandbox) -> dict[str, object]:
    """The settings of an application that was just installed."""
    sandbox.ask("PUT", "/credentials", {"oauth_code": "sandbox-code"})  # each is good for one installation
    granted = requests.get(
        f"{sandbox.url}/oauth/token/",
        params={
            "grant_type": "authorization_code",
            "client_id": "local.sandbox",
            "client_secret": "sandbox-client-secret",
            "code": "sandbox-code",
        },
        timeout=30,
    ).json()
    auth = {
        "client_id": "local.sandbox",
        "client_secret": "sandbox-client-secret",
        "refresh_token": granted["refresh_token"],
        "portal": "portal.bitrix24.example",
    }
    return {**TestBitrix24().settings(sandbox.url), "auth": auth}


@pytest.fixture
def application(sandbox: Sandbox, setup: Setup) -> Setup:
    """A connection by an application that was just installed."""
    return replace(setup, settings=installed(sandbox))


def one(connector: Connector, deal_id: str, *aspects: Aspect) -> Record:
    """The record of a deal that is there."""
    record = connector.fetch([Look(deal_id, frozenset(aspects))])[deal_id]
    assert isinstance(record, Record)
    return record


def update(deal_id: str, seen: Values, changes: Values) -> Write:
    """An update as the engine hands it over."""
    return Write("key", "deal-1", "here", deal_id, UpdateDeal(seen, changes))


def polled(connector: Connector, cursor: str) -> tuple[set[str], str]:
    """The deals that a poll shows, and the cursor after it."""
    pages = list(connector.changed(cursor))
    return {record.ref.remote_id for page in pages for record in page.records}, pages[-1].cursor


class TestPolling:
    """The two halves of a poll, and what it finds out about dates."""

    @pytest.mark.parametrize("date_filter", ["iso", "plain"])
    @pytest.mark.parametrize("shift_s", [0, 3600])
    @pytest.mark.parametrize("zone", ["+03:00", "-05:00"])
    def test_only_changes_are_read_however_the_portal_reads_dates(
        self, sandbox: Sandbox, connector: Connector, date_filter: str, shift_s: int, zone: str
    ) -> None:
        sandbox.ask(
            "PUT",
            "/credentials",
            {"date_filter": date_filter, "record_time_shift_s": shift_s, "zone": zone},
        )
        sandbox.many(3)
        cursor = next(iter(connector.changed(None))).cursor
        assert Cursor.model_validate_json(cursor).style == date_filter
        deal_id = sandbox.new_deal()
        seen, cursor = polled(connector, cursor)
        assert deal_id in seen
        sandbox.edit(deal_id, title="again")
        assert deal_id in polled(connector, cursor)[0]

    def test_a_portal_without_deals_is_polled_too(self, sandbox: Sandbox, connector: Connector) -> None:
        for deal in sandbox.deals():
            sandbox.delete(deal["id"])
        cursor = next(iter(connector.changed(None))).cursor
        seen, cursor = polled(connector, cursor)
        assert seen == set()
        deal_id = sandbox.new_deal()
        seen, cursor = polled(connector, cursor)
        assert seen == {deal_id}
        assert Cursor.model_validate_json(cursor).since is not None

    def test_a_move_to_another_pipeline_is_found(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW")
        cursor = next(iter(connector.changed(None))).cursor
        sandbox.edit(deal_id, pipeline="5", stage="C5:EXECUTING")
        pages = list(connector.changed(cursor))
        records = {record.ref.remote_id: record for page in pages for record in page.records}
        assert records[deal_id].values["stage"] == ["5", "C5:EXECUTING"]

    def test_moves_are_found_by_the_stage_history_alone(self, sandbox: Sandbox, connector: Connector) -> None:
        ids = sandbox.many(60)
        gone = sandbox.new_deal(pipeline="0", stage="NEW")
        cursor = Cursor.model_validate_json(next(iter(connector.changed(None))).cursor)
        for deal_id in [*ids, gone]:
            sandbox.edit(deal_id, pipeline="5", stage="C5:NEW")
        sandbox.delete(gone)
        tomorrow = (datetime.now(UTC) + timedelta(days=3)).isoformat(timespec="seconds")
        blind = cursor.model_copy(update={"since": tomorrow, "sweep": Sweep(after="0", newest=tomorrow)})
        pages = list(connector.changed(blind.text()))
        assert {record.ref.remote_id for page in pages for record in page.records} == set(ids)
        assert {missing.ref.remote_id for page in pages for missing in page.gone} == {gone}
        seen, _ = polled(connector, pages[-1].cursor)
        assert gone not in seen

    def test_a_poll_is_taken_up_in_the_middle(self, sandbox: Sandbox, connector: Connector) -> None:
        cursor = next(iter(connector.changed(None))).cursor
        ids = sandbox.many(220)
        first = next(iter(connector.changed(cursor)))
        seen, cursor = polled(connector, first.cursor)
        assert {record.ref.remote_id for record in first.records} | seen >= set(ids)
        assert Cursor.model_validate_json(cursor).sweep is None

    def test_a_quiet_poll_is_one_request(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        sandbox.new_deal()
        cursor = next(iter(connector.changed(None))).cursor
        list(connector.changed(cursor))
        budget.taken.clear()
        list(connector.changed(cursor))
        assert [(rate, lane) for rate, lane, _ in budget.taken] == [("requests", Lane.POLL)]

    def test_a_foreign_cursor_is_unreadable(self, connector: Connector) -> None:
        for read in (connector.changed, connector.everything):
            with pytest.raises(Unreadable, match="cursor"):
                list(read("42]"))


class TestWriting:
    """What Bitrix24 does with writes that others do not."""

    def test_a_deal_moves_to_another_pipeline(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW")
        receipt = connector.write(update(deal_id, {"stage": ["0", "NEW"]}, {"stage": ["5", "C5:NEW"]}))
        assert receipt.values["stage"] == ["5", "C5:NEW"]
        shown = sandbox.deal(deal_id)
        assert [shown["pipeline"], shown["stage"]] == ["5", "C5:NEW"]

    def test_what_is_ignored_in_silence_is_rejected(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW")
        with pytest.raises(Rejected, match="stage"):
            connector.write(update(deal_id, {"stage": ["0", "NEW"]}, {"stage": ["0", "NO_SUCH"]}))
        with pytest.raises(Rejected, match="stage"):
            connector.write(update(deal_id, {"stage": ["0", "NEW"]}, {"stage": ["0", "C5:NEW"]}))

    def test_an_amount_is_ours_and_not_worked_out(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        assert one(connector, deal_id).values["amount"] is None
        connector.write(update(deal_id, {"amount": None}, {"amount": "1200.00"}))
        assert one(connector, deal_id).values["amount"] == "1200"
        lines = sandbox.ask("GET", "/journal?kind=write")
        assert "isManualOpportunity" in lines[-1]["changes"]

    def test_a_field_is_found_by_its_label(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(fields={"UF_CRM_LOST_REASON": "Price"})
        assert one(connector, deal_id).values["lost_reason"] == "Price"
        connector.write(update(deal_id, {"lost_reason": "Price"}, {"lost_reason": "Timing"}))
        assert sandbox.deal(deal_id)["fields"]["UF_CRM_LOST_REASON"] == "Timing"

    def test_a_list_is_read_and_written_by_label(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.add_field("UF_CRM_WHY", "enumeration", ("Price", "Timing"))
        connector = Bitrix24(replace(setup, fields={"why": "UF_CRM_WHY"}))
        deal_id = sandbox.new_deal()
        assert one(connector, deal_id).values["why"] is None
        receipt = connector.write(update(deal_id, {"why": None}, {"why": "Timing"}))
        assert receipt.values["why"] == "Timing"
        assert one(connector, deal_id).values["why"] == "Timing"
        with pytest.raises(Rejected, match="Price, Timing"):
            connector.write(update(deal_id, {"why": "Timing"}, {"why": "Luck"}))

    def test_a_date_keeps_its_day(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = Bitrix24(replace(setup, fields={"contract_end": "Contract end"}))
        deal_id = sandbox.new_deal()
        for zone in ("+03:00", "-05:00", "+00:00"):
            sandbox.ask("PUT", "/credentials", {"zone": zone})
            seen = one(connector, deal_id).values["contract_end"]
            connector.write(update(deal_id, {"contract_end": seen}, {"contract_end": "2027-01-31"}))
            assert one(connector, deal_id).values["contract_end"] == "2027-01-31"
            connector.write(update(deal_id, {"contract_end": "2027-01-31"}, {"contract_end": None}))
            assert one(connector, deal_id).values["contract_end"] is None

    def test_markup_in_a_note_stays_text(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        connector.write(Write("key", "deal-1", "here", deal_id, CreateNote("[b]not bold[/b] [1]")))
        body = sandbox.deal(deal_id)["notes"][0]["body"]
        assert "[b]" not in body and "[/b]" not in body
        assert body.replace("\u200b", "").startswith("[b]not bold[/b] [1]")

    def test_what_a_portal_requires_is_told_in_its_words(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW")
        sandbox.ask("PUT", "/credentials", {"required": {"EXECUTING": ["UF_CRM_DECISION_MAKER"]}})
        with pytest.raises(Rejected, match="CRM_FIELD_ERROR_REQUIRED"):
            connector.write(update(deal_id, {"stage": ["0", "NEW"]}, {"stage": ["0", "EXECUTING"]}))


class TestActors:
    """Who did what, as far as a portal says."""

    def test_our_own_changes_are_ours(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW", by="petar@acme.example")
        connector.write(update(deal_id, {"stage": ["0", "NEW"]}, {"stage": ["0", "EXECUTING"]}))
        record = one(connector, deal_id, Aspect.HISTORY)
        assert record.created_by == Actor(ActorKind.PERSON, "12")
        assert record.modified_by == Actor(ActorKind.OURS, "99")
        assert [move.actor.kind for move in record.moves] == [ActorKind.PERSON, ActorKind.OURS]

    def test_moves_before_the_last_are_nobodys(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW", by="petar@acme.example")
        stages = ["PREPARATION", "EXECUTING"] * 30
        for stage in stages:
            sandbox.edit(deal_id, stage=stage, by="maria@acme.example")
        record = one(connector, deal_id, Aspect.HISTORY)
        assert [move.stage[1] for move in record.moves] == ["NEW", *stages]
        assert record.moves[0].actor.user_id == "12"
        assert {move.actor.kind for move in record.moves[1:-1]} == {ActorKind.UNKNOWN}
        assert record.moves[-1].actor == Actor(ActorKind.PERSON, "17")


class TestApplication:
    """An OAuth application."""

    def test_tokens_are_renewed_and_kept(self, sandbox: Sandbox, application: Setup) -> None:
        connector = Bitrix24(application)
        deal_id = sandbox.new_deal()
        assert one(connector, deal_id).values["title"] == "A deal"
        first = application.grants.load()
        sandbox.ask("PUT", "/credentials", {"expire_access": True})
        assert one(connector, deal_id).values["title"] == "A deal"
        second = application.grants.load()
        assert second["refresh_token"] != first["refresh_token"]
        again = Bitrix24(application)
        assert one(again, deal_id).values["title"] == "A deal"
        assert application.grants.load() == second

    def test_many_threads_renew_once(self, sandbox: Sandbox, application: Setup) -> None:
        connector = Bitrix24(application)
        deal_id = sandbox.new_deal()
        one(connector, deal_id)
        sandbox.ask("PUT", "/credentials", {"expire_access": True})
        with ThreadPoolExecutor(8) as pool:
            titles = pool.map(lambda _: one(connector, deal_id).values["title"], range(8))
        assert set(titles) == {"A deal"}
        counts = sandbox.ask("GET", "/counts")["by_call"]
        assert counts["oauth.token"] == 3  # the installation, the first access token, one renewal

    def test_a_dead_grant_is_for_the_admin(self, sandbox: Sandbox, application: Setup) -> None:
        dead = {**cast(dict[str, str], application.settings["auth"]), "refresh_token": "long-dead-token"}
        connector = Bitrix24(replace(application, settings={**application.settings, "auth": dead}))
        with pytest.raises(AuthFailed, match="invalid_grant") as caught:
            connector.describe()
        assert "long-dead-token" not in str(caught.value)

    def test_events_are_bound_once_and_unbound(self, sandbox: Sandbox, application: Setup) -> None:
        connector = Bitrix24(application)
        assert connector.capabilities.subscribes
        url = "https://conveyor.example.com/webhooks/here"
        made = connector.subscribe(url)
        assert connector.subscribe(url) == made
        assert {event for each in made for event in each.events} == {
            "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDEALMOVETOCATEGORY"
        }  # fmt: skip
        connector.subscribe("https://other.example.com/")
        connector.unsubscribe(made[0].id)
        left = connector.subscriptions()
        assert len([each for each in left if each.url == url]) == 3
        assert len([each for each in left if each.url != url]) == 4

    def test_a_move_to_another_pipeline_is_heard(self, sandbox: Sandbox, application: Setup) -> None:
        connector = Bitrix24(application)
        deal_id = sandbox.new_deal(pipeline="0", stage="NEW")
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            sandbox.edit(deal_id, pipeline="5", stage="C5:NEW")
            delivery = mailbox.take()
        connector.verify(delivery)
        assert connector.parse(delivery) == [Hint(deal_id, HintKind.CHANGED, field="stage", value="C5:NEW")]

    def test_a_webhook_says_what_to_click(self, connector: Connector) -> None:
        assert not connector.capabilities.subscribes
        assert connector.subscriptions() == []
        with pytest.raises(Rejected, match=r"Outgoing webhook.*https://conveyor\.example\.com/webhooks/here"):
            connector.subscribe("https://conveyor.example.com/webhooks/here")


class TestTrouble:
    """Refusals that only Bitrix24 has."""

    def test_a_renamed_portal_is_followed(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        one(connector, deal_id)
        sandbox.fault("portal_renamed")
        record = one(connector, deal_id)
        assert record.values["title"] == "A deal"
        assert "localhost" in str(record.url) or "localhost" in str(one(connector, deal_id).url)

    def test_used_up_running_time_pauses_until_it_is_given_back(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        deal_id = sandbox.new_deal()
        one(connector, deal_id)
        sandbox.fault("operation_time_limit")
        with pytest.raises(RateLimited) as caught:
            one(connector, deal_id)
        assert 0 < caught.value.retry_after_s <= 600
        assert budget.pauses == [caught.value.retry_after_s]

    def test_a_block_by_hand_is_for_the_admin(self, sandbox: Sandbox, connector: Connector) -> None:
        sandbox.fault("overload_limit")
        with pytest.raises(AuthFailed, match="blocked"):
            connector.describe()

"""What only Zoho CRM does: tokens, time zones, pipelines on and off, channels that die, wide mappings."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from connectors import registry
from connectors.base import Connector, Lane, Look, Page, Setup
from connectors.errors import AuthFailed, RateLimited, Rejected, Transient, Unreadable
from connectors.local import NoBudget
from mapping.model import (
    Actor,
    ActorKind,
    Aspect,
    CreateNote,
    HintKind,
    Missing,
    Record,
    Ref,
    UpdateDeal,
    Values,
    Write,
)

from .sandbox_client import Sandbox, receiving
from .test_zoho import STANDARD, TOKEN, Organisation

PARTNER = "Partner deals"
HOOK = "https://conveyor.example.com/webhooks/here"


class Alone(Organisation):
    """The ground of the tests below."""

    custom: ClassVar[Mapping[str, str]] = {"Budget_Total": "number", "Conveyor_Key": "string"}

    def set(self, sandbox: Sandbox, **settings: object) -> None:
        """Change settings of the organisation."""
        sandbox.ask("PUT", "/credentials", settings)

    def refreshes(self, sandbox: Sandbox) -> int:
        """How many access tokens were asked for."""
        by_call: dict[str, int] = sandbox.ask("GET", "/counts")["by_call"]
        return sum(count for call, count in by_call.items() if "oauth" in call)

    def bring(self, deal_id: str, seen: Values, **changes: Any) -> Write:
        """An update of values that were seen."""
        return Write("key", "deal-1", "here", deal_id, UpdateDeal(seen, changes))

    def me(self, connector: Connector, sandbox: Sandbox) -> str:
        """The id of the user that the connector works as."""
        receipt = connector.write(self.write(self.new_deal(), None))
        actor = self.fetch(connector, receipt.remote_id).created_by
        assert actor.kind is ActorKind.OURS and actor.user_id is not None
        return actor.user_id


class TestTokens(Alone):
    """Access tokens."""

    def test_many_processes_share_one(self, sandbox: Sandbox, setup: Setup) -> None:
        deal_id = sandbox.new_deal()
        connectors = [registry.build("zoho", setup) for _ in range(4)]
        with ThreadPoolExecutor(8) as threads:
            looks = [threads.submit(self.fetch, connectors[place % 4], deal_id) for place in range(16)]
            assert {look.result(30).values["title"] for look in looks} == {"A deal"}
        assert self.refreshes(sandbox) == 1
        self.set(sandbox, expire_access=True)
        with ThreadPoolExecutor(8) as threads:
            looks = [threads.submit(self.fetch, connectors[place % 4], deal_id) for place in range(16)]
            assert {look.result(30).values["title"] for look in looks} == {"A deal"}
        assert self.refreshes(sandbox) == 2

    @pytest.mark.parametrize("status", [200, 400])
    def test_a_throttled_client_waits_out_the_window(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget, status: int
    ) -> None:
        deal_id = sandbox.new_deal()
        self.set(sandbox, throttle_status=status)
        sandbox.ask("POST", "/limits", {"enabled": True})
        for _ in range(10):
            self.fetch(connector, deal_id)
            self.set(sandbox, expire_access=True)
        with pytest.raises(RateLimited):
            connector.fetch([Look(deal_id)])
        assert budget.pauses == [600.0]

    def test_a_missing_scope_is_for_the_admin_and_costs_no_token(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        scopes = ["ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "ZohoCRM.users.READ", "ZohoCRM.org.READ"]
        self.set(sandbox, scopes=scopes)
        with pytest.raises(AuthFailed, match="scope"):
            list(connector.everything(None))
        assert self.refreshes(sandbox) == 1
        assert connector.describe().lacks == ("ZohoCRM.coql.READ",)

    def test_a_wrong_client_is_for_the_admin(self, sandbox: Sandbox, setup: Setup) -> None:
        self.set(sandbox, client_id="1000.SOMEBODYELSE")
        with pytest.raises(AuthFailed, match="invalid_client"):
            registry.build("zoho", setup).describe()


class TestPlaces(Alone):
    """Pipelines and stages."""

    def test_ids_are_the_values_that_deals_hold(self, connector: Connector) -> None:
        [standard, _] = connector.describe().pipelines
        names = {stage.id: stage.name for stage in standard.stages}
        assert names["Id. Decision Makers"] == "Identify Decision Makers"
        outcomes = {stage.id: stage.outcome for stage in standard.stages}
        assert outcomes["Closed Won"] == "won"
        assert {id for id, outcome in outcomes.items() if outcome == "lost"} == {
            "Closed Lost",
            "Closed-Lost to Competition",
        }

    def test_a_deal_moves_to_a_stage_of_the_same_name_elsewhere(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(pipeline=STANDARD, stage="Closed Lost")
        receipt = connector.write(
            self.bring(deal_id, {"stage": [STANDARD, "Closed Lost"]}, stage=[PARTNER, "Closed Lost"])
        )
        assert receipt.values["stage"] == [PARTNER, "Closed Lost"]
        moves = self.fetch(connector, deal_id, Aspect.HISTORY).moves
        assert [move.stage for move in moves] == [[STANDARD, "Closed Lost"], [PARTNER, "Closed Lost"]]

    def test_a_stage_of_another_pipeline_is_refused_with_those_it_has(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(pipeline=STANDARD, stage="Qualification")
        with pytest.raises(Rejected, match="Needs Analysis"):
            connector.write(self.bring(deal_id, {}, stage=[STANDARD, "Introduced"]))
        with pytest.raises(Rejected, match=PARTNER):
            connector.write(self.bring(deal_id, {}, stage=["No such", "Introduced"]))

    def test_without_pipelines_there_is_one_and_no_word_of_our_own(
        self, sandbox: Sandbox, setup: Setup
    ) -> None:
        self.set(sandbox, pipelines_enabled=False)
        connector = registry.build("zoho", setup)
        [pipeline] = connector.describe().pipelines
        assert pipeline.id == "default"
        assert {stage.id: stage.outcome for stage in pipeline.stages}["Partner won"] == "won"
        deal_id = sandbox.new_deal(stage="Qualification")
        seen = self.fetch(connector, deal_id).values
        assert seen["stage"] == ["default", "Qualification"]
        receipt = connector.write(self.bring(deal_id, seen, stage=["default", "Needs Analysis"]))
        assert receipt.values["stage"] == ["default", "Needs Analysis"]
        moves = self.fetch(connector, deal_id, Aspect.HISTORY).moves
        assert [move.stage[1] for move in moves] == ["Qualification", "Needs Analysis"]
        with pytest.raises(Rejected, match="Negotiation"):
            connector.write(self.bring(deal_id, {}, stage=["default", "Negotiation"]))
        made = connector.write(self.write(self.new_deal(stage=["default", "Qualification"]), None))
        assert made.values["stage"] == ["default", "Qualification"]

    def test_the_organisation_s_own_currency_is_told_and_no_other_taken(
        self, sandbox: Sandbox, setup: Setup
    ) -> None:
        self.set(sandbox, multi_currency=False)
        connector = registry.build("zoho", setup)
        deal_id = sandbox.new_deal(amount="5")
        home = self.fetch(connector, deal_id).values["currency"]
        assert isinstance(home, str) and len(home) == 3
        assert connector.write(self.write(self.new_deal(currency=home), None)).values["currency"] == home
        with pytest.raises(Rejected, match=home):
            connector.write(self.write(replace(self.new_deal(currency="JPY"), deal_key="k2"), None))


class TestChanges(Alone):
    """Polls."""

    def polled(self, connector: Connector, cursor: str) -> tuple[set[str], set[str], str]:
        """The deals that a poll shows, those that are gone, and the cursor after it."""
        pages: list[Page] = list(connector.changed(cursor))
        shown = {record.ref.remote_id for page in pages for record in page.records}
        return shown, {gone.ref.remote_id for page in pages for gone in page.gone}, pages[-1].cursor

    @pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati"])
    def test_the_user_s_time_zone_changes_nothing(
        self, sandbox: Sandbox, connector: Connector, zone: str
    ) -> None:
        cursor = [page.cursor for page in connector.changed(None)][-1]
        deal_id = sandbox.new_deal()
        before = self.fetch(connector, deal_id)
        self.set(sandbox, time_zone=zone)
        assert self.fetch(connector, deal_id) == before
        shown, _, cursor = self.polled(connector, cursor)
        assert deal_id in shown
        sandbox.edit(deal_id, title="later")
        assert deal_id in self.polled(connector, cursor)[0]
        seen = self.fetch(connector, deal_id).values
        assert connector.write(self.bring(deal_id, seen, title="ours")).values["title"] == "ours"

    @pytest.mark.parametrize("inclusive", [True, False])
    def test_deleted_and_merged_deals_are_gone(
        self, sandbox: Sandbox, connector: Connector, inclusive: bool
    ) -> None:
        self.set(sandbox, since_is_inclusive=inclusive)
        kept, merged, deleted = (sandbox.new_deal(title) for title in ("kept", "merged", "deleted"))
        cursor = [page.cursor for page in connector.changed(None)][-1]
        sandbox.delete(deleted)
        sandbox.ask("POST", "/deals/merge", {"ids": [kept, merged]})
        _, gone, cursor = self.polled(connector, cursor)
        assert gone == {deleted, merged}
        found = connector.fetch([Look(each) for each in (kept, merged, deleted)])
        assert isinstance(found[kept], Record)
        assert found[merged] == Missing(Ref("here", merged), "not_found")

    def test_a_quiet_poll_is_two_calls(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        sandbox.new_deal()
        cursor = [page.cursor for page in connector.changed(None)][-1]
        list(connector.changed(cursor))
        budget.taken.clear()
        list(connector.changed(cursor))
        assert [lane for _, lane, _ in budget.taken] == [Lane.POLL, Lane.POLL]

    def test_a_poll_is_taken_up_in_the_middle(self, sandbox: Sandbox, connector: Connector) -> None:
        cursor = [page.cursor for page in connector.changed(None)][-1]
        ids = sandbox.many(450)
        first = next(iter(connector.changed(cursor)))
        shown, _, cursor = self.polled(connector, first.cursor)
        assert {record.ref.remote_id for record in first.records} | shown >= set(ids)
        assert '"after"' in first.cursor and '"after"' not in cursor

    def test_a_foreign_cursor_is_unreadable(self, connector: Connector) -> None:
        for read in (connector.changed, connector.everything):
            with pytest.raises(Unreadable, match="cursor"):
                list(read("42]"))

    def test_a_mapping_of_many_fields_is_read_whole_everywhere(self, sandbox: Sandbox, setup: Setup) -> None:
        names = [f"Wide_{number}" for number in range(60)]
        for name in names:
            sandbox.add_field(name)
        fields = {name.lower(): name for name in names}
        connector = registry.build("zoho", replace(setup, fields=fields))
        cursor = [page.cursor for page in connector.changed(None)][-1]
        deal_id = sandbox.new_deal(fields={name: f"value of {name}" for name in names})
        record = self.fetch(connector, deal_id)
        assert {name: record.values[name.lower()] for name in names} == {n: f"value of {n}" for n in names}
        for read in (connector.everything(None), connector.changed(cursor)):
            [listed] = [each for page in read for each in page.records if each.ref == record.ref]
            assert listed == record
        receipt = connector.write(self.bring(deal_id, record.values, wide_59="ours"))
        assert (receipt.values["wide_59"], receipt.values["wide_58"]) == ("ours", "value of Wide_58")


class TestActors(Alone):
    """Who did what."""

    def test_our_own_changes_are_ours_and_a_workflow_s_are_not(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        person = next(person for person in sandbox.people() if person["active"])
        me = self.me(connector, sandbox)
        deal_id = sandbox.new_deal(pipeline=STANDARD, stage="Qualification", by=person["email"])
        self.set(sandbox, workflow={"field": "Stage", "value": "Value Proposition"})
        seen = {"stage": [STANDARD, "Qualification"]}
        connector.write(self.bring(deal_id, seen, stage=[STANDARD, "Needs Analysis"]))
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert record.created_by == Actor(ActorKind.PERSON, person["id"])
        assert [(move.stage[1], move.actor) for move in record.moves] == [
            ("Qualification", Actor(ActorKind.PERSON, person["id"])),
            ("Needs Analysis", Actor(ActorKind.OURS, me)),
            ("Value Proposition", Actor(ActorKind.AUTOMATION)),
        ]
        assert record.modified_by == Actor(ActorKind.AUTOMATION)

    def test_who_changed_the_owner_is_told_though_somebody_edited_since(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        first, second = [person for person in sandbox.people() if person["active"]][:2]
        deal_id = sandbox.new_deal(by=second["email"])
        sandbox.edit(deal_id, owner=first["email"], by=first["email"])
        sandbox.edit(deal_id, title="again", by=second["email"])
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert record.modified_by == Actor(ActorKind.PERSON, first["id"])

    def test_the_history_of_all_deals_is_told_oldest_first(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        since = datetime.now(UTC) - timedelta(minutes=5)
        ids = sandbox.many(30)
        for deal_id in ids[:3]:
            sandbox.edit(deal_id, pipeline=PARTNER, stage="In talks")
        told = list(connector.history(since))
        assert {change.remote_id for change in told} >= set(ids)
        moved = {change.remote_id for change in told if change.move.stage == [PARTNER, "In talks"]}
        assert moved == set(ids[:3])
        assert list(connector.history(datetime.now(UTC) + timedelta(minutes=5))) == []


class TestChannels(Alone):
    """Notification channels."""

    def test_a_channel_is_renewed_by_the_same_call_and_says_when_it_dies(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        [made] = connector.subscribe(HOOK)
        assert made.expires_at is not None
        assert timedelta(days=5) < made.expires_at - datetime.now(UTC) < timedelta(days=7)
        [again] = connector.subscribe(HOOK)
        assert again.id == made.id and again.expires_at is not None
        assert again.expires_at >= made.expires_at
        assert [each.id for each in connector.subscriptions()] == [made.id]

    def test_a_dead_channel_is_not_listed_and_made_anew(self, sandbox: Sandbox, connector: Connector) -> None:
        [made] = connector.subscribe(HOOK)
        sandbox.ask("PUT", "/webhooks", {"expire": True})
        assert connector.subscriptions() == []
        connector.unsubscribe(made.id)
        assert [each.id for each in connector.subscribe(HOOK)] == [made.id]

    def test_the_channels_of_others_are_left_alone(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.ask("PUT", "/webhooks", {"url": "https://other.example.com/", "token": "theirs"})
        connector = registry.build("zoho", setup)
        settings = {**setup.settings, "webhook": {"token": "another-installation"}}
        neighbour = registry.build("zoho", replace(setup, settings=settings))
        [ours], [theirs] = connector.subscribe(HOOK), neighbour.subscribe(f"{HOOK}-too")
        assert [each.id for each in connector.subscriptions()] == [ours.id]
        with pytest.raises(Rejected):
            connector.unsubscribe("1000000000001")
        connector.unsubscribe(theirs.id)
        assert [each.id for each in neighbour.subscriptions()] == [theirs.id]

    def test_without_a_token_there_is_no_channel(self, setup: Setup) -> None:
        settings = {name: value for name, value in setup.settings.items() if name != "webhook"}
        connector = registry.build("zoho", replace(setup, settings=settings))
        assert not connector.capabilities.subscribes
        with pytest.raises(Rejected, match="webhook"):
            connector.subscribe(HOOK)

    def test_a_whole_life_is_heard(self, sandbox: Sandbox, connector: Connector) -> None:
        with receiving() as mailbox:
            connector.subscribe(mailbox.url)
            deal_id = sandbox.new_deal(pipeline=STANDARD, stage="Qualification")
            heard = [mailbox.take()]
            sandbox.edit(deal_id, pipeline=STANDARD, stage="Needs Analysis")
            heard.append(mailbox.take())
            sandbox.delete(deal_id)
            heard.append(mailbox.take())
        for delivery in heard:
            connector.verify(delivery)
        hints = [hint for delivery in heard for hint in connector.parse(delivery)]
        assert [hint.kind for hint in hints] == [HintKind.CREATED, HintKind.CHANGED, HintKind.DELETED]
        assert {hint.remote_id for hint in hints} == {deal_id}
        assert (hints[1].field, hints[1].value) == ("stage", "Needs Analysis")
        assert TOKEN in heard[0].body.decode()


class TestTrouble(Alone):
    """Refusals that only Zoho has."""

    @pytest.mark.parametrize("status", [200, 202, 400])
    def test_a_refusal_inside_any_status_is_a_refusal(
        self, sandbox: Sandbox, connector: Connector, status: int
    ) -> None:
        deal_id = sandbox.new_deal(title="as it was")
        self.set(sandbox, failed_status=status)
        with pytest.raises(Rejected, match="Deal_Name"):
            connector.write(self.bring(deal_id, {}, title="x" * 5_000))
        assert self.fetch(connector, deal_id).values["title"] == "as it was"

    def test_a_locked_deal_is_tried_again_later(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        self.set(sandbox, locked=[deal_id])
        with pytest.raises(Transient) as caught:
            connector.write(self.bring(deal_id, {}, title="later"))
        assert not caught.value.uncertain
        self.set(sandbox, locked=[])
        assert connector.write(self.bring(deal_id, {}, title="later")).values["title"] == "later"

    def test_calls_in_flight_are_kept_within_what_zoho_allows(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        self.set(sandbox, edition="standard", call_ms=20)
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        sandbox.ask("POST", "/limits", {"enabled": True})
        with ThreadPoolExecutor(24) as threads:
            looks = [threads.submit(connector.fetch, [Look(deal_id)]) for _ in range(72)]
            assert all(isinstance(look.result(30)[deal_id], Record) for look in looks)
        assert budget.pauses == []

    def test_used_up_credits_make_the_connection_rest(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        sandbox.ask("POST", "/limits", {"enabled": True})
        self.set(sandbox, credits=4)
        for _ in range(4):
            self.fetch(connector, deal_id)
        with pytest.raises(RateLimited) as caught:
            connector.write(self.write(CreateNote("late"), deal_id))
        assert budget.pauses == [caught.value.retry_after_s] == [900.0]

    def test_a_hidden_deal_is_not_there(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id, other = sandbox.new_deal(), sandbox.new_deal()
        self.set(sandbox, hidden=[deal_id])
        found = connector.fetch([Look(deal_id), Look(other)])
        assert isinstance(found[deal_id], Missing) and isinstance(found[other], Record)

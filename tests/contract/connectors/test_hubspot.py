"""HubSpot against the contract, and what HubSpot alone can do."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ClassVar

import pytest
import requests

from connectors import errors, registry
from connectors.base import Connector, Delivery, Look, Setup
from connectors.errors import AuthFailed, RateLimited, Rejected, Unreadable
from connectors.local import NoBudget
from mapping.model import ActorKind, Aspect, Missing, Record, Ref, UpdateDeal

from .harness import Harness
from .sandbox_client import Sandbox, receiving
from .suite import ConnectorContract

TOKEN = "pat-na1-sandbox"
SECRET = "sandbox-app-secret"
OAUTH: Mapping[str, object] = {
    "client_id": "sandbox-client",
    "client_secret": "sandbox-secret",
    "refresh_token": "na1-sandbox-refresh",
}
APP_ID = 8111832


class TestHubSpot(ConnectorContract):
    """The shared contract."""

    crm = "hubspot"
    fields: ClassVar[Mapping[str, str]] = {"budget": "budget_total"}
    custom: ClassVar[Mapping[str, str]] = {"budget_total": "number"}
    stages = (["default", "qualifiedtobuy"], ["default", "contractsent"])
    listing_page = 100
    merges_told = True
    stamps_webhooks = True

    def settings(self, url: str) -> dict[str, object]:
        """A private app's token."""
        return {"crm": "hubspot", "auth": {"token": TOKEN}, "webhook": {"secret": SECRET}, "base_url": url}

    def expiring(self, sandbox: Sandbox) -> Mapping[str, object]:
        """An OAuth app."""
        return {**self.settings(sandbox.url), "auth": OAUTH}

    def subscribing(self, sandbox: Sandbox) -> Mapping[str, object]:
        """A public app with its developer key."""
        sandbox.ask("PUT", "/credentials", {"client_secret": SECRET})
        webhook = {"secret": SECRET, "developer_key": "sandbox-developer-key"}
        return {**self.settings(sandbox.url), "webhook": webhook, "app_id": APP_ID}

    def unknown_event(self, delivery: Delivery) -> Delivery:
        """An event type of years to come."""
        return replace(delivery, body=delivery.body.replace(b"deal.", b"deal.grown"))

    def send_webhooks(self, sandbox: Sandbox, url: str) -> None:
        """As in the app's Webhooks tab."""
        sandbox.ask("PUT", "/webhooks", {"url": url, "secret": SECRET})

    def revoke(self, sandbox: Sandbox) -> None:
        """As by rotating the token."""
        sandbox.ask("PUT", "/credentials", {"token": "pat-na1-another"})


class TestHubSpotAlone(Harness):
    """What only HubSpot does."""

    crm = "hubspot"
    fields: ClassVar[Mapping[str, str]] = {}
    custom: ClassVar[Mapping[str, str]] = {}
    stages = TestHubSpot.stages

    def settings(self, url: str) -> dict[str, object]:
        """A private app's token, and everything else an admin may set."""
        return {**TestHubSpot().settings(url), "app_id": APP_ID, "portal_id": 147893286}

    def with_settings(self, setup: Setup, **settings: object) -> Connector:
        """A connector with some settings changed."""
        return registry.build("hubspot", replace(setup, settings={**setup.settings, **settings}))

    def refreshes(self, sandbox: Sandbox) -> int:
        """How many access tokens were asked for."""
        by_call: dict[str, int] = sandbox.ask("GET", "/counts")["by_call"]
        return sum(count for call, count in by_call.items() if call.endswith("/oauth/v1/token"))

    # --- tokens ---

    def test_a_token_is_refreshed_once_for_many_threads(self, sandbox: Sandbox, setup: Setup) -> None:
        connectors = [self.with_settings(setup, auth=OAUTH) for _ in range(2)]
        deal_id = sandbox.new_deal()
        with ThreadPoolExecutor(8) as threads:
            calls = [threads.submit(self.fetch, connectors[place % 2], deal_id) for place in range(16)]
            titles = {call.result(30).values["title"] for call in calls}
        assert titles == {"A deal"}
        assert self.refreshes(sandbox) == 1

    def test_a_token_about_to_end_is_refreshed_before(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.ask("PUT", "/credentials", {"expires_in": 299})
        connector = self.with_settings(setup, auth=OAUTH)
        deal_id = sandbox.new_deal()
        for _ in range(2):
            self.fetch(connector, deal_id)
        assert self.refreshes(sandbox) == 2

    def test_a_refused_token_is_refreshed_once(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = self.with_settings(setup, auth=OAUTH)
        deal_id = sandbox.new_deal()
        self.fetch(connector, deal_id)
        sandbox.fault("unauthorized")
        self.fetch(connector, deal_id)
        assert self.refreshes(sandbox) == 2
        sandbox.fault("unauthorized", times=2)
        with pytest.raises(AuthFailed):
            self.fetch(connector, deal_id)

    def test_a_revoked_installation_is_for_the_admin(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.ask("PUT", "/credentials", {"refresh_token": "na1-another"})
        connector = self.with_settings(setup, auth=OAUTH)
        with pytest.raises(AuthFailed, match="refresh token is invalid"):
            connector.describe()

    def test_a_new_refresh_token_in_the_settings_beats_the_saved_one(
        self, sandbox: Sandbox, setup: Setup
    ) -> None:
        self.with_settings(setup, auth=OAUTH).describe()
        sandbox.ask("PUT", "/credentials", {"refresh_token": "na1-new"})
        renewed = self.with_settings(setup, auth={**OAUTH, "refresh_token": "na1-new"})
        assert renewed.describe().account
        assert setup.grants.load()["refresh_token"] == "na1-new"

    def test_a_missing_scope_is_named(self, sandbox: Sandbox, connector: Connector) -> None:
        sandbox.ask("PUT", "/credentials", {"scopes": ["oauth"]})
        with pytest.raises(AuthFailed, match=r"give the app one of: crm\.objects\.deals"):
            connector.fetch([Look("1")])

    # --- records ---

    def test_a_merged_deal_names_its_survivor(self, sandbox: Sandbox, connector: Connector) -> None:
        one, two, other, deleted = (sandbox.new_deal(title) for title in ("one", "two", "other", "deleted"))
        survivor = sandbox.ask("POST", "/deals/merge", {"ids": [one, two]})["id"]
        sandbox.delete(deleted)
        for asked in ([one, two, other, deleted], [one, two, survivor, deleted]):
            got = connector.fetch([Look(id) for id in asked])
            for id in (one, two):
                assert got[id] == Missing(Ref("here", id), "merged", survivor)
            assert got[deleted] == Missing(Ref("here", deleted), "deleted")
            assert isinstance(got[asked[2]], Record)
        record = Record(Ref("here", one), {"title": "one"}, "")
        with pytest.raises(errors.Missing, match=survivor):
            connector.write(self.update(record, title="late"))

    def test_a_field_is_found_by_its_label_and_shown_by_labels(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.ask(
            "POST",
            "/fields",
            {"name": "why_lost", "label": "Why lost", "type": "enumeration", "options": ["Price"]},
        )
        connector = registry.build("hubspot", replace(setup, fields={"lost_reason": "why LOST"}))
        record = self.fetch(connector, sandbox.new_deal())
        assert record.values["lost_reason"] is None
        receipt = connector.write(self.update(record, lost_reason="Price"))
        assert receipt.values["lost_reason"] == "Price"
        with pytest.raises(Rejected, match="why_lost"):
            connector.write(self.update(self.fetch(connector, record.ref.remote_id), lost_reason="Weather"))

    def test_an_option_that_is_new_is_written_by_its_label(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = registry.build("hubspot", replace(setup, fields={"why": "why"}))
        self.add_options(sandbox, {"1": "Price"})
        record = self.fetch(connector, sandbox.new_deal())
        self.add_options(sandbox, {"1": "Price", "2": "Weather"})
        assert connector.write(self.update(record, why="Weather")).values["why"] == "Weather"
        assert sandbox.deal(record.ref.remote_id)["fields"]["why"] == "2"
        calls = sandbox.requests()
        connector.write(self.update(self.fetch(connector, record.ref.remote_id), why="Price"))
        assert sandbox.requests() - calls == 3, "what is known is not asked for again"

    def add_options(self, sandbox: Sandbox, options: Mapping[str, str]) -> None:
        """Make the property `why` anew with options whose labels are not what is stored."""
        at, auth = f"{sandbox.url}/crm/v3/properties/deals", {"Authorization": f"Bearer {TOKEN}"}
        rows = [{"value": value, "label": label} for value, label in options.items()]
        definition = {"name": "why", "label": "Why", "type": "enumeration", "fieldType": "select"}
        requests.delete(f"{at}/why", headers=auth, timeout=30)
        body = {**definition, "groupName": "dealinformation", "options": rows}
        assert requests.post(at, json=body, headers=auth, timeout=30).status_code == 201

    def test_a_label_of_two_fields_is_refused_with_their_names(self, sandbox: Sandbox, setup: Setup) -> None:
        for name in ("twin_a", "twin_b"):
            sandbox.ask("POST", "/fields", {"name": name, "label": "Twin", "type": "string"})
        connector = registry.build("hubspot", replace(setup, fields={"twin": "Twin"}))
        with pytest.raises(Rejected, match="twin_a, twin_b"):
            connector.fetch([Look("1")])

    def test_a_read_only_field_is_refused_before_it_is_sent(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        before = sandbox.requests()
        with pytest.raises(Rejected, match="read-only"):
            connector.write(self.update(record, source="elsewhere"))
        with pytest.raises(Rejected, match="contact"):
            connector.write(self.write(UpdateDeal({}, {"contact_name": "x"}), record.ref.remote_id))
        with pytest.raises(Rejected, match="not mapped"):
            connector.write(self.write(UpdateDeal({}, {"unheard_of": "x"}), record.ref.remote_id))
        assert sandbox.requests() == before

    def test_who_made_a_move_is_told(self, sandbox: Sandbox, connector: Connector) -> None:
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        connector.write(self.update(self.fetch(connector, deal_id), stage=second))
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert [move.actor.kind for move in record.moves] == [ActorKind.AUTOMATION, ActorKind.OURS]
        assert record.created_by.kind is ActorKind.AUTOMATION
        assert record.modified_by.kind is ActorKind.OURS

    def test_a_move_to_another_pipeline_is_told_with_it(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(pipeline="default", stage="qualifiedtobuy")
        sandbox.edit(deal_id, pipeline="77", stage="7702")
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert [move.stage for move in record.moves] == [["default", "qualifiedtobuy"], ["77", "7702"]]

    def test_people_who_left_are_still_named(self, sandbox: Sandbox, connector: Connector) -> None:
        sandbox.ask(
            "POST", "/people", {"email": "Petar@acme.example".lower(), "name": "Petar D.", "active": False}
        )
        users = {user.email: user for user in connector.describe().users}
        left = users["petar@acme.example"]
        assert (left.active, len(left.aliases)) == (False, 1)
        assert users["olena@acme.example"].active

    def test_a_poll_goes_by_id_and_is_taken_up_where_it_was_left(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        ids = sandbox.many(450)
        cursor = [page.cursor for page in connector.changed(None)][-1]
        sandbox.ask("POST", "/bulk_edit", {"title": "all at once", "webhooks": False})
        first = next(iter(connector.changed(cursor)))
        assert (len(first.records), first.cursor.count(":")) == (200, 2)
        rest = list(connector.changed(first.cursor))
        seen = [record.ref.remote_id for page in (first, *rest) for record in page.records]
        assert set(ids) <= set(seen)
        assert len(seen) == len(set(seen))
        assert rest[-1].cursor.count(":") == 0
        with pytest.raises(Unreadable):
            list(connector.changed("yesterday"))

    # --- writes ---

    def test_a_receipt_has_the_version_that_the_next_look_has(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        update = self.update(record, title="new", stage=self.stages[1])
        versions = [connector.write(update).version, connector.write(update, attempt=2).version]
        assert versions == [self.fetch(connector, record.ref.remote_id).version] * 2
        created = connector.write(self.write(self.new_deal(), None))
        assert created.version == self.fetch(connector, created.remote_id).version

    def test_only_what_differs_is_written(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, sandbox.new_deal(amount="5"))
        connector.write(self.update(record, title="new", amount="5.00"))
        lines = sandbox.ask("GET", "/journal?kind=write")
        assert set(lines[-1]["changes"]) == {"dealname"}

    def test_the_key_property_is_made_when_it_is_first_needed(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        assert "conveyor_deal_key" not in {field.name for field in connector.describe().fields}
        connector.write(self.write(self.new_deal(), None))
        assert "conveyor_deal_key" in {field.name for field in connector.describe().fields}
        writes = sandbox.writes()
        connector.write(
            self.write(replace(self.new_deal(), deal_key="second", contact=None, company=None), None)
        )
        assert sandbox.writes() == writes + 1

    def test_a_deal_without_stage_is_not_made(self, sandbox: Sandbox, connector: Connector) -> None:
        body = replace(self.new_deal(), values={"title": "nowhere"})
        with pytest.raises(Rejected, match="stage"):
            connector.write(self.write(body, None))
        assert sandbox.writes() == 0

    def test_the_reference_and_the_text_are_shown_as_text(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        connector.write(self.write(self.task(), deal_id, "key <1>"))
        body = sandbox.deal(deal_id)["tasks"][0]["body"]
        assert body == "Line &lt;one&gt;<br>Line &amp; two<br><br>Conveyor reference: key &lt;1&gt;"

    # --- limits ---

    def test_searches_have_a_limit_of_their_own(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        sandbox.ask("POST", "/limits", {"enabled": True})
        with pytest.raises(RateLimited, match="secondly") as caught:
            for _ in range(6):
                list(connector.changed(None))
        assert caught.value.retry_after_s == 1
        assert {rate for rate, _, _ in budget.taken} == {"search"}
        assert self.fetch(connector, sandbox.new_deal())

    # --- webhooks ---

    def test_subscriptions_are_made_once_and_only_what_is_missing(
        self, sandbox: Sandbox, setup: Setup, connector: Connector
    ) -> None:
        assert not connector.capabilities.subscribes
        assert connector.subscriptions() == []
        with pytest.raises(Rejected, match="dealstage"):
            connector.subscribe("https://conveyor.example.com/webhooks/hubspot")
        webhook = {"secret": SECRET, "developer_key": "sandbox-developer-key"}
        able = self.with_settings(setup, webhook=webhook)
        assert able.capabilities.subscribes
        with receiving() as mailbox:
            first = able.subscribe(mailbox.url)
            assert able.subscribe(mailbox.url) == first == able.subscriptions()
            assert all(each.active and each.url == mailbox.url for each in first)
            assert ("deal.propertyChange:dealstage",) in {each.events for each in first}
            sandbox.ask("PUT", "/credentials", {"client_secret": SECRET})
            sandbox.new_deal()
            able.verify(mailbox.take())
        for each in first:
            able.unsubscribe(each.id)
        assert able.subscriptions() == []

    def test_a_person_is_told_by_a_name_that_the_directory_knows(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        first, second = self.stages
        deal_id = sandbox.new_deal(pipeline=first[0], stage=first[1])
        with receiving() as mailbox:
            TestHubSpot().send_webhooks(sandbox, mailbox.url)
            sandbox.edit(deal_id, by="maria@acme.example", pipeline=second[0], stage=second[1])
            (hint,) = connector.parse(mailbox.take())
        maria = next(user for user in connector.describe().users if user.email == "maria@acme.example")
        assert hint.actor.user_id in maria.aliases
        assert (hint.field, hint.value) == ("stage", second[1])

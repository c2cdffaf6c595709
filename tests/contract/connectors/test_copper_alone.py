"""What only Copper does: outcomes beside stages, fields of every type, a search that lags, people who go unnamed."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import requests

from connectors import registry
from connectors.base import Connector, Look, Setup
from connectors.errors import AuthFailed, Conflict, Rejected, Transient, Unreadable
from connectors.local import NoBudget
from mapping.model import ActorKind, Aspect, CreateNote, HintKind, Person, Record, UpdateDeal, Value

from . import test_copper
from .harness import Harness
from .sandbox_client import Sandbox, receiving

SALES, PARTNERS = "213214", "213215"
QUALIFIED, FOLLOW_UP, NEGOTIATION = [SALES, "987790"], [SALES, "987791"], [SALES, "987794"]
WON, LOST, ABANDONED = [SALES, "status:Won"], [SALES, "status:Lost"], [SALES, "status:Abandoned"]
ANN = "olena@acme.example"


class CopperHarness(Harness):
    """The usual account, with all its fields mapped."""

    crm = "copper"
    fields: ClassVar[Mapping[str, str]] = {
        "lost_reason": "Loss reason",
        "closing": "close_date",
        "notes": "details",
        "urgency": "Priority",
        "tags": "Tags",
        "decision_maker": "Decision maker",
        "contract_end": "Contract end date",
        "background": "Background",
        "site": "Site",
        "discount": "Discount",
        "renewal": "Renewal",
        "region": "Region",
        "products": "Products",
        "parents": "Parent deal",
        "budget": "Budget",
    }
    custom: ClassVar[Mapping[str, str]] = {}
    stages = test_copper.TestCopper.stages

    def settings(self, url: str) -> dict[str, object]:
        """An API key."""
        return test_copper.TestCopper().settings(url)

    def account(self, sandbox: Sandbox, **settings: object) -> None:
        """Change a setting of the account."""
        sandbox.ask("PUT", "/credentials", settings)

    def at(self, sandbox: Sandbox, stage: list[str], **values: Any) -> str:
        """A new deal on a stage."""
        return sandbox.new_deal(pipeline=stage[0], stage=stage[1], **values)

    def set(self, connector: Connector, deal_id: str, **changes: Value) -> Any:
        """Write over what is there; what the receipt shows."""
        record = self.fetch(connector, deal_id)
        return connector.write(self.update(record, **changes)).values

    def last_write(self, sandbox: Sandbox) -> frozenset[str]:
        """What the latest write to a deal changed."""
        lines = [line for line in sandbox.ask("GET", "/journal?kind=write") if line["object"] == "deal"]
        return frozenset(lines[-1]["changes"])


class TestStages(CopperHarness):
    """Stage and status as one."""

    def test_a_won_deal_keeps_its_stage(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = self.at(sandbox, FOLLOW_UP)
        assert self.set(connector, deal_id, stage=WON)["stage"] == WON
        assert self.last_write(sandbox) == {"status"}
        assert self.set(connector, deal_id, stage=FOLLOW_UP)["stage"] == FOLLOW_UP
        assert self.last_write(sandbox) == {"status"}

    def test_a_deal_is_lost_for_a_reason_in_one_write(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = self.at(sandbox, FOLLOW_UP)
        writes = sandbox.writes()
        values = self.set(connector, deal_id, stage=LOST, lost_reason="Competitor")
        assert (values["stage"], values["lost_reason"]) == (LOST, "Competitor")
        assert sandbox.writes() == writes + 1
        assert self.set(connector, deal_id, stage=ABANDONED)["stage"] == ABANDONED
        assert self.set(connector, deal_id, stage=NEGOTIATION, lost_reason=None)["stage"] == NEGOTIATION
        with pytest.raises(Rejected, match="Price, Competitor, No budget"):
            self.set(connector, deal_id, lost_reason="Weather")

    def test_a_deal_moves_to_another_pipeline(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = self.at(sandbox, FOLLOW_UP)
        assert self.set(connector, deal_id, stage=[PARTNERS, "987801"])["stage"] == [PARTNERS, "987801"]
        assert self.set(connector, deal_id, stage=WON)["stage"] == WON
        sandbox.edit(deal_id, stage=NEGOTIATION[1])
        assert self.fetch(connector, deal_id).values["stage"] == NEGOTIATION

    def test_a_stage_of_another_pipeline_is_refused_before_it_is_written(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        record = self.fetch(connector, self.at(sandbox, FOLLOW_UP))
        writes = sandbox.writes()
        for stage in ([SALES, "987801"], [SALES, "status:Open"], [SALES, "5"], ["5", "status:Won"]):
            with pytest.raises(Rejected):
                connector.write(self.update(record, stage=stage))
        assert sandbox.writes() == writes

    def test_a_deal_closed_meanwhile_is_not_moved(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, self.at(sandbox, FOLLOW_UP))
        sandbox.edit(record.ref.remote_id, stage=WON[1])
        with pytest.raises(Conflict, match="stage"):
            connector.write(self.update(record, stage=QUALIFIED))

    def test_a_deal_can_be_made_where_it_is_closed(self, sandbox: Sandbox, connector: Connector) -> None:
        receipt = connector.write(self.write(self.new_deal(stage=WON), None))
        assert receipt.values["stage"] == WON
        shown = sandbox.deal(receipt.remote_id)
        assert (shown["pipeline"], shown["stage"]) == (SALES, "status:Won")


class TestFields(CopperHarness):
    """Fields of every type."""

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("notes", ("A long\ntext", None)),
            ("urgency", ("High", None, "Low")),
            ("tags", (["a", "b"], ["b"], None)),
            ("decision_maker", ("Ада Byron", None)),
            ("contract_end", ("2026-03-08", "2026-11-01", None)),  # the days on which clocks change
            ("background", ("x" * 3000, None)),
            ("site", ("https://acme.example/?a=1&b=2", None)),
            ("discount", ("95", "0", None)),
            ("renewal", (True, False)),
            ("region", ("US", "EU", None)),
            ("products", (["Desk", "Lamp"], ["Chair"], None)),
            ("budget", ("1500.5", "0", None)),
            ("lost_reason", ("Price", None)),
        ],
    )
    def test_a_value_comes_and_goes_unharmed(
        self, sandbox: Sandbox, connector: Connector, name: str, values: tuple[Value, ...]
    ) -> None:
        deal_id = sandbox.new_deal(fields={"Site": "https://kept.example"})
        for value in values:
            assert self.set(connector, deal_id, **{name: value})[name] == value
            assert self.fetch(connector, deal_id).values[name] == value
            writes = sandbox.writes()
            self.set(connector, deal_id, **{name: value})
            assert sandbox.writes() == writes
        if name != "site":
            assert self.fetch(connector, deal_id).values["site"] == "https://kept.example"

    @pytest.mark.parametrize("order", ["MDY", "DMY"])
    def test_a_close_date_is_read_in_the_order_of_the_account(
        self, sandbox: Sandbox, setup: Setup, order: str
    ) -> None:
        connector = registry.build("copper", setup)
        self.account(sandbox, date_order=order)
        telling, deal_id = sandbox.new_deal(), sandbox.new_deal()
        assert self.fetch(connector, deal_id).values["closing"] is None
        with pytest.raises(Rejected, match="order of day and month"):
            self.set(connector, deal_id, closing="2026-02-01")
        written = "1/23/2026" if order == "MDY" else "23/1/2026"
        self.raw_put(sandbox, telling, close_date=written)
        connector = registry.build("copper", setup)
        assert self.set(connector, deal_id, closing="2026-02-01")["closing"] == "2026-02-01"
        listed = [record for page in connector.everything(None) for record in page.records]
        assert {record.ref.remote_id: record.values["closing"] for record in listed}[deal_id] == "2026-02-01"

    def raw_put(self, sandbox: Sandbox, deal_id: str, **attributes: object) -> None:
        """Write as another program would."""
        headers = {
            "X-PW-AccessToken": "copper-sandbox-key",
            "X-PW-Application": "developer_api",
            "X-PW-UserEmail": "integration@acme.example",
        }
        url = f"{sandbox.url}/developer_api/v1/opportunities/{deal_id}"
        assert requests.put(url, json=attributes, headers=headers, timeout=30).ok

    def test_connections_are_read_and_taken_away(self, sandbox: Sandbox, connector: Connector) -> None:
        other, deal_id = sandbox.new_deal(), sandbox.new_deal()
        assert self.set(connector, deal_id, parents=[other])["parents"] == [other]
        assert self.set(connector, deal_id, parents=None)["parents"] is None

    @pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata"])
    def test_a_day_is_the_day_that_people_see(self, sandbox: Sandbox, setup: Setup, zone: str) -> None:
        self.account(sandbox, primary_timezone=zone)
        connector = registry.build("copper", setup)
        deal_id = sandbox.new_deal(fields={"Contract end date": "2026-03-08"})
        assert self.fetch(connector, deal_id).values["contract_end"] == "2026-03-08"
        self.set(connector, deal_id, contract_end="2026-03-09")
        assert sandbox.deal(deal_id)["fields"]["contract_end_date"] == "2026-03-09"

    def test_a_text_that_is_too_long_is_rejected(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        with pytest.raises(Rejected, match="255"):
            connector.write(self.update(record, decision_maker="x" * 256))

    def test_a_label_of_two_fields_is_refused_with_their_names(self, sandbox: Sandbox, setup: Setup) -> None:
        for name in ("twin_a", "twin_b"):
            sandbox.ask("POST", "/fields", {"name": name, "label": "Twin", "type": "string"})
        connector = registry.build("copper", replace(setup, fields={"twin": "Twin"}))
        with pytest.raises(Rejected, match=r"name one of \d+, \d+"):
            connector.fetch([Look(sandbox.new_deal())])

    def test_currencies_and_sources_are_read_and_written(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(amount="5", currency="EUR")
        assert self.fetch(connector, deal_id).values["currency"] == "EUR"
        assert self.set(connector, deal_id, currency="USD", source="Cold Call")["source"] == "Cold Call"
        assert sandbox.deal(deal_id)["currency"] == "USD"


class TestActors(CopperHarness):
    """Who did what, as far as the activities say."""

    @pytest.mark.parametrize("shape", ["object", "names", "ids", "none"])
    def test_who_moved_a_deal_is_told_in_any_form(
        self, sandbox: Sandbox, connector: Connector, shape: str
    ) -> None:
        self.account(sandbox, stage_values=shape)
        deal_id = self.at(sandbox, QUALIFIED, by=ANN)
        sandbox.edit(deal_id, stage=FOLLOW_UP[1], by="petar@acme.example")
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert (record.moves[-1].stage, record.moves[-1].actor.user_id) == (FOLLOW_UP, "137659")
        assert record.modified_by == record.moves[-1].actor
        assert record.created_by.user_id == "137658"
        assert len(record.moves) == (1 if shape == "none" else 2)

    def test_our_own_moves_and_those_of_an_automation(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = self.at(sandbox, QUALIFIED)
        self.set(connector, deal_id, stage=FOLLOW_UP)
        sandbox.edit(deal_id, stage=NEGOTIATION[1])
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert [move.actor.kind for move in record.moves[1:]] == [ActorKind.OURS, ActorKind.UNKNOWN]

    def test_who_closed_a_deal_is_told_only_where_copper_says_so(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        for told in (False, True):
            self.account(sandbox, property_values=told)
            deal_id = self.at(sandbox, QUALIFIED, by="maria@acme.example")
            sandbox.edit(deal_id, stage=WON[1], by=ANN)
            record = self.fetch(connector, deal_id, Aspect.HISTORY)
            assert record.values["stage"] == WON
            assert record.modified_by.user_id == ("137658" if told else None)
            assert (record.moves[-1].stage == WON) is told

    def test_activities_that_lag_are_waited_for(self, sandbox: Sandbox, connector: Connector) -> None:
        self.account(sandbox, status_activity=False)
        deal_id = self.at(sandbox, QUALIFIED, by=ANN)
        sandbox.edit(deal_id, stage=WON[1], by=ANN)
        with pytest.raises(Transient, match="do not tell yet"):
            self.fetch(connector, deal_id, Aspect.HISTORY)
        assert self.fetch(connector, deal_id).values["stage"] == WON

    def test_who_gave_a_deal_away_is_told(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = self.at(sandbox, QUALIFIED, by=ANN)
        sandbox.edit(deal_id, stage=FOLLOW_UP[1], by="petar@acme.example")
        sandbox.edit(deal_id, owner="petar@acme.example", by="maria@acme.example")
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert record.modified_by.user_id in ("137661", "137659")  # within one second either was the latest


class TestPolling(CopperHarness):
    """Listings and polls of an index that lags, while people work."""

    def polled(self, connector: Connector, cursor: str) -> dict[str, Record]:
        """The records of a poll, none twice."""
        records = [record for page in connector.changed(cursor) for record in page.records]
        found = {record.ref.remote_id: record for record in records}
        assert len(found) == len(records)
        return found

    @pytest.mark.parametrize("inclusive", [True, False])
    def test_the_very_second_of_a_cursor_is_not_lost(
        self, sandbox: Sandbox, connector: Connector, inclusive: bool
    ) -> None:
        self.account(sandbox, modified_inclusive=inclusive)
        ids = sandbox.many(410)
        cursor = [page.cursor for page in connector.changed(None)][-1]
        assert set(ids) <= set(self.polled(connector, cursor))
        listed = [record.ref.remote_id for page in connector.everything(None) for record in page.records]
        assert set(ids) <= set(listed)
        assert len(listed) == len(set(listed))

    def test_deals_that_leave_their_places_hide_no_others(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        ids = sandbox.many(700)
        start = [page.cursor for page in connector.changed(None)][-1]
        sandbox.ask("POST", "/bulk_edit", {"title": "all", "webhooks": False})
        seen: list[str] = []
        for number, page in enumerate(connector.changed(start)):
            if number == 0:
                for record in page.records[:60]:
                    sandbox.edit(record.ref.remote_id, title="again")
            seen += [record.ref.remote_id for record in page.records]
        assert set(ids) <= set(seen)
        assert len(seen) == len(set(seen))

    def test_a_poll_is_taken_up_in_the_middle(self, sandbox: Sandbox, connector: Connector) -> None:
        start = [page.cursor for page in connector.changed(None)][-1]
        ids = sandbox.many(450)
        first = next(iter(connector.changed(start)))
        rest = list(connector.changed(first.cursor))
        seen = [record.ref.remote_id for page in (first, *rest) for record in page.records]
        assert set(ids) <= set(seen)
        assert len(seen) == len(set(seen))
        assert rest[-1].cursor.isdecimal()
        assert len(rest[0].cursor) < 4000

    def test_a_change_that_is_found_late_is_in_the_overlap(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal("before")
        cursor = [page.cursor for page in connector.changed(None)][-1]
        self.account(sandbox, search_lag_s=60)
        sandbox.edit(deal_id, title="after")
        pages = list(connector.changed(cursor))
        self.account(sandbox, search_lag_s=0)
        assert self.polled(connector, pages[-1].cursor)[deal_id].values["title"] == "after"

    def test_a_quiet_poll_is_one_call(self, sandbox: Sandbox, connector: Connector, budget: NoBudget) -> None:
        cursor = [page.cursor for page in connector.changed(None)][-1]
        budget.taken.clear()
        list(connector.changed(cursor))
        assert len(budget.taken) == 1

    def test_projects_are_no_deals(self, sandbox: Sandbox, connector: Connector) -> None:
        assert {pipeline.name for pipeline in connector.describe().pipelines} == {"Sales", "Partner deals"}

    def test_the_first_page_says_how_many_there_are_at_most(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        sandbox.many(30)
        self.account(sandbox, total_excess=7)
        (page,) = connector.everything(None)
        assert page.total == len(page.records) + 7

    @pytest.mark.parametrize("cursor", ["42]", "yesterday"])
    def test_a_foreign_cursor_is_unreadable(self, connector: Connector, cursor: str) -> None:
        for read in (connector.changed, connector.everything):
            with pytest.raises(Unreadable, match="cursor"):
                list(read(cursor))


class TestCreating(CopperHarness):
    """Creates that are found again."""

    def test_a_deal_that_the_search_does_not_show_yet_is_found_by_its_people(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        for key in ("one", "two"):  # the second search takes the first one's company into the index
            connector.write(self.write(replace(self.new_deal(), deal_key=key), None))
        before = len(sandbox.deals())
        self.account(sandbox, search_lag_s=60)
        write = self.write(self.new_deal(), None)
        made = connector.write(write)
        assert connector.write(write, attempt=2).remote_id == made.remote_id
        by_company = replace(self.new_deal(), contact=None)
        assert connector.write(self.write(by_company, None), attempt=2).remote_id == made.remote_id
        assert len(sandbox.deals()) == before + 1

    @pytest.mark.parametrize("fault", ["timeout_after", "half_body"])
    def test_a_lost_answer_is_waited_for_where_only_the_search_could_tell(
        self, sandbox: Sandbox, connector: Connector, fault: str
    ) -> None:
        self.account(sandbox, requires_contact=False)
        connector.write(self.write(replace(self.new_deal(), deal_key="warm-up"), None))
        before = len(sandbox.deals())
        alone = replace(self.new_deal(), contact=None, company=None)
        deal_id = sandbox.new_deal()
        for body, remote_id in ((alone, None), (CreateNote("A note"), deal_id)):
            self.account(sandbox, search_lag_s=60)
            path = "POST /developer_api/v1/" + ("activities" if remote_id else "opportunities")
            sandbox.fault(fault, match=path, seconds=0.05, after=0 if remote_id else 1)
            for attempt in (1, 2, 3):
                with pytest.raises((Transient, Unreadable)):
                    connector.write(self.write(body, remote_id), attempt)
                sandbox.clear_faults()
                if remote_id:
                    break
            self.account(sandbox, search_lag_s=0)
            connector.write(self.write(body, remote_id), 4)
        assert len(sandbox.deals()) == before + 2
        assert len(sandbox.deal(deal_id)["notes"]) == 1

    def test_our_fields_are_made_once_by_many(self, sandbox: Sandbox, setup: Setup) -> None:
        connectors = [registry.build("copper", setup) for _ in range(3)]
        writes = [self.write(replace(self.new_deal(), deal_key=f"key-{place}"), None) for place in range(6)]
        with ThreadPoolExecutor(6) as threads:
            made = list(threads.map(lambda place: connectors[place % 3].write(writes[place]), range(6)))
        assert len({receipt.remote_id for receipt in made}) == 6
        ours = [field for field in connectors[0].describe().fields if field.label.startswith("Conveyor deal")]
        assert [(field.label, field.type) for field in ours] == [
            ("Conveyor deal key", "String"),
            ("Conveyor deal number", "Float"),
        ]

    @pytest.mark.parametrize("required", [True, False])
    def test_a_deal_without_a_contact_has_a_stand_in_only_where_it_must(
        self, sandbox: Sandbox, connector: Connector, required: bool
    ) -> None:
        self.account(sandbox, requires_contact=required)
        body = replace(self.new_deal(), contact=Person(None, None, None))
        receipt = connector.write(self.write(body, None))
        record = self.fetch(connector, receipt.remote_id, Aspect.PEOPLE)
        assert record.values["contact_name"] == ("Acme" if required else None)
        assert record.values["company"] == "Acme"

    def test_a_person_whom_somebody_else_made_meanwhile_is_used(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        connector.write(self.write(replace(self.new_deal(), deal_key="one"), None))
        other = replace(self.new_deal(), deal_key="two", contact=Person("Ada", "ADA@acme.example ", None))
        receipt = connector.write(self.write(other, None))
        record = self.fetch(connector, receipt.remote_id, Aspect.PEOPLE)
        assert record.values["contact_name"] == "Ада Byron"

    @pytest.mark.parametrize("missing", ["stage", "title"])
    def test_a_deal_without_stage_or_name_is_not_made(
        self, sandbox: Sandbox, connector: Connector, missing: str
    ) -> None:
        connector.write(self.write(replace(self.new_deal(), deal_key="warm-up"), None))
        writes = sandbox.writes()
        with pytest.raises(Rejected):
            connector.write(self.write(self.new_deal(**{missing: None}), None))
        assert sandbox.writes() == writes

    def test_a_deal_that_a_person_deleted_is_not_taken_for_there(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        made = connector.write(self.write(self.new_deal(), None)).remote_id
        self.account(sandbox, search_lag_s=60)
        sandbox.delete(made)
        assert connector.write(self.write(self.new_deal(), None), attempt=2).remote_id != made

    def test_a_task_for_nobody_is_for_the_owner_of_the_deal(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(owner=ANN)
        connector.write(self.write(self.task(), deal_id))
        (task,) = sandbox.deal(deal_id)["tasks"]
        assert (task["owner"], task["done"]) == (ANN, False)


class TestAround(CopperHarness):
    """Credentials, webhooks, people."""

    def test_a_wrong_address_is_for_the_admin_and_loses_no_deal(self, sandbox: Sandbox, setup: Setup) -> None:
        settings = {**setup.settings, "base_url": f"{sandbox.url}/elsewhere"}
        connector = registry.build("copper", replace(setup, settings=settings))
        with pytest.raises(AuthFailed, match="base_url"):
            list(connector.everything(None))
        with pytest.raises(AuthFailed, match="base_url"):
            connector.fetch([Look("2827698")])

    def test_a_deletion_is_heard(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        with receiving() as mailbox:
            sandbox.ask(
                "PUT", "/webhooks", {"url": mailbox.url, "token": test_copper.SECRET, "events": ["delete"]}
            )
            sandbox.delete(deal_id)
            delivery = mailbox.take()
        connector.verify(delivery)
        assert [(hint.remote_id, hint.kind) for hint in connector.parse(delivery)] == [
            (deal_id, HintKind.DELETED)
        ]

    @pytest.mark.parametrize("form", ["words", "ids"])
    def test_how_a_deal_was_closed_is_heard(self, sandbox: Sandbox, connector: Connector, form: str) -> None:
        self.account(sandbox, webhook_status=form)
        deal_id = self.at(sandbox, FOLLOW_UP)
        with receiving() as mailbox:
            sandbox.ask(
                "PUT", "/webhooks", {"url": mailbox.url, "token": test_copper.SECRET, "events": ["update"]}
            )
            sandbox.edit(deal_id, stage=LOST[1])
            (hint,) = connector.parse(mailbox.take())
        assert (hint.field, hint.value) == ("stage", "status:Lost")

    def test_other_peoples_subscriptions_are_left_alone(self, sandbox: Sandbox, connector: Connector) -> None:
        sandbox.ask("PUT", "/webhooks", {"url": "https://other.example.com/", "events": ["new"]})
        made = connector.subscribe("https://conveyor.example.com/webhooks/here")
        assert {event for each in made for event in each.events} == {
            "opportunity.new", "opportunity.update", "opportunity.delete"
        }  # fmt: skip
        assert {each.id for each in connector.subscriptions()} == {each.id for each in made}
        with pytest.raises(Rejected, match="no such subscription"):
            connector.unsubscribe("17065")

    def test_a_subscription_without_our_token_is_given_it(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        url = "https://conveyor.example.com/webhooks/here"
        sandbox.ask("PUT", "/webhooks", {"url": url, "token": "of-last-year-long-enough"})
        before = {each.id for each in connector.subscriptions()}
        assert {each.id for each in connector.subscribe(url)} == before
        writes = sandbox.writes()
        connector.subscribe(url)
        assert sandbox.writes() == writes

    def test_a_subscription_needs_a_token_and_https(self, sandbox: Sandbox, setup: Setup) -> None:
        settings = {name: each for name, each in setup.settings.items() if name != "webhook"}
        with pytest.raises(Rejected, match="secret"):
            registry.build("copper", replace(setup, settings=settings)).subscribe("https://x.example/")
        with pytest.raises(Rejected, match="https"):
            registry.build("copper", setup).subscribe("http://conveyor.example.com/webhooks/here")

    def test_a_write_over_an_edit_in_between_is_noticed(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, self.at(sandbox, FOLLOW_UP))
        deal_id = record.ref.remote_id
        sandbox.fault("edit_after_read", deal=deal_id, edit={"title": "between"})
        connector.write(self.update(record, stage=WON))
        assert sandbox.deal(deal_id)["title"] == "between"

    def test_values_that_cannot_be_written_are_named(self, sandbox: Sandbox, connector: Connector) -> None:
        record = self.fetch(connector, sandbox.new_deal())
        writes = sandbox.writes()
        for name in ("created_at", "contact_name", "unheard_of"):
            with pytest.raises(Rejected, match="Date created" if name == "created_at" else name):
                connector.write(self.write(UpdateDeal({}, {name: "x"}), record.ref.remote_id))
        assert sandbox.writes() == writes

"""What only Close does with writes: titles in notes, one currency, leads, keys, tasks on leads, comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from connectors.base import Connector, Look, Setup
from connectors.close import Connector as Close
from connectors.errors import Conflict, Missing, Rejected, Transient, Unreadable
from connectors.local import MemoryGrants, NoBudget
from mapping.model import (
    Aspect,
    CreateDeal,
    CreateNote,
    CreateTask,
    Person,
    Record,
    UpdateDeal,
    Values,
    Write,
)

from .sandbox_client import Sandbox, running
from .test_close import API_KEY, IN_TALKS, PARTNERS, PIPELINE, PRESENTED, QUALIFIED, SETTINGS

ADA = Person("Ada Byron", "ada@acme.example", "+359 2 123 4567")
LOST = pytest.mark.parametrize("fault", ["timeout_after", "half_body"])


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
    """A connection to it."""
    return Setup("here", {**SETTINGS, "base_url": sandbox.url}, {}, MemoryGrants(), NoBudget())


@pytest.fixture
def connector(setup: Setup) -> Connector:
    """The connector under test."""
    return Close(setup)


def api(sandbox: Sandbox, method: str, path: str, body: object = None, **params: str) -> dict[str, object]:
    """Call Close as another program of the same user."""
    answer = requests.request(
        method,
        f"{sandbox.url}/api/v1{path}",
        json=body,
        params=params,
        auth=(API_KEY, ""),
        headers={"x-tz-offset": "0"},
        timeout=30,
    )
    assert answer.ok, answer.text
    return dict(answer.json())


def one(connector: Connector, deal_id: str, *wanted: Aspect) -> Record:
    """The record of a deal that is there."""
    record = connector.fetch([Look(deal_id, frozenset(wanted))])[deal_id]
    assert isinstance(record, Record)
    return record


def update(deal_id: str, seen: Values, changes: Values) -> Write:
    """An update as the engine hands it over."""
    return Write("key", "deal-1", "here", deal_id, UpdateDeal(seen, changes))


def creation(
    contact: Person | None = ADA, company: str | None = "Acme", key: str = "deal-key-1", **values: object
) -> Write:
    """A deal to create, as the engine hands it over."""
    base = {"title": "Renewal", "stage": [PIPELINE, QUALIFIED], "amount": "250", **values}
    body = CreateDeal(key, base, contact, company)  # type: ignore[arg-type]
    return Write(f"create:{key}", "deal-1", "here", None, body)


def leads(sandbox: Sandbox) -> list[str]:
    """The names of all leads."""
    return [str(row["name"]) for row in api(sandbox, "GET", "/lead/")["data"]]  # type: ignore[attr-defined]


class TestUpdating:
    """Changes of deals."""

    def test_a_move_takes_the_deal_to_another_pipeline(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        seen, wanted = [PIPELINE, QUALIFIED], [PARTNERS, IN_TALKS]
        receipt = connector.write(update(deal_id, {"stage": seen}, {"stage": wanted}))
        assert receipt.values["stage"] == wanted
        shown = sandbox.deal(deal_id)
        assert [shown["pipeline"], shown["stage"]] == wanted

    def test_stage_owner_and_fields_are_one_call(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        owner = next(person["id"] for person in sandbox.people() if person["email"] == "petar@acme.example")
        changes: Values = {"stage": [PIPELINE, PRESENTED], "owner": owner, "amount": "9.99"}
        connector.write(update(deal_id, {}, changes))
        assert sandbox.ask("GET", "/counts")["by_call"]["PUT /api/v1/opportunity/{id}/"] == 1

    def test_a_title_leaves_the_rest_of_the_note_and_the_lead_alone(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal("Old", company={"name": "Acme"})
        note = "Old\nwhat Petar wrote\n\nConveyor deal: key-1"
        api(sandbox, "PUT", f"/opportunity/{deal_id}/", {"note": note})
        connector.write(update(deal_id, {"title": "Old"}, {"title": "New"}))
        shown = api(sandbox, "GET", f"/opportunity/{deal_id}/")
        assert shown["note"] == "New\nwhat Petar wrote\n\nConveyor deal: key-1"
        assert shown["lead_name"] == "Acme"
        assert one(connector, deal_id).deal_key == "key-1"

    def test_a_title_may_have_a_field_of_its_own(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.add_field("Deal title")
        connector = Close(replace(setup, fields={"title": "Deal title"}))
        deal_id = sandbox.new_deal("Acme")
        assert one(connector, deal_id).values["title"] is None
        connector.write(update(deal_id, {"title": None}, {"title": "Renewal"}))
        assert one(connector, deal_id).values["title"] == "Renewal"
        assert api(sandbox, "GET", f"/opportunity/{deal_id}/")["note"] == ""

    def test_another_currency_is_refused(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal(amount="5")
        connector.write(update(deal_id, {}, {"currency": "usd", "amount": "6"}))
        for write in (update(deal_id, {}, {"currency": "EUR", "amount": "7"}), creation(currency="EUR")):
            with pytest.raises(Rejected, match="USD"):
                connector.write(write)
        assert sandbox.deal(deal_id)["amount"] == "6.00"

    def test_who_left_gets_no_deal_whatever_close_would_do(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        sandbox.ask("PUT", "/credentials", {"former_owner": "accept"})
        left = sandbox.add_person("left@acme.example", "Lea Left", active=False)
        deal_id = sandbox.new_deal()
        for write in (update(deal_id, {}, {"owner": left}), creation(owner=left)):
            with pytest.raises(Rejected, match="owner"):
                connector.write(write)

    @pytest.mark.parametrize("status", [400, 403])
    def test_a_field_that_our_role_may_not_edit_is_rejected(
        self, sandbox: Sandbox, setup: Setup, status: int
    ) -> None:
        field = {"name": "Guarded", "type": "text", "editable_with_roles": ["superuser"]}
        api(sandbox, "POST", "/custom_field/opportunity/", field)
        sandbox.ask("PUT", "/credentials", {"forbidden_field_status": status})
        connector = Close(replace(setup, fields={"guarded": "Guarded"}))
        with pytest.raises(Rejected) as caught:
            connector.write(update(sandbox.new_deal(), {"guarded": None}, {"guarded": "x"}))
        assert caught.value.status == status

    def test_an_amount_of_a_fraction_of_a_cent_is_rounded_and_told(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(amount="5")
        assert connector.write(update(deal_id, {}, {"amount": "10.005"})).values["amount"] == "10.01"

    def test_the_order_of_choices_is_no_change(self, sandbox: Sandbox, setup: Setup) -> None:
        field = {"name": "Why", "type": "choices", "choices": ["A", "B"], "accepts_multiple_values": True}
        api(sandbox, "POST", "/custom_field/opportunity/", field)
        connector = Close(replace(setup, fields={"why": "Why"}))
        deal_id = sandbox.new_deal()
        connector.write(update(deal_id, {"why": None}, {"why": ["A", "B"]}))
        before = sandbox.writes()
        connector.write(update(deal_id, {"why": ["A", "B"]}, {"why": ["B", "A"]}))
        assert sandbox.writes() == before
        with pytest.raises(Conflict):
            connector.write(update(deal_id, {"why": ["A"]}, {"why": None}))


class TestCreating:
    """New deals with their leads."""

    @LOST
    @pytest.mark.parametrize("lag_s", [0, 3600])
    def test_every_lost_answer_in_turn_doubles_nothing(
        self, sandbox: Sandbox, connector: Connector, fault: str, lag_s: int
    ) -> None:
        sandbox.ask("PUT", "/credentials", {"search_lag_s": lag_s})
        for attempt, path in enumerate(("data/search", "lead", "opportunity"), start=1):
            sandbox.fault(fault, match=f"POST /api/v1/{path}/", seconds=0.01)
            with pytest.raises((Transient, Unreadable)):
                connector.write(creation(), attempt)
        receipt = connector.write(creation(), 4)
        assert [deal["id"] for deal in sandbox.deals()].count(receipt.remote_id) == 1
        assert leads(sandbox).count("Acme") == 1
        assert len([deal for deal in sandbox.deals() if deal["title"] == "Renewal"]) == 1

    @LOST
    def test_a_contact_on_a_known_lead_is_made_once(
        self, sandbox: Sandbox, connector: Connector, fault: str
    ) -> None:
        api(sandbox, "POST", "/lead/", {"name": "ACME"})
        sandbox.fault(fault, match="POST /api/v1/contact/", seconds=0.01)
        with pytest.raises((Transient, Unreadable)):
            connector.write(creation(), 1)
        receipt = connector.write(creation(), 2)
        values = one(connector, receipt.remote_id, Aspect.PEOPLE).values
        assert (values["company"], values["contact_email"]) == ("ACME", "ada@acme.example")
        lead = api(sandbox, "GET", f"/opportunity/{receipt.remote_id}/")["lead_id"]
        assert len(api(sandbox, "GET", f"/lead/{lead}/")["contacts"]) == 1  # type: ignore[arg-type]

    def test_an_old_attempt_is_found_behind_many_newer_deals(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        receipt = connector.write(creation())
        sandbox.many(250)
        sandbox.ask("PUT", "/credentials", {"search_lag_s": 3600})
        assert connector.write(creation(), 2).remote_id == receipt.remote_id

    def test_a_second_deal_of_one_company_is_a_second_deal(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        made = [connector.write(creation(key=key)).remote_id for key in ("one", "two")]
        assert len(set(made)) == 2
        assert leads(sandbox).count("Acme") == 1
        assert [one(connector, deal_id).deal_key for deal_id in made] == ["one", "two"]

    def test_a_person_without_a_company_is_a_lead_of_their_own(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        connector.write(creation(company=None))
        assert "Ada Byron" in leads(sandbox)

    def test_a_deal_with_nobody_has_a_lead_of_its_title(self, sandbox: Sandbox, connector: Connector) -> None:
        connector.write(creation(contact=None, company=None))
        assert "Renewal" in leads(sandbox)
        assert "Untitled" not in leads(sandbox)

    def test_our_key_has_a_field_where_an_admin_made_one(self, sandbox: Sandbox, setup: Setup) -> None:
        sandbox.add_field("Conveyor deal key")
        connector = Close(setup)
        receipt = connector.write(creation())
        assert connector.write(creation(), 2).remote_id == receipt.remote_id
        assert one(connector, receipt.remote_id).deal_key == "deal-key-1"
        assert api(sandbox, "GET", f"/opportunity/{receipt.remote_id}/")["note"] == "Renewal"

    def test_a_stage_of_another_pipeline_is_rejected(self, connector: Connector) -> None:
        with pytest.raises(Rejected, match="pipeline"):
            connector.write(creation(stage=[PIPELINE, IN_TALKS]))

    def test_a_deal_without_a_stage_is_rejected(self, connector: Connector) -> None:
        with pytest.raises(Rejected, match="stage"):
            connector.write(creation(stage=None))


class TestActivities:
    """Tasks on the lead, comments on the deal."""

    def task(self, deal_id: str, key: str = "task") -> Write:
        """A task as the engine hands it over."""
        due = datetime.now(UTC) + timedelta(hours=4)
        return Write(key, "deal-1", "here", deal_id, CreateTask("Call", "Now", None, due))

    def test_the_deals_of_one_lead_keep_their_tasks_apart(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        lead = api(sandbox, "POST", "/lead/", {"name": "Acme"})["id"]
        body = {"lead_id": lead, "status_id": QUALIFIED}
        ids = [str(api(sandbox, "POST", "/opportunity/", body)["id"]) for _ in range(2)]
        made = {connector.write(self.task(deal_id), attempt=2).remote_id for deal_id in (*ids, *ids)}
        assert len(made) == 2
        tasks = api(sandbox, "GET", "/task/", lead_id=str(lead))["data"]
        texts = {str(task["text"]) for task in tasks}  # type: ignore[attr-defined]
        assert all(any(deal_id in text for text in texts) for deal_id in ids)

    def test_a_task_is_found_again_after_it_was_ticked_off_and_its_lead_merged(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        source, kept = (api(sandbox, "POST", "/lead/", {"name": name})["id"] for name in ("Acme Ltd", "Acme"))
        deal = api(sandbox, "POST", "/opportunity/", {"lead_id": source, "status_id": QUALIFIED})
        first = connector.write(self.task(str(deal["id"]))).remote_id
        sandbox.complete_task(first)
        api(sandbox, "POST", "/lead/merge/", {"source": source, "destination": kept})
        assert connector.write(self.task(str(deal["id"])), attempt=2).remote_id == first

    def test_a_task_is_due_to_the_minute(self, sandbox: Sandbox, connector: Connector) -> None:
        due = datetime(2027, 1, 31, 8, 30, tzinfo=UTC)
        write = Write("k", "deal-1", "here", sandbox.new_deal(), CreateTask("Call", "Now", None, due))
        shown = api(sandbox, "GET", f"/task/{connector.write(write).remote_id}/")
        assert datetime.fromisoformat(str(shown["date"])) == due

    def test_a_note_is_a_comment_on_the_deal_in_plain_words(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal()
        connector.write(Write("k", "deal-1", "here", deal_id, CreateNote("<b>not bold</b> & so on\nsecond")))
        comment: dict[str, str]
        (comment,) = api(sandbox, "GET", "/comment/", object_id=deal_id)["data"]  # type: ignore[misc]
        assert comment["body"].startswith("<body><p>&lt;b&gt;not bold&lt;/b&gt; &amp; so on</p><p>second</p>")

    def test_a_note_on_a_deal_that_never_was_is_missing(self, connector: Connector) -> None:
        with pytest.raises(Missing):
            connector.write(Write("k", "deal-1", "here", "oppo_none", CreateNote("x")))

"""What only Close does when it is read: lists, polls, leads, moves, all types of fields, limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from connectors.base import Connector, Lane, Look, Setup
from connectors.close import Connector as Close
from connectors.close import aspects
from connectors.close.values import exact_text
from connectors.errors import RateLimited, Rejected, Unreadable
from connectors.local import MemoryGrants, NoBudget
from mapping.model import Actor, ActorKind, Aspect, Missing, Record, UpdateDeal, Write

from .sandbox_client import Sandbox, running
from .test_close import API_KEY, IN_TALKS, OTHER, PARTNERS, PIPELINE, PRESENTED, QUALIFIED, SETTINGS

PETAR, MARIA, US = (f"{name}@acme.example" for name in ("petar", "maria", "integration"))


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
def budget() -> NoBudget:
    """The budget that the connector under test asks."""
    return NoBudget()


@pytest.fixture
def setup(sandbox: Sandbox, budget: NoBudget) -> Setup:
    """A connection to it."""
    return Setup("here", {**SETTINGS, "base_url": sandbox.url}, {}, MemoryGrants(), budget)


@pytest.fixture
def connector(setup: Setup) -> Connector:
    """The connector under test."""
    return Close(setup)


def api(sandbox: Sandbox, method: str, path: str, body: object = None) -> dict[str, object]:
    """Call Close as another program of the same user."""
    answer = requests.request(
        method,
        f"{sandbox.url}/api/v1{path}",
        json=body,
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


def user_id(sandbox: Sandbox, email: str) -> str:
    """The id of a user."""
    return next(str(person["id"]) for person in sandbox.people() if person["email"] == email)


def polled(connector: Connector, cursor: str) -> tuple[dict[str, Record], set[str], str]:
    """The deals that a poll shows, those that it says are gone, and the cursor after it."""
    pages = list(connector.changed(cursor))
    records = {record.ref.remote_id: record for page in pages for record in page.records}
    return records, {gone.ref.remote_id for page in pages for gone in page.gone}, pages[-1].cursor


class TestListing:
    """Lists by a moving bound."""

    def test_many_deals_of_one_moment_are_all_listed(self, sandbox: Sandbox, connector: Connector) -> None:
        for _ in range(3):
            sandbox.new_deal("before")
        lead = str(api(sandbox, "POST", "/lead/", {"name": "Imported"})["id"])
        body = {"lead_id": lead, "status_id": QUALIFIED, "date_created": "2020-01-01"}
        ids = {str(api(sandbox, "POST", "/opportunity/", body)["id"]) for _ in range(450)}
        seen: list[str] = []
        pages = iter(connector.everything(None))
        for page in pages:
            seen += [record.ref.remote_id for record in page.records]
            if len(seen) > 250:
                break
        resumed = list(connector.everything(page.cursor))
        seen += [record.ref.remote_id for page in resumed for record in page.records]
        assert ids <= set(seen)
        assert len(seen) == len(set(seen))

    def test_a_listing_says_how_many_there_are(self, sandbox: Sandbox, connector: Connector) -> None:
        sandbox.many(205)
        totals = [page.total for page in connector.everything(None)]
        assert totals[0] == len(sandbox.deals())
        assert set(totals[1:]) == {None}

    def test_a_foreign_cursor_is_unreadable(self, connector: Connector) -> None:
        for read in (connector.changed, connector.everything):
            with pytest.raises(Unreadable, match="cursor"):
                list(read("42]"))


class TestPolling:
    """The list and the event log together."""

    def test_a_quiet_poll_is_four_calls(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget
    ) -> None:
        sandbox.new_deal()
        *_, cursor = polled(connector, next(iter(connector.changed(None))).cursor)
        budget.taken.clear()
        polled(connector, cursor)
        assert [(rate, lane) for rate, lane, _ in budget.taken] == [
            ("deals", Lane.POLL),
            *[("history", Lane.POLL)] * 3,
        ]

    def test_all_that_happened_while_webhooks_were_paused_is_found(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        kept, gone = sandbox.new_deal(stage=QUALIFIED), sandbox.new_deal()
        cursor = next(iter(connector.changed(None))).cursor
        sandbox.edit(kept, stage=PRESENTED)
        sandbox.delete(gone)
        new = sandbox.new_deal()
        records, deleted, cursor = polled(connector, cursor)
        assert {kept, new} <= records.keys()
        assert deleted == {gone}
        assert polled(connector, cursor)[1] == set()

    def test_what_the_list_shows_late_is_found_by_the_log(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        new = sandbox.new_deal()
        gone = sandbox.new_deal()
        cursor = json.loads(next(iter(connector.changed(None))).cursor)
        sandbox.edit(new, amount="5")
        sandbox.edit(gone, amount="5")
        sandbox.delete(gone)
        blind = {**cursor, "since": exact_text(datetime.now(UTC) + timedelta(hours=1))}
        records, deleted, _ = polled(connector, json.dumps(blind))
        assert records[new].values["amount"] == "5"
        assert deleted == {gone}

    def test_an_organization_without_deals_is_polled_too(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        for deal in sandbox.deals():
            sandbox.delete(deal["id"])
        cursor = next(iter(connector.changed(None))).cursor
        *_, cursor = polled(connector, cursor)
        deal_id = sandbox.new_deal()
        assert deal_id in polled(connector, cursor)[0]

    def test_a_poll_is_taken_up_in_the_middle(self, sandbox: Sandbox, connector: Connector) -> None:
        cursor = next(iter(connector.changed(None))).cursor
        ids = set(sandbox.many(450))
        first = next(iter(connector.changed(cursor)))
        records, _, cursor = polled(connector, first.cursor)
        assert ids <= {record.ref.remote_id for record in first.records} | records.keys()
        assert "walk" not in json.loads(cursor)

    def test_the_log_is_read_past_its_pages(self, sandbox: Sandbox, connector: Connector) -> None:
        ids = [sandbox.new_deal(f"Deal {number}") for number in range(120)]
        cursor = next(iter(connector.changed(None))).cursor
        for deal_id in ids:
            sandbox.delete(deal_id)
        assert polled(connector, cursor)[1] == set(ids)


class TestPeople:
    """A deal's lead is its company and holds its contacts."""

    def test_the_contact_of_the_deal_counts_else_the_first_of_its_lead(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        contacts = [{"name": "Ann"}, {"name": "Bob", "emails": [{"email": "bob@acme.example"}]}]
        lead = api(sandbox, "POST", "/lead/", {"name": "Acme", "contacts": contacts})
        second = lead["contacts"][1]["id"]  # type: ignore[index]
        body = {"lead_id": lead["id"], "status_id": QUALIFIED}
        plain = str(api(sandbox, "POST", "/opportunity/", body)["id"])
        chosen = str(api(sandbox, "POST", "/opportunity/", {**body, "contact_id": second})["id"])
        assert one(connector, plain, Aspect.PEOPLE).values["contact_name"] == "Ann"
        values = one(connector, chosen, Aspect.PEOPLE).values
        assert (values["contact_name"], values["contact_email"]) == ("Bob", "bob@acme.example")

    def test_a_deal_goes_with_its_lead_when_that_is_merged(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        source, kept = (
            str(api(sandbox, "POST", "/lead/", {"name": name})["id"]) for name in ("Acme Ltd", "Acme")
        )
        deal = api(sandbox, "POST", "/opportunity/", {"lead_id": source, "status_id": QUALIFIED})
        deal_id = str(deal["id"])
        cursor = next(iter(connector.changed(None))).cursor
        assert one(connector, deal_id, Aspect.PEOPLE).values["company"] == "Acme Ltd"
        api(sandbox, "POST", "/lead/merge/", {"source": source, "destination": kept})
        assert one(connector, deal_id, Aspect.PEOPLE).values["company"] == "Acme"
        assert polled(connector, cursor)[0][deal_id].url == f"https://app.close.com/lead/{kept}/"

    def test_a_lead_that_was_merged_between_two_calls_is_looked_up_again(
        self, sandbox: Sandbox, connector: Connector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        source, kept = (
            str(api(sandbox, "POST", "/lead/", {"name": name})["id"]) for name in ("Acme Ltd", "Acme")
        )
        deal = api(sandbox, "POST", "/opportunity/", {"lead_id": source, "status_id": QUALIFIED})
        read = aspects.lead
        asked: list[str] = []

        def merged_first(client: object, lead_id: str, lane: Lane) -> object:
            if not asked:
                api(sandbox, "POST", "/lead/merge/", {"source": source, "destination": kept})
            asked.append(lead_id)
            return read(client, lead_id, lane)  # type: ignore[arg-type]

        monkeypatch.setattr(aspects, "lead", merged_first)
        assert one(connector, str(deal["id"]), Aspect.PEOPLE).values["company"] == "Acme"
        assert asked == [source, kept]

    def test_the_deals_of_a_deleted_lead_are_deleted(self, sandbox: Sandbox, connector: Connector) -> None:
        lead = str(api(sandbox, "POST", "/lead/", {"name": "Acme"})["id"])
        body = {"lead_id": lead, "status_id": QUALIFIED}
        ids = {str(api(sandbox, "POST", "/opportunity/", body)["id"]) for _ in range(2)}
        cursor = next(iter(connector.changed(None))).cursor
        api(sandbox, "DELETE", f"/lead/{lead}/")
        assert polled(connector, cursor)[1] == ids
        found = connector.fetch([Look(deal_id) for deal_id in ids]).values()
        assert {each.reason for each in found if isinstance(each, Missing)} == {"deleted"}


class TestHistory:
    """Who moved what, as far as moves and events say."""

    def test_each_move_is_told_with_its_pipeline_and_mover(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED, by=PETAR)
        sandbox.edit(deal_id, stage=PRESENTED, by=MARIA)
        sandbox.edit(deal_id, pipeline=PARTNERS, stage=IN_TALKS, by=PETAR)
        sandbox.edit(deal_id, pipeline=PIPELINE, stage=OTHER)
        record = one(connector, deal_id, Aspect.HISTORY)
        petar, maria = (Actor(ActorKind.PERSON, user_id(sandbox, each)) for each in (PETAR, MARIA))
        assert [(move.stage, move.actor) for move in record.moves] == [
            ([PIPELINE, QUALIFIED], petar),
            ([PIPELINE, PRESENTED], maria),
            ([PARTNERS, IN_TALKS], petar),
            ([PIPELINE, OTHER], Actor(ActorKind.INTEGRATION)),
        ]
        assert record.modified_by == Actor(ActorKind.INTEGRATION)

    def test_what_a_person_does_as_our_user_is_theirs(self, sandbox: Sandbox, connector: Connector) -> None:
        """The admin made the key under their own name, and works by hand too."""
        deal_id = sandbox.new_deal(stage=QUALIFIED, by=PETAR)
        api(sandbox, "PUT", f"/opportunity/{deal_id}/", {"status_id": PRESENTED})
        sandbox.edit(deal_id, stage=OTHER, by=US)
        kinds = [move.actor.kind for move in one(connector, deal_id, Aspect.HISTORY).moves]
        assert kinds == [ActorKind.PERSON, ActorKind.OURS, ActorKind.PERSON]

    def test_our_key_is_known_by_our_user_where_its_id_is_another(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        sandbox.ask("PUT", "/credentials", {"api_key_id": "api_3fw37yHasQmGs00Nnybzq5"})
        deal_id = sandbox.new_deal(stage=QUALIFIED)
        api(sandbox, "PUT", f"/opportunity/{deal_id}/", {"status_id": PRESENTED})
        assert one(connector, deal_id, Aspect.HISTORY).moves[-1].actor.kind is ActorKind.OURS

    def test_a_later_edit_does_not_hide_who_changed_the_owner(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED, by=PETAR)
        sandbox.edit(deal_id, owner=MARIA, by=MARIA)
        sandbox.edit(deal_id, amount="7", by=PETAR)
        assert one(connector, deal_id, Aspect.HISTORY).modified_by.user_id == user_id(sandbox, MARIA)

    @pytest.mark.parametrize("retention_s", [30 * 86_400, 0])
    def test_moves_that_came_as_one_are_one(
        self, sandbox: Sandbox, connector: Connector, retention_s: int
    ) -> None:
        deal_id = sandbox.new_deal(stage=QUALIFIED, by=PETAR)
        sandbox.ask("PUT", "/credentials", {"consolidation_s": 60, "event_retention_s": retention_s})
        sandbox.edit(deal_id, stage=PRESENTED, by=PETAR)
        sandbox.edit(deal_id, stage=OTHER, by=PETAR)
        moves = one(connector, deal_id, Aspect.HISTORY).moves
        assert [move.stage[1] for move in moves] == [QUALIFIED, OTHER]
        assert moves[-1].actor == Actor(ActorKind.PERSON, user_id(sandbox, PETAR))

    def test_the_history_of_all_begins_with_the_first_stage_of_new_deals(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        since = datetime.now(UTC) - timedelta(days=20)
        deal_id = sandbox.new_deal(stage=QUALIFIED, by=PETAR)
        sandbox.edit(deal_id, stage=PRESENTED, by=PETAR)
        still = sandbox.new_deal(stage=OTHER, by=PETAR)
        changes = list(connector.history(since))
        stages = {id: [c.move.stage[1] for c in changes if c.remote_id == id] for id in (deal_id, still)}
        assert stages == {deal_id: [QUALIFIED, PRESENTED], still: [OTHER]}


class TestFields:
    """Custom fields of every type."""

    def test_every_type_comes_and_goes(self, sandbox: Sandbox, setup: Setup) -> None:
        deal_id = sandbox.new_deal(contact={"name": "Ann"})
        petar, maria = user_id(sandbox, PETAR), user_id(sandbox, MARIA)
        contact = str(api(sandbox, "GET", f"/opportunity/{deal_id}/")["contact_id"])
        several: dict[str, object] = {"accepts_multiple_values": True}
        choices: dict[str, object] = {"choices": ["Price", "Timing"]}
        wanted = {
            "text": ({}, "Смета"),
            "textarea": ({}, "one\ntwo"),
            "hidden": ({}, "x-1"),
            "number": ({}, "1200.5"),
            "date": ({}, "2027-01-31"),
            "datetime": ({}, "2027-01-31T08:30:00Z"),
            "choices": (choices, "Price"),
            "user": ({}, petar),
            "contact": ({}, contact),
        }
        many = {"choices": (several | choices, ["Price", "Timing"]), "user": (several, [petar, maria])}
        shown = {}
        for place, (kind, (more, value)) in enumerate([*wanted.items(), *many.items()]):
            body = {"name": f"F{place}", "type": kind, **more}
            shown[str(api(sandbox, "POST", "/custom_field/opportunity/", body)["id"])] = value
        connector = Close(replace(setup, fields={f"f_{id}": id for id in shown}))
        seen = one(connector, deal_id).values
        for id, value in shown.items():
            assert seen[f"f_{id}"] is None
            write(connector, deal_id, f"f_{id}", None, value)
        after = one(connector, deal_id).values
        assert {id: after[f"f_{id}"] for id in shown} == shown
        for id, value in shown.items():
            write(connector, deal_id, f"f_{id}", value, None)
        assert {one(connector, deal_id).values[f"f_{id}"] for id in shown} == {None}

    def test_a_shared_field_is_found_like_one_of_its_own(self, sandbox: Sandbox, setup: Setup) -> None:
        body = {"name": "Region", "type": "text", "associations": [{"object_type": "opportunity"}]}
        field = api(sandbox, "POST", "/custom_field/shared/", body)
        deal_id = sandbox.new_deal()
        connector = Close(replace(setup, fields={"region": "region"}))
        write(connector, deal_id, "region", None, "North")
        assert api(sandbox, "GET", f"/opportunity/{deal_id}/")[f"custom.{field['id']}"] == "North"

    def test_fields_of_close_itself_can_be_mapped(self, sandbox: Sandbox, setup: Setup) -> None:
        deal_id = sandbox.new_deal(amount="12", fields={"value_period": "monthly"})
        connector = Close(replace(setup, fields={"period": "value_period", "yearly": "annualized_value"}))
        values = one(connector, deal_id).values
        assert (values["amount"], values["period"], values["yearly"]) == ("12", "monthly", "144")
        with pytest.raises(Rejected, match="Annualized"):
            write(connector, deal_id, "yearly", "144", "1")

    def test_a_label_that_two_fields_share_is_refused(self, sandbox: Sandbox, setup: Setup) -> None:
        for _ in range(2):
            api(sandbox, "POST", "/custom_field/opportunity/", {"name": "Twice", "type": "text"})
        with pytest.raises(Rejected, match="cf_"):
            one(Close(replace(setup, fields={"twice": "Twice"})), sandbox.new_deal())


def write(connector: Connector, deal_id: str, name: str, seen: object, value: object) -> None:
    """Write one field, as the engine hands it over."""
    connector.write(
        Write("key", "deal-1", "here", deal_id, UpdateDeal({name: seen}, {name: value}))  # type: ignore[dict-item]
    )


class TestLimits:
    """Rate limits in both forms of the header."""

    @pytest.mark.parametrize("style", ["semicolons", "commas", "retry_after"])
    def test_a_limit_that_is_hit_tells_how_long(
        self, sandbox: Sandbox, connector: Connector, budget: NoBudget, style: str
    ) -> None:
        deal_id = sandbox.new_deal()
        sandbox.ask("PUT", "/credentials", {"rate_header": style})
        one(connector, deal_id)
        sandbox.ask("POST", "/limits", {"enabled": True, "burst": 3})
        with pytest.raises(RateLimited) as caught:
            for _ in range(4):
                one(connector, deal_id)
        assert 0 < caught.value.retry_after_s <= 2
        assert budget.pauses[-1] == caught.value.retry_after_s
        if style != "retry_after":
            assert len(budget.pauses) == 2, "the last call that was let through said so"

    @pytest.mark.parametrize("behaviour", ["redirect", "serve", "refuse"])
    def test_whatever_becomes_of_paths_without_a_slash_is_none_of_ours(
        self, sandbox: Sandbox, connector: Connector, behaviour: str
    ) -> None:
        sandbox.ask("PUT", "/credentials", {"missing_slash": behaviour})
        assert one(connector, sandbox.new_deal(), *Aspect).known == set(Aspect)
        assert sandbox.malformed() == 0

"""What the parts of the contract share: fixtures, what a CRM says about itself, and words for the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from connectors import registry
from connectors.base import Connector, Delivery, Look, Setup
from connectors.local import MemoryGrants, NoBudget
from mapping.model import (
    Aspect,
    CreateDeal,
    CreateTask,
    Person,
    Record,
    UpdateDeal,
    Value,
    Values,
    Write,
    WriteBody,
)

from .sandbox_client import Sandbox, running

FIELD = "budget"  # the conveyor field that a CRM maps to a number field of its own


class Harness:
    """The ground that the parts of the contract stand on."""

    crm: ClassVar[str]
    fields: ClassVar[Mapping[str, str]]  # conveyor field -> CRM field; holds FIELD; made before each test
    custom: ClassVar[Mapping[str, str]]  # CRM field -> its type as the control API names it
    amounts: ClassVar[tuple[str, ...]] = ("0", "-12.5", "99999999999.99", "1500")
    stages: ClassVar[tuple[list[str], list[str]]]  # two stages of one pipeline that are open

    creating: ClassVar[str] = "POST "  # what is found in "METHOD /path" of every call that makes something
    cents: ClassVar[tuple[str, ...]] = (
        "0.01",
        "19.99",
        "-0.1",
        "1234567.89",
    )  # amounts that it keeps exactly
    listing_page: ClassVar[int] = 0  # deals in one request of a listing; 0: as many as a page holds
    field_types: ClassVar[frozenset[str]] = frozenset({"string", "date", "datetime", "enumeration"})
    merges_told: ClassVar[bool] = False  # a deal that was merged away is told with its survivor
    stamps_webhooks: ClassVar[bool] = False  # a delivery tells when it was made, and an old one is refused

    # --- what a CRM says about itself ---

    def settings(self, url: str) -> dict[str, object]:
        """The connection's settings for a sandbox at that address."""
        raise NotImplementedError

    def send_webhooks(self, sandbox: Sandbox, url: str) -> None:
        """Tell the sandbox to send its webhooks there, as its admin would."""
        raise NotImplementedError

    def revoke(self, sandbox: Sandbox) -> None:
        """Make the credentials of `settings` invalid in the sandbox."""
        raise NotImplementedError

    def expiring(self, sandbox: Sandbox) -> Mapping[str, object] | None:
        """Settings whose access tokens end and are renewed; None where this CRM has none."""
        return None

    def subscribing(self, sandbox: Sandbox) -> Mapping[str, object]:
        """Settings with which webhooks can be installed by API, if there are any."""
        return self.settings(sandbox.url)

    def secrets(self, sandbox: Sandbox) -> list[str]:
        """What stands in `settings` and must never be said aloud."""
        return secrets_of(self.settings(sandbox.url))

    def further_field(self, kind: str) -> str:
        """The name of one more custom field of that type, made when a test needs it; skips without any."""
        if kind not in self.field_types:
            pytest.skip(f"this CRM has no custom field that holds a {kind}")
        known = self.fields[FIELD]
        parting = "_" if "_" in known or known in (known.lower(), known.upper()) else " "
        return f"{known}{parting}{kind.upper() if known.isupper() else kind}"

    def unknown_event(self, delivery: Delivery) -> Delivery | None:
        """A genuine delivery changed into an event that nobody has heard of; None where there are no types."""
        return None

    def many_events(self, delivery: Delivery, count: int) -> Delivery | None:
        """A delivery that holds the event of a genuine one that often; None where each holds one only."""
        try:
            events = json.loads(delivery.body)
        except ValueError:
            return None
        if not isinstance(events, list):
            return None
        return replace(delivery, body=json.dumps(events * count).encode())

    # --- fixtures ---

    @pytest.fixture(scope="class")
    @classmethod
    def process(cls) -> Iterator[Sandbox]:
        """One sandbox for all tests of a CRM."""
        with running(cls.crm) as sandbox:
            yield sandbox

    @pytest.fixture
    def sandbox(self, process: Sandbox) -> Sandbox:
        """The sandbox as new, with the custom fields."""
        process.reset()
        for name, kind in self.custom.items():
            process.add_field(name, kind)
        return process

    @pytest.fixture
    def budget(self) -> NoBudget:
        """The budget that the connector under test asks."""
        return NoBudget()

    @pytest.fixture
    def setup(self, sandbox: Sandbox, budget: NoBudget) -> Setup:
        """What the connector under test is built from."""
        return Setup("here", self.settings(sandbox.url), self.fields, MemoryGrants(), budget)

    @pytest.fixture
    def connector(self, setup: Setup) -> Connector:
        """The connector under test."""
        return registry.build(self.crm, setup)

    # --- words for the tests ---

    def with_further_field(
        self, sandbox: Sandbox, setup: Setup, kind: str, options: tuple[str, ...] = ()
    ) -> Connector:
        """A connector that knows one more custom field of that type, as the conveyor field `further`."""
        name = self.further_field(kind)
        sandbox.add_field(name, kind, options)
        return registry.build(self.crm, replace(setup, fields={**self.fields, "further": name}))

    def fetch(
        self, connector: Connector, deal_id: str, *aspects: Aspect, tasks: tuple[str, ...] = ()
    ) -> Record:
        """The record of a deal that is there."""
        record = connector.fetch([Look(deal_id, frozenset(aspects), tasks)])[deal_id]
        assert isinstance(record, Record), record
        return record

    def write(self, body: WriteBody, remote_id: str | None, key: str = "key-1") -> Write:
        """A write as the engine hands it over."""
        return Write(key, "deal-1", "here", remote_id, body)

    def update(self, record: Record, **changes: Value) -> Write:
        """An update of what was seen in a record."""
        seen = {name: record.values[name] for name in changes}
        return self.write(UpdateDeal(seen, changes), record.ref.remote_id)

    def new_deal(self, **values: Value) -> CreateDeal:
        """A deal to create, with contact and company."""
        base: Values = {"title": "Renewal", "stage": self.stages[0], "amount": "250", **values}
        return CreateDeal(
            "conveyor-deal-1", base, Person("Ада Byron", "ada@acme.example", "+359 2 123 4567"), "Acme"
        )

    def task(self) -> CreateTask:
        """A task to create."""
        return CreateTask("Call", "Line <one>\nLine & two", None, datetime.now(UTC) + timedelta(hours=4))


def secrets_of(settings: object) -> list[str]:
    """All texts in settings that must not be said aloud."""
    if isinstance(settings, Mapping):
        return [
            each
            for name, value in settings.items()
            if name not in ("base_url", "crm")
            for each in secrets_of(value)
        ]
    return [settings] if isinstance(settings, str) and len(settings) > 6 else []

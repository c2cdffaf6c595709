"""The connector contract against an emulated Close organization; what only Close does is in `test_close_*.py`."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from connectors.base import Connector, Delivery
from mapping.model import PEOPLE_FIELDS, Aspect

from .sandbox_client import Sandbox
from .suite import ConnectorContract

API_KEY = "api_SandboxKey000000000000.SandboxSecret000000000"
PIPELINE, PARTNERS = "pipe_SalesirmfaHcQj25RjfxlG", "pipe_PartnerdealseAYiUTjra6"
QUALIFIED = "stat_QualifiedtobuymwRLkwIo062JSIlEdyf3PvHdUOSZ0"
PRESENTED = "stat_PresentationschedulednhzCHllKo9VImZLvbAuSeh"
OTHER = "stat_ContractsentJ2Lv60qB4wqpxKPZ511oIdKs6WJDvQv"
IN_TALKS = "stat_Intalks2HDAyu99mzYdyfifLz1Cmo1ppn0cwKgNgQdz"
SIGNATURE_KEY = "5f" * 32
SETTINGS: dict[str, object] = {"auth": {"api_key": API_KEY}, "webhook": {"signature_key": SIGNATURE_KEY}}


class TestClose(ConnectorContract):
    """An API key of an admin of its own, as the documentation asks for."""

    crm = "close"
    fields: ClassVar = {"budget": "Contract budget"}
    custom: ClassVar = {"Contract budget": "number"}
    stages: ClassVar = (
        [PIPELINE, QUALIFIED],
        [PIPELINE, PRESENTED],
    )
    creating: ClassVar = "POST /api/v1/"
    stamps_webhooks: ClassVar = True

    def test_people_are_read_when_asked_for(self, sandbox: Sandbox, connector: Connector) -> None:
        """As in the contract, but that every deal of Close's has a lead, and Close writes telephone numbers anew."""
        contact = {"name": "Ада Лавлейс", "email": "Ada@Acme.example", "phone": "+359 2 123 4567"}
        deal_id = sandbox.new_deal(contact=contact, company={"name": "Acme"})
        record = self.fetch(connector, deal_id, Aspect.PEOPLE)
        assert {name: record.values[name] for name in PEOPLE_FIELDS} == {
            "contact_name": "Ада Лавлейс",
            "contact_email": "Ada@Acme.example",
            "contact_phone": "+35921234567",
            "company": "Acme",
        }
        alone = self.fetch(connector, sandbox.new_deal("A lead"), Aspect.PEOPLE)
        assert alone.known == {Aspect.PEOPLE}
        assert {name: alone.values[name] for name in PEOPLE_FIELDS} == {
            "contact_name": None,
            "contact_email": None,
            "contact_phone": None,
            "company": "A lead",
        }

    def settings(self, url: str) -> dict[str, object]:
        return {**SETTINGS, "base_url": url}

    def send_webhooks(self, sandbox: Sandbox, url: str) -> None:
        sandbox.ask("PUT", "/webhooks", {"url": url, "signature_key": SIGNATURE_KEY})

    def unknown_event(self, delivery: Delivery) -> Delivery:
        return replace(delivery, body=delivery.body.replace(b'"opportunity"', b'"activity.telepathy"'))

    def revoke(self, sandbox: Sandbox) -> None:
        sandbox.ask("PUT", "/credentials", {"api_key": "api_another.key"})

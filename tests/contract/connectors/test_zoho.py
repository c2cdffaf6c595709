"""Zoho CRM against the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from connectors.base import Delivery

from .harness import Harness
from .repeats import RepeatsContract
from .sandbox_client import Sandbox
from .suite import ConnectorContract
from .writing import WritingContract

TOKEN = "sandbox-channel-token"
STANDARD = "Standard (Standard)"


class Organisation(Harness):
    """An organisation with a field for our key, as the set-up recommends."""

    crm = "zoho"
    fields: ClassVar[Mapping[str, str]] = {"budget": "Budget_Total"}
    custom: ClassVar[Mapping[str, str]] = {"Budget_Total": "number", "Conveyor_Key": "string"}
    stages = ([STANDARD, "Qualification"], [STANDARD, "Id. Decision Makers"])

    def settings(self, url: str) -> dict[str, object]:
        auth = {
            "client_id": "1000.SANDBOXCLIENT",
            "client_secret": "sandbox-client-secret",
            "refresh_token": "1000.sandbox.refresh",
        }
        return {"crm": "zoho", "region": "eu", "auth": auth, "webhook": {"token": TOKEN}, "base_url": url}

    def expiring(self, sandbox: Sandbox) -> dict[str, object]:
        return self.settings(sandbox.url)

    def send_webhooks(self, sandbox: Sandbox, url: str) -> None:
        sandbox.ask("PUT", "/webhooks", {"url": url, "token": TOKEN})

    def revoke(self, sandbox: Sandbox) -> None:
        sandbox.ask("PUT", "/credentials", {"refresh_token": "1000.another", "expire_access": True})

    def forgeries(self, delivery: Delivery) -> list[Delivery]:
        return [
            replace(delivery, body=delivery.body.replace(TOKEN.encode(), b"another-token")),
            replace(delivery, body=delivery.body.replace(b'"token"', b'"taken"')),
            replace(delivery, body=b""),
        ]


class TestZoho(Organisation, ConnectorContract):
    """The shared contract."""


class TestZohoWithoutKeyField(Organisation, WritingContract, RepeatsContract):
    """An organisation whose admin made no field for our key: it stands in descriptions."""

    custom: ClassVar[Mapping[str, str]] = {"Budget_Total": "number"}

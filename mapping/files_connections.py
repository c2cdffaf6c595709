"""`connections.yaml`: which CRMs, as the admin writes it."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Discriminator, Field, JsonValue, Tag

from mapping.file_block import Block
from mapping.file_types import ConnectionName, DurationText, Secret, Setting
from mapping.ruleset import Duration

Crm = Literal["hubspot", "zoho", "bitrix24", "copper", "close"]

_APPLICATION = ["client_id", "client_secret", "refresh_token"]


def _either(first: list[str], second: list[str]) -> ConfigDict:
    """For editors: one of these sets of keys and nothing of the other; `checks_connections` says it in words."""
    shapes = [(first, second), (second, first)]
    one_of: list[JsonValue] = [
        {"required": list[JsonValue](shape), "properties": dict.fromkeys(other, False)}
        for shape, other in shapes
    ]
    return ConfigDict(json_schema_extra={"oneOf": one_of})


class HubspotAuth(Block):
    """A private app's token, or an application."""

    model_config = _either(["token"], _APPLICATION)
    token: Secret | None = None
    client_id: Setting | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None


class ZohoAuth(Block):
    """An application of the API console."""

    client_id: Setting
    client_secret: Secret
    refresh_token: Secret


class Bitrix24Auth(Block):
    """An inbound webhook, or an application on a portal."""

    model_config = _either(["webhook_url"], [*_APPLICATION, "portal"])
    webhook_url: Secret | None = None
    client_id: Setting | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    portal: Setting | None = None
    token_server: Setting | None = None


class CopperAuth(Block):
    """An API key and whose it is."""

    api_key: Secret
    user_email: Setting


class CloseAuth(Block):
    """An API key."""

    api_key: Secret


class SecretWebhook(Block):
    """Events are proven by a secret."""

    secret: Secret


class HubspotWebhook(Block):
    """Events are proven by the app's client secret; a developer key lets `webhooks install` subscribe."""

    secret: Secret | None = None
    developer_key: Secret | None = None


class ZohoWebhook(Block):
    """Events are proven by the channel's token."""

    token: Secret


class Bitrix24Webhook(Block):
    """Events are proven by the application token, and by the portal's `member_id` where it is given."""

    application_token: Secret
    member_id: Setting | None = None


class CloseWebhook(Block):
    """Events are proven by a signature."""

    signature_key: Secret


class ConnectionBlock(Block):
    """What every connection has."""

    poll_every: DurationText = Duration(5, "m")
    base_url: Setting | None = None


class HubspotConnection(ConnectionBlock):
    """A HubSpot portal."""

    crm: Literal["hubspot"]
    auth: HubspotAuth
    webhook: HubspotWebhook | None = None
    app_id: int | None = Field(None, ge=1)  # our own app: tells our changes from other programs'
    portal_id: int | None = Field(None, ge=1)  # of a public app: events of other accounts are not ours
    calls_per_10s: int | None = Field(None, ge=10)  # the account's burst limit, where it is higher


class ZohoConnection(ConnectionBlock):
    """A Zoho CRM organisation, in one of Zoho's regions."""

    crm: Literal["zoho"]
    auth: ZohoAuth
    webhook: ZohoWebhook | None = None
    region: Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk"] = "us"


class Bitrix24Connection(ConnectionBlock):
    """A Bitrix24 portal."""

    crm: Literal["bitrix24"]
    auth: Bitrix24Auth
    webhook: Bitrix24Webhook | None = None


class CopperConnection(ConnectionBlock):
    """A Copper account."""

    crm: Literal["copper"]
    auth: CopperAuth
    webhook: SecretWebhook | None = None


class CloseConnection(ConnectionBlock):
    """A Close organisation."""

    crm: Literal["close"]
    auth: CloseAuth
    webhook: CloseWebhook | None = None


class UnknownConnection(ConnectionBlock):
    """A connection whose CRM we do not know; no file is right with one, it only carries the words for it."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"not": {}})
    crm: Crm


def _crm(value: object) -> str:
    crm = value.get("crm") if isinstance(value, dict) else None
    return f"<{crm}>" if crm in get_args(Crm) else "<unknown>"


Connection = Annotated[
    Annotated[HubspotConnection, Tag("<hubspot>")]
    | Annotated[ZohoConnection, Tag("<zoho>")]
    | Annotated[Bitrix24Connection, Tag("<bitrix24>")]
    | Annotated[CopperConnection, Tag("<copper>")]
    | Annotated[CloseConnection, Tag("<close>")]
    | Annotated[UnknownConnection, Tag("<unknown>")],
    Discriminator(_crm),
]


class ConnectionsFile(Block):
    """The whole file."""

    public_url: Setting | None = None
    connections: Annotated[dict[ConnectionName, Connection], Field(min_length=1)]

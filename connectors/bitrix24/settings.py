"""The YAML block of a Bitrix24 connection, validated. Holds secrets, so never print it whole."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

TOKEN_SERVER = "https://oauth.bitrix.info/oauth/token/"
_WEBHOOK_FORM = "https://<portal>/rest/<user id>/<code>/"


class _Block(BaseModel):
    # A wrong key is told by its place; the values are secrets and never part of the message.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _webhook_address(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    steps = [step for step in parts.path.split("/") if step]
    if (
        not parts.scheme
        or not parts.netloc
        or len(steps) < 3
        or steps[-3] != "rest"
        or not steps[-2].isdigit()
    ):
        raise PydanticCustomError("webhook_url", f"the address of an incoming webhook reads {_WEBHOOK_FORM}")
    return secret


Portal = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")]


class WebhookAuth(_Block):
    """An incoming webhook: the address itself is the secret (docs/connectors/bitrix24.md#set-up)."""

    webhook_url: Annotated[SecretStr, AfterValidator(_webhook_address)]


class ApplicationAuth(_Block):
    """A local or Marketplace application that signs in by OAuth 2.0 (docs/connectors/bitrix24.md#oauth)."""

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr
    portal: Portal  # e.g. acme.bitrix24.com
    token_server: str = TOKEN_SERVER


class Events(_Block):
    """What proves that an event comes from our portal (docs/connectors/bitrix24.md#verification)."""

    application_token: SecretStr | None = None
    member_id: str | None = None


class Settings(_Block):
    """A `crm: bitrix24` block of `connections.yaml`. See docs/connectors/bitrix24.md#set-up."""

    crm: Literal["bitrix24"] = "bitrix24"
    auth: WebhookAuth | ApplicationAuth
    webhook: Events = Events()
    base_url: str | None = None  # scheme and host of a sandbox or a proxy instead of the portal
    poll_every: str | None = None  # read by the engine

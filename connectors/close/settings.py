"""The YAML block of a Close connection, validated. Holds secrets, so never print it whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

BASE_URL = "https://api.close.com"
ROOT = "/api/v1"


class _Block(BaseModel):
    # A wrong key is told by its place; the values are secrets and never part of the message.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _hexadecimal(secret: SecretStr) -> SecretStr:
    try:
        empty = not bytes.fromhex(secret.get_secret_value())
    except ValueError:
        empty = True
    if empty:
        raise PydanticCustomError("signature_key", "a signature key of Close is hexadecimal: 0-9 and a-f")
    return secret


class Auth(_Block):
    """An API key; it acts as the user who made it. See docs/connectors/close.md#set-up"""

    api_key: SecretStr = Field(min_length=1)


class Webhook(_Block):
    """The key of a subscription that was not made by `webhooks install`."""

    signature_key: Annotated[SecretStr, AfterValidator(_hexadecimal)]


class Settings(_Block):
    """A `crm: close` block of `connections.yaml`. See docs/connectors/close.md#set-up"""

    crm: Literal["close"] = "close"
    auth: Auth
    webhook: Webhook | None = None
    base_url: AnyHttpUrl = AnyHttpUrl(BASE_URL)
    poll_every: str | None = None  # read by the engine

    @property
    def root(self) -> str:
        """The address that all paths begin with, however the base address is written."""
        return str(self.base_url).rstrip("/").removesuffix(ROOT) + ROOT

    @property
    def key_id(self) -> str:
        """The part of the key that events name it by (docs/connectors/close.md#actors)."""
        return self.auth.api_key.get_secret_value().partition(".")[0]

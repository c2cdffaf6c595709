"""The YAML block of a Copper connection, validated. Holds secrets, so never print it whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

BASE_URL = "https://api.copper.com"
PREFIX = "/developer_api/v1"


class _Block(BaseModel):
    # A wrong key is told by its place; the values are secrets and never part of the message.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KeyAuth(_Block):
    """An API key and the e-mail of the user whom it belongs to (docs/connectors/copper.md#credentials)."""

    api_key: SecretStr = Field(min_length=1)
    user_email: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s]+@[^@\s]+$")]


class Webhook(_Block):
    """What proves that a notification comes from our own subscription: a token that it carries."""

    secret: SecretStr | None = Field(None, min_length=1)


class Settings(_Block):
    """A `crm: copper` block of `connections.yaml`. See docs/connectors/copper.md#set-up."""

    crm: Literal["copper"] = "copper"
    auth: KeyAuth
    webhook: Webhook = Webhook(secret=None)
    base_url: AnyHttpUrl = AnyHttpUrl(BASE_URL)  # of a sandbox or a proxy
    poll_every: str | None = None  # read by the engine

    @property
    def root(self) -> str:
        """Where all paths begin, without a slash at its end; `base_url` may name the version or leave it out."""
        return str(self.base_url).rstrip("/").removesuffix(PREFIX) + PREFIX

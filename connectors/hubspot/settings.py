"""The YAML block of a HubSpot connection, secrets resolved, checked once where it enters."""

from __future__ import annotations

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr

BASE_URL = "https://api.hubapi.com"


class _Block(BaseModel):
    # A wrong key is told by its place; the values are secrets and never part of the message.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class TokenAuth(_Block):
    """An access token without expiry: private app, static auth or service key."""

    token: SecretStr = Field(min_length=1)


class OAuthAuth(_Block):
    """An OAuth app installed in the account; the refresh token is the one of the installation."""

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


class Webhook(_Block):
    """How HubSpot's deliveries are proven."""

    secret: SecretStr | None = Field(None, description="the app's client secret")
    developer_key: SecretStr | None = Field(
        None, description="developer API key of a public app: installs webhooks by API"
    )


class Settings(_Block):
    """One HubSpot account. See docs/connectors/hubspot.md#set-up."""

    crm: str = "hubspot"
    auth: TokenAuth | OAuthAuth
    webhook: Webhook = Webhook(secret=None, developer_key=None)
    app_id: int | None = Field(None, description="our app's id: tells our own changes from other programs'")
    portal_id: int | None = Field(
        None, description="the account's id: deliveries of other accounts are ignored"
    )
    calls_per_10s: int | None = Field(None, ge=10, description="the account's burst limit, if it is higher")
    base_url: AnyHttpUrl = AnyHttpUrl(BASE_URL)
    poll_every: str | None = None  # read by the engine

    @property
    def host(self) -> str:
        """The base address without a slash at its end."""
        return str(self.base_url).rstrip("/")

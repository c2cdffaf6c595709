"""The YAML block of a Zoho CRM connection, secrets resolved, checked once where it enters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, StringConstraints


@dataclass(frozen=True)
class DataCentre:
    """One of Zoho's data centres; an organisation lives in exactly one."""

    accounts: str
    api: str

    @property
    def web(self) -> str:
        """Where people see the CRM."""
        return self.accounts.replace("//accounts.", "//crm.", 1)


DATA_CENTRES: Mapping[str, DataCentre] = {
    "us": DataCentre("https://accounts.zoho.com", "https://www.zohoapis.com"),
    "eu": DataCentre("https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    "in": DataCentre("https://accounts.zoho.in", "https://www.zohoapis.in"),
    "au": DataCentre("https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    "jp": DataCentre("https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    "cn": DataCentre("https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    "ca": DataCentre("https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    "sa": DataCentre("https://accounts.zoho.sa", "https://www.zohoapis.sa"),
    "uk": DataCentre("https://accounts.zoho.uk", "https://www.zohoapis.uk"),
}
"""By region (docs/connectors/zoho.md#data-centres). The API host is only for a token that names none."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Block(BaseModel):
    # A wrong key is told by its place; the values are secrets and never part of the message.
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Auth(_Block):
    """An application of the API console and the refresh token that one user granted it."""

    client_id: Line
    client_secret: SecretStr
    refresh_token: SecretStr


class Webhook(_Block):
    """What proves that a notification comes from a channel of ours (docs/connectors/zoho.md#verification)."""

    token: SecretStr = Field(min_length=1, max_length=50)  # Zoho keeps no longer one


class Settings(_Block):
    """A `crm: zoho` block of `connections.yaml`. See docs/connectors/zoho.md#set-up."""

    crm: Literal["zoho"] = "zoho"
    auth: Auth
    webhook: Webhook | None = None
    region: Literal["us", "eu", "in", "au", "jp", "cn", "ca", "sa", "uk"] = "us"
    base_url: AnyHttpUrl | None = None  # a sandbox or a proxy: serves the accounts host and the API
    poll_every: str | None = None  # read by the engine

    @property
    def override(self) -> str | None:
        """The address that stands for all of Zoho's, without a slash at its end."""
        return str(self.base_url).rstrip("/") if self.base_url else None

    @property
    def accounts(self) -> str:
        """Where tokens are refreshed."""
        return self.override or DATA_CENTRES[self.region].accounts

    @property
    def api(self) -> str:
        """Where the API is, if the token does not say."""
        return self.override or DATA_CENTRES[self.region].api

    @property
    def web(self) -> str:
        """Where people see their deals."""
        return self.override or DATA_CENTRES[self.region].web

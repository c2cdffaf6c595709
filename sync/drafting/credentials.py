"""What each CRM must be given before it lets anybody look: keys of its YAML block, and variables that hold them.

Pure: the environment is an argument. Values are secrets: nothing here prints or keeps one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mapping.document import Plain


@dataclass(frozen=True)
class Credential:
    """One value: where it stands in the YAML, the end of its variable's name, and what to ask for."""

    path: tuple[str, ...]
    variable: str
    question: str
    secret: bool = True
    needed: bool = True


CREDENTIALS: Mapping[str, Sequence[Credential]] = {
    "hubspot": (
        Credential(("auth", "token"), "TOKEN", "Access token of the private app"),
        Credential(("webhook", "secret"), "CLIENT_SECRET", "Client secret of the app", needed=False),
    ),
    "zoho": (
        Credential(("auth", "client_id"), "ID", "Client id of the API console", secret=False),
        Credential(("auth", "client_secret"), "SECRET", "Client secret"),
        Credential(("auth", "refresh_token"), "REFRESH", "Refresh token"),
        Credential(("webhook", "token"), "WEBHOOK_TOKEN", "Token of the channel", needed=False),
    ),
    "bitrix24": (
        Credential(("auth", "webhook_url"), "WEBHOOK_URL", "Address of the incoming webhook"),
        Credential(("webhook", "application_token"), "APP_TOKEN", "Application token", needed=False),
    ),
    "copper": (
        Credential(("auth", "api_key"), "KEY", "API key"),
        Credential(("auth", "user_email"), "EMAIL", "E-mail of the user whose key it is", secret=False),
        Credential(("webhook", "secret"), "WEBHOOK_SECRET", "Secret of the webhooks", needed=False),
    ),
    "close": (
        Credential(("auth", "api_key"), "KEY", "API key"),
        Credential(("webhook", "signature_key"), "SIGNATURE_KEY", "Signature key", needed=False),
    ),
}
"""By CRM; a secret of webhooks is taken where it is there, and never asked for."""

REGIONAL = frozenset({"zoho"})
"""CRMs whose account lives in one of several regions."""


def variable(connection: str, suffix: str) -> str:
    """The environment variable of a connection's value, such as `HUBSPOT_TOKEN`."""
    return f"{connection.upper().replace('-', '_')}_{suffix}"


def missing(crm: str, connection: str, environment: Mapping[str, str]) -> list[Credential]:
    """What is needed and stands nowhere in the environment."""
    return [
        each
        for each in CREDENTIALS[crm]
        if each.needed and not environment.get(variable(connection, each.variable))
    ]


def at_hand(environment: Mapping[str, str]) -> list[str]:
    """The CRMs all of whose credentials stand in the environment under their usual names."""
    return [crm for crm in CREDENTIALS if not missing(crm, crm, environment)]


def block(
    crm: str,
    connection: str,
    environment: Mapping[str, str],
    *,
    base_url: str | None = None,
    region: str | None = None,
) -> dict[str, Plain]:
    """The connection's YAML block: it names the variables, and holds no secret."""
    found: dict[str, Plain] = {"crm": crm}
    if crm in REGIONAL:
        found["region"] = region or environment.get(variable(connection, "REGION")) or "us"
    for each in CREDENTIALS[crm]:
        name = variable(connection, each.variable)
        if each.needed or environment.get(name):
            part = found.setdefault(each.path[0], {})
            assert isinstance(part, dict)
            part[each.path[1]] = f"${{{name}}}"
    address = variable(connection, "BASE_URL")
    if base_url:
        found["base_url"] = base_url
    elif environment.get(address):
        found["base_url"] = f"${{{address}}}"
    return found

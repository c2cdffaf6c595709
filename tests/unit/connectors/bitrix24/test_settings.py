"""The YAML block of a connection."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.bitrix24.settings import ApplicationAuth, Settings, WebhookAuth

ADDRESS = "https://acme.bitrix24.com/rest/99/s3cr3tc0de/"


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.rstrip("/"), "https://crm.acme.example/x/rest/1/code/"])
def test_an_incoming_webhook(address: str) -> None:
    settings = Settings.model_validate({"crm": "bitrix24", "auth": {"webhook_url": address}})
    assert isinstance(settings.auth, WebhookAuth)
    assert "s3cr3tc0de" not in repr(settings)


def test_an_application() -> None:
    auth = {
        "client_id": "local.1",
        "client_secret": "s3cr3t",
        "refresh_token": "t0k3n",
        "portal": "acme.bitrix24.com",
    }
    settings = Settings.model_validate({"auth": auth, "webhook": {"application_token": "t0k3n"}})
    assert isinstance(settings.auth, ApplicationAuth)
    assert "s3cr3t" not in repr(settings) and "t0k3n" not in repr(settings)


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"auth": {}},
        {"auth": {"webhook_url": "https://acme.bitrix24.com/s3cr3tc0de"}},
        {"auth": {"webhook_url": "acme.bitrix24.com/rest/99/s3cr3tc0de/"}},
        {"auth": {"webhook_url": ADDRESS, "client_id": "s3cr3tc0de"}},
        {"auth": {"webhook_url": ADDRESS}, "colour": "s3cr3tc0de"},
        {
            "auth": {
                "client_id": "a",
                "client_secret": "s3cr3tc0de",
                "refresh_token": "b",
                "portal": "https://x/",
            }
        },
    ],
)
def test_what_is_wrong_is_told_without_the_secret(block: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(block)
    assert "s3cr3tc0de" not in str(caught.value)

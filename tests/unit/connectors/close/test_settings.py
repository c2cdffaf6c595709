"""The YAML block of a connection."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.close.settings import Settings

AUTH = {"api_key": "api_abc.secret"}


def test_the_least_is_a_key() -> None:
    settings = Settings.model_validate({"crm": "close", "auth": AUTH, "poll_every": "5m"})
    assert settings.root == "https://api.close.com/api/v1"
    assert settings.key_id == "api_abc"
    assert settings.webhook is None


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9205",
        "http://127.0.0.1:9205/",
        "http://127.0.0.1:9205/api/v1",
        "http://127.0.0.1:9205/api/v1/",
    ],
)
def test_the_address_may_be_written_in_any_way(address: str) -> None:
    assert Settings.model_validate({"auth": AUTH, "base_url": address}).root == "http://127.0.0.1:9205/api/v1"


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"auth": {}},
        {"auth": {"api_key": ""}},
        {"auth": AUTH, "webhook": {"signature_key": "not-hexadecimal"}},
        {"auth": AUTH, "webhook": {"signature_key": ""}},
        {"auth": AUTH, "webhook": {"secret": "5f"}},
        {"auth": AUTH, "unknown": 1},
    ],
)
def test_a_wrong_block_is_refused_without_its_secrets(block: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(block)
    assert "not-hexadecimal" not in str(caught.value)
    assert "secret" not in str(caught.value) or "webhook.secret" in str(caught.value)

"""The YAML block of a connection."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.copper.settings import Settings

AUTH = {"api_key": "s3cr3tk3y", "user_email": "conveyor@acme.example"}


def test_a_key_and_whose_it_is() -> None:
    webhook = {"secret": "s3cr3t-and-long-enough"}
    settings = Settings.model_validate({"crm": "copper", "auth": AUTH, "webhook": webhook})
    assert settings.root == "https://api.copper.com/developer_api/v1"
    assert "s3cr3t" not in repr(settings)


@pytest.mark.parametrize(
    "base_url",
    ["http://127.0.0.1:9204", "http://127.0.0.1:9204/", "http://127.0.0.1:9204/developer_api/v1",
     "http://127.0.0.1:9204/developer_api/v1/"],
)  # fmt: skip
def test_the_version_may_stand_in_the_address_or_not(base_url: str) -> None:
    settings = Settings.model_validate({"auth": AUTH, "base_url": base_url})
    assert settings.root == "http://127.0.0.1:9204/developer_api/v1"


@pytest.mark.parametrize(
    "block",
    [
        {},
        {"auth": {"api_key": "s3cr3tk3y"}},
        {"auth": {**AUTH, "api_key": ""}},
        {"auth": {**AUTH, "user_email": "s3cr3t"}},
        {"auth": AUTH, "webhook": {"secret": ""}},
        {"auth": AUTH, "webhook": {"token": "s3cr3t"}},
        {"auth": AUTH, "colour": "s3cr3t"},
        {"auth": AUTH, "base_url": "s3cr3t"},
    ],
)
def test_what_is_wrong_is_told_without_the_secret(block: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(block)
    assert "s3cr3t" not in str(caught.value)

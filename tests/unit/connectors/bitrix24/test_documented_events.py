"""Documented event bodies, read as they are posted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.base import Delivery
from connectors.bitrix24 import webhooks
from connectors.bitrix24.settings import Events
from mapping.model import Hint, HintKind

FIXTURES = Path(__file__).parents[3] / "fixtures" / "bitrix24"
EVENTS = Events(
    application_token=SecretStr("sandbox-app-token"), member_id="a223c6b3710f85df22e9377d6c4f7553"
)
HINTS = {
    "oncrmdealadd__outgoing": [Hint("7405", HintKind.CREATED)],
    "oncrmdealupdate__outgoing": [Hint("7405")],
    "oncrmdealupdate__no_handler_id": [Hint("7405")],
    "oncrmdealupdate__application": [Hint("7405")],
    "oncrmdealdelete__outgoing": [Hint("7405", HintKind.DELETED)],
    "oncrmdealmovetocategory__application": [Hint("7405", field="stage", value="C5:NEW")],
    "ontaskadd__outgoing": [],
    "ontaskupdate__outgoing": [],
    "ontaskdelete__outgoing": [],
}


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.form")))
def test_every_documented_event_is_understood(name: str) -> None:
    body = (FIXTURES / f"{name}.form").read_bytes().strip()
    delivery = Delivery("POST", "https://x.example/", {}, body, datetime.now(UTC))
    webhooks.verify(delivery, EVENTS)
    assert webhooks.parse(delivery) == HINTS[name]

"""The documented answers of one account, for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.copper.account import ATTRIBUTES, Facts, custom_fields, deal_pipelines
from connectors.copper.dates import Calendar
from connectors.copper.records import Reading, reading

FIXTURES = Path(__file__).parents[3] / "fixtures" / "copper"

Documented = Callable[[str], Any]


@pytest.fixture
def documented() -> Documented:
    """A documented answer by its name, numbers as the client reads them."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_text(), parse_float=Decimal)


@pytest.fixture
def facts(documented: Documented) -> Facts:
    """The account that the documented answers describe."""
    return Facts(
        id="100624",
        name="Dev API Sandbox",
        me="159258",
        timezone="America/Los_Angeles",
        calendar=Calendar(ZoneInfo("America/Los_Angeles")),
        pipelines=deal_pipelines(documented("pipelines")),
        fields=(*ATTRIBUTES, *custom_fields(documented("custom_field_definitions"))),
        activity_types=frozenset({1, 2, 3, 8}),
    )


@pytest.fixture
def known(facts: Facts) -> Reading:
    """How the deals of that account are read."""
    return reading("here", facts, {"color": "Color option", "delivery": "126241", "products": "products"})

"""An organisation as its metadata shows it, and the documented payloads."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from connectors.zoho.fields import Field
from connectors.zoho.organisation import Fields, Home
from connectors.zoho.records import Reading, reading

FIXTURES = Path(__file__).parents[3] / "fixtures" / "zoho"

ME, PETAR, MARIA = "7328395000000562009", "7328395000000562001", "7328395000000562002"
DEAL = "7328395000000710002"
STAGES = {
    "Introduced": "Introduced",
    "Qualification": "Qualification",
    "Id. Decision Makers": "Identify Decision Makers",
    "Negotiation": "Negotiation",
    "Closed Lost": "Closed Lost",
}
FIELDS = Fields(
    (
        Field("Stage", "Stage", "picklist", options=STAGES),
        Field("Pipeline", "Pipeline", "picklist"),
        Field("Owner", "Deal Owner", "ownerlookup"),
        Field("Deal_Name", "Deal Name", "text"),
        Field("Amount", "Amount", "currency"),
        Field("Currency", "Currency", "picklist", options={"EUR": "EUR", "USD": "USD"}),
        Field("Lead_Source", "Lead Source", "picklist", options={"-None-": "-None-", "Partner": "Partner"}),
        Field("Created_Time", "Created Time", "datetime", writable=False),
        Field("Description", "Description", "textarea"),
        Field(
            "Competitors", "Competitors", "multiselectpicklist", options={"Alpha": "Alpha", "b2": "Beta & Co"}
        ),
        Field("Seats", "Seats", "bigint"),
        Field("Signed", "Signed", "boolean"),
        Field("Renewal", "Renewal", "date"),
        Field("Called_At", "Called at", "datetime"),
        Field("Partner", "Partner", "lookup"),
        Field("Score", "Score", "double"),
        Field("Score2", "Score", "double"),
        Field("Lines", "Lines", "subform"),
    )
)
KEY_FIELD = Field("Conveyor_Key", "Conveyor Key", "text", unique=True)
HOME = Home(ME, "12345", "Acme", "EUR", ZoneInfo("Europe/Sofia"))


def payload(name: str) -> Any:
    """A documented payload, with numbers as the connector reads them."""
    return json.loads((FIXTURES / f"{name}.json").read_text(), parse_float=Decimal)


def reads(fields: Fields = FIELDS, **mapped: str) -> Reading:
    """How deals are read with these fields mapped."""
    return reading("here", "https://crm.zoho.eu", HOME, fields, mapped)

"""The emulated answers have the form of the vendor's own OpenAPI specifications, and no keys beyond it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from .running import Running

SPECS = Path(os.environ.get("CONVEYOR_SPECS", Path(__file__).parents[3] / "../shared/specs")) / "hubspot"
pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the vendor's specifications are not here")

DEALS, V4 = "/crm/v3/objects/0-3", "/crm/v4/objects/deals"
FORMATS = FormatChecker(formats=())
FORMATS.checks("date-time", raises=ValueError)(lambda text: bool(datetime.fromisoformat(text)))

# Where recorded answers differ from the specification, recorded answers are right: (schema, property) -> type.
RECORDED: dict[tuple[str, str], Any] = {
    ("SimplePublicObject", "properties"): {"type": "object"},
    ("SimplePublicObjectWithAssociations", "properties"): {"type": "object"},
    ("SimplePublicUpsertObject", "properties"): {"type": "object"},
    ("MultiAssociatedObjectWithLabel", "toObjectId"): {"type": "integer"},
    ("AssociationSpecWithLabel", "label"): {"type": ["string", "null"]},
    ("LabelsBetweenObjectPair", "fromObjectId"): {"type": "integer"},
    ("LabelsBetweenObjectPair", "toObjectId"): {"type": "integer"},
    ("PublicOwner", "userId"): {"type": ["integer", "null"]},
    ("StandardError", "subCategory"): {"type": "string"},
}


def specification(name: str) -> dict[str, Any]:
    """Return a specification with recorded differences, and closed against unknown keys."""
    document: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text())
    for title, schema in document["components"]["schemas"].items():
        for key in schema.get("properties", {}):
            schema["properties"][key] = RECORDED.get((title, key), schema["properties"][key])
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


def check(spec: str, method: str, path: str, status: int, body: Any) -> None:
    """Validate an answer against the schema that the specification names for it."""
    document = specification(spec)
    template = next(each for each in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), path))
    content = document["paths"][template][method.lower()]["responses"][str(status)]["content"]
    reference = next(iter(content.values()))["schema"]["$ref"]
    registry: Registry[Any] = Registry().with_resource("urn:spec", DRAFT202012.create_resource(document))
    validator = Draft202012Validator(
        {"$ref": f"urn:spec{reference}"}, registry=registry, format_checker=FORMATS
    )
    validator.validate(body)


def linked(type_id: int, to: str) -> dict[str, Any]:
    """Return an association of a new record."""
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
    return {"to": {"id": to}, "types": [spec]}


def account(hubspot: Running) -> dict[str, str]:
    """Return the ids of a deal with contact and company, of one without, and of a contact."""
    deal = hubspot.new_deal(
        contact={"name": "Ann Lee", "email": "ann@customer.example"},
        company={"name": "Customer", "domain": "customer.example"},
        amount=10,
    )
    hubspot.ask("POST", "/bulk", {"count": 3})
    links = hubspot.get(f"{V4}/{deal}/associations/contacts")["results"]
    return {"deal": deal, "bare": hubspot.new_deal(), "contact": str(links[0]["toObjectId"])}


Ids = dict[str, str]
Asked = tuple[str, str, str, int, Any]
WITH_ALL = "properties=dealname,amount&propertiesWithHistory=dealstage&associations=contacts,companies"
TIME = "2026-12-01T09:00:00Z"
PROPERTY = {"name": "extra", "label": "Extra", "groupName": "dealinformation"}

# specification, method, path, status, body
CASES: dict[str, Callable[[Ids], Asked]] = {
    "list": lambda ids: ("deals.v3", "GET", f"{DEALS}?limit=2&{WITH_ALL}", 200, None),
    "get": lambda ids: ("deals.v3", "GET", f"{DEALS}/{ids['deal']}?{WITH_ALL}", 200, None),
    "create": lambda ids: (
        "deals.v3",
        "POST",
        DEALS,
        201,
        {"properties": {"dealname": "New"}, "associations": [linked(3, ids["contact"])]},
    ),
    "update": lambda ids: (
        "deals.v3",
        "PATCH",
        f"{DEALS}/{ids['deal']}",
        200,
        {"properties": {"amount": "1"}},
    ),
    "search": lambda ids: ("deals.v3", "POST", f"{DEALS}/search", 200, {"filterGroups": [], "limit": 2}),
    "batch read": lambda ids: (
        "deals.v3",
        "POST",
        f"{DEALS}/batch/read",
        200,
        {"inputs": [{"id": ids["deal"]}], "properties": ["amount"], "propertiesWithHistory": ["amount"]},
    ),
    "batch read, partial": lambda ids: (
        "deals.v3",
        "POST",
        f"{DEALS}/batch/read",
        207,
        {"inputs": [{"id": ids["deal"]}, {"id": "9"}], "properties": [], "propertiesWithHistory": []},
    ),
    "batch update": lambda ids: (
        "deals.v3",
        "POST",
        f"{DEALS}/batch/update",
        200,
        {"inputs": [{"id": ids["deal"], "properties": {"amount": "2"}}]},
    ),
    "batch create": lambda ids: (
        "deals.v3",
        "POST",
        f"{DEALS}/batch/create",
        201,
        {"inputs": [{"properties": {"dealname": "B"}, "associations": []}]},
    ),
    "batch upsert": lambda ids: (
        "contacts.v3",
        "POST",
        "/crm/v3/objects/contacts/batch/upsert",
        200,
        {"inputs": [{"id": "new@c.example", "idProperty": "email", "properties": {"firstname": "N"}}]},
    ),
    "merge": lambda ids: (
        "deals.v3",
        "POST",
        f"{DEALS}/merge",
        200,
        {"primaryObjectId": ids["deal"], "objectIdToMerge": ids["bare"]},
    ),
    "contacts": lambda ids: ("contacts.v3", "GET", "/crm/v3/objects/contacts", 200, None),
    "companies": lambda ids: ("companies.v3", "GET", "/crm/v3/objects/companies", 200, None),
    "task": lambda ids: (
        "tasks.v3",
        "POST",
        "/crm/v3/objects/tasks",
        201,
        {"properties": {"hs_timestamp": TIME}, "associations": [linked(216, ids["deal"])]},
    ),
    "note": lambda ids: (
        "notes.v3",
        "POST",
        "/crm/v3/objects/notes",
        201,
        {"properties": {"hs_timestamp": TIME}, "associations": [linked(214, ids["deal"])]},
    ),
    "pipelines": lambda ids: ("pipelines.v3", "GET", "/crm/v3/pipelines/deals", 200, None),
    "stages": lambda ids: ("pipelines.v3", "GET", "/crm/v3/pipelines/deals/default/stages", 200, None),
    "owners": lambda ids: ("owners.v3", "GET", "/crm/v3/owners?limit=2", 200, None),
    "owner": lambda ids: ("owners.v3", "GET", "/crm/v3/owners/9586504?idProperty=userId", 200, None),
    "properties": lambda ids: ("properties.v3", "GET", "/crm/v3/properties/deals", 200, None),
    "new property": lambda ids: (
        "properties.v3",
        "POST",
        "/crm/v3/properties/deals",
        201,
        {**PROPERTY, "type": "enumeration", "fieldType": "select", "options": [{"label": "A", "value": "a"}]},
    ),
    "links": lambda ids: ("associations.v4", "GET", f"{V4}/{ids['deal']}/associations/companies", 200, None),
    "default link": lambda ids: (
        "associations.v4",
        "PUT",
        f"{V4}/{ids['bare']}/associations/default/contacts/{ids['contact']}",
        200,
        None,
    ),
    "typed link": lambda ids: (
        "associations.v4",
        "PUT",
        f"{V4}/{ids['bare']}/associations/contacts/{ids['contact']}",
        201,
        [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}],
    ),
    "links in bulk": lambda ids: (
        "associations.v4",
        "POST",
        "/crm/v4/associations/deals/contacts/batch/read",
        200,
        {"inputs": [{"id": ids["deal"]}]},
    ),
    "links in bulk, partial": lambda ids: (
        "associations.v4",
        "POST",
        "/crm/v4/associations/deals/contacts/batch/read",
        207,
        {"inputs": [{"id": ids["deal"]}, {"id": ids["bare"]}]},
    ),
    "links in bulk, v3": lambda ids: (
        "associations.v3",
        "POST",
        "/crm/v3/associations/deals/contacts/batch/read",
        200,
        {"inputs": [{"id": ids["deal"]}]},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_has_the_form_of_the_specification(hubspot: Running, case: str) -> None:
    spec, method, path, status, body = CASES[case](account(hubspot))
    answer = hubspot.call(method, path, json=body)
    assert answer.status_code == status, answer.text
    check(spec, method, path.partition("?")[0], status, answer.json())


def test_a_subscription_has_the_form_of_the_specification(hubspot: Running) -> None:
    path = "/webhooks/v3/8111832/subscriptions"
    body = {"eventType": "deal.propertyChange", "propertyName": "dealstage"}
    answer = hubspot.call("POST", f"{path}?hapikey=sandbox-developer-key", json=body)
    check("webhooks.v3", "POST", path, 201, answer.json())
    assert answer.json()["active"] is False


def test_the_check_itself_finds_a_wrong_answer() -> None:
    good = {"results": [], "paging": {"next": {"after": "5"}}}
    check("deals.v3", "GET", DEALS, 200, good)
    wrong_ones: list[dict[str, Any]] = [{"results": {}}, {**good, "total": 3}, {"results": [{"id": 5}]}]
    for wrong in wrong_ones:
        with pytest.raises(ValidationError):
            check("deals.v3", "GET", DEALS, 200, wrong)

"""The emulated answers have the form of the vendor's own OpenAPI specifications."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from .zoho_org import LAYOUT, EmulatedZoho, fresh, running_org

SPECS = Path(os.environ.get("CONVEYOR_SPECS", Path(__file__).parents[3] / "../shared/specs")) / "zoho"
pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the vendor's specifications are not here")

# Where documented and recorded answers differ from the specification, they are right: keys of an object that are
# allowed too, and values that may be null.
MORE_KEYS = {
    "Created_By": ("email",),
    "Modified_By": ("email",),
    "pick_list_values": ("probability", "deal_category", "forecast_type", "forecast_category"),
    "data": ("action", "duplicate_field"),
}
NULLS = ("previous_page_token", "next_page_token", "page_token_expiry", "Moved_To__s")


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def specification(name: str) -> Any:
    """Return a specification with recorded differences, and without patterns that Python cannot read."""

    def mended(schema: dict[str, Any]) -> dict[str, Any]:
        if "\\p{" in str(schema.get("pattern")):
            del schema["pattern"]
        for key in schema.keys() & MORE_KEYS.keys():
            for properties in _properties(schema[key]):
                properties.update({name: {} for name in MORE_KEYS[key]})
        for key in schema.keys() & set(NULLS):
            schema[key] = {"anyOf": [schema[key], {"type": "null"}]}
        return schema

    return json.loads((SPECS / "oas31" / f"{name}.json").read_text(), object_hook=mended)


def _properties(schema: Any) -> Iterator[dict[str, Any]]:
    """Return the properties of an object, or of the objects in a list, whichever way they are put."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema["properties"]
        for inner in (schema.get("items"), *schema.get("oneOf", ())):
            yield from _properties(inner)


def validator(spec: str, method: str, path: str, status: int) -> Draft202012Validator:
    """Return the validator of the schema that the specification names for an answer."""
    document = specification(spec)
    fitting = [each for each in document["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", each), path)]
    template = min(fitting, key=lambda each: each.count("{"))
    documented = document["paths"][template][method.lower()]["responses"][str(status)]
    if "$ref" in documented:
        documented = document["components"]["responses"][documented["$ref"].rpartition("/")[2]]
    schema = next(iter(documented["content"].values()))["schema"]
    rooted = json.loads(json.dumps(schema).replace('"#/', '"urn:spec#/'))
    registry: Registry[Any] = Registry().with_resource("urn:spec", DRAFT202012.create_resource(document))
    return Draft202012Validator(rooted, registry=registry)


Asked = tuple[str, str, str, int, Any]
WATCH = {"channel_id": "7", "events": ["Deals.all"], "notify_url": "https://conveyor.example/zoho"}
NOTE = {"Note_Title": "Hand-off", "Note_Content": "text"}
FIELDS = "fields=Deal_Name,Stage,Owner,Amount,Modified_Time,Created_By"
DEAL = {"Deal_Name": "New", "Stage": "Qualification", "Pipeline": "Standard (Standard)"}

CASES: dict[str, Callable[[str], Asked]] = {
    "list": lambda deal: ("record", "GET", f"/Deals?{FIELDS}&per_page=1", 200, None),
    "get": lambda deal: ("record", "GET", f"/Deals/{deal}", 200, None),
    "create": lambda deal: ("record", "POST", "/Deals", 201, {"data": [DEAL]}),
    "update": lambda deal: ("record", "PUT", f"/Deals/{deal}", 200, {"data": [{"Amount": 1}]}),
    "upsert": lambda deal: ("record", "POST", "/Deals/upsert", 200, {"data": [DEAL]}),
    "delete": lambda deal: ("record", "DELETE", f"/Deals?ids={deal}", 200, None),
    "delete, partly": lambda deal: ("record", "DELETE", f"/Deals?ids={deal},9", 207, None),
    "create, refused": lambda deal: ("record", "POST", "/Deals", 400, {"data": [{"Stage": "x"}]}),
    "pipelines": lambda deal: ("pipeline", "GET", f"/settings/pipeline?layout_id={LAYOUT}", 200, None),
    "pipelines of no layout": lambda deal: ("pipeline", "GET", "/settings/pipeline?layout_id=1", 400, None),
    "fields": lambda deal: ("fields", "GET", "/settings/fields?module=Deals", 200, None),
    "layouts": lambda deal: ("layouts", "GET", "/settings/layouts?module=Deals", 200, None),
    "modules": lambda deal: ("modules", "GET", "/settings/modules", 200, None),
    "related lists": lambda deal: ("related-lists", "GET", "/settings/related_lists?module=Deals", 200, None),
    "org": lambda deal: ("org", "GET", "/org", 200, None),
    "users": lambda deal: ("users", "GET", "/users?type=AllUsers", 200, None),
    "coql": lambda deal: (
        "coql",
        "POST",
        "/coql",
        200,
        {"select_query": "select id, Stage from Deals where id is not null"},
    ),
    "coql, wrong": lambda deal: ("coql", "POST", "/coql", 400, {"select_query": "select id from Deals"}),
    "timeline": lambda deal: ("timelines", "GET", f"/Deals/{deal}/__timeline", 200, None),
    "note": lambda deal: ("related-notes", "POST", f"/Deals/{deal}/Notes", 201, {"data": [NOTE]}),
    "stage history": lambda deal: (
        "related-records",
        "GET",
        f"/Deals/{deal}/Stage_History?fields=Moved_To__s,Modified_Time",
        200,
        None,
    ),
    "owner": lambda deal: (
        "change-owner",
        "POST",
        f"/Deals/{deal}/actions/change_owner",
        200,
        {"owner": {"id": "7328395000000100001"}},
    ),
    "watch": lambda deal: ("notifications", "POST", "/actions/watch", 201, {"watch": [WATCH]}),
    "watch, refused": lambda deal: ("notifications", "POST", "/actions/watch", 400, {"watch": [{}]}),
    "count": lambda deal: ("record-count", "GET", "/Deals/actions/count", 200, None),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_has_the_form_of_the_specification(org: EmulatedZoho, case: str) -> None:
    deal = org.new_deal(amount=10)
    org.new_deal()
    org.edit(deal, by="olena@acme.example", stage="Needs Analysis")
    spec, method, path, status, body = CASES[case](deal)
    answer = org.send(method, path, body)
    assert answer.status_code == status, answer.text
    validator(spec, method, path.partition("?")[0], status).validate(answer.json())


def test_the_check_itself_finds_a_wrong_answer() -> None:
    check = validator("pipeline", "GET", "/settings/pipeline", 200)
    stage = {
        "display_value": "A",
        "sequence_number": 1,
        "actual_value": "A",
        "id": "1",
        "forecast_type": "Open",
    }
    stage["forecast_category"] = {"name": "Pipeline", "id": "2"}
    good = {"pipeline": [{"display_value": "P", "actual_value": "P", "id": "3", "maps": [stage]}]}
    check.validate(good)
    wrongs: list[dict[str, Any]] = [{}, {"pipeline": []}, {"pipeline": [{**good["pipeline"][0], "id": 3}]}]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            check.validate(wrong)

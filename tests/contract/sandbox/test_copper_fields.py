"""Custom fields of the emulated Copper account: each type as it is written, read and unset; definitions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from .copper_account import EmulatedCopper, fresh, running_copper, value_of

NEW_YORK = ZoneInfo("America/New_York")
MIDNIGHT = int(datetime(2027, 3, 1, tzinfo=NEW_YORK).timestamp())


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def write(copper: EmulatedCopper, deal_id: int, name: str, value: Any) -> Any:
    """Write one custom field; return what the answer shows."""
    definition = copper.field(name)
    entry = {"custom_field_definition_id": definition["id"], "value": value}
    return value_of(copper.put(deal_id, custom_fields=[entry]), definition)


@pytest.mark.parametrize(
    ("name", "data_type", "unset", "written", "shown"),
    [
        ("Decision maker", "String", None, "CFO", "CFO"),
        ("Background", "Text", None, "a\n" * 300, "a\n" * 300),
        ("Site", "URL", None, "https://acme.example", "https://acme.example"),
        ("Conveyor key", "Float", None, 3, 3.0),
        ("Budget", "Currency", None, 2000.25, 2000.25),
        ("Discount", "Percentage", None, 95, 95),
        ("Renewal", "Checkbox", False, True, True),
        ("Contract end date", "Date", None, MIDNIGHT, MIDNIGHT),
        ("Contract end date", "Date", None, MIDNIGHT + 3600, MIDNIGHT),
        ("Contract end date", "Date", None, "03/01/2027", MIDNIGHT),
        ("Parent deal", "Connect", [], [7, 8], [7, 8]),
    ],
)
def test_each_type_comes_and_goes(
    copper: EmulatedCopper, name: str, data_type: str, unset: Any, written: Any, shown: Any
) -> None:
    definition = copper.field(name)
    assert definition["data_type"] == data_type
    deal = copper.opportunity()
    assert value_of(deal, definition) == unset
    answer = write(copper, deal["id"], name, written)
    assert (answer, type(answer)) == (shown, type(shown))
    assert value_of(copper.get(f"/opportunities/{deal['id']}"), definition) == shown
    assert write(copper, deal["id"], name, None) == unset


def test_choices_are_ids_of_options_and_computed_values_are_their_names(copper: EmulatedCopper) -> None:
    region, products = copper.field("Region"), copper.field("Products")
    eu, lamp = region["options"][0]["id"], products["options"][2]["id"]
    deal = copper.opportunity()
    assert write(copper, deal["id"], "Region", eu) == eu
    assert write(copper, deal["id"], "Products", [lamp]) == [lamp]
    shown = copper.get(f"/opportunities/{deal['id']}", custom_field_computed_values="true")
    computed = {each["custom_field_definition_id"]: each["computed_value"] for each in shown["custom_fields"]}
    assert (computed[region["id"]], computed[products["id"]]) == ("EU", ["Lamp"])
    assert "computed_value" not in copper.get(f"/opportunities/{deal['id']}")["custom_fields"][0]
    assert write(copper, deal["id"], "Region", None) is None
    assert write(copper, deal["id"], "Products", []) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Decision maker", "x" * 256),
        ("Decision maker", 5),
        ("Conveyor key", "5"),
        ("Discount", 9.5),
        ("Renewal", "true"),
        ("Contract end date", "2027-03-01"),
        ("Region", "EU"),
        ("Region", 1),
        ("Products", 167775),
        ("Parent deal", ["x"]),
    ],
)
def test_a_value_of_another_type_is_refused(copper: EmulatedCopper, name: str, value: Any) -> None:
    deal = copper.opportunity()
    entry = {"custom_field_definition_id": copper.field(name)["id"], "value": value}
    said = copper.refused("PUT", f"/opportunities/{deal['id']}", {"custom_fields": [entry]})
    assert said.startswith("Custom fields: ")
    assert copper.get(f"/opportunities/{deal['id']}") == deal


def test_only_the_listed_fields_change(copper: EmulatedCopper) -> None:
    deal = copper.opportunity()
    write(copper, deal["id"], "Budget", 5)
    write(copper, deal["id"], "Discount", 7)
    assert value_of(copper.get(f"/opportunities/{deal['id']}"), copper.field("Budget")) == 5


def test_a_definition_of_another_kind_or_none_is_refused(copper: EmulatedCopper) -> None:
    budget = copper.field("Budget")["id"]
    entry = {"custom_field_definition_id": budget, "value": 5}
    for given in ([entry], [{**entry, "custom_field_definition_id": 1}], [{"value": 5}], {"a": 1}):
        assert copper.send("POST", "/companies", {"name": "A", "custom_fields": given}).status_code == 422


def test_definitions_are_made_and_changed(copper: EmulatedCopper) -> None:
    given = {
        "name": "Color",
        "data_type": "Dropdown",
        "available_on": ["opportunity"],
        "options": [{"name": "Red"}],
    }
    made = copper.ok("POST", "/custom_field_definitions", given)
    red = made["options"][0]
    assert (made["is_filterable"], red["name"], red["rank"]) == (False, "Red", 0)
    path = f"/custom_field_definitions/{made['id']}"
    assert copper.get(path) == made
    options = [{"name": "Blue"}, {"name": "Red"}]
    changed = copper.ok("PUT", path, {"options": options, "is_filterable": True})
    assert [each["name"] for each in changed["options"]] == ["Blue", "Red"]
    assert changed["options"][1] == {**red, "rank": 1}
    deal = copper.opportunity()
    assert value_of(deal, made) is None
    assert write(copper, deal["id"], "Color", red["id"]) == red["id"]


@pytest.mark.parametrize(
    "given",
    [
        {"data_type": "String"},
        {"name": "X", "data_type": "Number"},
        {"name": "X", "data_type": "Dropdown"},
        {"name": "X", "data_type": "MultiSelect", "options": [{"name": "one"}]},
        {"name": "X", "data_type": "String", "available_on": ["opportunities"]},
        {"name": "X", "data_type": "String", "label": "Y"},
    ],
)
def test_a_wrong_definition_is_refused(copper: EmulatedCopper, given: dict[str, Any]) -> None:
    assert copper.send("POST", "/custom_field_definitions", given).status_code == 422


def test_a_field_of_the_control_api_is_found_by_key_and_name(copper: EmulatedCopper) -> None:
    copper.ask(
        "POST", "/fields", {"name": "tier", "label": "Tier", "type": "enumeration", "options": ["A", "B"]}
    )
    deal_id = copper.card(fields={"tier": "B", "Budget": "12.5", "contract_end_date": "2027-03-01"})
    shown = copper.get(f"/opportunities/{deal_id}", custom_field_computed_values="true")["custom_fields"]
    by_id = {each["custom_field_definition_id"]: each for each in shown}
    assert by_id[copper.field("Tier")["id"]]["computed_value"] == "B"
    assert by_id[copper.field("Contract end date")["id"]]["value"] == MIDNIGHT
    fields = copper.deal(str(deal_id))["fields"]
    assert (fields["tier"], fields["budget"], fields["contract_end_date"]) == ("B", 12.5, "2027-03-01")
    assert copper.field("Tier")["canonical_name"] == "tier"

"""Searches of the emulated Copper account: pages, order, filters of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .copper_account import (
    INTRODUCED,
    PARTNERS,
    EmulatedCopper,
    fresh,
    running_copper,
)
from .running import OLENA


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def test_a_page_is_a_bare_list_with_a_total_header(copper: EmulatedCopper) -> None:
    ids = copper.many(45)
    answer = copper.send("POST", "/opportunities/search", {})
    assert (len(answer.json()), answer.headers["X-PW-TOTAL"]) == (20, "45")
    names = [each["name"] for each in answer.json()]
    assert names == sorted(names, key=str.lower)
    pages = [
        copper.found(page_number=number, page_size=20, sort_by="date_created") for number in (1, 2, 3, 4)
    ]
    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert [id for page in pages for id in page] == ids
    assert copper.found(sort_by="date_created", sort_direction="desc", page_size=2) == ids[:-3:-1]


def test_paging_in_the_query_is_ignored_and_counted(copper: EmulatedCopper) -> None:
    copper.many(30)
    path = "/opportunities/search?page_number=2&page_size=5"
    assert copper.ok("POST", path, {}) == copper.search()
    assert copper.counts()["malformed"] == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"pageSize": 5}, "Base: Unrecognized attributes specified: pageSize"),
        ({"page_size": 201}, "Page size: must be between 1 and 200"),
        ({"page_size": 0}, "Page size: must be between 1 and 200"),
        ({"page_number": 0}, "Page number: must be greater than 0"),
        ({"page_size": True}, "Page size: is not a number"),
        ({"sort_by": "id"}, "Sort by: is not included in the list"),
        ({"sort_direction": "up"}, "Sort direction: is not included in the list"),
        ({"status_ids": ["Open"]}, "Status ids: is not a number"),
        ({"assignee_ids": 5}, "Assignee ids: is not a list"),
        ({"minimum_created_date": "yesterday"}, "Minimum created date: is not a number"),
        ({"tags": "a"}, "Tags: is invalid"),
        ({"ids": "5"}, "Ids: is not a list"),
    ],
)
def test_a_wrong_search_is_refused(copper: EmulatedCopper, body: dict[str, Any], said: str) -> None:
    assert copper.refused("POST", "/opportunities/search", body) == said
    assert copper.counts()["malformed"] == 1


def test_numbers_may_be_texts(copper: EmulatedCopper) -> None:
    ids = copper.many(3)
    body = {
        "page_number": "1",
        "page_size": "2",
        "minimum_modified_date": "1754518014",
        "sort_by": "date_created",
    }
    assert copper.found(**body) == ids[:2]


def test_every_filter_finds_its_own(copper: EmulatedCopper) -> None:
    olena = next(int(each["id"]) for each in copper.ask("GET", "/people") if each["email"] == OLENA)
    plain = copper.card(owner=None, title="Plain")
    company = copper.ok("POST", "/companies", {"name": "Acme"})["id"]
    deal = copper.opportunity(
        name="Rich",
        company_id=company,
        assignee_id=olena,
        monetary_value=500,
        priority="High",
        tags=["a", "b"],
        customer_source_id=331241,
        close_date="1/23/2027",
        pipeline_id=PARTNERS,
        pipeline_stage_id=INTRODUCED,
    )
    copper.put(deal["id"], status="Lost", loss_reason_id=308806)
    rich: list[dict[str, Any]] = [
        {"name": "Rich"},
        {"ids": [deal["id"], 5]},
        {"assignee_ids": [olena]},
        {"status_ids": [2]},
        {"pipeline_ids": [PARTNERS]},
        {"pipeline_stage_ids": [INTRODUCED]},
        {"priority_ids": [3]},
        {"customer_source_ids": [331241]},
        {"loss_reason_ids": [308806]},
        {"company_ids": [company]},
        {"primary_contact_ids": [deal["primary_contact_id"]]},
        {"tags": ["b", "c"]},
        {"tags": {"option": "ALL", "value": ["a", "b"]}},
        {"minimum_monetary_value": 500},
        {"minimum_close_date": 1_800_000_000, "maximum_close_date": 1_801_000_000},
        {"status_ids": [2], "name": "Rich", "minimum_stage_change_date": deal["date_created"]},
    ]
    other: list[dict[str, Any]] = [
        {"assignee_ids": [-2]},
        {"loss_reason_ids": [-2]},
        {"company_ids": [-2]},
        {"status_ids": [0, 1, 3]},
        {"name": "plain", "tags": {"option": "NONE", "value": ["a"]}},
        {"tags": {"option": "NONE", "value": ["a"]}},
    ]
    for body in rich:
        assert copper.found(**body) == [deal["id"]], body
    for body in other:
        assert copper.found(**body) == ([] if body.get("name") == "plain" else [plain]), body
    both = {deal["id"], plain}
    assert set(copper.found(followed=2, minimum_interaction_count=0, maximum_created_date=4e9)) == both


def test_custom_fields_are_searched_by_their_type(copper: EmulatedCopper) -> None:
    def entry(name: str, **details: Any) -> dict[str, Any]:
        return {"custom_fields": [{"custom_field_definition_id": copper.field(name)["id"], **details}]}

    eu = copper.field("Region")["options"][0]["id"]
    desk, chair, _ = (each["id"] for each in copper.field("Products")["options"])
    fields = {
        "budget": 500,
        "conveyor_key": 7,
        "renewal": True,
        "region": "EU",
        "products": ["Desk", "Chair"],
    }
    deal = copper.card(
        fields={**fields, "contract_end_date": "2027-03-01", "discount": 10, "background": "long"}
    )
    empty = copper.card()
    assert copper.found(**entry("Budget", minimum_value=400, maximum_value=600)) == [deal]
    assert copper.found(**entry("Budget", minimum_value=501)) == []
    assert copper.found(**entry("Discount", maximum_value=10)) == [deal]
    assert copper.found(**entry("Contract end date", minimum_value=1_800_000_000)) == [deal]
    assert copper.found(**entry("Conveyor key", value=7)) == [deal]
    assert copper.found(**entry("Renewal", value=False)) == [empty]
    assert copper.found(**entry("Region", value=[eu])) == [deal]
    assert copper.found(**entry("Region", value=[eu], option="NONE")) == [empty]
    assert copper.found(**entry("Region", value=[], allow_empty=True)) == [empty]
    assert copper.found(**entry("Products", value=[desk, chair], option="ALL")) == [deal]
    for name in ("Decision maker", "Background", "Site"):
        answer = copper.send("POST", "/opportunities/search", entry(name, value="x"))
        assert answer.status_code == 422


def test_other_kinds_are_searched_alike(copper: EmulatedCopper) -> None:
    person = copper.person(emails=[{"email": "ada@acme.example", "category": "work"}])
    copper.person(name="Bob")
    assert [each["id"] for each in copper.ok("POST", "/people/search", {"emails": ["ada@acme.example"]})] == [
        person
    ]
    company = copper.ok("POST", "/companies", {"name": "Acme", "email_domain": "acme.example"})["id"]
    found = copper.ok("POST", "/companies/search", {"email_domains": ["acme.example"], "name": "Acme"})
    assert [each["id"] for each in found] == [company]
    deals = copper.many(2)
    tasks = [
        copper.ok("POST", "/tasks", {"name": "T", "related_resource": {"id": id, "type": "opportunity"}})[
            "id"
        ]
        for id in deals
    ]
    copper.ok("PUT", f"/tasks/{tasks[0]}", {"status": "Completed"})
    assert [
        each["id"] for each in copper.ok("POST", "/tasks/search", {"opportunity_ids": deals[:1]})
    ] == tasks[:1]
    assert [each["id"] for each in copper.ok("POST", "/tasks/search", {"statuses": ["Open"]})] == tasks[1:]
    assert copper.refused("POST", "/tasks/search", {"related_ids": [1]}).startswith("Base: Unrecognized")

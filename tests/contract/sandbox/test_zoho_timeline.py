"""Who moved a deal: stage history and timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .running import OLENA, PETAR
from .zoho_org import API_USER, OLENA_ID, PETAR_ID, EmulatedZoho, fresh, running_org

HISTORY = "fields=Stage,Moved_To__s,Modified_Time,Modified_By,Stage_Duration_Calendar_Days"


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_the_stage_history_has_a_row_for_each_stage_entered(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.edit(deal, by=PETAR, stage="Needs Analysis")
    org.put(deal, Stage="Closed Won", Amount=7)
    org.put(deal, Next_Step="no move")
    rows = org.data(f"/Deals/{deal}/Stage_History?{HISTORY},Amount,Probability")
    told = [(row["Stage"], row["Moved_To__s"], row["Modified_By"]["id"]) for row in rows]
    assert told == [
        ("Closed Won", None, API_USER),
        ("Needs Analysis", "Closed Won", PETAR_ID),
        ("Qualification", "Needs Analysis", OLENA_ID),
    ]
    assert [row["Stage_Duration_Calendar_Days"] for row in rows] == [None, 0, 0]
    assert [row["Probability"] for row in rows] == [100, 20, 10]
    assert [row["Amount"] for row in rows] == [7, None, None]
    assert org.refused("GET", f"/Deals/{deal}/Stage_History")["details"]["param_name"] == "fields"
    assert org.nothing("GET", f"/Deals/987654/Stage_History?{HISTORY}")


def test_the_timeline_names_actor_source_and_values(org: EmulatedZoho) -> None:
    deal = org.new_deal(title="Fleet")
    org.edit(deal, by=PETAR, stage="Needs Analysis")
    org.edit(deal, stage="Closed Lost")
    lines = org.ok("GET", f"/Deals/{deal}/__timeline?per_page=200")["__timeline"]
    assert [(line["action"], line["source"], line["done_by"]["id"]) for line in lines] == [
        ("updated", "workflow", PETAR_ID),
        ("updated", "crm_ui", PETAR_ID),
        ("added", "crm_ui", OLENA_ID),
    ]
    moved = {each["api_name"]: each["_value"] for each in lines[1]["field_history"]}
    assert moved["Stage"] == {"new": "Needs Analysis", "old": "Qualification"}
    assert (lines[2]["field_history"], lines[1]["record"]["name"]) == (None, "Fleet")


def test_a_timeline_is_filtered_and_paged(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    for number in range(5):
        org.edit(deal, by=PETAR if number % 2 else OLENA, title=f"Title {number}")
    path = f"/Deals/{deal}/__timeline"
    first = org.ok("GET", f"{path}?per_page=4")
    rest = org.ok("GET", f"{path}?per_page=4&page_token={first['info']['next_page_token']}")
    assert (len(first["__timeline"]), len(rest["__timeline"])) == (4, 2)
    assert rest["info"]["next_page_token"] is None
    mine = {"comparator": "equal", "field": {"api_name": "done_by.id"}, "value": PETAR_ID}
    window = ["2026-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00"]
    times = {"comparator": "between", "field": {"api_name": "audited_time"}, "value": window}
    both = {"group_operator": "and", "group": [mine, times]}
    found = org.ok("GET", path, params={"filters": json.dumps(both)})["__timeline"]
    assert [line["done_by"]["id"] for line in found] == [PETAR_ID, PETAR_ID]
    assert org.refused("GET", path, params={"filters": "{}"})["code"] == "INVALID_DATA"

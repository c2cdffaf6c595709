"""The control API of the emulated Copper account: what people do in it, seen in the terms of every CRM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from .copper_account import (
    FOLLOW_UP,
    INTEGRATION,
    INTRODUCED,
    PARTNERS,
    PRESENTATION,
    QUALIFIED,
    SALES,
    EmulatedCopper,
    fresh,
    running_copper,
)
from .running import OLENA, PETAR

COLUMNS = ["status:Won", "status:Lost", "status:Abandoned"]


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedCopper]:
    with running_copper() as copper:
        yield copper


@pytest.fixture
def copper(process: EmulatedCopper) -> EmulatedCopper:
    return fresh(process)


def control(copper: EmulatedCopper, method: str, path: str, body: object = None) -> requests.Response:
    return copper.session.request(method, f"{copper.url}/sandbox{path}", json=body, timeout=10)


def test_the_ways_to_close_a_deal_are_columns_of_every_board(copper: EmulatedCopper) -> None:
    boards = copper.ask("GET", "/pipelines")
    assert [board["id"] for board in boards] == [str(SALES), str(PARTNERS)]
    for board in boards:
        closing = board["stages"][-3:]
        assert [stage["id"] for stage in closing] == COLUMNS
        assert [(stage["won"], stage["lost"]) for stage in closing] == [
            (True, False),
            (False, True),
            (False, True),
        ]
        assert not any(stage["won"] or stage["lost"] for stage in board["stages"][:-3])


def test_a_card_is_closed_by_its_status_and_opened_by_a_stage(copper: EmulatedCopper) -> None:
    deal_id = copper.card(stage=str(FOLLOW_UP))
    for column in COLUMNS:
        copper.edit(str(deal_id), by=PETAR, stage=column)
        shown = copper.get(f"/opportunities/{deal_id}")
        assert (shown["status"], shown["pipeline_stage_id"]) == (column.removeprefix("status:"), FOLLOW_UP)
        assert copper.deal(str(deal_id))["stage"] == column
    copper.edit(str(deal_id), by=PETAR, stage=str(PRESENTATION))
    shown = copper.get(f"/opportunities/{deal_id}")
    assert (shown["status"], shown["pipeline_stage_id"]) == ("Open", PRESENTATION)


def test_a_reason_is_picked_by_its_name(copper: EmulatedCopper) -> None:
    deal_id = copper.card(stage=str(FOLLOW_UP))
    copper.edit(str(deal_id), stage="status:Lost", fields={"Loss reason": "Price"})
    assert copper.get(f"/opportunities/{deal_id}")["loss_reason_id"] == 308805
    unknown = control(copper, "PATCH", f"/deals/{deal_id}", {"fields": {"Loss reason": "Weather"}})
    assert (unknown.status_code, "there is no loss reason Weather" in unknown.text) == (404, True)


def test_a_card_goes_to_another_board(copper: EmulatedCopper) -> None:
    deal_id = copper.card()
    copper.edit(str(deal_id), by=OLENA, stage=str(INTRODUCED))
    assert copper.deal(str(deal_id))["pipeline"] == str(PARTNERS)
    copper.edit(str(deal_id), by=OLENA, pipeline=str(SALES), stage="status:Won")
    shown = copper.get(f"/opportunities/{deal_id}")
    assert (shown["pipeline_id"], shown["pipeline_stage_id"], shown["status"]) == (SALES, QUALIFIED, "Won")


def test_a_deal_comes_with_contact_and_company(copper: EmulatedCopper) -> None:
    contact = {"name": "Ada Byron", "email": "Ada@acme.example", "phone": "+359 2 123 4567"}
    company = {"name": "Acme", "domain": "acme.example"}
    first = copper.card(
        contact=contact, company=company, amount="1500.00", currency="EUR", pipeline=str(PARTNERS)
    )
    second = copper.card(contact=contact, company=company)
    shown, other = (copper.get(f"/opportunities/{id}") for id in (first, second))
    assert (shown["primary_contact_id"], shown["company_id"]) == (
        other["primary_contact_id"],
        other["company_id"],
    )
    assert (shown["monetary_value"], shown["monetary_unit"], shown["company_name"]) == (1500, "EUR", "Acme")
    person = copper.get(f"/people/{shown['primary_contact_id']}")
    assert (person["name"], person["company_name"]) == ("Ada Byron", "Acme")
    assert person["phone_numbers"] == [{"number": "+359 2 123 4567", "category": "work"}]
    deal = copper.deal(str(first))
    assert (deal["owner"], deal["amount"], deal["currency"], deal["pipeline"]) == (
        OLENA,
        "1500",
        "EUR",
        str(PARTNERS),
    )


def test_the_history_tells_who_changed_what(copper: EmulatedCopper) -> None:
    deal_id = copper.card()
    copper.edit(str(deal_id), by=PETAR, stage=str(FOLLOW_UP), owner=None)
    copper.put(deal_id, assignee_id=INTEGRATION)
    copper.edit(str(deal_id), by=None, fields={"budget": 5})
    lines = [
        (line["field"], line["value"], line["by"], line["source"])
        for line in copper.deal(str(deal_id))["history"]
    ]
    assert lines[0] == ("pipeline_stage_id", str(QUALIFIED), OLENA, "web")
    assert ("pipeline_stage_id", str(FOLLOW_UP), PETAR, "web") in lines
    assert ("assignee_id", None, PETAR, "web") in lines
    assert lines[-2:] == [
        ("assignee_id", str(INTEGRATION), "app", "api"),
        ("budget", "5.0", None, "automation"),
    ]


def test_tasks_are_seen_and_ticked_off_by_people(copper: EmulatedCopper) -> None:
    deal_id = copper.card()
    resource = {"id": deal_id, "type": "opportunity"}
    given = {"name": "Call", "details": "x", "related_resource": resource, "due_date": 1_800_000_000}
    task_id = copper.ok("POST", "/tasks", given)["id"]
    copper.ask("POST", f"/tasks/{task_id}/complete", {"by": PETAR})
    assert copper.get(f"/tasks/{task_id}")["status"] == "Completed"
    (task,) = copper.deal(str(deal_id))["tasks"]
    assert task == {
        "id": str(task_id),
        "subject": "Call",
        "body": "x",
        "owner": None,
        "due": "2027-01-15T08:00:00+00:00",
        "done": True,
        "by": "app",
    }


def test_boards_can_be_replaced(copper: EmulatedCopper) -> None:
    stages: list[dict[str, Any]] = [{"id": "7", "label": "First"}, {"id": "8", "label": "Second"}]
    closing = [{"id": "status:Won", "label": "Won", "won": True}]
    copper.ask("PUT", "/pipelines", [{"id": "5", "label": "Only one", "stages": stages + closing}])
    board = copper.ask("GET", "/pipelines")[0]
    assert [stage["id"] for stage in board["stages"]] == ["7", "8", *COLUMNS]
    deal = copper.opportunity()
    assert (deal["pipeline_id"], deal["pipeline_stage_id"], deal["win_probability"]) == (5, 7, 33)
    wrong = [{"id": "5", "label": "X", "stages": [{"id": "9", "label": "Won", "won": True}]}]
    assert "status:Won" in control(copper, "PUT", "/pipelines", wrong).json()["error"]


def test_what_is_impossible_is_explained(copper: EmulatedCopper) -> None:
    first, second = str(copper.card()), str(copper.card())
    refusals = [
        ("POST", "/deals", {"title": "X", "by": "nobody@acme.example"}),
        ("PATCH", "/deals/1", {"title": "X"}),
        ("PATCH", f"/deals/{first}", {"stage": "7"}),
        ("PATCH", f"/deals/{first}", {"stage": "status:Gone"}),
        ("PATCH", f"/deals/{first}", {"fields": {"no_such_field": 1}}),
        ("PATCH", f"/deals/{first}", {"fields": {"region": "Mars"}}),
        ("POST", "/deals/merge", {"ids": [first, second]}),
        ("POST", "/tasks/1/complete", {}),
        ("POST", "/fields", {"name": "budget", "label": "Budget", "type": "date"}),
    ]
    for method, path, body in refusals:
        answer = control(copper, method, path, body)
        assert (answer.status_code, bool(answer.json()["error"])) == (404, True), (path, body)


def test_writes_are_in_the_journal(copper: EmulatedCopper) -> None:
    deal_id = copper.card()
    for _ in range(2):
        copper.put(deal_id, pipeline_stage_id=FOLLOW_UP)
    first, second = copper.journal("write")
    assert (first["object"], first["id"], first["actor"]) == ("deal", str(deal_id), f"app {INTEGRATION}")
    assert first["changes"]["pipeline_stage_id"] == {"from": QUALIFIED, "to": FOLLOW_UP}
    assert second["changes"] == {}
    assert copper.counts()["by_call"] == {"PUT /developer_api/v1/opportunities/{id}": 2}


def test_the_board_shows_cards_and_moves_them(copper: EmulatedCopper) -> None:
    deal_id = copper.card(title="<b>Fleet</b>")
    page = copper.session.get(copper.url, timeout=10).text
    assert "&lt;b&gt;Fleet&lt;/b&gt;" in page
    assert "Abandoned" in page
    form = {"deal": str(deal_id), "stage": f"{SALES}/status:Abandoned", "by": PETAR}
    moved = copper.session.post(f"{copper.url}/sandbox/board/move", data=form, timeout=10)
    assert (moved.status_code, moved.url) == (200, f"{copper.url}/")
    assert copper.get(f"/opportunities/{deal_id}")["status"] == "Abandoned"


def test_a_reset_makes_everything_as_it_was(copper: EmulatedCopper) -> None:
    copper.card()
    copper.settings(api_key="another", search_lag_s=50)
    copper.ask("PUT", "/webhooks", {"url": "http://127.0.0.1:9/"})
    copper.ask("POST", "/reset")
    assert copper.search() == copper.get("/webhooks") == []
    assert len(copper.ask("GET", "/people")) == 6


def test_a_seed_file_and_later_ids_are_taken(tmp_path: Path) -> None:
    seed = {
        "people": [{"email": "nina@acme.example", "name": "Nina N."}],
        "fields": [{"name": "area", "label": "Area"}],
        "deals": [{"title": "Seeded", "owner": "nina@acme.example", "fields": {"area": "EU"}}],
    }
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed))
    with running_copper("--seed-file", str(path), "--ids-after", "1000000") as copper:
        (deal,) = copper.ask("GET", "/deals")
        assert (deal["title"], deal["owner"], deal["id"]) == ("Seeded", "nina@acme.example", "3827698")
        assert copper.deal(deal["id"])["fields"]["area"] == "EU"

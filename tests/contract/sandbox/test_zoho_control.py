"""What people do in the user interface, and the board, on the emulated Zoho CRM org."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import OLENA, PETAR, listening
from .zoho_org import PARTNER, STANDARD, EmulatedZoho, fresh, posted, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def failed(org: EmulatedZoho, method: str, path: str, body: object) -> str:
    """Return the error of a control request that must fail."""
    answer = org.session.request(method, f"{org.url}/sandbox{path}", json=body, timeout=10)
    assert answer.status_code in (404, 422), answer.text
    return str(answer.json()["error"])


def test_the_same_team_works_here(org: EmulatedZoho) -> None:
    people = {person["email"]: person for person in org.ask("GET", "/people")}
    assert {"olena@acme.example", "petar@acme.example", "maria@acme.example"} <= people.keys()
    assert "system@acme.example" not in people
    assert all(person["id"] == person["user_id"] for person in people.values())


def test_a_person_finds_a_stage_by_any_of_its_names(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    for name in ("Identify Decision Makers", "Id. Decision Makers", "7328395000000006804"):
        org.edit(deal, by=PETAR, stage="Qualification")
        org.edit(deal, by=PETAR, stage=name)
        assert org.deal(deal)["stage"] == "Id. Decision Makers"
    org.edit(deal, by=PETAR, stage="In talks")
    assert (org.deal(deal)["pipeline"], org.one(deal)["Pipeline"]) == (PARTNER, PARTNER)
    org.edit(deal, by=PETAR, pipeline=STANDARD)
    assert org.deal(deal)["stage"] == "Qualification"


def test_pipelines_can_be_replaced(org: EmulatedZoho) -> None:
    stages = [{"id": "s1", "label": "First"}, {"id": "s2", "label": "Done", "won": True}]
    org.ask("PUT", "/pipelines", [{"id": "p", "label": "Only one", "stages": stages}])
    deal = org.new_deal(stage="s2")
    assert (org.one(deal)["Pipeline"], org.one(deal)["Stage"], org.one(deal)["Probability"]) == (
        "p",
        "s2",
        100,
    )
    rows = org.ok("GET", "/settings/pipeline?layout_id=7328395000000091023")["pipeline"]
    assert [(each["display_value"], len(each["maps"])) for each in rows] == [("Only one", 2)]
    assert rows[0]["id"].isdigit() and rows[0]["maps"][1]["forecast_type"] == "Closed Won"


def test_history_says_who_did_what(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.put(deal, Stage="Needs Analysis")
    org.edit(deal, by=PETAR, stage="Closed Won")
    org.edit(deal, stage="Closed Lost")
    moves = [line for line in org.deal(deal)["history"] if line["field"] == "Stage"]
    assert [(line["value"], line["by"], line["source"]) for line in moves] == [
        ("Qualification", OLENA, "crm_ui"),
        ("Needs Analysis", "app", "crm_api"),
        ("Closed Won", PETAR, "crm_ui"),
        ("Closed Lost", None, "workflow"),
    ]
    assert org.one(deal)["Modified_By"]["email"] == PETAR


def test_fields_are_typed_in_as_people_do(org: EmulatedZoho) -> None:
    fields = {
        "Budget": "12.50",
        "Contract_End_Date": "2027-01-31",
        "Conveyor_Accept_By": "2026-12-01T10:00:00Z",
    }
    deal = org.new_deal(amount="99.0", fields=fields)
    shown = org.one(deal)
    assert (shown["Amount"], shown["Budget"], shown["Contract_End_Date"]) == (99, 12.5, "2027-01-31")
    assert shown["Conveyor_Accept_By"] == "2026-12-01T12:00:00+02:00"
    org.edit(deal, fields={"Budget": ""})
    assert org.one(deal)["Budget"] is None


def test_wrong_input_is_explained(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    assert "nobody@acme.example" in failed(org, "POST", "/deals", {"title": "X", "by": "nobody@acme.example"})
    assert "no stage Nope" in failed(org, "PATCH", f"/deals/{deal}", {"stage": "Nope"})
    assert "Nope" in failed(org, "PATCH", f"/deals/{deal}", {"fields": {"Nope": 1}})
    assert "owner" in failed(org, "PATCH", f"/deals/{deal}", {"owner": None})
    assert "two different" in failed(org, "POST", "/deals/merge", {"ids": [deal]})
    assert "Nowhere" in failed(org, "PUT", "/credentials", {"time_zone": "Nowhere"})
    assert "passwort" in failed(org, "PUT", "/credentials", {"passwort": "x"})
    assert failed(org, "PATCH", "/deals/1", {"title": "X"}) == "there is no deal 1"


def test_the_board_moves_a_card(org: EmulatedZoho) -> None:
    deal = org.new_deal(title="<b>Fleet</b>")
    page = org.session.get(org.url, timeout=10).text
    assert "&lt;b&gt;Fleet&lt;/b&gt;" in page
    assert "Proposal/Price Quote" in page
    form = {"deal": deal, "stage": f"{STANDARD}/Proposal/Price Quote", "by": PETAR}
    assert org.session.post(f"{org.url}/sandbox/board/move", data=form, timeout=10).status_code == 200
    assert org.one(deal)["Stage"] == "Proposal/Price Quote"


def test_an_org_starts_with_seed_channel_and_own_ids(tmp_path: Path) -> None:
    seed = {
        "people": [{"email": "nina@acme.example", "name": "Nina N."}],
        "fields": [{"name": "Region", "label": "Region"}],
        "deals": [{"title": "Seeded", "owner": "nina@acme.example", "fields": {"Region": "EU"}}],
    }
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed))
    with listening() as inbox:
        options = (
            "--seed-file",
            str(path),
            "--ids-after",
            "5000",
            "--webhook-url",
            inbox.url,
            "--secret",
            "s3",
        )
        with running_org(*options) as org:
            (deal,) = org.ask("GET", "/deals")
            assert (deal["title"], deal["owner"]) == ("Seeded", "nina@acme.example")
            assert int(deal["id"]) > 7_328_395_000_000_715_000
            org.edit(deal["id"], by=OLENA, title="Told")
            assert {post["token"] for post in posted(inbox, 2)} == {"s3"}

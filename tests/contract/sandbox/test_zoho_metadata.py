"""Org, users, modules, fields, layouts, pipelines: what records alone do not tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .zoho_org import API_USER, LAYOUT, OLENA_ID, PARTNER, STANDARD, EmulatedZoho, fresh, running_org


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def test_the_current_user_is_the_one_who_consented(org: EmulatedZoho) -> None:
    users = org.ok("GET", "/users?type=CurrentUser")["users"]
    assert [(user["id"], user["email"]) for user in users] == [(API_USER, "integration@acme.example")]
    assert users[0]["profile"]["name"] == "Administrator"


def test_users_come_in_pages_and_by_type(org: EmulatedZoho) -> None:
    org.ask("POST", "/people", {"email": "petar@acme.example", "name": "Petar D.", "active": False})
    first = org.ok("GET", "/users?type=AllUsers&per_page=4")
    assert first["info"] == {"per_page": 4, "count": 4, "page": 1, "more_records": True}
    assert org.ok("GET", "/users?page=2&per_page=4")["info"]["more_records"] is False
    gone = org.ok("GET", "/users?type=DeactiveUsers")["users"]
    assert [(user["email"], user["status"]) for user in gone] == [("petar@acme.example", "disabled")]
    assert org.nothing("GET", "/users?type=DeletedUsers")
    assert org.ok("GET", f"/users/{OLENA_ID}")["users"][0]["full_name"] == "Olena K."
    assert org.refused("GET", "/users?per_page=201")["details"]["param_name"] == "per_page"


def test_pipelines_belong_to_a_layout(org: EmulatedZoho) -> None:
    layout = org.ok("GET", "/settings/layouts?module=Deals")["layouts"][0]
    assert (layout["id"], layout["status"]) == (LAYOUT, "active")
    pipelines = org.ok("GET", f"/settings/pipeline?layout_id={LAYOUT}")["pipeline"]
    assert [(each["actual_value"], each["default"]) for each in pipelines] == [
        (STANDARD, True),
        (PARTNER, False),
    ]
    assert org.refused("GET", "/settings/pipeline")["code"] == "REQUIRED_PARAM_MISSING"
    assert org.refused("GET", "/settings/pipeline?layout_id=1")["code"] == "INVALID_DATA"


def test_a_stage_has_two_values_and_may_stand_in_two_pipelines(org: EmulatedZoho) -> None:
    first, second = org.ok("GET", f"/settings/pipeline?layout_id={LAYOUT}")["pipeline"]
    stage = next(each for each in first["maps"] if each["display_value"] == "Identify Decision Makers")
    assert (stage["actual_value"], stage["forecast_type"]) == ("Id. Decision Makers", "Open")
    shared = {each["id"] for each in first["maps"]} & {each["id"] for each in second["maps"]}
    assert len(shared) == 1
    assert {each["forecast_type"] for each in second["maps"]} == {"Open", "Closed Won", "Closed Lost"}


def test_a_renamed_stage_keeps_its_actual_value(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    boards = org.ask("GET", "/pipelines")
    boards[0]["stages"][0]["label"] = "Qualifying"
    org.ask("PUT", "/pipelines", boards)
    stage = org.ok("GET", f"/settings/pipeline?layout_id={LAYOUT}")["pipeline"][0]["maps"][0]
    assert (stage["display_value"], stage["actual_value"]) == ("Qualifying", "Qualification")
    assert org.one(deal)["Stage"] == "Qualification"


def test_probabilities_stand_in_the_fields_only(org: EmulatedZoho) -> None:
    fields = {field["api_name"]: field for field in org.ok("GET", "/settings/fields?module=Deals")["fields"]}
    options = {each["actual_value"]: each for each in fields["Stage"]["pick_list_values"]}
    assert (options["Needs Analysis"]["probability"], options["Closed Won"]["probability"]) == (20, 100)
    assert fields["Deal_Name"]["system_mandatory"]
    assert fields["Budget"]["custom_field"]
    assert fields["Modified_Time"]["operation_type"]["api_update"] is False
    assert fields["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"


def test_a_layout_maps_pipelines_to_stages(org: EmulatedZoho) -> None:
    sections = org.ok("GET", "/settings/layouts?module=Deals")["layouts"][0]["sections"]
    fields = {field["api_name"]: field for section in sections for field in section["fields"]}
    partner = fields["Pipeline"]["pick_list_values"][1]
    stages = [each["actual_value"] for each in partner["maps"][0]["pick_list_values"]]
    assert stages == ["Introduced", "In talks", "Partner won", "Closed Lost"]
    assert fields["Closing_Date"]["required"] and not fields["Next_Step"]["required"]


def test_an_org_without_pipelines_knows_no_such_field(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(pipelines_enabled=False)
    assert org.nothing("GET", f"/settings/pipeline?layout_id={LAYOUT}")
    assert "Pipeline" not in org.one(deal)
    org.put(deal, Stage="Anything at all")
    assert org.one(deal)["Stage"] == "Anything at all"
    assert [board["id"] for board in org.ask("GET", "/pipelines")] == ["default"]
    assert org.deal(deal)["pipeline"] == "default"


def test_a_field_of_an_admin_is_there_at_once(org: EmulatedZoho) -> None:
    org.ask(
        "POST", "/fields", {"name": "Size", "label": "Size", "type": "enumeration", "options": ["S", "L"]}
    )
    org.ask("POST", "/fields", {"name": "Conveyor_Key", "label": "Conveyor key"})
    fields = {field["api_name"]: field for field in org.ok("GET", "/settings/fields?module=Deals")["fields"]}
    assert [each["actual_value"] for each in fields["Size"]["pick_list_values"]] == ["S", "L"]
    assert (fields["Conveyor_Key"]["unique"], fields["Size"]["unique"]) == ({"case_sensitive": False}, {})


def test_a_hidden_field_vanishes_without_an_error(org: EmulatedZoho) -> None:
    deal = org.new_deal(fields={"Budget": 9})
    org.set(hidden_fields=["Budget"])
    assert "Budget" not in org.one(deal)
    assert org.put(deal, Budget=10)["code"] == "SUCCESS"
    assert org.deal(deal)["fields"]["Budget"] == "9"


def test_modules_and_related_lists(org: EmulatedZoho) -> None:
    modules = {each["api_name"]: each["id"] for each in org.ok("GET", "/settings/modules")["modules"]}
    assert {"Deals", "Contacts", "Accounts", "Tasks", "Notes", "Leads"} <= modules.keys()
    lists = org.ok("GET", "/settings/related_lists?module=Deals")["related_lists"]
    assert lists[0]["href"] == "Deals/{ENTITYID}/Stage_History"
    assert org.refused("GET", "/settings/fields?module=Nope")["code"] == "INVALID_MODULE"
    assert org.refused("GET", "/settings/fields")["code"] == "REQUIRED_PARAM_MISSING"


def test_the_org_tells_its_currency(org: EmulatedZoho) -> None:
    deal = org.new_deal(currency="USD")
    found = org.ok("GET", "/org")["org"][0]
    assert (found["iso_code"], found["mc_status"], org.one(deal)["Currency"]) == ("EUR", True, "USD")
    org.set(multi_currency=False)
    assert org.ok("GET", "/org")["org"][0]["mc_status"] is False
    assert "Currency" not in org.one(deal)


@pytest.mark.parametrize("path", ["/nope/1/2/3", "/Deals/1/actions/nope", "/settings/nope"])
def test_a_wrong_path_is_no_missing_record(org: EmulatedZoho, path: str) -> None:
    assert org.refused("GET", path, status=404)["code"] == "INVALID_URL_PATTERN"

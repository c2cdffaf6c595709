"""The emulated portal's records: both dialects, filters, stages, and what is silently ignored."""

from collections.abc import Iterator

import pytest

from .bitrix24_portal import OLENA, EmulatedPortal, fresh, running_portal


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture
def portal(process: EmulatedPortal) -> EmulatedPortal:
    return fresh(process)


def ids(portal: EmulatedPortal, **filters: object) -> list[int]:
    page = portal.call("crm.item.list", entityTypeId=2, select=["id"], filter=filters, start=-1)
    return [item["id"] for item in page["items"]]


def test_both_dialects_show_the_same_deal(portal: EmulatedPortal) -> None:
    deal = portal.new_deal(
        amount="1000", fields={"UF_CRM_BUDGET": 200.5, "UF_CRM_CONTRACT_END": "2026-12-31"}
    )

    item = portal.item(deal)
    legacy = portal.call("crm.deal.get", id=deal)

    assert (item["id"], item["opportunity"], item["assignedById"], item["companyId"]) == (deal, 1000, 11, 0)
    assert (item["ufCrmBudget"], item["ufCrmContractEnd"]) == (200.5, "2026-12-31T03:00:00+03:00")
    assert item["isWon"] is None
    assert (legacy["ID"], legacy["OPPORTUNITY"], legacy["ASSIGNED_BY_ID"]) == (str(deal), "1000.00", "11")
    assert (legacy["UF_CRM_BUDGET"], legacy["STAGE_ID"]) == ("200.5", "NEW")
    assert "CONTACT_IDS" not in legacy
    assert item["createdTime"] == legacy["DATE_CREATE"]


def test_answers_carry_their_time(portal: EmulatedPortal) -> None:
    times = portal.post("server.time").json()["time"]
    assert {"start", "finish", "duration", "processing", "date_start", "date_finish"} < times.keys()
    assert times["operating_reset_at"] > times["start"]
    assert times["date_start"].endswith("+03:00")


def test_form_and_query_work_like_json(portal: EmulatedPortal) -> None:
    base = f"{portal.url}/rest/99/sandboxcode"
    form = {"entityTypeId": "2", "fields[title]": "By form", "fields[contactIds][]": "7"}
    added = portal.session.post(f"{base}/crm.item.add.json", data=form, timeout=30).json()["result"]["item"]
    query = {"entityTypeId": "2", "select[]": ["title", "contactIds"], "filter[=id]": added["id"]}
    listed = portal.session.get(f"{base}/crm.item.list", params=query, timeout=30).json()["result"]["items"]
    assert listed[0]["contactIds"] == [7]


def test_unknown_fields_are_ignored_with_success(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    before = portal.item(deal)
    after = portal.update(deal, conveyorSection="retention", ufCrmNoSuchField="x", UF_CRM_BUDGET=5, id=77)
    assert after == before


def test_original_field_names_on_request(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    params = {"entityTypeId": 2, "id": deal, "fields": {"UF_CRM_BUDGET": 5}, "useOriginalUfNames": "Y"}
    assert portal.call("crm.item.update", **params)["item"]["UF_CRM_BUDGET"] == 5
    assert portal.item(deal)["ufCrmBudget"] == 5
    listed = {"entityTypeId": 2, "select": ["id", "UF_CRM_BUDGET"], "useOriginalUfNames": "Y"}
    assert portal.call("crm.item.list", **listed)["items"] == [{"UF_CRM_BUDGET": 5}]


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("UF_CRM_3_DIGIT", "ufCrm3Digit"),
        ("UF_CRM_3_1747309727", "ufCrm3_1747309727"),
        ("UF_CRM_3_DIGIT10", "ufCrm_3_DIGIT10"),
        ("UF_CRM_3_DIGIT_10", "ufCrm_3_DIGIT_10"),
        ("UF_CRM_1747309879", "ufCrm_1747309879"),
        ("UF_CRM_LOST_REASON", "ufCrmLostReason"),
    ],
)
def test_custom_fields_get_the_names_this_crm_gives(portal: EmulatedPortal, original: str, name: str) -> None:
    portal.ask("POST", "/fields", {"name": original, "label": "Anything"})
    described = portal.call("crm.item.fields", entityTypeId=2)["fields"]
    assert described[name]["upperName"] == original
    assert described[name]["isDynamic"] is True
    assert original in [row["FIELD_NAME"] for row in portal.call("crm.deal.userfield.list")]


def test_saving_nothing_new_changes_nothing(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    before = portal.item(deal)
    assert portal.update(deal, title=before["title"], stageId="NEW") == before
    assert portal.item(deal)["updatedBy"] == 11


def test_writes_are_recorded_as_made_by_the_webhooks_owner(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    after = portal.update(deal, stageId="EXECUTING")
    assert (after["createdBy"], after["updatedBy"], after["movedBy"]) == (11, 99, 99)
    assert portal.call("user.current")["EMAIL"] == "integration@acme.example"


def test_a_stage_of_another_pipeline_needs_its_pipeline(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    assert portal.update(deal, stageId="C5:EXECUTING")["stageId"] == "NEW"
    moved = portal.update(deal, stageId="C5:EXECUTING", categoryId=5)
    assert (moved["stageId"], moved["categoryId"]) == ("C5:EXECUTING", 5)
    assert portal.call("crm.deal.update", id=deal, fields={"STAGE_ID": "NEW", "CATEGORY_ID": 0}) is True
    assert portal.item(deal)["categoryId"] == 5
    assert portal.refused("crm.item.update", entityTypeId=2, id=deal, fields={"stageId": "C5:NO_SUCH"}) == (
        400,
        "CRM_FIELD_ERROR_VALUE_NOT_VALID",
    )


def test_stage_history_keeps_every_move(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    portal.update(deal, stageId="EXECUTING")
    portal.update(deal, stageId="WON")
    portal.ask("PATCH", f"/deals/{deal}", {"by": OLENA, "pipeline": "5"})
    items = portal.call("crm.stagehistory.list", entityTypeId=2, filter={"OWNER_ID": deal, ">ID": 0})["items"]
    assert [(one["TYPE_ID"], one["STAGE_ID"], one["STAGE_SEMANTIC_ID"]) for one in items] == [
        (1, "NEW", "P"),
        (2, "EXECUTING", "P"),
        (3, "WON", "S"),
        (5, "C5:NEW", "P"),
    ]


def test_mandatory_fields_of_a_stage_are_asked_for_within_a_pipeline(portal: EmulatedPortal) -> None:
    portal.ask("PUT", "/credentials", {"required": {"EXECUTING": ["UF_CRM_BUDGET"]}})
    deal = portal.new_deal()
    wanted = {"entityTypeId": 2, "id": deal, "fields": {"stageId": "EXECUTING"}}
    assert portal.refused("crm.item.update", **wanted) == (400, "CRM_FIELD_ERROR_REQUIRED")
    assert portal.update(deal, stageId="EXECUTING", ufCrmBudget=5)["stageId"] == "EXECUTING"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({">id": 1}, [2, 3]),
        ({"@id": [1, 3]}, [1, 3]),
        ({"!@id": [1, 3]}, [2]),
        ({"%title": "BET"}, [2]),
        ({"=%title": "al%"}, [1]),
        ({"!%title": "a"}, []),
        ({"stageId": "WON"}, [3]),
        ({"!stageId": "WON"}, [1, 2]),
        ({">=opportunity": 20, "<opportunity": 30}, [2]),
        ({"0": {"logic": "OR", "0": {"title": "alpha"}, "1": {"=stageId": "WON"}}}, [1, 3]),
        ({"=originId": ""}, [1, 2, 3]),
        ({">=updatedTime": "2035-01-01T00:00:00+02:00"}, []),
        ({">=updatedTime": "2020-01-01 00:00:00"}, [1, 2, 3]),
    ],
)
def test_filters(portal: EmulatedPortal, filters: dict[str, object], found: list[int]) -> None:
    for title, amount, stage in (("alpha", "10", "NEW"), ("beta", "20", "NEW"), ("gamma", "30", "WON")):
        portal.new_deal(title=title, amount=amount, stage=stage)
    assert ids(portal, **filters) == found


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"filter": {"nope": 1}}, "Invalid filter: field 'nope' is not allowed in filter"),
        ({"filter": {">=updatedTime": "soon"}}, "Invalid filter: field 'updatedTime' has invalid value"),
        ({"order": {"nope": "ASC"}}, "Invalid order: field 'nope' is not allowed in order"),
    ],
)
def test_a_wrong_filter_is_refused(portal: EmulatedPortal, params: dict[str, object], text: str) -> None:
    answer = portal.post("crm.item.list", entityTypeId=2, **params)
    assert answer.status_code == 400
    assert answer.json() == {"error": "INVALID_ARG_VALUE", "error_description": text}


def test_a_portal_that_does_not_honour_offsets_in_filters(portal: EmulatedPortal) -> None:
    portal.new_deal()
    portal.ask("PUT", "/credentials", {"date_filter": "plain"})
    assert ids(portal, **{">=updatedTime": "2035-01-01T00:00:00+02:00"}) == [1]
    assert ids(portal, **{">=updatedTime": "2035-01-01 00:00:00"}) == []


def test_the_server_zone_can_differ(portal: EmulatedPortal) -> None:
    portal.ask("PUT", "/credentials", {"zone": "-05:00", "record_time_shift_s": 3600})
    item = portal.item(portal.new_deal())
    assert item["movedTime"].endswith("-05:00")
    assert item["updatedTime"] > item["movedTime"]


def test_paging_by_offset_and_without_counting(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/bulk", {"count": 101})
    first = portal.post("crm.item.list", entityTypeId=2, select=["id"]).json()
    last = portal.post("crm.item.list", entityTypeId=2, select=["id"], start=100).json()
    uncounted = portal.post("crm.item.list", entityTypeId=2, select=["id"], start=-1).json()
    assert (len(first["result"]["items"]), first["next"], first["total"]) == (50, 50, 101)
    assert (len(last["result"]["items"]), last.get("next")) == (1, None)
    assert (len(uncounted["result"]["items"]), uncounted.get("next"), uncounted["total"]) == (50, None, 0)


@pytest.mark.parametrize(
    ("method", "params", "refusal"),
    [
        ("crm.item.get", {"entityTypeId": 2, "id": 404}, (400, "NOT_FOUND")),
        ("crm.item.get", {"entityTypeId": 99, "id": 1}, (400, "NOT_FOUND")),
        ("crm.deal.get", {"id": 404}, (400, "")),
        ("crm.deal.update", {"id": 404, "fields": {"TITLE": "x"}}, (400, "")),
        ("crm.no.such.method", {}, (404, "ERROR_METHOD_NOT_FOUND")),
        ("crm.category.get", {"entityTypeId": 2, "id": 7}, (400, "NOT_FOUND")),
        ("crm.item.add", {"entityTypeId": 2, "fields": {"contactIds": 5}}, (400, "100")),
        (
            "crm.item.add",
            {"entityTypeId": 2, "fields": {"assignedById": 404}},
            (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID"),
        ),
        (
            "crm.timeline.comment.add",
            {"fields": {"ENTITY_ID": 404, "ENTITY_TYPE": "deal"}},
            (400, "OWNER_NOT_FOUND"),
        ),
        ("crm.duplicate.findbycomm", {}, (400, "Communication type is not defined")),
        ("tasks.task.add", {"fields": {"RESPONSIBLE_ID": 11}}, (400, "ERROR_CORE")),
        ("tasks.task.add", {}, (400, "100")),
        ("tasks.task.complete", {"taskId": 404}, (400, "0")),
        ("feature.get", {}, (400, "CODE_EMPTY")),
        ("app.info", {}, (400, "ACCESS_DENIED")),
        ("event.bind", {"event": "ONCRMDEALADD", "handler": "http://127.0.0.1/"}, (403, "WRONG_AUTH_TYPE")),
    ],
)
def test_refusals(
    portal: EmulatedPortal, method: str, params: dict[str, object], refusal: tuple[int, str]
) -> None:
    assert portal.refused(method, **params) == refusal


def test_pipelines_and_stages(portal: EmulatedPortal) -> None:
    categories = portal.call("crm.category.list", entityTypeId=2)["categories"]
    assert [(one["id"], one["isDefault"]) for one in categories] == [(5, "N"), (0, "Y")]
    params = {"filter": {"ENTITY_ID": "DEAL_STAGE_5"}, "order": {"SORT": "ASC"}}
    stages = portal.call("crm.status.list", **params)
    assert [(one["STATUS_ID"], one["SEMANTICS"]) for one in stages] == [
        ("C5:NEW", None),
        ("C5:EXECUTING", None),
        ("C5:WON", "S"),
        ("C5:LOSE", "F"),
    ]
    assert portal.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_0"}) == []
    directory = {one["ID"]: one for one in portal.call("crm.status.entity.types")}
    assert directory["DEAL_STAGE_5"]["SEMANTIC_INFO"]["FINAL_SUCCESS_FIELD"] == "C5:WON"


def test_contacts_phones_and_duplicates(portal: EmulatedPortal) -> None:
    fm = [{"typeId": "EMAIL", "value": "ann@lee.example"}]
    fields = {"name": "Ann", "lastName": "Lee", "fm": fm}
    contact = portal.call("crm.item.add", entityTypeId=3, fields=fields)["item"]
    record = contact["fm"][0]["id"]
    change = {
        "fm": {"n0": {"typeId": "PHONE", "value": "+359 2 111"}, str(record): {"value": "ann@acme.example"}}
    }
    changed = portal.call("crm.item.update", entityTypeId=3, id=contact["id"], fields=change)["item"]
    assert (changed["email"], changed["phone"]) == ("ann@acme.example", "+359 2 111")
    found = {"type": "EMAIL", "values": ["ANN@acme.example"], "entity_type": "CONTACT"}
    assert portal.call("crm.duplicate.findbycomm", **found) == {"CONTACT": [contact["id"]]}
    assert portal.call("crm.duplicate.findbycomm", **found | {"values": ["x@y.z"]}) == []
    nameless = {"entityTypeId": 3, "id": contact["id"], "fields": {"name": "", "lastName": ""}}
    assert portal.refused("crm.item.update", **nameless) == (400, "CRM_FIELD_ERROR_REQUIRED")


def test_contacts_of_a_deal(portal: EmulatedPortal) -> None:
    deal = portal.new_deal(contact={"name": "Ann Lee", "email": "a@b.c"}, company={"name": "Acme"})
    assert portal.item(deal)["companyId"] == 1
    items = [{"CONTACT_ID": 8, "SORT": 20}, {"CONTACT_ID": 9, "IS_PRIMARY": "Y"}]
    assert portal.call("crm.deal.contact.items.set", id=deal, items=items) is True
    assert [one["CONTACT_ID"] for one in portal.call("crm.deal.contact.items.get", id=deal)] == [9, 8]
    assert portal.call("crm.deal.contact.add", id=deal, fields={"CONTACT_ID": 8}) is False
    assert (portal.item(deal)["contactId"], portal.item(deal)["contactIds"]) == (9, [9, 8])


def test_tasks_todos_and_comments_stand_on_the_card(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    stamp = portal.item(deal)["updatedTime"]
    due = "2035-12-31T18:00:00+03:00"
    fields = {"TITLE": "Call", "RESPONSIBLE_ID": 12, "DEADLINE": due, "UF_CRM_TASK": [f"D_{deal}"]}
    task = portal.call("tasks.task.add", fields=fields)["task"]
    assert (task["responsibleId"], task["deadline"], task["status"]) == ("12", due, "2")
    assert "ufCrmTask" not in task
    portal.call("crm.activity.todo.add", ownerTypeId=2, ownerId=deal, deadline=due, title="Welcome")
    comment = {"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Why it came back"}
    portal.call("crm.timeline.comment.add", fields=comment)

    portal.ask("POST", f"/tasks/{task['id']}/complete", {"by": "petar@acme.example"})
    card = portal.ask("GET", f"/deals/{deal}")
    assert [(one["subject"], one["done"], one["by"]) for one in card["tasks"]] == [
        ("Call", True, "app"),
        ("Welcome", False, "app"),
    ]
    assert [(note["body"], note["by"]) for note in card["notes"]] == [("Why it came back", "app")]
    select = ["ID", "STATUS", "CLOSED_BY", "UF_CRM_TASK"]
    listed = portal.call("tasks.task.list", filter={"UF_CRM_TASK": f"D_{deal}"}, select=select)["tasks"]
    assert [(one["status"], one["closedBy"], one["ufCrmTask"]) for one in listed] == [
        ("5", "12", [f"D_{deal}"])
    ]
    assert portal.item(deal)["updatedTime"] == stamp
    assert portal.call("tasks.task.get", taskId=404) == []


def test_a_deleted_deal_is_gone_for_the_api_only(portal: EmulatedPortal) -> None:
    deal, other = portal.new_deal(), portal.new_deal()
    assert portal.call("crm.item.delete", entityTypeId=2, id=deal) == []
    assert portal.refused("crm.item.get", entityTypeId=2, id=deal) == (400, "NOT_FOUND")
    assert ids(portal) == [other]
    assert portal.ask("GET", f"/deals/{deal}")["deleted"] is True


def test_merging_keeps_the_first_and_leaves_no_trace_of_the_others(portal: EmulatedPortal) -> None:
    first, second = portal.new_deal(), portal.new_deal(fields={"UF_CRM_BUDGET": 7})
    assert portal.ask("POST", "/deals/merge", {"ids": [str(first), str(second)], "by": OLENA})["id"] == str(
        first
    )
    assert ids(portal) == [first]
    assert portal.item(first)["ufCrmBudget"] == 7
    assert portal.ask("GET", f"/deals/{second}")["merged_into"] == str(first)


def test_people_and_dismissal(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/people", {"email": "ivan@acme.example", "name": "Ivan", "active": False})
    everyone = portal.call("user.get")
    active = portal.call("user.get", FILTER={"ACTIVE": True})
    assert {one["ID"] for one in everyone} - {one["ID"] for one in active} == {"14"}
    assert next(one for one in everyone if one["ID"] == "14")["ACTIVE"] is False
    assert "2" not in {one["ID"] for one in everyone}


def test_pipelines_can_be_replaced_and_a_deal_stays_in_a_stage_that_went_away(portal: EmulatedPortal) -> None:
    deal = portal.new_deal(stage="EXECUTING")
    stages = [{"id": "NEW", "label": "Neu"}, {"id": "WON", "label": "Won", "won": True}]
    portal.ask("PUT", "/pipelines", [{"id": "0", "label": "General", "stages": stages}])
    assert portal.item(deal)["stageId"] == "EXECUTING"
    assert len(portal.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"})) == 2

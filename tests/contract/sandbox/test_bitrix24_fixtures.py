"""The emulated portal answers in the documented shapes kept in tests/fixtures/bitrix24."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from .bitrix24_portal import OLENA, EmulatedPortal, fresh, listening, running_portal, until

FIXTURES = Path(__file__).parents[2] / "fixtures" / "bitrix24"


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture
def portal(process: EmulatedPortal) -> EmulatedPortal:
    """A portal with one deal that has moved, a task and a comment."""
    fresh(process)
    deal = process.new_deal(amount="10000")
    process.update(deal, categoryId=5, begindate="2025-12-18", closedate="2025-12-25")
    due = "2035-12-31T18:00:00+03:00"
    fields = {"TITLE": "Call", "RESPONSIBLE_ID": 12, "DEADLINE": due, "UF_CRM_TASK": [f"D_{deal}"]}
    process.call("tasks.task.add", fields=fields)
    process.call(
        "crm.timeline.comment.add", fields={"ENTITY_ID": deal, "ENTITY_TYPE": "deal", "COMMENT": "Hi"}
    )
    return process


def documented(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def assert_same_shape(expected: Any, actual: Any, where: str = "$") -> None:
    """Check that everything documented is there, and of the documented type; empty or null says nothing."""
    if expected is None or actual is None:
        return
    number = isinstance(expected, int | float) and not isinstance(expected, bool)
    kinds: Any = int | float if number else type(expected)
    assert isinstance(actual, kinds), f"{where}: {actual!r} is not like {expected!r}"
    if isinstance(expected, dict):
        missing = expected.keys() - actual.keys()
        assert not missing, f"{where} has no {sorted(missing)}"
        for key, value in expected.items():
            assert_same_shape(value, actual[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert bool(expected) == bool(actual), f"{where}: {actual!r} is not like {expected!r}"
        for one in actual:
            assert_same_shape(expected[0], one, f"{where}[]")


STAGES = {"filter": {"ENTITY_ID": "DEAL_STAGE_5"}}
COMMANDS = "crm.item.list?entityTypeId=2&select[]=id"
TASK_LIST = {
    "filter": {"UF_CRM_TASK": "D_1"},
    "select": ["ID", "TITLE", "RESPONSIBLE_ID", "DEADLINE", "STATUS", "UF_CRM_TASK"],
}
COMMENTS = {"filter": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}}


@pytest.mark.parametrize(
    ("fixture", "method", "params"),
    [
        ("crm.item.get__deal", "crm.item.get", {"entityTypeId": 2, "id": 1}),
        ("crm.item.fields__deal", "crm.item.fields", {"entityTypeId": 2}),
        ("crm.deal.get__legacy", "crm.deal.get", {"id": 1}),
        ("crm.status.list__stages", "crm.status.list", STAGES),
        ("crm.stagehistory.list__deal", "crm.stagehistory.list", {"entityTypeId": 2}),
        ("crm.timeline.comment.list__deal", "crm.timeline.comment.list", COMMENTS),
        ("user.get__all", "user.get", {}),
        ("tasks.task.complete__done", "tasks.task.complete", {"taskId": 1}),
        ("tasks.task.list__of_a_deal", "tasks.task.list", TASK_LIST),
        ("tasks.task.get__missing", "tasks.task.get", {"taskId": 404}),
        ("batch__numbered", "batch", {"cmd": [COMMANDS]}),
        ("batch__named", "batch", {"cmd": {"c0": COMMANDS, "c1": "crm.item.get?entityTypeId=2&id=404"}}),
        ("crm.item.delete__deal", "crm.item.delete", {"entityTypeId": 2, "id": 1}),
    ],
)
def test_answers(portal: EmulatedPortal, fixture: str, method: str, params: dict[str, Any]) -> None:
    assert_same_shape(documented(fixture), portal.post(method, **params).json())


def test_pipelines(portal: EmulatedPortal) -> None:
    expected, actual = (
        documented("crm.category.list__deals"),
        portal.post("crm.category.list", entityTypeId=2).json(),
    )
    assert actual["result"] == expected["result"]
    assert actual["total"] == expected["total"]


def test_a_page_of_a_long_list(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/bulk", {"count": 60})
    select = {"entityTypeId": 2, "select": ["id", "title", "updatedTime"]}
    assert_same_shape(documented("crm.item.list__page"), portal.post("crm.item.list", **select).json())


def test_tokens(portal: EmulatedPortal) -> None:
    expected, actual = documented("oauth.token__refreshed"), portal.access_token()
    assert_same_shape(expected, actual)
    assert actual.keys() == expected.keys()


@pytest.mark.parametrize(
    ("fixture", "method", "params"),
    [
        ("400_not_found", "crm.item.get", {"entityTypeId": 2, "id": 404}),
        ("400_legacy_not_found", "crm.deal.get", {"id": 404}),
        ("400_invalid_filter", "crm.item.list", {"entityTypeId": 2, "filter": {"x": 1}}),
        ("404_method_not_found", "no.such.method", {}),
    ],
)
def test_errors(portal: EmulatedPortal, fixture: str, method: str, params: dict[str, Any]) -> None:
    answer = portal.post(method, **params)
    assert str(answer.status_code) == fixture.partition("_")[0]
    assert answer.json() == documented(f"error__{fixture}")


@pytest.mark.parametrize(
    ("fixture", "fault"),
    [
        ("401_no_auth_found", "unauthorized"),
        ("429_operation_time_limit", "operation_time_limit"),
        ("503_query_limit_exceeded", "rate_limited"),
        ("503_overload_limit", "overload_limit"),
    ],
)
def test_planned_errors(portal: EmulatedPortal, fixture: str, fault: str) -> None:
    portal.fault(fault)
    answer = portal.post("scope")
    assert str(answer.status_code) == fixture.partition("_")[0]
    assert answer.json() == documented(f"error__{fixture}")


def test_events_of_the_outgoing_webhook(portal: EmulatedPortal) -> None:
    with listening() as inbox:
        portal.ask("PUT", "/webhooks", {"url": inbox.url})
        deal = portal.new_deal()
        portal.update(deal, title="Other")
        portal.ask("DELETE", f"/deals/{deal}")
        portal.call("tasks.task.add", fields={"TITLE": "Call", "RESPONSIBLE_ID": 11})
        portal.ask("POST", "/tasks/1/complete", {"by": OLENA})
        until(lambda: len(inbox.received) == 5, "five events")
        forms = {form["event"]: form for _, form in inbox.received}
    for event, form in forms.items():
        expected = dict(parse_qsl((FIXTURES / f"{event.lower()}__outgoing.form").read_text().strip()))
        assert form.keys() == expected.keys()
        assert form["auth[application_token]"] == expected["auth[application_token]"]

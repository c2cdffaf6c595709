"""The batch method: order, references, halting, limits, and how PHP shows empty and numbered arrays."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from .bitrix24_portal import EmulatedPortal, fresh, running_portal


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture
def portal(process: EmulatedPortal) -> EmulatedPortal:
    return fresh(process)


def test_named_commands_give_maps_and_empty_maps_are_lists(portal: EmulatedPortal) -> None:
    result = portal.call("batch", halt=0, cmd={"c0": "user.current", "c1": "server.time"})
    assert set(result["result"]) == {"c0", "c1"}
    assert (result["result_error"], result["result_next"], result["result_total"]) == ([], [], [])
    assert "operating" in result["result_time"]["c1"]


@pytest.mark.parametrize("commands", [["server.time", "scope"], {"0": "server.time", "1": "scope"}])
def test_commands_numbered_from_zero_give_lists(portal: EmulatedPortal, commands: object) -> None:
    result = portal.call("batch", cmd=commands)["result"]
    assert isinstance(result, list)
    assert "crm" in result[1]


def test_numbers_with_a_gap_give_a_map(portal: EmulatedPortal) -> None:
    commands = {"0": "crm.item.get?entityTypeId=2&id=404", "1": "scope"}
    result = portal.call("batch", cmd=commands)
    assert set(result["result"]) == {"1"}
    assert result["result_error"][0]["error"] == "NOT_FOUND"


def test_values_are_decoded_once(portal: EmulatedPortal) -> None:
    deal, title = portal.new_deal(), "50% & [more] = C5:NEW"
    portal.call("batch", cmd={"c0": f"crm.item.update?entityTypeId=2&id={deal}&fields[title]={quote(title)}"})
    assert portal.item(deal)["title"] == title


def test_halt_stops_at_the_first_error_and_rolls_nothing_back(portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    commands = {
        "before": f"crm.item.update?entityTypeId=2&id={deal}&fields[title]=Before",
        "wrong": "crm.item.get?entityTypeId=2&id=404",
        "after": f"crm.item.update?entityTypeId=2&id={deal}&fields[title]=After",
    }
    result = portal.call("batch", halt=1, cmd=commands)
    assert (set(result["result"]), set(result["result_error"])) == ({"before"}, {"wrong"})
    assert portal.item(deal)["title"] == "Before"


def test_a_chain_of_keyset_pages(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/bulk", {"count": 120})
    page = "crm.item.list?entityTypeId=2&select[]=id&order[id]=ASC&start=-1"
    commands = {"p1": page}
    for number in range(2, 4):
        commands[f"p{number}"] = f"{page}&filter[>id]=$result[p{number - 1}][items][49][id]"
    pages = portal.call("batch", cmd=commands)["result"]
    assert [len(pages[f"p{number}"]["items"]) for number in range(1, 4)] == [50, 50, 20]
    assert pages["p3"]["items"][-1]["id"] == 120


def test_a_reference_to_nothing_is_empty(portal: EmulatedPortal) -> None:
    portal.ask("POST", "/bulk", {"count": 3})
    page = "crm.item.list?entityTypeId=2&select[]=id&start=-1"
    commands = {"p1": page, "p2": f"{page}&filter[>id]=$result[p1][items][49][id]"}
    assert len(portal.call("batch", cmd=commands)["result"]["p2"]["items"]) == 3


def test_more_than_fifty_commands_and_nesting_are_refused(portal: EmulatedPortal) -> None:
    commands = {f"c{number}": "server.time" for number in range(51)} | {"nested": "batch?cmd[]=scope"}
    result = portal.call("batch", cmd=commands)
    assert len(result["result"]) == 50
    assert {one["error"] for one in result["result_error"].values()} == {"ERROR_BATCH_LENGTH_EXCEEDED"}
    nested = portal.call("batch", cmd={"c0": "batch?cmd[]=scope"})["result_error"]
    assert nested["c0"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_running_time_can_run_out_inside_a_batch(portal: EmulatedPortal) -> None:
    portal.fault("operation_time_limit", match="batch crm.item.list")
    commands = {"c0": "crm.item.list?entityTypeId=2", "c1": "scope"}
    answer = portal.post("batch", cmd=commands)
    assert answer.status_code == 200
    assert answer.json()["result"]["result_error"]["c0"]["error"] == "OPERATION_TIME_LIMIT"

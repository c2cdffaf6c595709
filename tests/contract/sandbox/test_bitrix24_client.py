"""The own Python client of the vendor against the emulated portal; only the scheme of its URLs is changed."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from b24pysdk import BitrixWebhook
from b24pysdk.api.callers.call_method import _MethodCaller
from b24pysdk.errors import BitrixAPIInvalidArgValue, BitrixAPINotFound

from .bitrix24_portal import EmulatedPortal, fresh, running_portal


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedPortal]:
    with running_portal() as portal:
        yield portal


@pytest.fixture
def portal(process: EmulatedPortal) -> EmulatedPortal:
    return fresh(process)


@pytest.fixture
def client(portal: EmulatedPortal, monkeypatch: pytest.MonkeyPatch) -> BitrixWebhook:
    plain = property(lambda caller: f"http://{caller._domain}/rest")
    monkeypatch.setattr(_MethodCaller, "_base_url", plain)
    return BitrixWebhook(domain=portal.host, webhook_token="99/sandboxcode")


def test_it_reads_and_writes_a_deal(client: BitrixWebhook, portal: EmulatedPortal) -> None:
    fields = {"title": "By client", "categoryId": 5, "stageId": "C5:NEW", "opportunity": 12.5}
    added = client.call_method("crm.item.add", {"entityTypeId": 2, "fields": fields})["result"]["item"]
    change = {"entityTypeId": 2, "id": added["id"], "fields": {"stageId": "C5:WON", "assignedById": 12}}
    client.call_method("crm.item.update", change)
    deal = client.call_method("crm.deal.get", {"ID": added["id"]})["result"]
    assert (deal["STAGE_ID"], deal["CLOSED"], deal["ASSIGNED_BY_ID"]) == ("C5:WON", "Y", "12")
    assert portal.ask("GET", f"/deals/{added['id']}")["owner"] == "petar@acme.example"


def test_it_understands_our_errors(client: BitrixWebhook) -> None:
    with pytest.raises(BitrixAPINotFound):
        client.call_method("crm.item.get", {"entityTypeId": 2, "id": 404})
    with pytest.raises(BitrixAPIInvalidArgValue):
        client.call_method("crm.item.list", {"entityTypeId": 2, "filter": {"nope": 1}})


def test_it_sends_batches_with_references(client: BitrixWebhook, portal: EmulatedPortal) -> None:
    deal = portal.new_deal()
    commands: dict[str, tuple[str, dict[str, Any]]] = {
        "found": ("crm.item.list", {"entityTypeId": 2, "filter": {"title": "Fleet renewal"}, "start": -1}),
        "moved": (
            "crm.item.update",
            {"entityTypeId": 2, "id": "$result[found][items][0][id]", "fields": {"stageId": "WON"}},
        ),
        "gone": ("crm.item.get", {"entityTypeId": 2, "id": 404}),
    }
    result = client.call_batch(commands)["result"]
    assert result["result"]["moved"]["item"]["id"] == deal
    assert result["result_error"]["gone"]["error"] == "NOT_FOUND"
    assert portal.item(deal)["stageSemanticId"] == "S"


def test_it_lists_fast_while_people_edit(client: BitrixWebhook, portal: EmulatedPortal) -> None:
    portal.ask("POST", "/bulk", {"count": 10_001})
    stop = threading.Event()
    edits: list[int] = []

    def edit() -> None:
        other = EmulatedPortal(portal.url)
        while not stop.is_set():
            other.ask("PATCH", f"/deals/{1 + len(edits) * 37 % 10_001}", {"title": f"Edit {len(edits)}"})
            edits.append(1)
        other.session.close()

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        params = {"entityTypeId": 2, "select": ["id", "title"]}
        listed = [item["id"] for item in client.call_list_fast("crm.item.list", params)["result"]]
    finally:
        stop.set()
        editor.join()
    assert listed == list(range(1, 10_002))
    assert edits


def test_it_lists_by_offset(client: BitrixWebhook, portal: EmulatedPortal) -> None:
    portal.ask("POST", "/bulk", {"count": 120})
    listed = client.call_list("crm.deal.list", {"select": ["ID"], "order": {"ID": "ASC"}})["result"]
    assert [int(row["ID"]) for row in listed] == list(range(1, 121))

"""Webhooks: what is told, how it is signed, how it is repeated, and what can go wrong on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from hubspot.utils.signature import Signature

from sandbox.hubspot.events import signature_v1, signature_v3

from .running import OLENA, PETAR, Inbox, Running, running, until

FIXTURES = Path(__file__).parents[2] / "fixtures/hubspot"
SECRET = "sandbox-secret"
APP = "/webhooks/v3/8111832"
KEY = {"hapikey": "sandbox-developer-key"}


@pytest.fixture
def told(hubspot: Running, inbox: Inbox) -> Inbox:
    """Return where the events of the usual subscriptions arrive."""
    hubspot.ask("PUT", "/webhooks", {"url": inbox.url, "spacing_s": 0.05})
    return inbox


def stages(inbox: Inbox) -> list[str]:
    changes = [event for event in inbox.events() if event.get("propertyName") == "dealstage"]
    return [event["propertyValue"] for event in changes]


def quiet(hubspot: Running) -> None:
    until(lambda: hubspot.ask("GET", "")["webhooks_pending"] == 0, "the last delivery")


def test_documented_signature_vectors() -> None:
    body = (FIXTURES / "contact.creation__signature_v1.json").read_bytes()
    v1 = signature_v1("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", body)
    assert v1 == "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
    v3 = signature_v3("hubspot-secret", "POST", "https://example.com/hook", b"[]", "1700000000000")
    assert v3 == "00Qcmuno7QobWZUWBTxIv8PsGrs+gVYgtHcWXPOtQLs="


def test_escapes_in_the_signed_address_are_decoded() -> None:
    escaped = signature_v3("s", "POST", "https://example.com/a%3Ab%2fc?d=%40%20", b"", "1")
    assert escaped == signature_v3("s", "POST", "https://example.com/a:b/c?d=@%20", b"", "1")


def test_a_move_by_a_person_is_told_with_the_person(hubspot: Running, told: Inbox) -> None:
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    user_id = next(each["user_id"] for each in hubspot.ask("GET", "/people") if each["email"] == PETAR)
    hubspot.edit(deal_id, by=PETAR, stage="contractsent")
    event = told.wait(1)[0]
    assert event.pop("eventId") > 0
    assert event.pop("subscriptionId") > 0
    assert event.pop("occurredAt") > 1_700_000_000_000
    assert event == {
        "portalId": 147893286,
        "appId": 8111832,
        "subscriptionType": "deal.propertyChange",
        "attemptNumber": 0,
        "objectId": int(deal_id),
        "propertyName": "dealstage",
        "propertyValue": "contractsent",
        "changeSource": "CRM_UI",
        "sourceId": f"userId:{user_id}",
    }


def test_events_have_the_fields_of_recorded_ones(hubspot: Running, told: Inbox) -> None:
    first, second = hubspot.new_deal(), hubspot.new_deal()
    hubspot.edit(first, by=None, stage="contractsent")
    hubspot.call("PATCH", f"/crm/v3/objects/deals/{first}", json={"properties": {"dealstage": "closedwon"}})
    hubspot.ask("POST", "/deals/merge", {"ids": [first, second], "by": OLENA})
    hubspot.ask("DELETE", f"/deals/{hubspot.new_deal()}?by={OLENA}")
    until(lambda: any(each["subscriptionType"] == "deal.deletion" for each in told.events()), "a deletion")
    seen = {(event["subscriptionType"], tuple(sorted(event))) for event in told.events()}
    recorded = [path for path in FIXTURES.glob("deal.*.json") if "association" not in path.name]
    expected = {
        (event["subscriptionType"], tuple(sorted(event)))
        for path in recorded
        for event in json.loads(path.read_text())
    }
    assert seen == expected


def test_the_app_hears_its_own_writes(hubspot: Running, told: Inbox) -> None:
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    body = {"properties": {"dealstage": "closedwon", "amount": "5"}}
    hubspot.call("PATCH", f"/crm/v3/objects/deals/{deal_id}", json=body)
    sources = {(event["changeSource"], event["sourceId"]) for event in told.wait(2)}
    assert sources == {("INTEGRATION", "8111832")}


def test_a_workflow_is_told_without_source_id(hubspot: Running, told: Inbox) -> None:
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    hubspot.edit(deal_id, by=None, owner=OLENA)
    event = told.wait(1)[0]
    assert (event["changeSource"], "sourceId" in event) == ("AUTOMATION_PLATFORM", False)


def test_creation_merge_and_deletion_are_told(hubspot: Running, told: Inbox) -> None:
    first, second = hubspot.new_deal(), hubspot.new_deal()
    merged = hubspot.ask("POST", "/deals/merge", {"ids": [first, second], "by": OLENA})["id"]
    hubspot.ask("DELETE", f"/deals/{merged}?by={OLENA}")
    until(lambda: any(each["subscriptionType"] == "deal.deletion" for each in told.events()), "a deletion")
    by_type: dict[str, list[dict[str, Any]]] = {}
    for event in told.events():
        by_type.setdefault(event["subscriptionType"], []).append(event)
    assert sorted(each["objectId"] for each in by_type["deal.creation"]) == sorted([int(first), int(second)])
    assert {each["propertyName"] for each in by_type["deal.propertyChange"]} >= {"dealstage", "dealname"}
    merge = by_type["deal.merge"][0]
    assert (merge["newObjectId"], merge["mergedObjectIds"]) == (int(merged), [int(second)])
    assert by_type["deal.deletion"][0]["changeFlag"] == "DELETED"


def test_a_delivery_is_signed_as_the_vendors_library_checks_it(hubspot: Running, told: Inbox) -> None:
    hubspot.new_deal(title="Здравей")
    told.wait(1)
    headers, body = told.received[0]
    assert headers["X-HubSpot-Signature-Version"] == "v1"
    common = {"client_secret": SECRET, "request_body": body.decode(), "http_method": "POST"}
    assert Signature.is_valid(signature=headers["X-HubSpot-Signature"], signature_version="v1", **common)
    assert Signature.is_valid(
        signature=headers["X-HubSpot-Signature-v3"],
        signature_version="v3",
        http_uri=told.url,
        timestamp=headers["X-HubSpot-Request-Timestamp"],
        **common,
    )


def test_a_refused_delivery_is_repeated_with_a_rising_number(hubspot: Running, told: Inbox) -> None:
    told.statuses = [500, 401]
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    hubspot.edit(deal_id, by=OLENA, stage="contractsent")
    assert [event["attemptNumber"] for event in told.wait(3)] == [0, 1, 2]
    quiet(hubspot)
    counts = hubspot.counts()
    assert (counts["webhooks_sent"], counts["webhooks_failed"]) == (1, 2)


def test_a_mass_edit_comes_in_arrays_of_less_than_a_hundred(hubspot: Running, told: Inbox) -> None:
    ids = hubspot.ask("POST", "/bulk", {"count": 250})["ids"]
    hubspot.ask("POST", "/bulk_edit", {"ids": ids, "by": OLENA, "stage": "contractsent"})
    assert {event["objectId"] for event in told.wait(250)} == {int(id) for id in ids}
    assert max(len(json.loads(body)) for _, body in told.received) < 100


def test_a_mass_edit_can_be_silent(hubspot: Running, told: Inbox) -> None:
    ids = hubspot.ask("POST", "/bulk", {"count": 3})["ids"]
    hubspot.ask("POST", "/bulk_edit", {"by": OLENA, "stage": "contractsent", "webhooks": False})
    hubspot.edit(ids[0], by=OLENA, stage="closedwon")
    told.wait(1)
    assert stages(told) == ["closedwon"]


def move_to(hubspot: Running, deal_id: str, *wanted: str) -> None:
    """Move a deal from stage to stage, each move in a delivery of its own."""

    for stage in wanted:
        hubspot.edit(deal_id, by=OLENA, stage=stage)
        until(lambda: hubspot.ask("GET", "")["events_gathering"] == 0, f"the delivery of {stage}")


def test_a_delivery_can_be_lost_or_doubled(hubspot: Running, told: Inbox) -> None:
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    hubspot.fault("lose_webhook", match="presentationscheduled")
    hubspot.fault("double_webhook", match="contractsent")
    move_to(hubspot, deal_id, "presentationscheduled", "contractsent", "closedwon")
    until(lambda: len(told.events()) >= 3, "three deliveries")
    quiet(hubspot)
    assert sorted(stages(told)) == ["closedwon", "contractsent", "contractsent"]
    assert hubspot.ask("GET", "/faults") == []


def test_deliveries_can_be_late_and_out_of_order(hubspot: Running, told: Inbox) -> None:
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    hubspot.fault("delay_webhook", ms=2000, match="contractsent")
    move_to(hubspot, deal_id, "contractsent", "closedwon")
    told.wait(2)
    assert stages(told) == ["closedwon", "contractsent"]
    hubspot.fault("shuffle_webhooks", times=3, ms=5000)
    move_to(hubspot, deal_id, "presentationscheduled", "contractsent", "closedlost")
    told.wait(5)
    assert stages(told)[2:] == ["closedlost", "contractsent", "presentationscheduled"]


def test_an_app_subscribes_by_api(hubspot: Running, inbox: Inbox) -> None:
    def ask(method: str, path: str, body: object = None) -> requests.Response:
        return hubspot.session.request(method, hubspot.url + APP + path, params=KEY, json=body, timeout=10)

    settings = {"targetUrl": inbox.url, "throttling": {"maxConcurrentRequests": 10}}
    assert ask("PUT", "/settings", settings).status_code == 200
    wanted = {"eventType": "deal.propertyChange", "propertyName": "dealstage"}
    created = ask("POST", "/subscriptions", wanted)
    assert (created.status_code, created.json()["active"]) == (201, False)
    deal_id = hubspot.ask("POST", "/bulk", {"count": 1})["ids"][0]
    hubspot.edit(deal_id, by=OLENA, stage="presentationscheduled")
    assert ask("PATCH", f"/subscriptions/{created.json()['id']}", {"active": True}).json()["active"]
    hubspot.edit(deal_id, by=OLENA, stage="closedwon", amount=5)
    inbox.wait(1)
    quiet(hubspot)
    assert [(each["propertyName"], each["propertyValue"]) for each in inbox.events()] == [
        ("dealstage", "closedwon")
    ]
    assert ask("POST", "/subscriptions", {**wanted, "propertyName": "hs_lastmodifieddate"}).status_code == 400
    assert ask("DELETE", f"/subscriptions/{created.json()['id']}").status_code == 204
    assert ask("GET", "/subscriptions").json() == {"results": []}


def test_the_webhook_api_needs_the_developer_key(hubspot: Running) -> None:
    assert hubspot.call("GET", f"{APP}/subscriptions").status_code == 401


def test_a_sandbox_can_start_with_its_target(inbox: Inbox) -> None:
    with running("hubspot", "--webhook-url", inbox.url, "--secret", "other-secret") as sandbox:
        sandbox.new_deal()
        inbox.wait(1)
    headers, body = inbox.received[0]
    assert headers["X-HubSpot-Signature"] == signature_v1("other-secret", body)

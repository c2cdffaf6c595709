"""The vendor's own Python client, unmodified, works against the emulated account."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.associations.v4 import PublicFetchAssociationsBatchRequest as FetchAssociations
from hubspot.crm.deals import (
    BatchInputSimplePublicObjectBatchInput,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectId,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.deals.exceptions import ApiException
from hubspot.crm.properties import PropertyCreate

from .running import OLENA, TOKEN, Running

WAIT = {"_request_timeout": (3, 15)}


@pytest.fixture
def client(hubspot: Running) -> HubSpot:
    return HubSpot(access_token=TOKEN, host=hubspot.url, base_url=hubspot.url, retry=False)


def test_it_lists_and_gets_deals(client: HubSpot, hubspot: Running) -> None:
    ids = [hubspot.new_deal(title=f"Deal {number}") for number in range(3)]
    deals = client.crm.deals.basic_api
    page = deals.get_page(limit=2, properties=["dealname"], associations=["contacts", "companies"], **WAIT)
    rest = deals.get_page(limit=2, after=page.paging.next.after, archived=False, **WAIT)
    assert [deal.id for deal in page.results + rest.results] == ids
    assert rest.paging is None
    deal = deals.get_by_id(ids[0], properties=["dealname"], properties_with_history=["dealstage"], **WAIT)
    assert deal.properties["dealname"] == "Deal 0"
    assert deal.properties_with_history["dealstage"][0].source_type == "CRM_UI"
    assert deal.created_at.utcoffset().total_seconds() == 0


def test_it_creates_updates_and_archives(client: HubSpot, hubspot: Running) -> None:
    deals = client.crm.deals.basic_api
    body = {"dealname": "New deal", "pipeline": "default", "dealstage": "contractsent", "amount": "1500.00"}
    created = deals.create(SimplePublicObjectInputForCreate(properties=body, associations=[]), **WAIT)
    changed = deals.update(created.id, SimplePublicObjectInput(properties={"dealstage": "closedwon"}), **WAIT)
    assert changed.properties["hs_is_closed_won"] == "true"
    assert "dealname" not in changed.properties
    deals.archive(created.id, **WAIT)
    with pytest.raises(ApiException) as refusal:
        deals.get_by_id(created.id, **WAIT)
    assert refusal.value.status == 404
    assert hubspot.deal(created.id)["deleted"]


def test_it_searches(client: HubSpot, hubspot: Running) -> None:
    ids = [hubspot.new_deal(amount=amount) for amount in (100, 2000, 30)]
    filters = [{"propertyName": "amount", "operator": "GTE", "value": "100"}]
    request = PublicObjectSearchRequest(
        filter_groups=[{"filters": filters}],
        sorts=[{"propertyName": "amount", "direction": "DESCENDING"}],
        limit=200,
        properties=["amount"],
    )
    found = client.crm.deals.search_api.do_search(request, **WAIT)
    assert (found.total, [deal.id for deal in found.results]) == (2, [ids[1], ids[0]])


def test_it_reads_and_updates_batches(client: HubSpot, hubspot: Running) -> None:
    ids = [hubspot.new_deal() for _ in range(3)]
    batch = client.crm.deals.batch_api
    wanted = [SimplePublicObjectId(id=id) for id in (*ids, "1")]
    read = batch.read(
        BatchReadInputSimplePublicObjectId(
            inputs=wanted, properties=["dealname"], properties_with_history=[]
        ),
        **WAIT,
    )
    assert [deal.id for deal in read.results] == ids
    assert (read.num_errors, read.errors[0].context["ids"]) == (1, ["1"])
    changes = [SimplePublicObjectBatchInput(id=id, properties={"amount": "7"}) for id in ids]
    batch.update(BatchInputSimplePublicObjectBatchInput(inputs=changes), **WAIT)
    assert {hubspot.deal(id)["amount"] for id in ids} == {"7"}


def test_it_reads_pipelines_owners_and_properties(client: HubSpot) -> None:
    pipelines = client.crm.pipelines.pipelines_api.get_all("deals", **WAIT).results
    won = [
        stage for stage in pipelines[0].stages if stage.metadata == {"isClosed": "true", "probability": "1.0"}
    ]
    assert [(each.id, each.label) for each in pipelines] == [
        ("default", "Sales Pipeline"),
        ("77", "Partner deals"),
    ]
    assert [stage.id for stage in won] == ["closedwon"]
    owners = client.crm.owners.owners_api.get_page(limit=100, **WAIT).results
    olena = next(owner for owner in owners if owner.email == OLENA)
    assert int(olena.id) != olena.user_id
    by_user = client.crm.owners.owners_api.get_by_id(olena.user_id, id_property="userId", **WAIT)
    assert by_user.id == olena.id
    names = {each.name for each in client.crm.properties.core_api.get_all("deals", **WAIT).results}
    assert {"dealstage", "budget__c", "decision_maker", "hs_lastmodifieddate"} <= names


def test_it_creates_a_unique_property(client: HubSpot) -> None:
    body = PropertyCreate(
        name="conveyor_key",
        label="Conveyor key",
        type="string",
        field_type="text",
        group_name="dealinformation",
        has_unique_value=True,
    )
    created = client.crm.properties.core_api.create("deals", body, **WAIT)
    assert created.has_unique_value


def test_it_links_deals_and_contacts(client: HubSpot, hubspot: Running) -> None:
    deal_id = hubspot.new_deal()
    body = SimplePublicObjectInputForCreate(properties={"email": "ann@customer.example"}, associations=[])
    contact = client.crm.contacts.basic_api.create(body, **WAIT)
    links = client.crm.associations.v4
    links.basic_api.create_default("deal", deal_id, "contact", contact.id, **WAIT)
    page = links.basic_api.get_page("deal", deal_id, "contact", **WAIT)
    assert [(each.to_object_id, each.association_types[0].type_id) for each in page.results] == [
        (contact.id, 3)
    ]
    other = hubspot.new_deal()
    inputs = [FetchAssociations(id=id) for id in (deal_id, other)]
    request = BatchInputPublicFetchAssociationsBatchRequest(inputs=inputs)
    many = links.batch_api.get_page("deals", "contacts", request, **WAIT)
    assert [each._from.id for each in many.results] == [deal_id]
    assert many.errors[0].context["fromObjectId"] == [other]


def test_it_leaves_tasks_and_notes(client: HubSpot, hubspot: Running) -> None:
    deal_id = hubspot.new_deal()

    def linked(type_id: int) -> list[dict[str, Any]]:
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}
        return [{"to": {"id": deal_id}, "types": [spec]}]

    task = {
        "hs_timestamp": "2026-12-01T09:00:00Z",
        "hs_task_subject": "Call",
        "hs_task_status": "NOT_STARTED",
    }
    note = {"hs_timestamp": "2026-12-01T09:00:00.000Z", "hs_note_body": "Came back: no budget"}
    client.crm.objects.tasks.basic_api.create(
        SimplePublicObjectInputForCreate(properties=task, associations=linked(216)), **WAIT
    )
    client.crm.objects.notes.basic_api.create(
        SimplePublicObjectInputForCreate(properties=note, associations=linked(214)), **WAIT
    )
    deal = hubspot.deal(deal_id)
    assert [(each["subject"], each["due"], each["by"]) for each in deal["tasks"]] == [
        ("Call", "2026-12-01T09:00:00Z", "app")
    ]
    assert [(each["body"], each["by"]) for each in deal["notes"]] == [("Came back: no budget", "app")]


def test_a_rate_limit_is_the_clients_own_exception(client: HubSpot, hubspot: Running) -> None:
    hubspot.fault("rate_limited")
    with pytest.raises(ApiException) as refusal:
        client.crm.deals.basic_api.get_page(**WAIT)
    assert refusal.value.status == 429
    assert "TEN_SECONDLY_ROLLING" in refusal.value.body

"""From a deal as Bitrix24 shows it to a record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.bitrix24 import aspects
from connectors.bitrix24.portal import Facts, fields_of
from connectors.bitrix24.records import Reading, reading
from connectors.bitrix24.stages import full_stage_id, stage_value
from connectors.errors import Rejected
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Ref

FIELDS = fields_of(
    {
        "fields": {
            "title": {"type": "string", "title": "Name", "upperName": "TITLE", "isDynamic": False},
            "opportunity": {"type": "double", "title": "Amount", "upperName": "OPPORTUNITY"},
            "ufCrm_1721244707107": {
                "type": "enumeration",
                "title": "Lost reason",
                "upperName": "UF_CRM_1721244707107",
                "isDynamic": True,
                "items": [{"ID": "79", "VALUE": "Price"}],
            },
            "ufCrm3Digit": {
                "type": "double", "title": "Budget", "upperName": "UF_CRM_3_DIGIT", "isDynamic": True
            },
            "ufCrm_3_DIGIT10": {
                "type": "string", "title": "Budget", "upperName": "UF_CRM_3_DIGIT10", "isDynamic": True
            },
        }
    }
)  # fmt: skip
FACTS = Facts(FIELDS, me="99")


def item(**more: object) -> dict[str, object]:
    """A deal as `crm.item.get` shows it."""
    return {
        "id": 351,
        "title": "Ofis",
        "stageId": "C9:UC_NYL06U",
        "categoryId": 9,
        "assignedById": 6,
        "opportunity": 1000.5,
        "currencyId": "EUR",
        "sourceId": "CALL",
        "createdBy": 5,
        "createdTime": "2024-07-23T18:19:21+02:00",
        "updatedBy": 6,
        "updatedTime": "2024-07-24T10:00:00+02:00",
        "movedBy": 7,
        "movedTime": "2024-07-24T10:00:00+02:00",
        "originatorId": "conveyor",
        "originId": "deal-1",
        "ufCrm_1721244707107": 79,
        **more,
    }


@pytest.fixture
def view() -> Reading:
    """The reading of a connection with one mapped field."""
    return reading("b", "https://acme.bitrix24.com", FACTS, {"lost_reason": "Lost reason"})


def test_a_record_shows_the_deal(view: Reading) -> None:
    record = view.record(item())
    assert record.ref == Ref("b", "351")
    assert record.values == {
        "stage": ["9", "C9:UC_NYL06U"],
        "owner": "6",
        "title": "Ofis",
        "amount": "1000.5",
        "currency": "EUR",
        "source": "CALL",
        "created_at": "2024-07-23T16:19:21Z",
        "lost_reason": "Price",
    }
    assert record.deal_key == "deal-1"
    assert record.created_by == Actor(ActorKind.PERSON, "5")
    assert record.modified_at == datetime(2024, 7, 24, 8, tzinfo=UTC)
    assert record.url == "https://acme.bitrix24.com/crm/deal/details/351/"


def test_equal_values_have_equal_versions(view: Reading) -> None:
    first = view.record(item())
    assert view.record(item(updatedTime="2025-01-01T00:00:00+02:00", movedBy=8)).version == first.version
    assert view.record(item(opportunity=1000.6)).version != first.version


def test_a_key_of_somebody_else_is_not_ours(view: Reading) -> None:
    assert view.record(item(originatorId="shop")).deal_key is None
    assert view.record(item(originId="")).deal_key is None


@pytest.mark.parametrize(
    ("more", "actor"),
    [
        ({}, Actor(ActorKind.PERSON, "7")),
        ({"movedBy": 99}, Actor(ActorKind.OURS, "99")),
        ({"movedBy": "0"}, Actor(ActorKind.AUTOMATION)),
        ({"updatedTime": "2024-07-24T10:00:01+02:00"}, Actor(ActorKind.PERSON, "6")),
        ({"movedTime": None}, Actor(ActorKind.PERSON, "6")),
        ({"movedTime": None, "updatedBy": None}, UNKNOWN_ACTOR),
    ],
)
def test_who_changed_it_last(view: Reading, more: dict[str, object], actor: Actor) -> None:
    assert view.modified_by(item(**more)) == actor


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("UF_CRM_3_DIGIT", "ufCrm3Digit"),
        ("ufCrm3Digit", "ufCrm3Digit"),
        ("UF_CRM_3_DIGIT10", "ufCrm_3_DIGIT10"),
        ("Lost reason", "ufCrm_1721244707107"),
        ("title", "title"),
    ],
)
def test_a_field_is_found_by_any_of_its_names(asked: str, name: str) -> None:
    assert FACTS.find(asked).name == name


def test_an_unknown_or_ambiguous_field_is_told_apart() -> None:
    with pytest.raises(Rejected, match="no deal field 'budget__c'"):
        FACTS.find("budget__c")
    with pytest.raises(Rejected, match="UF_CRM_3_DIGIT, UF_CRM_3_DIGIT10"):
        FACTS.find("Budget")


def test_a_mapping_may_give_a_standard_field_another_place() -> None:
    view = reading("b", "https://x", FACTS, {"amount": "UF_CRM_3_DIGIT"})
    assert view.values(item(ufCrm3Digit=7))["amount"] == "7"
    assert view.select.count("ufCrm3Digit") == 1


@pytest.mark.parametrize(
    ("category", "stage", "value"),
    [
        (0, "NEW", ["0", "NEW"]),
        (None, "NEW", ["0", "NEW"]),
        (7, "C7:NEW", ["7", "C7:NEW"]),
        ("7", "NEW", ["7", "C7:NEW"]),
        (7, "", None),
        (7, None, None),
    ],
)
def test_stages_carry_their_pipeline(category: object, stage: object, value: list[str] | None) -> None:
    assert stage_value(category, stage) == value
    assert full_stage_id(category, stage) == (value[1] if value else None)


def row(id: int, type: int, stage: str) -> dict[str, object]:
    """An entry of the stage history."""
    return {
        "ID": id,
        "TYPE_ID": type,
        "OWNER_ID": 351,
        "CREATED_TIME": f"2024-07-24T10:00:{id:02}+02:00",
        "CATEGORY_ID": 0,
        "STAGE_ID": stage,
    }


def test_moves_name_whom_the_deal_names(view: Reading) -> None:
    rows = [row(1, 1, "NEW"), row(2, 2, "PREPARATION"), row(3, 2, "EXECUTING")]
    moves = aspects.moves(rows, item(stageId="EXECUTING", categoryId=0), view)
    assert [(move.stage[1], move.actor.user_id) for move in moves] == [
        ("NEW", "5"),
        ("PREPARATION", None),
        ("EXECUTING", "7"),
    ]


def test_moves_that_the_deal_does_not_show_yet_belong_to_the_next_look(view: Reading) -> None:
    rows = [row(1, 1, "NEW"), row(2, 2, "PREPARATION"), row(3, 2, "EXECUTING")]
    moves = aspects.moves(rows, item(stageId="PREPARATION", categoryId=0), view)
    assert [(move.stage[1], move.actor.user_id) for move in moves] == [("NEW", "5"), ("PREPARATION", "7")]


def test_a_stage_that_the_history_does_not_know_is_nobodys(view: Reading) -> None:
    moves = aspects.moves([row(2, 2, "PREPARATION")], item(stageId="WON", categoryId=0), view)
    assert [(move.stage[1], move.actor) for move in moves] == [("PREPARATION", UNKNOWN_ACTOR)]


def test_a_task_reported_as_done_is_done() -> None:
    states = {status: aspects.task_state({"status": status}).done for status in ("2", "3", "4", "5", "6")}
    assert states == {"2": False, "3": False, "4": True, "5": True, "6": False}

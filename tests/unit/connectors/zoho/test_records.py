"""Deals as Zoho shows them, to records."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.errors import Rejected, Unreadable
from connectors.zoho.organisation import Fields, field_of
from connectors.zoho.records import key_in, marked
from mapping.model import Actor, ActorKind, Ref

from .known import DEAL, FIELDS, KEY_FIELD, MARIA, ME, PETAR, payload, reads

ROW = payload("deal__read")["data"][0]


def test_a_deal_is_read_whole() -> None:
    record = reads(rivals="Competitors", seats="seats", signed="Signed", called="Called at").record(ROW)
    assert record.ref == Ref("here", DEAL)
    assert record.values == {
        "stage": ["Standard (Standard)", "Id. Decision Makers"],
        "owner": PETAR,
        "title": "Ofis",
        "amount": "15000.5",
        "currency": "EUR",
        "source": None,
        "created_at": "2026-05-14T08:36:13Z",
        "rivals": ["Alpha", "Beta & Co"],
        "seats": "9007199254740993",
        "signed": True,
        "called": "2026-03-29T00:30:00Z",
    }
    assert record.modified_at == datetime(2026, 5, 14, 9, 54, 21, tzinfo=UTC)
    assert record.created_by == Actor(ActorKind.PERSON, MARIA)
    assert record.modified_by == Actor(ActorKind.OURS, ME)
    assert record.url == f"https://crm.zoho.eu/crm/org12345/tab/Potentials/{DEAL}"


def test_a_stage_shown_by_its_label_is_the_same_stage() -> None:
    shown = reads().record({**ROW, "Stage": "Identify Decision Makers"})
    assert shown.values == reads().record(ROW).values
    assert shown.version == reads().record(ROW).version


def test_the_user_s_zone_makes_no_other_version() -> None:
    elsewhere = {**ROW, "Created_Time": "2026-05-14T01:36:13-07:00"}
    assert reads().record(elsewhere).version == reads().record(ROW).version


def test_without_pipelines_there_is_one() -> None:
    row = {name: value for name, value in ROW.items() if name != "Pipeline"}
    assert reads().record(row).values["stage"] == ["default", "Id. Decision Makers"]


def test_without_several_currencies_the_organisation_s_own_holds() -> None:
    fields = Fields(tuple(field for field in FIELDS.all if field.name != "Currency"))
    assert "Currency" not in reads(fields).columns
    assert reads(fields).record(ROW).values["currency"] == "EUR"


def test_our_key_is_found_in_its_field_or_at_the_end_of_the_description() -> None:
    row = {**ROW, "Conveyor_Key": "k-1", "Description": marked("Met at the fair.", "k-2")}
    with_field = reads(Fields((*FIELDS.all, KEY_FIELD)))
    assert with_field.record(row).deal_key == "k-1"
    assert "Description" not in with_field.columns
    assert reads().record(row).deal_key == "k-2"
    assert reads().record(ROW).deal_key is None


def test_a_mark_is_the_last_line_or_none() -> None:
    assert key_in(marked("", "k")) == "k"
    assert key_in(marked("a\nb", "k").replace("\n", "\r\n")) == "k"
    assert key_in(marked("", "k") + "\nmore") is None
    assert key_in("see Conveyor reference: k") is None


@pytest.mark.parametrize("asked", ["no_such", "score", "Lines"])
def test_a_field_that_cannot_be_mapped_is_named(asked: str) -> None:
    with pytest.raises(Rejected, match=asked):
        reads(asked_for=asked)


def test_a_field_is_writable_where_the_metadata_says_so() -> None:
    row = {"api_name": "A", "data_type": "text", "operation_type": {"api_update": True}, "read_only": False}
    assert field_of(row).writable
    assert not field_of({**row, "read_only": True}).writable
    assert not field_of({**row, "operation_type": {"api_update": False}}).writable


@pytest.mark.parametrize("change", [{"id": None}, {"Modified_Time": "soon"}, {"Amount": "x"}])
def test_a_deal_out_of_form_is_unreadable(change: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        reads().record({**ROW, **change})

"""From the documented answers to records."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.copper import answers
from connectors.copper.account import Facts
from connectors.copper.records import Reading, modified_at, reading
from connectors.errors import Rejected, Unreadable
from connectors.http import Answer

from .conftest import Documented


def test_the_documented_deal_is_read(known: Reading, documented: Documented) -> None:
    record = known.record(documented("opportunity__read"))
    assert record.values == {
        "stage": ["213214", "987790"],
        "owner": "137658",
        "title": "8 New Copy Machines (sample)",
        "amount": "250000",
        "currency": "USD",
        "source": "331241",
        "created_at": "2017-01-09T19:07:09Z",
        "color": "Red",
        "delivery": "2025-08-01",
        "products": ["Desk", "Chair"],
    }
    assert record.created_at == datetime(2017, 1, 9, 19, 7, 9, tzinfo=UTC)
    assert record.url == "https://app.copper.com/companies/100624/app#/deal/2827698"
    assert record.deal_key is None


def test_what_an_answer_lacks_is_not_taken_for_empty(known: Reading, documented: Documented) -> None:
    deal = {key: each for key, each in documented("opportunity__read").items() if key != "monetary_unit"}
    assert "currency" not in known.record(deal).values


def test_a_listed_deal_counts_as_older_than_one_read_by_its_id(documented: Documented) -> None:
    deal = documented("opportunity__read")
    listed, read = modified_at(deal, listed=True), modified_at(deal)
    assert listed is not None and read is not None
    assert listed < read < datetime.fromtimestamp(deal["date_modified"] + 1, UTC)


def test_only_what_we_read_makes_a_version(known: Reading, documented: Documented) -> None:
    deal = documented("opportunity__read")
    version = known.record(deal).version
    assert known.record({**deal, "interaction_count": 7, "date_modified": 1_800_000_000}).version == version
    assert known.record({**deal, "monetary_value": 7}).version != version


@pytest.mark.parametrize(
    ("asked", "name"),
    [("126240", "126240"), ("Color option", "126240"), ("color OPTION", "126240"), ("details", "details"),
     ("Loss reason", "loss_reason_id")],
)  # fmt: skip
def test_a_field_is_found_by_id_attribute_or_label(facts: Facts, asked: str, name: str) -> None:
    assert facts.find(asked).name == name


@pytest.mark.parametrize("asked", ["Birthday", "126243", "no such field"])
def test_a_field_that_deals_do_not_have_is_rejected_with_its_name(facts: Facts, asked: str) -> None:
    with pytest.raises(Rejected, match=asked):
        reading("here", facts, {"further": asked})


def test_an_unknown_stage_or_option_is_a_reason_to_ask_again(known: Reading, documented: Documented) -> None:
    deal = {**documented("opportunity__read"), "customer_source_id": None}
    assert known.explains(deal)
    assert not known.explains({**deal, "customer_source_id": 331241})
    assert not known.explains({**deal, "pipeline_stage_id": 5})
    custom = [{"custom_field_definition_id": 126240, "value": 5}]
    assert not known.explains({**deal, "custom_fields": custom})


@pytest.mark.parametrize(
    "deal",
    [{}, {"id": "x"}, {"id": 5, "status": "Open", "custom_fields": "none"},
     {"id": 5, "status": "Open", "date_modified": "today"}, {"id": 5, "status": 1}],
)  # fmt: skip
def test_what_is_no_deal_is_unreadable(known: Reading, deal: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        known.record(deal)


def test_numbers_are_read_exactly() -> None:
    answer = Answer(200, {}, b'{"monetary_value": 12345678901234567.89}')
    assert str(answers.item_of(answers.read(answer))["monetary_value"]) == "12345678901234567.89"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id":', b"\xff"])
def test_what_is_no_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        answers.read(Answer(200, {}, body))


@pytest.mark.parametrize("data", [None, [], "x", 5])
def test_what_is_no_record_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable):
        answers.item_of(data)


@pytest.mark.parametrize("data", [None, {}, [1], [None]])
def test_what_is_no_list_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable):
        answers.rows_of(data)

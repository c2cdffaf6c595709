"""Which fields of a CRM look like those that rules ask for."""

from __future__ import annotations

import pytest

from connectors.base import RemoteField
from sync.drafting.fields import guess_fields


def field(name: str, label: str, kind: str = "string", *, writable: bool = True) -> RemoteField:
    return RemoteField(name, label, kind, writable)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (field("budget__c", "Budget", "number"), "budget"),
        (field("UF_CRM_1", "Бюджет клиента", "money"), "budget"),
        (field("cf_9", "Бюджет", "number"), "budget"),
        (field("UF_CRM_2", "ЛПР"), "decision_maker"),
        (field("Decision_Maker", "Decision Maker", "lookup"), "decision_maker"),
        (field("cf_2", "Особа, що приймає рішення"), "decision_maker"),
        (field("UF_CRM_3", "Дата окончания договора", "date"), "contract_end"),
        (field("cf_3", "Край на договора", "date"), "contract_end"),
        (field("renewal", "Renewal date", "date"), "contract_end"),
        (field("closed_lost_reason", "Closed Lost Reason"), "lost_reason"),
        (field("UF_CRM_4", "Причина отказа", "enumeration"), "lost_reason"),
        (field("cf_4", "Причина за загуба", "choices"), "lost_reason"),
    ],
)
def test_fields_are_known_by_label_or_name(found: RemoteField, expected: str) -> None:
    others = [field("amount", "Amount", "number"), field("closedate", "Close date", "date")]
    (guess,) = guess_fields([*others, found])
    assert (guess.field, guess.remote, guess.unsure) == (expected, found.name, False)


def test_nothing_is_guessed_where_nothing_looks_like_it() -> None:
    fields = [field("amount", "Amount", "number"), field("closedate", "Close date", "date")]
    assert guess_fields(fields) == []


def test_two_that_fit_are_unsure_and_the_other_is_named() -> None:
    (guess,) = guess_fields([field("a", "Budget", "number"), field("b", "Budget", "number")])
    assert guess.remote == "a" and guess.unsure and "would fit as well" in guess.reason


def test_another_type_is_unsure_and_a_switch_is_nothing() -> None:
    (guess,) = guess_fields(
        [field("b", "Budget", "string"), field("is_closed_lost", "Is closed lost", "bool")]
    )
    assert guess.field == "budget" and guess.unsure


def test_a_field_stands_for_one_thing() -> None:
    guessed = guess_fields([field("x", "Decision maker budget", "number")])
    assert len(guessed) == 1


def test_the_conveyors_own_fields_are_found_if_they_can_be_written() -> None:
    section = field("conveyor_section", "Conveyor section")
    closed = field("conveyor_accept_by", "Conveyor accept by", "datetime", writable=False)
    assert [guess.field for guess in guess_fields([section, closed])] == ["conveyor_section"]

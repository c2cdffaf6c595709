"""A deal beside its record: what the two say differently, and what is nobody's difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import Value
from sync.views import beside

from .core.building import OLENA, standing
from .core.line import house

RULES = house()


def fields(**seen: Value) -> dict[str, bool]:
    """The fields of a deal that stands in sales, of which its CRM showed `seen` last; True where they differ."""
    case = standing(RULES, "meeting", OLENA, amount="5000")
    link = case.links["crm"]
    shown = replace(link, seen={**link.seen, **seen})
    [record] = beside.records(RULES, case.directories, case.deal, [shown])
    return {field["name"]: field["differs"] for field in record["fields"]}


@pytest.mark.parametrize(
    ("amount", "differs"), [("5000", False), ("5000.00", False), (None, True), ("5001", True)]
)
def test_an_edit_differs_and_another_way_of_writing_a_number_does_not(amount: Value, differs: bool) -> None:
    assert fields(amount=amount)["amount"] is differs


def test_what_the_conveyor_writes_into_the_crm_is_no_field_of_the_deal() -> None:
    found = fields(**{"write_back.section": "sales", "write_back.accept_by": "2026-03-04"})
    assert not [name for name in found if name.startswith("write_back")]
    assert not {"stage", "owner"} & found.keys(), "they stand above the fields"


def test_what_the_crm_never_showed_is_nobodys_difference() -> None:
    case = standing(RULES, "meeting", OLENA)
    link = replace(case.links["crm"], seen={})
    [record] = beside.records(RULES, case.directories, case.deal, [link])
    assert not [field for field in record["fields"] if field["differs"]]

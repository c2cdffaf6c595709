"""A deal in a Blueprint: moved by a transition, or a refusal that a person can act on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.base import Lane
from connectors.errors import Rejected, Unreadable
from connectors.zoho import blueprint

from .known import DEAL, FIXTURES, payload, reads
from .scripted import Said, Zoho, zoho

OFFERS = json.loads((FIXTURES / "blueprint__offers.json").read_text())
BEFORE = {**payload("deal__read")["data"][0], "Stage": "Qualification"}
MOVED = {"code": "SUCCESS", "details": {}, "message": "transition updated successfully", "status": "success"}


def move(put: Said = Said(200, MOVED), **fields: object) -> Zoho:  # noqa: B008
    """Move the deal, and look at what Zoho was asked."""
    with zoho(lambda asked: put if asked.method == "PUT" else Said(200, OFFERS)) as it:
        blueprint.move(it.client(), reads(), DEAL, fields, BEFORE)
    return it


def test_the_fitting_transition_is_made_with_what_it_demands() -> None:
    it = move(Stage="Id. Decision Makers", Pipeline="Standard (Standard)", Owner={"id": "7"})
    assert it.calls[-1].path == f"/crm/v8/Deals/{DEAL}/actions/blueprint"
    data = {"Amount": 15000.5, "Notes": blueprint.NOTE}
    assert it.calls[-1].body == {"blueprint": [{"transition_id": "10651", "data": data}]}


def test_what_is_to_be_written_anyway_fills_the_form() -> None:
    it = move(Stage="Id. Decision Makers", Amount=7, Next_Step="call", Score=1)
    assert it.calls[-1].body["blueprint"][0]["data"] == {
        "Amount": 7, "Next_Step": "call", "Notes": blueprint.NOTE
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Stage": "Introduced"}, r"no transition leads to 'Introduced'.*'Establish contact' to"),
        ({"Stage": "Closed Won"}, "no transition leads to 'Closed Won'"),
        ({"Stage": "Closed Lost"}, "'Too small' to 'Closed Lost' is closed: Amount is above 1000"),
        ({"Stage": "Negotiation"}, r"'Ask'.*demands Next_Step"),
        ({"Stage": "Id. Decision Makers", "Pipeline": "Partner deals"}, "keeps it in the pipeline"),
    ],
)
def test_a_refusal_says_which_transition_is_missing_or_what_it_lacks(
    fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(Rejected, match=said) as caught:
        move(**fields)
    assert DEAL in str(caught.value)


def test_saved_in_part_is_not_moved() -> None:
    partly = {**MOVED, "message": "transition saved partially"}
    with pytest.raises(Rejected, match="only in part"):
        move(Said(200, partly), Stage="Id. Decision Makers")


@pytest.mark.parametrize("said", [Said(200, {"message": "fine"}), Said(204)])
def test_an_answer_that_says_nothing_is_unreadable(said: Said) -> None:
    with pytest.raises(Unreadable):
        move(said, Stage="Id. Decision Makers")


def test_the_reading_of_a_blueprint_is_for_writing() -> None:
    it = move(Stage="Id. Decision Makers")
    assert {lane for _, lane, _ in it.budget.taken} == {Lane.WRITE}

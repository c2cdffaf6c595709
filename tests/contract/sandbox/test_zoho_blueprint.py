"""A deal in a Blueprint: no direct move, transitions one at a time, half-done ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .running import PETAR
from .zoho_org import PARTNER, EmulatedZoho, fresh, running_org

FORWARD = {"name": "Analyse", "start": "Qualification", "end": "Needs Analysis"}


@pytest.fixture(scope="module")
def process() -> Iterator[EmulatedZoho]:
    with running_org() as org:
        yield org


@pytest.fixture
def org(process: EmulatedZoho) -> EmulatedZoho:
    return fresh(process)


def transitions(org: EmulatedZoho, deal: str) -> dict[str, dict[str, Any]]:
    """Return what may follow, by name."""
    answer = org.ok("GET", f"/Deals/{deal}/actions/blueprint")
    return {each["name"]: each for each in answer["blueprint"]["transitions"]}


def move(org: EmulatedZoho, deal: str, transition: str, **data: Any) -> dict[str, Any]:
    """Make a transition; return the answer, which is a bare object."""
    body = {"blueprint": [{"transition_id": transition, "data": data}]}
    return dict(org.send("PUT", f"/Deals/{deal}/actions/blueprint", body).json())


@pytest.mark.parametrize("status", [400, 202])
def test_a_direct_move_is_refused_other_fields_are_not(org: EmulatedZoho, status: int) -> None:
    deal = org.new_deal()
    org.set(blueprint={"status": status})
    assert org.put_refused(deal, status, Stage="Needs Analysis")["code"] == "RECORD_IN_BLUEPRINT"
    org.put(deal, Budget=5, Owner={"id": "7328395000000100002"})
    org.put(deal, Stage="Qualification", Next_Step="the same stage is no move")
    shown = org.one(deal)
    assert (shown["Stage"], shown["Owner"]["email"], shown["$process_flow"]) == ("Qualification", PETAR, True)


def test_a_transition_moves_the_deal(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(blueprint={})
    info = org.ok("GET", f"/Deals/{deal}/actions/blueprint")["blueprint"]["process_info"]
    assert (info["api_name"], info["field_value"], info["is_continuous"]) == ("Stage", "Qualification", False)
    found = transitions(org, deal)
    assert {each["next_field_value"] for each in found.values()} == {"Needs Analysis"}
    answer = move(org, deal, found["To Needs Analysis"]["id"], Amount=1000, Notes="by the conveyor")
    assert (answer["code"], answer["message"]) == ("SUCCESS", "transition updated successfully")
    assert (org.one(deal)["Stage"], org.one(deal)["Amount"]) == ("Needs Analysis", 1000)
    assert org.deal(deal)["notes"][0]["body"] == "by the conveyor"
    assert org.ok("GET", f"/Deals/{deal}/__timeline")["__timeline"][0]["source"] == "blueprint"
    gone = move(org, deal, found["To Needs Analysis"]["id"])
    assert (gone["code"], gone["message"]) == ("INVALID_DATA", "invalid transition")


def test_a_missing_field_saves_partially_and_moves_nothing(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(blueprint={"transitions": [{**FORWARD, "fields": ["Amount", "Budget"]}]})
    found = transitions(org, deal)["Analyse"]
    assert [(each["api_name"], each["mandatory"]) for each in found["fields"]] == [
        ("Amount", True),
        ("Budget", True),
    ]
    answer = move(org, deal, found["id"], Amount=5)
    assert (answer["code"], answer["message"]) == ("SUCCESS", "transition saved partially")
    assert (org.one(deal)["Stage"], org.one(deal)["Amount"]) == ("Qualification", 5)
    assert move(org, deal, found["id"], Budget=6)["message"] == "transition updated successfully"
    assert org.one(deal)["Stage"] == "Needs Analysis"


def test_a_transition_may_be_closed_to_our_user_or_by_its_criteria(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(blueprint={"transitions": [{**FORWARD, "users": [PETAR]}]})
    assert transitions(org, deal) == {}
    org.set(blueprint={"transitions": [{**FORWARD, "criteria_matched": False}]})
    found = transitions(org, deal)["Analyse"]
    assert (found["criteria_matched"], move(org, deal, found["id"])["code"]) == (False, "INVALID_DATA")


def test_a_blueprint_holds_what_it_is_set_up_for(org: EmulatedZoho) -> None:
    standard, partner = org.new_deal(), org.new_deal(pipeline=PARTNER, stage="Introduced")
    org.set(blueprint={"pipeline": PARTNER})
    org.put(standard, Stage="Needs Analysis")
    org.put_refused(partner, Stage="In talks")
    org.set(blueprint={"deals": [standard]})
    org.put(partner, Stage="In talks")
    assert org.put_refused(standard, Stage="Qualification")["code"] == "RECORD_IN_BLUEPRINT"
    org.set(blueprint={"stages": ["Closed Won"]})
    org.put(standard, Stage="Closed Won")
    org.put_refused(standard, Stage="Qualification")
    org.set(blueprint=None)
    org.put(standard, Stage="Qualification")
    refusal = org.refused("GET", f"/Deals/{standard}/actions/blueprint")
    assert refusal["code"] == "RECORD_NOT_IN_PROCESS"


def test_a_person_takes_the_transition_in_the_user_interface(org: EmulatedZoho) -> None:
    deal = org.new_deal()
    org.set(blueprint={})
    org.edit(deal, by=PETAR, stage="Needs Analysis")
    line = org.ok("GET", f"/Deals/{deal}/__timeline")["__timeline"][0]
    assert (line["source"], line["done_by"]["name"]) == ("blueprint", "Petar D.")

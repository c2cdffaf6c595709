"""The files against a live CRM: what is gone, new, renamed or means something else there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pytest

from mapping.loader import load_files
from mapping.online import compare


@dataclass(frozen=True)
class Stage:
    id: str
    name: str
    outcome: Literal["open", "won", "lost"] = "open"


@dataclass(frozen=True)
class Pipeline:
    id: str
    name: str
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    writable: bool = True


@dataclass(frozen=True)
class User:
    id: str
    email: str | None
    active: bool = True


@dataclass(frozen=True)
class Account:
    pipelines: tuple[Pipeline, ...]
    fields: tuple[Field, ...]
    users: tuple[User, ...]


STAGES = (
    Stage("appointmentscheduled", "Appointment scheduled"),
    Stage("qualifiedtobuy", "Qualified to buy"),
    Stage("presentationscheduled", "Presentation scheduled"),
    Stage("decisionmakerboughtin", "Decision maker bought-in"),
    Stage("122178070", "Quote re-sent"),
    Stage("contractsent", "Contract sent"),
    Stage("closedwon", "Closed won", "won"),
    Stage("closedlost", "Closed lost", "lost"),
    Stage("9912", "Old stage"),
)
FIELDS = (
    Field("budget__c", "Budget"),
    Field("decision_maker", "Decision maker"),
    Field("contract_end_date", "Contract end"),
    Field("closed_lost_reason", "Closed lost reason"),
    Field("conveyor_section", "Section"),
    Field("conveyor_accept_by", "Accept by"),
)
USERS = tuple(
    User(str(n), f"{name}@acme.example") for n, name in enumerate(["olena", "petar", "ivan", "maria"])
)
ACCOUNT = Account(
    (Pipeline("default", "Sales Pipeline", STAGES), Pipeline("77", "Partner deals")), FIELDS, USERS
)


def _stages(*changed: Stage, without: str = "") -> Account:
    by_id = {stage.id: stage for stage in (*STAGES, *changed) if stage.id != without}
    sales = Pipeline("default", "Sales Pipeline", tuple(by_id.values()))
    return replace(ACCOUNT, pipelines=(sales, ACCOUNT.pipelines[1]))


def _fields(*changed: Field, without: str = "") -> Account:
    return replace(ACCOUNT, fields=(*changed, *(field for field in FIELDS if field.name != without)))


HUBSPOT = "mappings/hubspot.yaml"


@pytest.mark.parametrize(
    ("live", "severity", "code", "problem"),
    [
        (
            _stages(without="contractsent"),
            "error",
            "stage-gone",
            f"{HUBSPOT}:10:45: the CRM has no stage with the id 'contractsent'",
        ),
        (
            _stages(Stage("new", "New one")),
            "error",
            "stage-without-meaning",
            f"{HUBSPOT}:4:5: the CRM's stage 'New one' is neither mapped nor ignored",
        ),
        (
            _stages(Stage("contractsent", "Signed")),
            "error",
            "renamed",
            f"{HUBSPOT}:10:15: the stage 'Contract sent' is called 'Signed' in the CRM",
        ),
        (
            _stages(Stage("closedwon", "Closed won", "lost")),
            "error",
            "outcome-differs",
            f"{HUBSPOT}:11:72: 'won' is won, but the CRM counts 'Closed won' as lost",
        ),
        (
            _stages(Stage("closedlost", "Closed lost", "won")),
            "error",
            "outcome-differs",
            f"{HUBSPOT}:12:72: 'lost' is lost, but the CRM counts 'Closed lost' as won",
        ),
        (
            _stages(Stage("closedwon", "Closed won", "open")),
            "warning",
            "outcome-differs",
            f"{HUBSPOT}:11:72: 'won' is won, but the CRM counts 'Closed won' as open",
        ),
        (
            replace(ACCOUNT, pipelines=ACCOUNT.pipelines[:1]),
            "error",
            "pipeline-gone",
            f"{HUBSPOT}:14:41: the CRM has no pipeline with the id '77'",
        ),
        (
            replace(ACCOUNT, pipelines=(*ACCOUNT.pipelines, Pipeline("5", "Extra"))),
            "warning",
            "pipeline-not-mapped",
            f"{HUBSPOT}:2:1: the CRM has a pipeline 'Extra' that stands nowhere",
        ),
        (
            replace(ACCOUNT, pipelines=(ACCOUNT.pipelines[0], Pipeline("77", "Partners"))),
            "error",
            "renamed",
            f"{HUBSPOT}:14:22: the pipeline 'Partner deals' is called 'Partners' in the CRM",
        ),
        (
            _fields(Field("budget_c", "x"), without="budget__c"),
            "error",
            "field-gone",
            f"{HUBSPOT}:16:11: the CRM has no field 'budget__c' - did you mean 'budget_c'?",
        ),
        (
            _fields(Field("a", "BUDGET__C"), Field("b", "budget__c"), without="budget__c"),
            "error",
            "ambiguous-field",
            f"{HUBSPOT}:16:11: the CRM has several fields with the label 'budget__c'",
        ),
        (
            _fields(Field("conveyor_section", "Section", False), without="conveyor_section"),
            "error",
            "field-not-writable",
            f"{HUBSPOT}:21:12: the CRM does not let 'conveyor_section' be written",
        ),
        (
            replace(ACCOUNT, users=USERS[1:]),
            "warning",
            "member-without-account",
            "team.yaml:2:29: olena@acme.example has no account in 'hubspot'",
        ),
        (
            replace(ACCOUNT, users=(replace(USERS[0], active=False), *USERS[1:])),
            "warning",
            "account-inactive",
            "team.yaml:2:29: the account of olena@acme.example in 'hubspot' is switched off",
        ),
    ],
)
def test_a_disagreement(files: dict[str, str], live: Account, severity: str, code: str, problem: str) -> None:
    found = compare(load_files(files), "hubspot", live)
    assert [(one.severity, one.code, str(one)[: len(problem)]) for one in found] == [
        (severity, code, problem)
    ]


def test_agreement(files: dict[str, str]) -> None:
    assert compare(load_files(files), "hubspot", ACCOUNT) == []


def test_a_field_may_be_named_by_its_label(files: dict[str, str]) -> None:
    files[HUBSPOT] = files[HUBSPOT].replace("budget: budget__c", "budget: Budget")
    assert compare(load_files(files), "hubspot", ACCOUNT) == []


def test_an_id_under_the_same_name_is_suggested(files: dict[str, str]) -> None:
    found = compare(
        load_files(files), "hubspot", _stages(Stage("sent2", "Contract sent"), without="contractsent")
    )
    assert found[1].hint == 'the one with this name has the id "sent2"'


def test_an_account_id_that_the_crm_does_not_know(files: dict[str, str]) -> None:
    files["team.yaml"] = files["team.yaml"].replace("bitrix24:", "hubspot:")
    found = compare(load_files(files), "hubspot", ACCOUNT)
    assert [str(one) for one in found] == ["team.yaml:4:97: 'hubspot' has no account with the id '17'"]


def test_somebody_who_works_elsewhere_needs_no_account(files: dict[str, str]) -> None:
    live = replace(ACCOUNT, users=USERS[:3])  # no stage of the farmer is mapped here
    assert compare(load_files(files), "hubspot", live) == []


def test_a_new_field_by_the_name_that_a_rule_waits_for(files: dict[str, str]) -> None:
    files[HUBSPOT] = files[HUBSPOT].replace("  budget: budget__c\n", "")
    files["mappings/zoho.yaml"] = (
        "connection: zoho\npipelines: [{pipeline: {crm: Old, id: x}, ignore: true}]\nfields: {budget: Budget}\n"
    )
    rules = load_files(files)
    assert compare(rules, "hubspot", ACCOUNT)[0].message == (
        "a rule asks for 'budget', and the CRM has a field 'Budget' that is not mapped"
    )
    assert compare(rules, "hubspot", _fields(without="budget__c")) == []


def test_who_seems_to_have_left_is_told_with_what_to_do_about_their_deals(files: dict[str, str]) -> None:
    (problem,) = compare(load_files(files), "hubspot", replace(ACCOUNT, users=USERS[1:]))
    assert "`conveyor rehome olena@acme.example --to PERSON`" in (problem.hint or "")

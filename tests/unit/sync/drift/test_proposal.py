"""How a mapping is mended that its CRM drifted away from: what is safe, in its own style; the rest is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import Description, RemoteField, RemotePipeline, RemoteStage, RemoteUser
from mapping.loader import check_files, load_files, load_ruleset
from mapping.online import compare
from mapping.ruleset import Ruleset
from sync.drift.proposal import Proposal, propose

RULES = load_ruleset(Path(__file__).parents[4] / "config")
HUBSPOT = "mappings/hubspot.yaml"
MAPPING = RULES.mappings["hubspot"]
CLOSED = {"closedwon": "won", "closedlost": "lost"}


def _stage(stage_id: str, name: str, outcome: str = "open") -> RemoteStage:
    return RemoteStage(stage_id, name, outcome)  # type: ignore[arg-type]


STAGES = tuple(_stage(s.id, s.name, CLOSED.get(s.id, "open")) for s in MAPPING.pipelines[0].stages)
ACCOUNT = Description(
    pipelines=(
        RemotePipeline("default", "Sales Pipeline", STAGES),
        RemotePipeline("77", "Partner deals", ()),
    ),
    fields=tuple(
        RemoteField(name, name, "string", True)
        for name in (*MAPPING.fields.values(), *MAPPING.write_back.values())
    ),
    users=tuple(RemoteUser(str(n), m.email, m.name, True) for n, m in enumerate(RULES.team.values())),
    account="Acme",
)


def with_stages(change: Callable[[list[RemoteStage]], object]) -> Description:
    """The account with other stages in its first pipeline."""
    stages = list(STAGES)
    change(stages)
    first = replace(ACCOUNT.pipelines[0], stages=tuple(stages))
    return replace(ACCOUNT, pipelines=(first, *ACCOUNT.pipelines[1:]))


def proposed(account: Description, rules: Ruleset = RULES) -> Proposal:
    """What is proposed; it stands in the mapping alone, is without mistakes, and leaves what was left."""
    found = propose(rules, {"hubspot": account})
    assert set(found.changed) <= {HUBSPOT}
    mended, problems = check_files(found.after)
    assert mended is not None, problems
    rest = {problem.message for problem in compare(mended, "hubspot", account)}
    assert rest == {left.difference.problem.message for left in found.left}
    return found


def lines(found: Proposal) -> list[str]:
    """What the patch takes away and brings."""
    return [row for row in found.patch.splitlines() if row[:1] in "+-" and row[:3] not in ("+++", "---")]


def rules_with(*edits: tuple[str, str, str]) -> Ruleset:
    """The example with other pieces of text."""
    files = dict(RULES.files)
    for file, old, new in edits:
        assert files[file].count(old) == 1
        files[file] = files[file].replace(old, new)
    return load_files(files)


def test_nothing_is_proposed_where_both_agree() -> None:
    found = proposed(ACCOUNT)
    assert (found.patch, found.mended, found.left) == ("", (), ())


def test_new_names_are_written_down() -> None:
    account = with_stages(lambda stages: stages.__setitem__(2, replace(stages[2], name="Demo: shown, twice")))
    first, second = account.pipelines
    found = proposed(replace(account, pipelines=(replace(first, name="Verkauf"), second)))
    assert lines(found) == [
        "-  - pipeline: {crm: Sales Pipeline, id: default}",
        "+  - pipeline: {crm: Verkauf, id: default}",
        "-      - {crm: Presentation scheduled,   id: presentationscheduled, is: meeting}",
        '+      - {crm: "Demo: shown, twice",   id: presentationscheduled, is: meeting}',
    ]
    assert found.patch.startswith(f"--- {HUBSPOT}\n+++ {HUBSPOT}\n@@ ")


def test_a_stage_without_a_rule_of_its_own_goes_with_its_line() -> None:
    found = proposed(with_stages(lambda stages: stages.pop(4)))  # one of two that mean the same
    assert lines(found) == [
        '-      - {crm: Quote re-sent,            id: "122178070",           is: proposal, write_back: false}'
        "   # two stages, one meaning"
    ]
    found = proposed(with_stages(lambda stages: stages.pop(5)))  # the only one, but nothing is asked there
    assert [row.split()[3] for row in lines(found)] == ["Contract"]
    assert len(proposed(with_stages(lambda stages: stages.pop(8))).mended) == 1  # it was ignored


def test_a_stage_that_a_rule_needs_is_only_told() -> None:
    found = proposed(with_stages(lambda stages: stages.pop(6)))
    assert found.patch == ""
    (left,) = found.left
    assert left.difference.problem.code == "stage-gone"
    assert left.why == f"no other stage of hubspot is won, which {RULES.conveyor.stages['won'].place} needs"


def test_the_last_stage_of_a_section_is_only_told() -> None:
    rules = rules_with(
        (HUBSPOT, "is: meeting}", "ignore: true}"),
        (HUBSPOT, "is: qualification}", "ignore: true}"),
    )
    (left,) = proposed(with_stages(lambda stages: stages.pop(0)), rules).left
    assert left.why.endswith(f"{rules.conveyor.section_by_name['lead_generation'].place} needs")


def test_two_stages_that_stood_for_each_other_do_not_both_go() -> None:
    found = proposed(with_stages(lambda stages: stages.__setitem__(slice(3, 5), [])))
    assert [left.difference.problem.code for left in found.left] == ["stage-gone", "stage-gone"]


def test_a_stage_made_anew_under_its_name_gets_its_new_id() -> None:
    found = proposed(with_stages(lambda stages: stages.__setitem__(6, _stage("99", "Closed won", "won"))))
    assert lines(found) == [
        "-      - {crm: Closed won,               id: closedwon,             is: won}",
        '+      - {crm: Closed won,               id: "99",             is: won}',
    ]


def test_a_new_stage_gets_a_line_in_its_place_that_says_how_sure_it_is() -> None:
    found = proposed(with_stages(lambda stages: stages.insert(3, _stage("5", "Proposal sent"))))
    (line,) = lines(found)
    assert line.startswith(
        '+      - {crm: Proposal sent,            id: "5",                   is: proposal, write_back: false}'
    )
    assert "  # new in the CRM, unsure: " in line
    rows = found.after[HUBSPOT].splitlines()
    assert rows[rows.index(line[1:]) - 1].split()[2] == "Presentation"


def test_what_the_crm_counts_as_won_is_won_whatever_its_name() -> None:
    (line,) = lines(
        proposed(with_stages(lambda stages: stages.insert(0, _stage("5", "Lost for ever", "won"))))
    )
    assert "is: won, write_back: false}  # new in the CRM, unsure: the CRM counts it as won" in line


def test_a_new_stage_without_a_meaning_is_ignored_and_says_so() -> None:
    rules = rules_with((HUBSPOT, "is: negotiation}", "is: proposal, write_back: false}"))
    files = {name: text.replace("negotiation", "haggling") for name, text in rules.files.items()}
    (line,) = lines(
        proposed(with_stages(lambda stages: stages.insert(6, _stage("5", "Negotiation"))), load_files(files))
    )
    assert line.endswith("ignore: true}  # new in the CRM: say what it means, or leave it ignored")


def test_new_and_gone_stages_at_once() -> None:
    def change(stages: list[RemoteStage]) -> None:
        stages[4:6] = [_stage("51", "Commercial offer"), _stage("52", "Second offer")]
        stages[0] = replace(stages[0], name="Fresh")

    rows = proposed(with_stages(change)).after[HUBSPOT].splitlines()
    first = next(index for index, row in enumerate(rows) if "crm: Fresh" in row)
    assert [row.split("crm: ")[1].split(",")[0] for row in rows[first : first + 8]] == [
        "Fresh",
        "Qualified to buy",
        "Presentation scheduled",
        "Decision maker bought-in",
        "Commercial offer",
        "Second offer",
        "Closed won",
        "Closed lost",
    ]


def test_pipelines() -> None:
    first, second = ACCOUNT.pipelines
    found = proposed(replace(ACCOUNT, pipelines=(first, RemotePipeline("8", "Yes", ()))))
    assert lines(found) == [
        '-  - {pipeline: {crm: Partner deals, id: "77"}, ignore: true}',
        '+  - {pipeline: {crm: "Yes", id: "8"}, ignore: true}  # new in the CRM: not on the line',
    ]
    (left,) = proposed(replace(ACCOUNT, pipelines=(second,))).left
    assert left.why == "its stages are mapped: map another pipeline in its place, or delete it"


def test_a_field_that_a_rule_asks_for_is_only_told() -> None:
    without = replace(ACCOUNT, fields=tuple(f for f in ACCOUNT.fields if f.name != "budget__c"))
    (left,) = proposed(
        without
    ).left  # `budget` is mapped in other CRMs too, so no rule breaks; but here it is asked for
    assert "'budget__c'" in left.difference.problem.message


def test_a_field_that_nobody_asks_for_goes_and_one_that_is_asked_for_comes() -> None:
    rules = rules_with(
        (HUBSPOT, "  budget: budget__c\n", "  office: office__c\n"),
    )
    fields = (*ACCOUNT.fields, RemoteField("n_1", "Budget", "string", True))
    found = proposed(replace(ACCOUNT, fields=fields), rules)
    assert lines(found) == ["-  office: office__c", "+  budget: n_1  # new in the CRM, unsure"]


def test_who_left_is_told_with_what_to_do() -> None:
    users = tuple(replace(user, active=user.email != "petar@acme.example") for user in ACCOUNT.users)
    found = proposed(replace(ACCOUNT, users=users))
    assert found.patch == ""
    (left,) = found.left
    assert "`conveyor rehome petar@acme.example --to PERSON`" in left.why


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_patch_of_a_file_without_a_last_newline(newline: str) -> None:
    text = RULES.files[HUBSPOT].rstrip().replace("\n", newline)
    rules = load_files({**RULES.files, HUBSPOT: text})
    found = propose(rules, {"hubspot": with_stages(lambda stages: stages.pop(8))})
    assert len(found.mended) == 1
    assert found.after[HUBSPOT] == text.replace(
        f'{newline}      - {{crm: Old stage,                id: "9912",                ignore: true}}', ""
    )

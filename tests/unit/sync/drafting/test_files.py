"""The texts of a draft: they stand up to `check`, offline and online, and what is there stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from connectors.base import Description, RemoteField, RemotePipeline, RemoteStage, RemoteUser
from mapping.document import Plain
from mapping.loader import check_files
from mapping.online import compare
from mapping.problems import Problem
from mapping.ruleset import Ruleset
from sync.drafting import credentials
from sync.drafting.draft import Draft, Looked, draft_of
from sync.drafting.files import Structure, drafted, namesakes
from sync.drafting.line import line_of_conveyor, line_of_template
from sync.drafting.people import Activity
from sync.drafting.structure import StructureGuess, guess_structure
from sync.drafting.templates import TEMPLATES
from sync.drafting.texts import UNSURE

from .corpus import examples

CONFIG = Path(__file__).parents[4] / "config"
OLENA = RemoteUser("1", "olena@acme.example", "Olena K.", True)
PETAR = RemoteUser("2", "petar@acme.example", "Petar D.", True)
FIELDS = (
    RemoteField("budget", "Budget", "number", True),
    RemoteField("why", "Lost reason", "string", True),
)


def description(*pipelines: RemotePipeline, users: tuple[RemoteUser, ...] = (OLENA, PETAR)) -> Description:
    return Description(pipelines, FIELDS, users, "Acme Ltd", timezone="Europe/Sofia")


def drafted_from(
    seen: Description,
    files: Mapping[str, str] | None = None,
    *,
    connection: str = "hubspot",
    crm: str = "hubspot",
    template: str | None = None,
    activity: Activity | None = None,
) -> tuple[dict[str, str], Draft]:
    """The files after a draft, and what was guessed."""
    files, activity = dict(files or {}), activity or Activity()
    rules = check_files(files)[0] if files else None
    guess = (
        StructureGuess(TEMPLATES[template], 1.0, "as you chose")
        if template
        else guess_structure(seen.pipelines, seen.users, activity)
    )
    line = line_of_conveyor(rules.conveyor) if rules else line_of_template(guess.template)
    draft = draft_of(Looked(connection, crm, seen, activity), line)
    block: Mapping[str, Plain] = credentials.block(crm, connection, {})
    structure = Structure(guess, chosen=template is not None)
    return {**files, **drafted(draft, block, files, rules, structure, seen.timezone)}, draft


def problems_of(files: Mapping[str, str], seen: Description, connection: str = "hubspot") -> list[Problem]:
    """What `check --online` says."""
    rules, problems = check_files(files)
    return [*problems, *(compare(rules, connection, seen) if rules else [])]


def errors_of(files: Mapping[str, str], seen: Description, connection: str = "hubspot") -> list[str]:
    return [str(each) for each in problems_of(files, seen, connection) if each.severity == "error"]


def rules_of(files: Mapping[str, str]) -> Ruleset:
    rules, problems = check_files(files)
    assert rules is not None, problems
    return rules


@pytest.mark.parametrize("turn", range(len(TEMPLATES)), ids=list(TEMPLATES))
def test_every_pipeline_of_the_corpus_is_accepted_under_one_of_the_templates(turn: int) -> None:
    template = list(TEMPLATES)[turn]
    for example in examples()[turn :: len(TEMPLATES)]:
        seen = description(example.pipeline)
        files, _ = drafted_from(seen, template=template)
        assert errors_of(files, seen) == [], example.name


LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # YAML can hold no others
STRANGE: st.SearchStrategy[str] = st.text(LETTERS, max_size=24).filter(lambda text: bool(text.strip()))
STAGES = st.lists(
    st.tuples(STRANGE, st.sampled_from(["open", "won", "lost"])), max_size=6, unique_by=lambda each: each[0]
)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(st.tuples(STRANGE, STAGES), min_size=1, max_size=3), STRANGE, STRANGE)
def test_a_draft_is_accepted_whatever_a_crm_calls_its_things(
    boards: list[tuple[str, list[tuple[str, Any]]]], person: str, label: str
) -> None:
    pipelines = [
        RemotePipeline(str(at), name, tuple(RemoteStage(stage, stage, outcome) for stage, outcome in stages))
        for at, (name, stages) in enumerate(boards)
    ]
    users = (RemoteUser("1", "olena@acme.example", person, True), RemoteUser("2", label, person, True))
    seen = Description(
        tuple(pipelines), (RemoteField("budget", label, "number", True),), users, label, timezone=label
    )
    files, draft = drafted_from(seen)
    assert errors_of(files, seen) == []
    for one in draft.pipelines:
        for stage in one.stages:
            assert stage.stage not in ("won", "lost") or stage.stage == stage.outcome


def sales(id: str = "1", name: str = "Sales", *more: RemoteStage) -> RemotePipeline:
    stages = (
        RemoteStage("n", "New lead", "open"),
        RemoteStage("q", "Qualified", "open"),
        RemoteStage("d", "Demo", "open"),
        RemoteStage("p", "Proposal sent", "open"),
        RemoteStage("c", "Contract", "open"),
        RemoteStage("w", "Won", "won"),
        RemoteStage("x", "Duplicate", "lost"),
        RemoteStage("l", "Lost", "lost"),
    )
    return RemotePipeline(id, name, (*stages, *more))


def test_a_new_line_only_observes_and_holds_no_secret() -> None:
    files, _ = drafted_from(description(sales()))
    rules = rules_of(files)
    assert rules.conveyor.mode == "observe"
    assert rules.conveyor.timezone == "Europe/Sofia"
    assert '"${HUBSPOT_TOKEN}"' in files["connections.yaml"]


def test_of_several_lost_stages_the_plain_one_is_written_back() -> None:
    files, _ = drafted_from(description(sales()))
    (pipeline,) = rules_of(files).mappings["hubspot"].pipelines
    assert [stage.name for stage in pipeline.stages if stage.means == "lost" and stage.write_back] == ["Lost"]


def test_every_guess_says_how_sure_it_is_and_the_unsure_ones_are_found_by_one_word() -> None:
    seen = description(sales("1", "Sales", RemoteStage("z", "Xyzzy", "open")), sales("2", "Partners"))
    files, draft = drafted_from(seen)
    lines = [line for line in files["mappings/hubspot.yaml"].splitlines() if "id:" in line]
    assert len(lines) == 19 and all("# unsure: " in line or "%: " in line for line in lines)
    mapped_and_team = files["mappings/hubspot.yaml"] + files["team.yaml"]
    assert mapped_and_team.count(UNSURE) == draft.unsure > 0
    assert '# unsure: 60%, sells, though "partner" could be partners' in files["mappings/hubspot.yaml"]


def test_fields_that_were_not_found_are_not_asked_for() -> None:
    files, _ = drafted_from(description(sales()))
    assert "# nothing looks like: decision_maker, contract_end" in files["mappings/hubspot.yaml"]
    assert "decision_maker" not in files["conveyor.yaml"] and "budget" in files["conveyor.yaml"]


def test_texts_of_the_crm_cannot_break_out_of_a_comment() -> None:
    nasty = RemotePipeline("1", "Sales\nmode: enforce\n# x", (RemoteStage("a", "New\nlead: #", "open"),))
    seen = description(nasty, users=(RemoteUser("1", None, "Eve\nteam: []", True), OLENA))
    files, _ = drafted_from(seen)
    assert errors_of(files, seen) == []
    assert rules_of(files).conveyor.mode == "observe"


def example_files(*connections: str) -> dict[str, str]:
    """The folder that ships, without some of its connections."""
    texts = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    return {file: text for file, text in texts.items() if file not in connections}


def test_a_further_crm_leaves_every_line_that_is_there_as_it_is() -> None:
    before = example_files()
    newcomer = RemoteUser("9", "nadia@acme.example", "Nadia N.", True)
    seen = description(sales(), users=(OLENA, newcomer))
    activity = Activity(9, {("9", ("1", "n")): 9})
    files, _ = drafted_from(seen, before, connection="hubspot-us", activity=activity)
    assert errors_of(files, seen, "hubspot-us") == []
    changed = {file for file in files if files[file] != before.get(file)}
    assert changed == {"connections.yaml", "team.yaml", "mappings/hubspot-us.yaml"}
    for file in ("connections.yaml", "team.yaml"):
        rest = iter(files[file].splitlines(keepends=True))
        assert all(line in rest for line in before[file].splitlines(keepends=True)), file
    assert rules_of(files).team["nadia@acme.example"].roles == ("scout",)
    assert '"${HUBSPOT_US_TOKEN}"' in files["connections.yaml"]


def test_people_who_are_on_the_team_are_not_added_again_and_namesakes_are_told() -> None:
    before = example_files()
    twin = RemoteUser("9", "o.k@other.example", "Olena K.", True)
    seen = description(sales(), users=(PETAR, twin))
    activity = Activity(9, {("9", ("1", "n")): 9, ("2", ("1", "d")): 9})
    files, draft = drafted_from(seen, before, connection="hubspot-us", activity=activity)
    assert files["team.yaml"] == before["team.yaml"]
    told = [(person.email, email) for person, email in namesakes(draft, check_files(before)[0])]
    assert told == [("o.k@other.example", "olena@acme.example")]


def test_a_line_in_the_admins_own_words_is_understood() -> None:
    before, _ = drafted_from(description(sales()), template="one-tier")
    renamed = {
        "prospecting": "first_call",
        "meeting": "showroom_visit",
        "proposal": "kp",
        "negotiation": "dogovor",
    }
    for old, new in renamed.items():
        before = {file: text.replace(old, new) for file, text in before.items()}
    seen = description(sales("7", "Продажи"))
    files, _ = drafted_from(seen, before, connection="bitrix24", crm="bitrix24")
    (pipeline,) = rules_of(files).mappings["bitrix24"].pipelines
    told = {stage.name: stage.means for stage in pipeline.stages}
    assert told["New lead"] == "first_call" and told["Demo"] == "showroom_visit"
    assert told["Proposal sent"] == "kp" and told["Contract"] == "dogovor"
    assert told["Won"] == "won" and told["Lost"] == "lost"


def test_a_stage_that_the_line_lacks_goes_to_the_nearest_and_is_unsure() -> None:
    before, _ = drafted_from(description(sales()))
    seen = description(sales("7", "Sales", RemoteStage("i", "Installation", "open")))
    files, draft = drafted_from(seen, before, connection="close", crm="close")
    (stage,) = [each for each in draft.pipelines[0].stages if each.name == "Installation"]
    assert stage.stage == "negotiation" and stage.unsure and "no stage for delivery" in stage.reason
    assert files["conveyor.yaml"] == before["conveyor.yaml"]


def test_an_outcome_that_the_line_lacks_is_ignored_and_unsure() -> None:
    before, _ = drafted_from(description(sales()), template="one-tier")
    before = {file: text for file, text in before.items() if not file.startswith("mappings/")}
    lines = before["conveyor.yaml"].splitlines(keepends=True)
    before["conveyor.yaml"] = "".join(line for line in lines if "lost: {status" not in line)
    seen = description(sales("7"))
    files, draft = drafted_from(seen, before, connection="close", crm="close")
    lost = [stage for stage in draft.pipelines[0].stages if stage.outcome == "lost"]
    assert [(stage.stage, stage.unsure) for stage in lost] == [(None, True), (None, True)]
    assert errors_of(files, seen, "close") == []


def test_stages_called_as_the_admin_calls_theirs_are_those() -> None:
    before, _ = drafted_from(description(sales()))
    before["conveyor.yaml"] = before["conveyor.yaml"].replace(
        "      meeting: {}", "      meeting: {title: Чаепитие}"
    )
    seen = description(RemotePipeline("5", "Продажи", (RemoteStage("a", "ЧАЕПИТИЕ ☕", "open"),)))
    files, draft = drafted_from(seen, before, connection="close", crm="close")
    assert [(stage.stage, stage.reason) for stage in draft.pipelines[0].stages] == [
        ("meeting", "called the same")
    ]
    assert errors_of(files, seen, "close") == []

"""A mapping file edited by machine: only the stage that was meant changes, comments stay, nobody's work is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapping.loader import load_files, load_ruleset
from mapping.ruleset import ConnectionMapping
from sync.mapping_edits import IGNORED, NewStage, changes, edited, with_new, write_where_unchanged

CONFIG = Path(__file__).parents[3] / "config"
FILE = "mappings/hubspot.yaml"
RULES = load_ruleset(CONFIG)
TEXT = RULES.files[FILE]
MAPPING = RULES.mappings["hubspot"]


def means(text: str) -> list[str | None]:
    return [stage.means for stage in _mapping(text).pipelines[0].stages]


def _mapping(text: str) -> ConnectionMapping:
    return load_files({**RULES.files, FILE: text}).mappings["hubspot"]


def test_only_what_differs_is_a_change() -> None:
    assert changes(MAPPING, {(0, 0): "prospecting", (0, 8): IGNORED}) == {}
    assert changes(MAPPING, {(0, 0): "meeting", (0, 99): "meeting", (7, 0): "won"}) == {(0, 0): "meeting"}


@pytest.mark.parametrize(
    ("stage", "wanted", "line"),
    [
        (4, "negotiation", "is: negotiation, write_back: false}   # two stages, one meaning"),
        (8, "prospecting", "is: prospecting}"),
        (0, IGNORED, "ignore: true}"),
    ],
)
def test_one_line_changes_and_its_comment_stays(stage: int, wanted: str, line: str) -> None:
    after = edited(TEXT, MAPPING, {(0, stage): wanted})
    differing = [new for old, new in zip(TEXT.splitlines(), after.splitlines(), strict=True) if old != new]

    assert len(differing) == 1
    assert line in differing[0]
    assert means(after)[stage] == (None if wanted == IGNORED else wanted)


def test_there_and_back_again_is_the_same_file_again() -> None:
    after = edited(TEXT, MAPPING, {(0, 2): "proposal"})

    assert edited(after, _mapping(after), {(0, 2): "meeting"}) == TEXT


@pytest.mark.parametrize(
    ("wanted", "line", "write_back"),
    [
        ("negotiation", "is: negotiation, write_back: false}", False),
        (IGNORED, "ignore: true}", True),
    ],
)
def test_a_stage_that_is_new_in_the_crm_gets_a_line_of_its_own(
    wanted: str, line: str, write_back: bool
) -> None:
    after = with_new(TEXT, MAPPING, [NewStage(0, "77:1", "Legal: review, twice", wanted)])
    new = set(after.splitlines()) - set(TEXT.splitlines())

    assert len(after.splitlines()) == len(TEXT.splitlines()) + 1
    assert [each.strip().endswith(line) for each in new] == [True]
    stage = _mapping(after).pipelines[0].stages[-1]
    assert (stage.id, stage.name, stage.write_back) == ("77:1", "Legal: review, twice", write_back)


def test_the_first_stage_with_a_meaning_is_where_deals_are_put() -> None:
    without = edited(TEXT, MAPPING, {(0, 5): IGNORED})
    after = with_new(without, _mapping(without), [NewStage(0, "77", "Legal review", "negotiation")])
    assert _mapping(after).pipelines[0].stages[-1].write_back


def test_a_file_is_written_only_where_nobody_else_changed_it(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    file = tmp_path / FILE
    file.write_bytes(b"before\r\n")

    assert not write_where_unchanged(None, FILE, "before", "after")
    assert not write_where_unchanged(tmp_path, "mappings/zoho.yaml", "before", "after")
    assert not write_where_unchanged(tmp_path, FILE, "before\n", "after")
    assert file.read_bytes() == b"before\r\n"
    assert write_where_unchanged(tmp_path, FILE, "before\r\n", "after\r\n")
    assert file.read_bytes() == b"after\r\n"

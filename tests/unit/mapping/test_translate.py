"""Between the line's words and a CRM's own: stages both ways, and when two values mean the same."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapping.model import Value
from mapping.ruleset import ConnectionMapping, PipelineMap, Place, StageMap
from mapping.translate import IGNORED, UNMAPPED, Meaning, agrees, pipeline_of, same, to_canonical, to_remote

HERE = Place("mappings/crm.yaml", 1)


def stage(id: str, means: str | None, write_back: bool = True) -> StageMap:
    return StageMap(id.lower(), id, means, write_back, HERE)


def pipeline(id: str, *stages: StageMap, ignore: bool = False) -> PipelineMap:
    return PipelineMap(id.lower(), id, ignore, stages, HERE)


def mapping(*pipelines: PipelineMap) -> ConnectionMapping:
    return ConnectionMapping("crm", pipelines, {}, {}, HERE)


MAPPING = mapping(
    pipeline("P", stage("NEW", "fresh"), stage("SENT", "proposal"), stage("AGAIN", "proposal", False)),
    pipeline("Q", stage("NEW", "proposal"), stage("OLD", None), stage("END", "won", False)),
    pipeline("Z", ignore=True),
)


@pytest.mark.parametrize(
    ("remote", "meaning"),
    [
        (["P", "NEW"], Meaning("mapped", "fresh")),
        (["Q", "NEW"], Meaning("mapped", "proposal")),  # one id, two pipelines, two meanings
        (["P", "AGAIN"], Meaning("mapped", "proposal")),  # not written back, but understood
        (["Q", "OLD"], IGNORED),
        (["Z", "ANY"], IGNORED),
        (["P", "OLD"], UNMAPPED),
        (["X", "NEW"], UNMAPPED),
        (["P", "new"], UNMAPPED),
        (["P"], UNMAPPED),
        (["P", "NEW", "NEW"], UNMAPPED),
        ("NEW", UNMAPPED),
        (None, UNMAPPED),
    ],
)
def test_what_a_crm_stage_means(remote: Value, meaning: Meaning) -> None:
    assert to_canonical(MAPPING, remote) == meaning


@pytest.mark.parametrize(
    ("name", "own", "remote"),
    [
        ("fresh", "P", ["P", "NEW"]),
        ("fresh", "Q", ["P", "NEW"]),  # not in its own pipeline: in the first that has it
        ("proposal", None, ["P", "SENT"]),
        ("proposal", "P", ["P", "SENT"]),  # never one that is not written back
        ("proposal", "Q", ["Q", "NEW"]),
        ("won", "Q", None),
        ("unheard of", "P", None),
    ],
)
def test_which_crm_stage_is_written(name: str, own: str | None, remote: list[str] | None) -> None:
    assert to_remote(MAPPING, name, own) == remote


@pytest.mark.parametrize(
    ("remote", "own"), [(["P", "NEW"], "P"), (["P"], None), ([], None), ("P", None), (None, None)]
)
def test_the_pipeline_of_a_stage(remote: Value, own: str | None) -> None:
    assert pipeline_of(remote) == own


@pytest.mark.parametrize(
    ("name", "remote", "holds"),
    [
        ("proposal", ["P", "SENT"], True),
        ("proposal", ["P", "AGAIN"], True),
        ("proposal", ["Q", "NEW"], True),
        ("won", ["Q", "END"], True),
        ("fresh", ["P", "SENT"], False),
        ("fresh", ["Q", "OLD"], False),
        ("fresh", ["X", "NEW"], False),
        ("fresh", None, False),
    ],
)
def test_when_both_say_the_same_stage(name: str, remote: Value, holds: bool) -> None:
    assert agrees(MAPPING, name, remote) is holds


# Values


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, ""),
        (None, []),
        ("", []),
        ("5000", "5000.00"),
        ("5000", 5000),
        (5000, 5000.0),
        ("+5", "5"),
        ("007", "7"),
        ("1234.567", "1234.57"),
        ("1234.567", "1235"),
        ("-0.5", "0"),
        ("0.5", "1"),
        ("0.5", "0"),
        (" Nova  Ltd ", "Nova Ltd"),
        ("line\r\nnext", "line\nnext"),
        ("é", "e\u0301"),
        (["a", "b"], ["a", "b"]),
        (True, True),
    ],
)
def test_values_that_a_crm_may_make_of_ours(ours: Value, theirs: Value) -> None:
    assert same(ours, theirs)
    assert same(theirs, ours)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, "0"),
        (None, 0),
        ("", False),
        ("5000", "5001"),
        ("5000", "5000.6"),
        ("1234.567", "1234.58"),
        ("1234.567", "1236"),
        ("5", "-5"),
        ("Nova", "nova"),
        ("Nova Ltd", "NovaLtd"),
        ("1,5", "1.5"),
        ("1e3", "1000"),
        ("2026-03-04", "2026-03-05"),
        (["a", "b"], ["b", "a"]),
        (["a"], "a"),
        (True, "true"),
        (True, "1"),
    ],
)
def test_values_that_somebody_changed(ours: Value, theirs: Value) -> None:
    assert not same(ours, theirs)
    assert not same(theirs, ours)


numbers = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4
).map(str)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    numbers,
    st.text("0123456789.+-eE \n", max_size=8),
    st.lists(st.text(max_size=3), max_size=3),
)
quick = settings(max_examples=150, derandomize=True, database=None, deadline=None)


@quick
@given(values)
def test_every_value_is_the_same_as_itself(value: Value) -> None:
    assert same(value, value)


@quick
@given(values, values)
def test_sameness_knows_no_direction(ours: Value, theirs: Value) -> None:
    assert same(ours, theirs) == same(theirs, ours)


@quick
@given(numbers, st.integers(0, 4), st.sampled_from([ROUND_HALF_EVEN, ROUND_HALF_UP]))
def test_a_rounded_number_is_the_same(text: str, places: int, way: str) -> None:
    rounded = Decimal(text).quantize(Decimal(1).scaleb(-places), rounding=way)
    assert same(text, str(rounded))


@quick
@given(st.text(max_size=20))
def test_a_trimmed_text_is_the_same(text: str) -> None:
    assert same(text, text.strip())


ids = st.sampled_from("ABC")
stages = st.builds(stage, ids, st.sampled_from(["one", "two", "three", None]), st.booleans())
pipelines = st.builds(
    lambda id, found: pipeline(id, *{s.id: s for s in found}.values()), ids, st.lists(stages, max_size=4)
)
mappings = st.lists(pipelines, max_size=3, unique_by=lambda found: found.id).map(
    lambda found: mapping(*found)
)


@quick
@given(mappings, st.sampled_from(["one", "two", "three"]), st.one_of(st.none(), ids))
def test_whatever_is_written_for_a_stage_agrees_with_it(
    known: ConnectionMapping, name: str, own: str | None
) -> None:
    remote = to_remote(known, name, own)
    if remote is not None:
        assert agrees(known, name, remote)
        assert to_canonical(known, remote).stage == name
        assert to_remote(known, name, pipeline_of(remote)) == remote, "written once, it stays"


@quick
@given(mappings, st.sampled_from(["one", "two", "three"]), st.tuples(ids, ids).map(list))
def test_a_stage_that_means_it_agrees(known: ConnectionMapping, name: str, remote: list[str]) -> None:
    if to_canonical(known, remote).stage == name:
        assert agrees(known, name, remote)
    if not agrees(known, name, remote):
        assert to_remote(known, name, pipeline_of(remote)) != remote

"""How good the guesses are on pipelines as companies have them; one half was never used to tune the vocabulary."""

from __future__ import annotations

from collections import Counter

import pytest

from sync.drafting.meanings import IGNORE, OPEN_STAGES

from .corpus import Example, Measure, examples, held_out, measured, tuned_on

RIGHT = 0.9
MARKED = 0.4
"""At least so many stages are right; at most so many are marked unsure: a mark that is everywhere says nothing."""

WHOLE_PIPELINES = 0.9
"""At least so many pipelines are told to be on the line or not."""


@pytest.fixture(params=[tuned_on, held_out], ids=["tuned on", "held out"])
def half(request: pytest.FixtureRequest) -> tuple[Example, ...]:
    """Each half of the corpus."""
    found: tuple[Example, ...] = request.param()
    return found


def test_the_corpus_is_wide_enough() -> None:
    assert len(examples()) >= 60
    assert {example.language for example in examples()} >= {"en", "ru", "uk", "bg", "mixed"}
    assert {example.crm for example in examples()} == {"hubspot", "zoho", "bitrix24", "copper", "close"}
    per_half = [Counter(example.language for example in half) for half in (tuned_on(), held_out())]
    assert all(counts[language] >= 7 for counts in per_half for language in ("en", "ru", "uk", "bg")), (
        per_half
    )
    known = {*OPEN_STAGES, IGNORE, "won", "lost"}
    assert {truth for example in examples() for truth in example.truth} <= known


def test_most_stages_are_right(half: tuple[Example, ...]) -> None:
    measure = measured(half)
    assert measure.right >= RIGHT, f"\n{measure}"


def test_won_and_lost_are_never_wrong(half: tuple[Example, ...]) -> None:
    measure = measured(half)
    assert not measure.wrong_outcome, f"\n{measure}"


def test_whatever_is_wrong_is_marked_unsure(half: tuple[Example, ...]) -> None:
    measure = measured(half)
    assert not measure.wrong_and_sure, f"\n{measure}"


def test_most_is_not_marked_unsure(half: tuple[Example, ...]) -> None:
    measure = measured(half)
    assert 0 < measure.marked <= MARKED, f"\n{measure}"


def test_pipelines_that_sell_nothing_are_told_from_those_that_do(half: tuple[Example, ...]) -> None:
    measure = measured(half)
    assert len(measure.wrong_pipelines) <= (1 - WHOLE_PIPELINES) * len(half), f"\n{measure}"


def test_each_language_is_understood() -> None:
    rights = {language: _of_language(language).right for language in ("en", "ru", "uk", "bg", "mixed")}
    assert min(rights.values()) >= RIGHT - 0.05, rights


def _of_language(language: str) -> Measure:
    return measured(tuple(example for example in held_out() if example.language == language))

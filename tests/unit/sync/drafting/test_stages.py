"""What stages mean: by name in any spelling, by their place, and won and lost by the CRM's flags alone."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import RemoteStage
from sync.drafting.meanings import OPEN_STAGES
from sync.drafting.stages import guess_stages

Outcome = Literal["open", "won", "lost"]


def stages(*names: str | tuple[str, Outcome]) -> list[RemoteStage]:
    """Stages by name, open if nothing else is said."""
    pairs = [(name, "open") if isinstance(name, str) else name for name in names]
    return [RemoteStage(str(index), name, outcome) for index, (name, outcome) in enumerate(pairs)]  # type: ignore[arg-type]


def meanings(*names: str | tuple[str, Outcome]) -> list[str]:
    return [guess.means for guess in guess_stages(stages(*names))]


@pytest.mark.parametrize(
    "name", ["Demo", "DEMO 🎯", "3. Demo", "03 - demo", "40% demo", "Демо", "Demo (30 min)", "demo\n"]
)
def test_emoji_numbers_and_case_do_not_matter(name: str) -> None:
    assert meanings("New lead", "Qualified", name, "Proposal sent", "Negotiation")[2] == "meeting"


@pytest.mark.parametrize(
    "names",
    [
        ("Новая заявка", "Квалификация", "Презентация", "КП отправлено", "Договор"),
        ("Нова заявка", "Кваліфікація", "Презентація", "КП надіслано", "Договір"),
        ("Ново запитване", "Квалифициран", "Презентация", "Оферта", "Договор"),
        ("Novaya zayavka", "Kvalifikatsiya", "Prezentaciya", "KP otpravleno", "Dogovor"),
        ("Fresh", "Qualifed", "Presentaion", "Proposl", "Negociation"),
    ],
)
def test_one_line_in_each_language_and_misspelt(names: tuple[str, ...]) -> None:
    assert meanings(*names) == ["prospecting", "qualification", "meeting", "proposal", "negotiation"]


def test_the_place_decides_where_a_name_says_nothing_and_that_is_unsure() -> None:
    guessed = guess_stages(stages("Stage 1", "Stage 2", "Stage 3", "Stage 4", "Stage 5"))
    places = [OPEN_STAGES.index(guess.means) for guess in guessed]
    assert guessed[0].means == "prospecting" and places == sorted(places)
    assert all(guess.unsure and guess.reason.startswith("by its place") for guess in guessed)


def test_neighbours_say_what_an_unclear_stage_means() -> None:
    assert meanings("New", "Qualified", "Demo", "Xyzzy", "Proposal", "Contract")[3] in ("meeting", "proposal")


def test_names_of_outcomes_lie_and_flags_do_not() -> None:
    told = meanings("New", "Won - awaiting PO", ("Closed lost", "won"), ("Closed won", "lost"))
    assert told[2:] == ["won", "lost"]
    assert told[1] not in ("won", "lost")


def test_a_stage_where_deals_are_laid_aside_is_ignored_wherever_it_stands() -> None:
    told = meanings("New", "On hold", "Qualified", "Proposal", "Contract", ("Won", "won"), "Отложенный спрос")
    assert told == ["prospecting", "ignore", "qualification", "proposal", "negotiation", "won", "ignore"]


def test_the_pipelines_that_crms_begin_with() -> None:
    told = meanings("Новая", "Подготовка документов", "Счёт на предоплату", "В работе", "Финальный счёт")
    assert told == ["prospecting", "qualification", "meeting", "proposal", "negotiation"]


def test_a_default_that_was_added_to_is_known_all_the_same() -> None:
    told = meanings(
        "Appointment scheduled", "Qualified to buy", "Presentation scheduled", "Decision maker bought-In",
        "Quote re-sent", "Contract sent", "Old stage",
    )  # fmt: skip
    expected = ["prospecting", "qualification", "meeting", "proposal", "proposal", "negotiation", "ignore"]
    assert told == expected


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.text(max_size=30), st.sampled_from(["open", "won", "lost"])), max_size=12),
    st.sampled_from([None, "growth", "renewal"]),
)
def test_no_name_whatever_makes_an_open_stage_won_or_lost(
    named: list[tuple[str, Outcome]], keeping: str | None
) -> None:
    guessed = guess_stages(stages(*named), keeping)
    assert [guess.name for guess in guessed] == [name for name, _ in named]
    for guess in guessed:
        assert (guess.means in ("won", "lost")) == (guess.outcome != "open")
        assert guess.outcome == "open" or guess.means == guess.outcome
        assert 0 <= guess.confidence <= 1

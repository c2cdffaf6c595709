"""How names are read, and in which language their writers are addressed."""

from __future__ import annotations

import pytest

from sync.drafting.language import guess_language
from sync.drafting.words import vocabulary, words


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1. Новая заявка 🔥", ("novaya", "zayavka")),
        ("50% - Tech validation / PoC", ("tech", "validation", "poc")),
        ("Потребу з'ясовано", ("potrebu", "zyasovano")),
        ("Потребу зʼясовано", ("potrebu", "zyasovano")),
        ("decision_maker", ("decision", "maker")),
        ("closedLostReason", ("closed", "lost", "reason")),
        ("✅ 100 %", ()),
        ("", ()),
    ],
)
def test_words_of_a_name(name: str, expected: tuple[str, ...]) -> None:
    assert words(name) == expected


def test_several_words_say_more_than_one_and_weak_ones_less() -> None:
    cues = vocabulary({"x": "contract, contract sent, ~paper, ok="})["x"]
    strengths = [
        heard.strength for name in ("Paper", "Contract", "Contract sent") if (heard := cues.hear(name))
    ]
    assert len(strengths) == 3 and strengths == sorted(set(strengths))
    assert cues.hear("OK") is not None and cues.hear("Okay") is None
    assert cues.hear("Contracts") is not None and cues.hear("Sent") is None
    assert cues.hear("Contarct") is not None  # misspelt
    assert cues.know("contract") and not cues.know("banana")


@pytest.mark.parametrize(
    ("names", "language"),
    [
        (["Новая заявка", "Вызов замерщика", "Счёт"], "ru"),
        (["Нова заявка", "Замір", "Договір"], "uk"),
        (["Ново запитване", "Оглед", "Договорът е подписан"], "bg"),
        (["New", "Demo", "КП"], None),
        (["Договор"], None),
        ([], None),
    ],
)
def test_the_language_is_told_by_its_letters(names: list[str], language: str | None) -> None:
    assert guess_language(names) == language

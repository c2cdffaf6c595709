"""Every sentence of the conveyor in every language: for a full deal, and for a bare one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any, get_args

import pytest

from mapping.file_types import Language
from mapping.model import Deal, Handoff, HandoffStatus, Link
from mapping.phrases import Phrase, in_language, phrase
from mapping.ruleset import Away, Duration, Ruleset
from sync.core import words
from sync.core.words import answers, changes, choosing, notes, reasons, story, tasks

from .building import OLENA, PETAR
from .line import Swap, house

LANGUAGES = get_args(Language)
AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

IN_THEIR_WORDS: tuple[Swap, ...] = (
    ("hunter: {title: Sales manager}", "hunter: {title: Менеджер}"),
    ("scout: {title: Lead hunter}", "scout: {title: Лідоруб}"),
    ("  leads:\n    roles: [scout]", "  leads:\n    title: Ліди\n    roles: [scout]"),
    ("  sales:\n    roles: [hunter]", "  sales:\n    title: Продажі\n    roles: [hunter]"),
    ("      meeting: {}", "      meeting: {title: Зустріч}"),
    ("name: Olena K.", "name: Олена К."),
    ("name: Petar D.", "name: Петро Д."),
)
"""A line whose own words have no Latin letter, so that a word of English shows."""

FULL, EMPTY = 0, 1


def rules_of(size: int) -> Ruleset:
    return house(*IN_THEIR_WORDS)


def deal(size: int) -> Deal:
    if size == EMPTY:
        return Deal("d1", "d1", "crm", because=why(size))
    fields = {"title": "Дах"}
    return Deal("d1", "d1", "crm", stage="meeting", owner=PETAR, fields=fields, because=why(size))


def why(size: int) -> str:
    return phrase("{rule}: the deal was won", rule="Передача") if size == FULL else "тому"


def handoff(size: int) -> Handoff:
    full = size == FULL
    return Handoff(
        id="h1",
        deal_id="d1",
        rule="Передача",
        file="conveyor.yaml",
        line=1,
        from_section="leads" if full else "1",
        to_section="sales" if full else "2",
        from_stage="meeting",
        from_member=OLENA if full else None,
        to_member=PETAR if full else None,
        status=HandoffStatus.PENDING,
        offered_at=AT,
        due_at=AT if full else None,
        reason=why(size),
        defects=(reasons.undone_task("Дзвінок"),) if full else (),
    )


def link(size: int) -> Link:
    return Link("1", "7", "d1", url="2://3" if size == FULL else None)


ARGUMENTS: dict[str, Callable[[int], Any]] = {
    "rules": rules_of,
    "deal": deal,
    "handoff": handoff,
    "home": link,
    "link": link,
    "size": lambda size: size,
    "names": lambda size: ["hunter", "scout"] if size == FULL else [],
    "email": lambda size: (PETAR, None)[size],
    "owner": lambda size: (PETAR, None)[size],
    "person": lambda size: "Олена К.",
    "roles": lambda size: ["hunter", "scout"][: 2 - size],
    "section": lambda size: "Продажі",
    "leaves": lambda size: "Ліди",
    "enters": lambda size: "Продажі",
    "stage": lambda size: "Зустріч",
    "stages": lambda size: ["Зустріч", "Розмова"][: 2 - size],
    "before": lambda size: "Зустріч",
    "back_to": lambda size: ("meeting", "1")[size],
    "reasons": lambda size: [why(size), "чому?"][: 2 - size],
    "reason": why,
    "what": why,
    "ask": lambda size: ("Хто?", None)[size],
    "subject": lambda size: "Дзвінок",
    "standing": lambda size: choosing.open_deals(1, choosing.last_received((AT, None)[size], rules_of(size))),
    "last": lambda size: choosing.last_received((AT, None)[size], rules_of(size)),
    "method": lambda size: ("round_robin", "weighted")[size],
    "away": lambda size: Away(date(2026, 3, 3), date(2026, 3, 6), (OLENA, None)[size]),
    "at": lambda size: (AT, None)[size],
    "moment": lambda size: AT,
    "since": lambda size: AT,
    "day": lambda size: date(2026, 3, 6),
    "duration": lambda size: Duration(2, "d"),
    "per": lambda size: Duration(1, "h"),
    "count": lambda size: 5,
    "limit": lambda size: 3,
    "weight": lambda size: 2,
    "capacity": lambda size: 5,
    "percent": lambda size: 50,
    "role": lambda size: "hunter",
    "rule": lambda size: "Передача",
    "title": lambda size: "Дах",
    "field": lambda size: ("amount", "бюджет")[size],
    "connection": lambda size: "1",
    "left": lambda size: size == FULL,
    "can_be_filled_in": lambda size: size == FULL,
    "hindrances": lambda size: [("Олена К.", choosing.no_account("1")), ("Петро Д.", "ні")][: 2 - size],
    "text": lambda size: "{owner} {stage} {title}",
    "value": lambda size: (["а", "б"], "а")[size],
    "crm_stage": lambda size: (["1", "2"], None)[size],
    "winner": lambda size: "1",
    "loser": lambda size: "2",
    "record": lambda size: "1:7",
    "why": lambda size: ("merged", "not_found")[size],
    "leaver": lambda size: "Петро Д.",
    "version": lambda size: "4",
    "opened": lambda size: size == FULL,
    "has_handoff": lambda size: size == FULL,
    "tasks_left": lambda size: (2, 0)[size],
}
OTHERWISE: dict[tuple[str, str], Callable[[int], Any]] = {
    ("moved_twin", "home"): lambda size: "2",
    ("twin_astray", "home"): lambda size: "2",
    ("twin_put_back", "home"): lambda size: "2",
    ("meant", "method"): lambda size: ("same_as_before", "person")[size],
    ("stage_title", "name"): lambda size: ("meeting", None)[size],
    ("section_title", "name"): lambda size: ("sales", None)[size],
    ("covers", "name"): lambda size: "Петро Д.",
    ("which_reasons", "rule"): lambda size: house().conveyor.handoffs[0] if size == FULL else None,
    ("task_body", "rule"): lambda size: None,
    ("nobody_has", "role"): lambda size: ("hunter", "1")[size],
}
NOT_SAID = {"language_of", "on_the_clock", "plain", "role_titles", "fill", "considered"}


def sentences() -> list[Callable[..., str]]:
    modules: tuple[ModuleType, ...] = (words, notes, tasks, reasons, choosing, story, answers, changes)
    functions = [f for module in modules for f in vars(module).values() if inspect.isfunction(f)]
    own = [f for f in functions if f.__module__.startswith("sync.core.words") and f.__name__[0] != "_"]
    return sorted({f for f in own if f.__name__ not in NOT_SAID}, key=lambda f: (f.__module__, f.__name__))


def said(function: Callable[..., str], size: int) -> str:
    given = {}
    for name in inspect.signature(function).parameters:
        make = OTHERWISE.get((function.__name__, name)) or ARGUMENTS[name]
        given[name] = make(size)
    return function(**given)


def test_there_are_sentences() -> None:
    assert len(sentences()) > 50


@pytest.mark.parametrize("size", [FULL, EMPTY], ids=["full", "empty"])
@pytest.mark.parametrize(
    "function", sentences(), ids=lambda f: f"{f.__module__.rpartition('.')[2]}.{f.__name__}"
)
def test_each_sentence_in_each_language(function: Callable[..., str], size: int) -> None:
    text = said(function, size)
    for language in LANGUAGES:
        in_words = in_language(text, language)
        assert in_words.strip(), language
        assert not re.search(r"[{}]|None|\.\.| {2}| [.,;:]|\(\)", in_words), in_words
        if language != "en":
            assert not re.search("[A-Za-z]{2}", re.sub(r"\S+@\S+|crm", "", in_words)), in_words


def constants() -> list[Phrase]:
    values = [value for module in (choosing, story, answers, changes) for value in vars(module).values()]
    tables = [value for value in values if isinstance(value, Mapping)]
    found = [value for table in tables for value in table.values()] + values
    return [value for value in found if isinstance(value, Phrase)]


@pytest.mark.parametrize("constant", constants())
def test_reasons_without_fillings(constant: Phrase) -> None:
    assert len({in_language(constant, language) for language in LANGUAGES}) == len(LANGUAGES)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["1 open deal", "2 open deals", "5 open deals", "21 open deals", "22 open deals"]),
        (
            "uk",
            [
                "1 відкрита угода",
                "2 відкриті угоди",
                "5 відкритих угод",
                "21 відкрита угода",
                "22 відкриті угоди",
            ],
        ),
        (
            "ru",
            [
                "1 открытая сделка",
                "2 открытые сделки",
                "5 открытых сделок",
                "21 открытая сделка",
                "22 открытые сделки",
            ],
        ),
        (
            "bg",
            [
                "1 отворена сделка",
                "2 отворени сделки",
                "5 отворени сделки",
                "21 отворени сделки",
                "22 отворени сделки",
            ],
        ),
    ],
)
def test_numbers_have_their_plurals(language: str, expected: list[str]) -> None:
    found = [in_language(choosing.open_deals(count, "-"), language) for count in (1, 2, 5, 21, 22)]
    assert found == [f"{text}, -" for text in expected]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "within 1 hour 2 weeks 5 days 21 minutes"),
        ("uk", "За 1 годину 2 тижні 5 днів 21 хвилину"),
        ("ru", "За 1 час 2 недели 5 дней 21 минуту"),
        ("bg", "За 1 час 2 седмици 5 дни 21 минути"),
    ],
)
def test_how_long_something_takes(language: str, expected: str) -> None:
    spans = [Duration(1, "h"), Duration(2, "w"), Duration(5, "d"), Duration(21, "m")]
    notes_ = [in_language(notes.breaker(2, span, ["-"]), language) for span in spans]
    preposition, *spelt = re.findall(r"\d+ \w+|\w+", expected)
    assert [f"{preposition} {span}" in note for span, note in zip(spelt, notes_, strict=True)] == [True] * 4

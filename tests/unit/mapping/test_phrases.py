"""Phrases: texts that can be said again in another language, and how each language writes their fillings."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from pydantic import TypeAdapter

from mapping.phrases import Filling, Phrase, Words, counted, in_language, phrase
from mapping.terms import field, quoted

WORDS: TypeAdapter[str] = TypeAdapter(Words)
ENGLISH = "Moved back to {stage}: {reasons:reasons}"


def test_a_phrase_is_plain_english_text() -> None:
    text = phrase(ENGLISH, stage="Meeting", reasons=("why",))
    assert text == "Moved back to Meeting: why."
    assert (json.dumps(text), f"{text}") == ('"Moved back to Meeting: why."', "Moved back to Meeting: why.")
    assert type(in_language(text, "en")) is str


def test_a_phrase_is_said_in_another_language_with_the_phrases_in_it() -> None:
    inner = phrase("{fields:or} must be filled in", fields=(field("amount"), field("decision_maker")))
    text = phrase(ENGLISH, stage="Зустріч", reasons=(inner, "Who signs?"))
    assert text == "Moved back to Зустріч: amount or decision maker must be filled in; Who signs?"
    said = in_language(text, "uk")
    assert (
        said
        == "Угоду повернуто на етап «Зустріч»: потрібно заповнити «сума» або «decision maker»; Who signs?"
    )


def test_a_filling_is_not_taken_for_a_sentence() -> None:
    assert phrase("{quoted}", quoted="{stage} {0} %s") == "{stage} {0} %s"
    assert in_language(quoted("{stage}"), "bg") == "„{stage}“"


@pytest.mark.parametrize("language", ["en", "uk", "ru", "bg"])
def test_what_no_catalogue_has_stays_as_it_is(language: str) -> None:
    removed = phrase("A sentence of an older version: {name}", name="x")
    several = counted("{count} old", "{count} olds", count=2)
    assert in_language("in their own words", language) == "in their own words"
    assert in_language(removed, language) == "A sentence of an older version: x"
    assert in_language(several, language) == "2 olds"


def test_a_phrase_is_kept_with_what_it_was_made_of() -> None:
    reasons = (counted("{count} day", "{count} days", count=3), "plain")
    text = phrase(ENGLISH, stage="Meeting", reasons=reasons)
    for again in (
        WORDS.validate_json(WORDS.dump_json(text)),
        WORDS.validate_python(text),
        copy.deepcopy(text),
        pickle.loads(pickle.dumps(text)),
    ):
        assert isinstance(again, Phrase)
        assert (again, again.fillings, again.many) == (text, text.fillings, None)
        assert in_language(again, "ru") == "Сделка возвращена на этап «Meeting»: 3 дня; plain."


def test_a_text_of_people_is_kept_as_it_is() -> None:
    assert WORDS.dump_json("not ready") == b'"not ready"'
    assert WORDS.validate_json(b'"not ready"') == "not ready"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Wed, 4 Mar 2026, 00:30 (Kyiv)"),
        ("uk", "ср, 4 бер. 2026 р., 00:30 (Київ)"),
        ("ru", "ср, 4 мар. 2026 г., 00:30 (Киев)"),
        ("bg", "ср, 4.03.2026 г., 00:30 (Киев)"),
    ],
)
def test_times_are_written_as_their_readers_do_and_on_the_clock_given(language: str, expected: str) -> None:
    at = "2026-03-04T00:30:00+02:00"
    assert in_language(phrase("{at:moment} ({zone:city})", at=at, zone="Europe/Kyiv"), language) == expected


@pytest.mark.parametrize(
    ("zone", "cities"),
    [
        ("Europe/Sofia", ["Sofia", "Софія", "София", "София"]),
        ("Europe/Kiev", ["Kyiv", "Київ", "Киев", "Киев"]),
        ("Asia/Almaty", ["Almaty", "Алмати", "Алматы", "Алмати"]),
        ("UTC", ["UTC"] * 4),
    ],
)
def test_time_zones_go_by_their_city(zone: str, cities: list[str]) -> None:
    at = "2026-03-04T12:00:00+00:00"
    text = phrase("{at:moment} ({zone:city})", at=at, zone=zone)
    assert [in_language(text, name).rpartition("(")[2] for name in ("en", "uk", "ru", "bg")] == [
        f"{city})" for city in cities
    ]


@pytest.mark.parametrize(
    ("message", "fillings", "expected"),
    [
        ("{people:semicolons}", {"people": ("a", "b", "a")}, "a; b"),
        ("{reasons:reasons}", {"reasons": ("a", "b?")}, "a; b?"),
        ("{reasons:reasons}", {"reasons": ("a",)}, "a."),
        ("{lines:lines}", {"lines": ("a", "b")}, "a\nb"),
        ("{roles:or}", {"roles": ("a", "b", "c")}, "a, b or c"),
        ("{demands:and}", {"demands": ("a", "b", "c")}, "a, b and c"),
        ("Opened by the conveyor: {reason:stop}", {"reason": "Olena K."}, "Opened by the conveyor: Olena K."),
        ("Opened by the conveyor: {reason:stop}", {"reason": "a"}, "Opened by the conveyor: a."),
        (
            "{field} must be before {date:day}",
            {"field": "end", "date": "2026-12-31"},
            "end must be before 31 Dec 2026",
        ),
    ],
)
def test_the_forms_of_fillings(message: str, fillings: dict[str, Filling], expected: str) -> None:
    assert phrase(message, **fillings) == expected


def test_a_sentence_that_cannot_be_filled_in_any_more_stays_english() -> None:
    text = phrase("{at:moment} ({zone:city})", at="2026-03-04T12:00:00+00:00", zone="Europe/Sofia")
    kept = WORDS.dump_json(text).replace(b"Sofia", b"forgotten")
    without_date = WORDS.dump_json(text).replace(b"2026-03-04", b"forgotten")
    for again in (WORDS.validate_json(kept), WORDS.validate_json(without_date)):
        assert in_language(again, "ru") == str(again)

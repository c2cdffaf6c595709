"""The catalogues of what the conveyor says: the same sentences in each language, whole, with the same fillings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from mapping.file_types import Language
from mapping.languages import ENGLISH, FORMS

ROOT = Path(__file__).parents[4]
OTHERS = sorted(set(get_args(Language)) - {ENGLISH})
LETTERS = re.compile(r"[^\W\d_]")
PLURALS = {"bg": 2, "ru": 3, "uk": 3}
MARKS = {"bg": "„“", "ru": "«»", "uk": "«»"}


@cache
def catalogue(language: str) -> Catalog:
    with (ROOT / "mapping" / "messages" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


SIGNS = re.compile("[→–]")
"""What a language may put where English has `to`, so that no name has to change its ending."""

NAMES_EVERYWHERE = {"CRM", "YAML", "UTC", "id", "ignore", "true", "team", "yaml", "yes"}
"""What is called so in every language: short names, and what stands in files and on the command line."""


@cache
def said_in_the_code() -> frozenset[str | tuple[str, ...]]:
    found = [
        message
        for folder in ("mapping", "sync", "reports")
        for _, _, message, _, _ in extract_from_dir(
            str(ROOT / folder), keywords={"phrase": None, "counted": (1, 2)}
        )
    ]
    return frozenset(found)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def texts(message: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [message] if isinstance(message, str) else list(message or ())


def fillings(text: str) -> Iterator[tuple[str, str]]:
    for _, name, form, _ in Formatter().parse(text):
        if name is not None:
            yield name, form or ""


def test_the_catalogues_are_those_of_the_languages() -> None:
    assert sorted(file.stem for file in (ROOT / "mapping" / "messages").iterdir()) == OTHERS
    assert len(said_in_the_code()) > 100


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_each_sentence_of_the_code_and_no_other(language: str) -> None:
    assert {message.id for message in messages(language)} == said_in_the_code()
    assert not catalogue(language).obsolete
    assert not [message.id for message in messages(language) if message.fuzzy]


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated_in_all_its_plurals(language: str) -> None:
    for message in messages(language):
        translated = texts(message.string)
        assert len(translated) == (PLURALS[language] if message.pluralizable else 1), message.id
        for text in translated:
            outside = "".join(before for before, *_ in Formatter().parse(text))
            is_words = bool(LETTERS.search("".join(b for b, *_ in Formatter().parse(texts(message.id)[0]))))
            has_words = bool(LETTERS.search(outside))
            assert has_words is is_words or (is_words and SIGNS.search(outside)), text
            kept = set(re.findall("[A-Za-z]+", re.sub("`[^`]*`", "", outside)))
            assert kept <= NAMES_EVERYWHERE, text


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_has_the_same_fillings_in_every_language(language: str) -> None:
    for message in messages(language):
        expected = {name for name, _ in fillings(texts(message.id)[0])}
        for text in (*texts(message.id), *texts(message.string)):
            assert {name for name, _ in fillings(text)} == expected, text
            assert {form for _, form in fillings(text)} <= {"", *FORMS}, text


@pytest.mark.parametrize("language", OTHERS)
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    opening, closing = tuple(MARKS[language])
    for message in messages(language):
        for text in texts(message.string):
            assert not set(text) & (set("\"'„“”«»") - {opening, closing}), text
            assert text.count(opening) == text.count(closing), text


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_ends_as_in_english(language: str) -> None:
    """A part of a sentence stays a part, what is a whole one stays whole."""
    for message in messages(language):
        end = re.search(r"[.:?!]?$", texts(message.id)[0])
        for text in texts(message.string):
            assert end and text.endswith(end[0]) and text == text.strip(), text

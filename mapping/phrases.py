"""Texts that people read: each remembers what it says, so that it can be said again in its reader's language.

How a language writes dates, lists and plurals stands in `mapping.languages`; the sentences in `messages/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from mapping.languages import ENGLISH, fill_in, template

Filling = str | int | tuple[str, ...]
"""What stands in a sentence: a text, a number, or several texts; a text may be a phrase itself."""


class Phrase(str):
    """A sentence, or a part of one: reads as plain English text everywhere, and knows what it was made of."""

    __slots__ = ("fillings", "many", "message")

    message: str  # in English, as the catalogues know it, with `{name}` or `{name:form}` where a filling goes
    many: str | None  # the same for more than one, where its filling `count` decides
    fillings: Mapping[str, Filling]


def phrase(message: str, /, **fillings: Filling) -> Phrase:
    """A sentence with its fillings. The message stands here word for word, for the catalogues are made from it."""
    return _phrase(message, None, fillings)


def counted(one: str, many: str, /, *, count: int, **fillings: Filling) -> Phrase:
    """As `phrase`, where the words depend on a number; the fillings have it as `count`."""
    return _phrase(one, many, {"count": count, **fillings})


def filled_anew(text: Phrase, /, **fillings: Filling) -> Phrase:
    """The same sentence with some of its fillings put in place of others."""
    return _phrase(text.message, text.many, {**text.fillings, **fillings})


def in_language(text: str, language: str) -> str:
    """The text in that language; as it is where it is no phrase, or the language has no words for it (any more).

    So it is (`Untranslated` is a `LookupError`) where a filling is no date any more: a person was taken out of it.
    """
    if not isinstance(text, Phrase) or language == ENGLISH:
        return str(text)
    try:
        return _said(text.message, text.many, text.fillings, language)
    except (LookupError, ValueError):
        return str(text)


def _phrase(message: str, many: str | None, fillings: Mapping[str, Filling]) -> Phrase:
    return _remembering(_said(message, many, fillings, ENGLISH), message, many, fillings)


def _remembering(text: str, message: str, many: str | None, fillings: Mapping[str, Filling]) -> Phrase:
    made = Phrase(text)
    made.message, made.many, made.fillings = message, many, fillings
    return made


def _said(message: str, many: str | None, fillings: Mapping[str, Filling], language: str) -> str:
    sentence = template(message, many, fillings.get("count"), language)
    if language == ENGLISH:
        return fill_in(sentence, fillings, language)
    return fill_in(sentence, {name: _filling(value, language) for name, value in fillings.items()}, language)


def _filling(value: Filling, language: str) -> Filling:
    if isinstance(value, tuple):
        return tuple(in_language(each, language) for each in value)
    return in_language(value, language) if isinstance(value, str) else value


def parts_of(text: object) -> Any:
    """What a phrase was made of, as JSON, to be kept beside its English; of a list, of each. None: it is none."""
    if isinstance(text, Phrase):
        fillings = {name: _written(value) for name, value in text.fillings.items()}
        many = {} if text.many is None else {"many": text.many}
        return {"message": text.message, **many, "fillings": fillings}
    if isinstance(text, list):
        parts = [parts_of(each) for each in text]
        return parts if any(parts) else None
    return None


def put_together(text: Any, parts: Any) -> Any:
    """The phrase again, or those of a list, from its English and `parts_of` it."""
    if isinstance(parts, list):
        return [put_together(*each) for each in zip(text, parts, strict=True)]
    if parts is None:
        return text
    fillings = {name: _read(value) for name, value in parts["fillings"].items()}
    return _remembering(text, parts["message"], parts.get("many"), fillings)


def _written(text: object) -> Any:
    """As it is kept: the English text, and what it was made of."""
    if isinstance(text, tuple):
        return [_written(each) for each in text]
    return {"text": str(text), **parts_of(text)} if isinstance(text, Phrase) else text


def _read(kept: Any) -> Any:
    if isinstance(kept, list):
        return tuple(_read(each) for each in kept)
    return put_together(kept["text"], kept) if isinstance(kept, dict) else kept


Words = Annotated[str, PlainValidator(_read), PlainSerializer(_written)]
"""A text of a noun that is kept: of people, in their own words, or a phrase."""

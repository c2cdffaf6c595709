"""How each language says things: its sentences from the catalogues, its plurals, lists, dates and times.

Babel is imported when it is first needed: most commands never do, and it takes as long as all the rest.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from typing import Literal

ENGLISH = "en"

_LOCALES = {ENGLISH: "en_GB"}
"""Where the day stands before the month, as everywhere on this line."""


class Untranslated(LookupError):
    """The catalogue of a language does not have this sentence."""


class _Missing(NullTranslations):
    def gettext(self, message: str) -> str:
        raise Untranslated(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        raise Untranslated(msgid1)


def template(message: str, many: str | None, count: object, language: str) -> str:
    """The sentence in that language, its fillings not filled in yet. Raises `Untranslated`."""
    catalogue = _catalogue(language)
    if many is not None and isinstance(count, int):
        return catalogue.ngettext(message, many, count)
    return catalogue.gettext(message)


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    text = files("mapping").joinpath("messages", f"{language}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language))
    compiled.seek(0)
    catalogue = GNUTranslations(compiled)
    catalogue.add_fallback(_Missing())
    return catalogue


def fill_in(sentence: str, fillings: Mapping[str, object], language: str) -> str:
    """Put the fillings where `{name}` or `{name:form}` stands; the forms are those of `FORMS`."""
    return sentence.format_map({name: _Shown(value, language) for name, value in fillings.items()})


class _Shown:
    """A filling as a sentence of one language shows it."""

    __slots__ = ("language", "value")

    def __init__(self, value: object, language: str) -> None:
        self.value, self.language = value, language

    def __format__(self, form: str) -> str:
        return FORMS[form](self.value, self.language) if form else str(self.value)


def _or(texts: tuple[str, ...], language: str) -> str:
    return _listed(texts, "or", language)


def _and(texts: tuple[str, ...], language: str) -> str:
    return _listed(texts, "standard", language)


def _listed(texts: tuple[str, ...], style: Literal["or", "standard"], language: str) -> str:
    from babel.lists import format_list

    return format_list(texts, style=style, locale=_locale(language))


def _reasons(texts: tuple[str, ...], language: str) -> str:
    return _stop("; ".join(dict.fromkeys(texts)), language)


def _stop(text: object, language: str) -> str:
    """The end of a sentence, with its full stop unless there is one, as in a name that is cut short."""
    end = str(text)
    return end if end.endswith(("?", "!", ".")) else f"{end}."


def _semicolons(texts: tuple[str, ...], language: str) -> str:
    return "; ".join(dict.fromkeys(texts))


def _lines(texts: tuple[str, ...], language: str) -> str:
    return "\n".join(texts)


@lru_cache(maxsize=2048)
def _day(iso: str, language: str) -> str:
    return _dated("yMMMd", date.fromisoformat(iso), language)


@lru_cache(maxsize=2048)
def _moment(iso: str, language: str) -> str:
    moment = datetime.fromisoformat(iso)
    return f"{_dated('yMMMEd', moment, language)}, {moment:%H:%M}"


def _month(iso: str, language: str) -> str:
    return _dated("yMMMM", date.fromisoformat(iso), language)


def _dated(skeleton: str, day: date, language: str) -> str:
    """With plain spaces: not every CRM shows the narrow one that CLDR puts before `р.`."""
    from babel.dates import format_skeleton

    return format_skeleton(skeleton, day, locale=_locale(language)).replace("\u202f", " ")


@cache
def _city(zone: str, language: str) -> str:
    """The city that a time zone is named after. Babel looks a renamed zone up by its new name only, but CLDR
    keeps its city under the old one: `Europe/Kiev`."""
    from babel.core import Locale, get_global
    from babel.dates import get_timezone_location

    zones = Locale.parse(_locale(language)).time_zones
    older = [old for old, new in get_global("zone_aliases").items() if new == zone]
    known = (zones[name]["city"] for name in (zone, *older) if "city" in zones.get(name, {}))
    return next(known, None) or get_timezone_location(zone, locale=_locale(language), return_city=True)


def _locale(language: str) -> str:
    return _LOCALES.get(language, language)


FORMS: Mapping[str, Callable[..., str]] = {
    "or": _or,
    "and": _and,
    "reasons": _reasons,
    "stop": _stop,
    "semicolons": _semicolons,
    "lines": _lines,
    "day": _day,
    "month": _month,
    "moment": _moment,
    "city": _city,
}
"""How a filling is shown: `{roles:or}`, `{until:day}` of an ISO date, `{at:moment}` of an ISO time ..."""

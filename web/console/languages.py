"""In which language a page speaks, and its catalogue. The words stand in `web/messages`, the choice in a cookie."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from starlette.requests import Request

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "bg": "Български", "ru": "Русский", "uk": "Українська"}
"""Each by the name that its readers know it by."""

COOKIE = "language"
"""The name of the cookie, and of the parameter of any page that sets it."""


def language_of(request: Request) -> str:
    """The language that is chosen now or was before, else the best that the browser asks for, else English."""
    wishes = (request.query_params.get(COOKIE), request.cookies.get(COOKIE))
    chosen = next((wish for wish in wishes if wish in LANGUAGES), None)
    return chosen or preferred(request.headers.get("accept-language", ""))


def preferred(header: str) -> str:
    """The best of our languages for an `Accept-Language` header."""
    wishes = [_wish(part) for part in header.split(",")]
    spoken = [(weight, name) for name, weight in wishes if name in LANGUAGES and weight > 0]
    return max(spoken, key=lambda wish: wish[0], default=(1.0, ENGLISH))[1]


def _wish(part: str) -> tuple[str, float]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag.split("-")[0].lower(), float(weight or 1)
    except ValueError:
        return "", 0.0


@cache
def catalogue(language: str) -> NullTranslations:
    """The words of one language, compiled when they are first needed; a sentence without words stays English."""
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    text = files("web").joinpath("messages", f"{language}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(text), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)

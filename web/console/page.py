"""How a page is made: templates in the reader's language, and the headers that keep a page to itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from mapping.phrases import Phrase, in_language
from sync.access.viewer import Viewer
from web.console import formats
from web.console.languages import COOKIE, LANGUAGES, catalogue, language_of

TEMPLATES = Path(__file__).parents[1] / "templates"

A_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the bar above."""

    name: str
    href: str
    may: Callable[[Viewer], bool]


def everybody(viewer: Viewer) -> bool:
    """Whoever is signed in; what they see is for their sight to say."""
    return True


def operators(viewer: Viewer) -> bool:
    """Who sees how the house is doing."""
    return viewer.may_operate


def admins(viewer: Viewer) -> bool:
    """Who changes the rules."""
    return viewer.may_change_rules


def reporters(viewer: Viewer) -> bool:
    """Who gets reports."""
    return viewer.may_report


PAGES = (
    Page("line", "/", everybody),
    Page("handoffs", "/hand-offs", everybody),
    Page("reports", "/reports", reporters),
    Page("mapping", "/mapping", admins),
    Page("health", "/health", operators),
)

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


def render(
    request: Request, template: str, /, *, status: int = HTTPStatus.OK, **context: Any
) -> HTMLResponse:
    """A page in the reader's language; `viewer` and `csrf` are those that the request came with, if any."""
    language, viewer = language_of(request), getattr(request.state, "viewer", None)
    given: dict[str, Any] = {
        "language": language,
        "languages": LANGUAGES,
        "path": request.url.path,
        "here": _here(request),
        "query": request.query_params,
        "viewer": viewer,
        "pages": pages_for(viewer),
        "current": None,
        "mark": None,
        "csrf": getattr(request.state, "csrf", ""),
    }
    text = environment(language).get_template(template).render({**given, **context})
    answer = HTMLResponse(text, status, HEADERS)
    if request.query_params.get(COOKIE) == language:
        answer.set_cookie(COOKIE, language, max_age=A_YEAR_S, samesite="lax", httponly=True)
    return answer


def pages_for(viewer: Viewer | None) -> tuple[Page, ...]:
    """The pages that somebody finds in the bar above, in their order."""
    return () if viewer is None else tuple(page for page in PAGES if page.may(viewer))


def _here(request: Request) -> str:
    """Where a form that changes nothing of the page leads back to."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


@cache
def environment(language: str) -> Environment:
    """The templates as one language says them."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= formats.filters(language)
    made.filters["said"] = partial(in_language, language=language)  # what remembers what it was made of
    made.tests["time"] = formats.is_time
    made.tests["phrase"] = lambda text: isinstance(text, Phrase)
    return made

"""One request to the console: who looks, through which sight, with which form. Every page is a function of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mapping.ruleset import Ruleset
from sync.access import deeds
from sync.access.sight import Sight
from sync.access.viewer import Viewer
from sync.runtime import Runtime
from web.access.address import address_of
from web.console.live import mark_of
from web.console.page import HEADERS, render

SAID = "said"
"""The parameter that tells the next page what was done, by a name of `said.html`."""


class NotShown(LookupError):
    """There is nothing at this address for this viewer: it is not there, or not theirs to see."""


@dataclass(frozen=True)
class Visit:
    """One request, by somebody who is signed in."""

    runtime: Runtime
    request: Request
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def viewer(self) -> Viewer:
        """Who looks."""
        viewer: Viewer = self.request.state.viewer
        return viewer

    @property
    def sight(self) -> Sight:
        """What they see."""
        return Sight.of(self.viewer)

    @property
    def query(self) -> QueryParams:
        """The parameters of the address."""
        return self.request.query_params

    @cached_property
    def rules(self) -> Ruleset:
        """The rules in force. Raises `NotConfigured`."""
        return self.runtime.rules.get()

    @cached_property
    def mark(self) -> str:
        """Where the database stood when the page was begun."""
        return mark_of(self.runtime)

    def page(self, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:
        """A page in the reader's language, with times in the line's time zone."""
        given: dict[str, Any] = {
            "now": self.runtime.now(),
            "zone": self.rules.conveyor.timezone,
            "rules": self.rules,
            "mark": self.mark,
        }
        return render(self.request, template, status=status, **given, **context)

    def done(self, address: str, said: str, action: str, subject: str | None, **data: Any) -> Response:
        """After something was done: noted with who did it, and told on the page that is shown next."""
        deeds.note(self.runtime, self.viewer, action, subject, address=address_of(self.request), data=data)
        path, _, query = address.partition("?")
        together = "&".join(part for part in (query, f"{SAID}={said}") if part)
        return RedirectResponse(f"{path}?{together}", HTTPStatus.SEE_OTHER, HEADERS)

    def back_to(self, otherwise: str) -> str:
        """The page of ours that a form says it stood on."""
        wanted = self.form.get("back", "")
        parts = urlsplit(wanted)
        ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
        return parts.path if ours else otherwise

"""Your account: who one is here, and one's own password. The accounts of others are for the command line."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from sync.access.own_password import change_password
from sync.access.passwords import LONGEST, SHORTEST, TooWeak
from sync.access.sessions import rules_if_any
from sync.access.signing_in import Attempt, Refused
from sync.access.throttle import Throttled
from web.access import cookies
from web.access.address import address_of
from web.console.page import HEADERS, render
from web.console.visit import SAID, Visit

CHANGED = f"/account?{SAID}=password_changed"

_PROBLEMS: dict[type[Exception], tuple[str, HTTPStatus]] = {
    TooWeak: ("weak", HTTPStatus.CONFLICT),
    Refused: ("wrong", HTTPStatus.FORBIDDEN),
    Throttled: ("throttled", HTTPStatus.TOO_MANY_REQUESTS),
}
"""What `account.html` calls each, and the status."""


def show(visit: Visit, problem: str | None = None, status: int = HTTPStatus.OK) -> Response:
    """`GET /account`; also before there are any rules."""
    rules = rules_if_any(visit.runtime)
    member = rules.team.get(visit.viewer.email) if rules else None
    sections = rules.conveyor.section_by_name.values() if rules else ()
    return render(
        visit.request,
        "account.html",
        status=status,
        current="account",
        problem=problem,
        name=member.name if member else None,
        sections=[section.title for section in sections if visit.viewer.works_in(section.name)],
        shortest=SHORTEST,
        longest=LONGEST,
    )


def change(visit: Visit) -> Response:
    """`POST /account`: another password, by the old one. This browser stays logged in, by another session."""
    old, wanted, again = (visit.form.get(name, "") for name in ("old", "new", "again"))
    if wanted != again:
        return show(visit, "not_twice", HTTPStatus.CONFLICT)
    attempt = Attempt(visit.viewer.email, old, address_of(visit.request))
    try:
        token = change_password(visit.runtime, attempt, wanted)
    except tuple(_PROBLEMS) as error:
        return show(visit, *_PROBLEMS[type(error)])
    answer = RedirectResponse(CHANGED, HTTPStatus.SEE_OTHER, HEADERS)
    cookies.keep(visit.request, answer, cookies.SESSION, token, lasts=True)
    return answer


def too_many(visit: Visit) -> Response:
    """`POST /account` while too many people wait for their turn."""
    return show(visit, *_PROBLEMS[Throttled])

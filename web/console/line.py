"""The line: drawn as it runs with its numbers and first deals, and the deals of one place page by page."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import Response

from mapping.model import DealStatus
from store.line import Wanted
from sync.views import line
from web.console.funnel import Effort, steps
from web.console.kept_line import KeptLines
from web.console.people import names_of
from web.console.visit import NotShown, Visit


class Line:
    """The drawn line, with what is kept of it from page to page."""

    def __init__(self) -> None:
        self._lines, self._effort = KeptLines(), Effort()

    def show(self, visit: Visit) -> Response:
        """`GET /`: the line, under the filter of its address."""
        wanted, seen = _wanted(visit), visit.sight.sections
        drawn = self._lines.read(visit.runtime, visit.sight, wanted)
        effort = self._effort.get(visit.runtime, visit.rules, seen) if visit.viewer.may_report else {}
        return visit.page(
            "line.html",
            current="line",
            wanted=wanted,
            line=drawn,
            funnel=steps(drawn, effort),
            names=names_of(visit.rules),
        )


def show_deals(visit: Visit) -> Response:
    """`GET /deals`: the deals behind a filter, page by page."""
    wanted, number = _wanted(visit), _page_number(visit)
    return visit.page(
        "deals.html",
        current="line",
        wanted=wanted,
        found=line.page(visit.runtime, visit.sight, wanted, number),
        page_number=number,
        names=names_of(visit.rules),
    )


def _wanted(visit: Visit) -> Wanted:
    """The filter of the address; an empty parameter filters nothing."""
    given = {name: visit.query.get(name, "").strip() or None for name in ("connection", "owner", "text")}
    place = {name: visit.query.get(name) or None for name in ("section", "stage")}
    return Wanted(**given, **place, status=_status(visit), late=visit.query.get("late") == "1")


def _status(visit: Visit) -> DealStatus | None:
    with suppress(ValueError):
        return DealStatus(visit.query.get("status", ""))
    return None


def _page_number(visit: Visit) -> int:
    given = visit.query.get("page", "1")
    if not given.isdecimal() or not 1 <= int(given) <= 1_000_000:
        raise NotShown(f"There is no page {given!r}.")
    return int(given)

"""`GET /`: one plain page - the line and its deals, open hand-offs, what happened last, the connections.

It shows no contact data, for there is no log-in yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.templating import Jinja2Templates

from mapping.loader import ConfigError
from mapping.model import DealStatus, HandoffStatus, Link
from mapping.ruleset import Ruleset
from store import deals, handoffs, ledger, links
from store.database import Unavailable
from store.deals import DealRow, StageCount
from sync.runtime import NotConfigured, Runtime
from web.figures import read_figures

DEALS_PER_PAGE = 100
MOST_HANDOFFS = 50
MOST_ENTRIES = 50

NOT_ON_THE_LINE = ""
"""Where deals are listed that stand nowhere on the line."""

PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One stage of the line: its deals by status, and those of them that this page shows."""

    title: str
    counts: tuple[tuple[str, int], ...]
    rows: tuple[DealRow, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the line."""

    name: str
    title: str
    cells: tuple[Cell, ...]


class Overview:
    """The page; one look at the database for each request."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._templates = Jinja2Templates(Path(__file__).parent / "templates")
        self._templates.env.filters["when"] = when

    def show(self, request: Request) -> Response:
        """The page, of one section if `section` names it, from `after` a deal on."""
        try:
            context = self._context(request.query_params.get("section"), request.query_params.get("after"))
        except (NotConfigured, ConfigError, Unavailable, SQLAlchemyError):
            words = "The page cannot be shown now; /readyz says why.\n"
            return PlainTextResponse(words, HTTPStatus.SERVICE_UNAVAILABLE)
        return self._templates.TemplateResponse(request, "overview.html", context, headers=PAGE_HEADERS)

    def _context(self, section: str | None, after: str | None) -> dict[str, object]:
        rules = self._runtime.rules.get()
        known = section if section in rules.conveyor.section_by_name else None
        with self._runtime.store.read() as tx:
            page = list(deals.listing(tx, section=known, after=after, limit=DEALS_PER_PAGE + 1))
            shown = page[:DEALS_PER_PAGE]
            counts = deals.counts_by_stage(tx)
            entries = ledger.recent(tx, MOST_ENTRIES)
            open_ones = handoffs.listing(
                tx, statuses=(HandoffStatus.WAITING, HandoffStatus.PENDING), limit=MOST_HANDOFFS
            )
            named = [entry.deal_id for entry in entries if entry.deal_id] + [h.deal_id for h in open_ones]
            names = _names(tx, named)
        return {
            "rules": rules,
            "section": known,
            "parts": _parts(rules, counts, shown, known),
            "next_after": shown[-1].deal.id if len(page) > DEALS_PER_PAGE else None,
            "first_page": after is None,
            "handoffs": open_ones,
            "entries": entries,
            "names": names,
            "figures": read_figures(self._runtime),
        }


def when(at: datetime | None) -> str:
    """A time as the page shows it; the template adds that all times are UTC."""
    return at.strftime("%Y-%m-%d %H:%M") if at else "-"


def _parts(
    rules: Ruleset, counts: Iterable[StageCount], shown: Iterable[DealRow], only: str | None
) -> list[Part]:
    """The sections in the order of the line, and last the deals that stand nowhere on it."""
    numbers = _numbers(rules, counts)
    rows: dict[tuple[str, str], list[DealRow]] = {}
    for row in shown:
        rows.setdefault(_place(rules, row.deal.section, row.deal.stage), []).append(row)

    def cell(section: str, stage: str, title: str) -> Cell:
        found = numbers.get((section, stage), Counter())
        return Cell(title, tuple(sorted(found.items())), tuple(rows.get((section, stage), ())))

    parts = [
        Part(each.name, each.title, tuple(cell(each.name, s.name, s.title) for s in each.stages))
        for each in rules.conveyor.sections
        if only in (None, each.name)
    ]
    nowhere = cell(NOT_ON_THE_LINE, NOT_ON_THE_LINE, "No stage")
    return (
        [*parts, Part(NOT_ON_THE_LINE, "Not on the line", (nowhere,))]
        if nowhere.counts and not only
        else parts
    )


def _numbers(rules: Ruleset, counts: Iterable[StageCount]) -> dict[tuple[str, str], Counter[str]]:
    numbers: dict[tuple[str, str], Counter[str]] = {}
    for count in counts:
        place = _place(rules, count.section, count.stage)
        numbers.setdefault(place, Counter())[DealStatus(count.status).value] += count.deals
    return numbers


def _place(rules: Ruleset, section: str | None, stage: str | None) -> tuple[str, str]:
    """Where a deal is listed; a stage that the rules no longer have is not on the line."""
    found = rules.conveyor.stages.get(stage or "")
    if found is None or found.section != section:
        return NOT_ON_THE_LINE, NOT_ON_THE_LINE
    return found.section, found.name


def _names(tx: Connection, deal_ids: Iterable[str]) -> dict[str, str]:
    """Deals as people know them: `connection:id` of their first record."""
    return {deal_id: _name(own) for deal_id, own in links.load(tx, set(deal_ids)).items() if own}


def _name(own: tuple[Link, ...]) -> str:
    return f"{own[0].connection}:{own[0].remote_id or 'new'}"

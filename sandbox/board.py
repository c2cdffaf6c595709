"""The page at `/`: boards, cards, a form that moves a deal as a chosen person, recent journal lines."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from sandbox.contract import Crm, DealSummary, Edit, Services
from sandbox.control import guarded

CARDS_PER_STAGE = 20
JOURNAL_LINES = 40


class Board:
    """The handlers of the page for one CRM."""

    def __init__(self, crm: Crm, services: Services) -> None:
        self._crm = crm
        self._services = services
        self._templates = Jinja2Templates(Path(__file__).parent / "templates")

    def routes(self) -> list[Route]:
        """Return the page and its form's target."""
        move = Route("/sandbox/board/move", guarded(self.move), methods=["POST"])
        return [Route("/", guarded(self.page), methods=["GET"]), move]

    async def page(self, request: Request) -> Response:
        """Show the boards."""
        cards: defaultdict[tuple[str | None, str | None], list[DealSummary]] = defaultdict(list)
        for deal in self._crm.deals():
            if not deal.deleted:
                cards[deal.pipeline, deal.stage].append(deal)
        lines = [
            {**line, "time": datetime.fromtimestamp(line["at"], UTC).strftime("%H:%M:%S")}
            for line in self._services.journal.recent(JOURNAL_LINES)
        ]
        context = {
            "crm": self._crm,
            "pipelines": self._crm.pipelines(),
            "people": self._crm.people(),
            "cards": cards,
            "shown": CARDS_PER_STAGE,
            "lines": lines,
        }
        return self._templates.TemplateResponse(request, "board.html", context)

    async def move(self, request: Request) -> Response:
        """Move the deal as the chosen person and show the boards again."""
        form = await request.form()
        pipeline, _, stage = str(form["stage"]).partition("/")
        edit = Edit(by=str(form["by"]) or None, pipeline=pipeline, stage=stage)
        self._crm.edit_deal(str(form["deal"]), edit)
        return RedirectResponse("/", 303)

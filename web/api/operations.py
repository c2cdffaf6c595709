"""All operations of the API in one table: address, who may call it, what it takes and answers. Routes and document
are made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sync.access.viewer import Viewer
from sync.views.deals import DealView
from sync.views.handoffs import HandoffView
from sync.views.health import StatusView
from sync.views.story import StoryView
from web.api import acting, reading, running
from web.api.call import Call, Nothing, Paged


@dataclass(frozen=True, slots=True)
class Who:
    """Who may call an operation."""

    words: str
    may: Callable[[Viewer], bool]


EVERYBODY = Who("Everybody; each sees their own.", lambda viewer: True)
REPORTERS = Who("Everybody but external accounts.", lambda viewer: viewer.may_report)
OPERATORS = Who("Admins and heads.", lambda viewer: viewer.may_operate)
ADMINS = Who("Admins.", lambda viewer: viewer.may_change_rules)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `act` is given the call and its parameters (GET) or body (POST), and its docstring is told."""

    method: Literal["GET", "POST"]
    path: str
    who: Who
    act: Callable[[Call, Any], Any]
    answers: Any  # a TypedDict of the views
    takes: type[Nothing] = Nothing

    @property
    def name(self) -> str:
        """What the document calls it."""
        return self.act.__name__


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/me", EVERYBODY, running.me, running.ViewerView),
    Operation("GET", "/deals", EVERYBODY, reading.list_deals, reading.DealPage, reading.DealsWanted),
    Operation("GET", "/deals/{deal}", EVERYBODY, reading.show_deal, DealView),
    Operation("GET", "/deals/{deal}/explain", EVERYBODY, reading.explain, StoryView),
    Operation("GET", "/deals/{deal}/journey", EVERYBODY, reading.journey, reading.DealPage),
    Operation(
        "GET", "/handoffs", EVERYBODY, reading.list_handoffs, reading.HandoffPage, reading.HandoffsWanted
    ),
    Operation("GET", "/handoffs/{handoff}", EVERYBODY, reading.show_handoff, HandoffView),
    Operation("POST", "/handoffs/{handoff}/accept", EVERYBODY, acting.accept, HandoffView),
    Operation(
        "POST", "/handoffs/{handoff}/return", EVERYBODY, acting.give_back, HandoffView, acting.Returned
    ),
    Operation("GET", "/report", REPORTERS, running.report, dict[str, object], running.ReportWanted),
    Operation("GET", "/status", OPERATORS, running.status, StatusView),
    Operation("GET", "/history", OPERATORS, running.history, running.VersionPage, Paged),
    Operation("GET", "/dead", OPERATORS, running.list_dead, running.DeadPage, Paged),
    Operation("GET", "/connections/{connection}/webhooks", ADMINS, running.webhooks, running.Subscriptions),
    Operation("POST", "/plan", ADMINS, running.plan, dict[str, object], running.Files),
    Operation("GET", "/audit", ADMINS, running.audit, running.Deeds, running.Latest),
)

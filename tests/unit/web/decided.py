"""Who may open which address: every route of the application stands here, so that a new one needs a decision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from starlette.routing import BaseRoute, Mount, Route

from reports.charts import CHARTS

from .marked import DEALS, HANDOFFS

Group = Literal["nobody signed in", "everybody", "reporters", "operators", "admins"]

MAY: dict[Group, frozenset[str]] = {
    "everybody": frozenset({"admin", "head", "specialist", "external"}),
    "reporters": frozenset({"admin", "head", "specialist"}),
    "operators": frozenset({"admin", "head"}),
    "admins": frozenset({"admin"}),
}

DECIDED: dict[str, Group] = {
    "POST /webhooks/{connection:path}": "nobody signed in",
    "GET /webhooks/{connection:path}": "nobody signed in",
    "GET /healthz": "nobody signed in",
    "GET /readyz": "nobody signed in",
    "GET /metrics": "nobody signed in",
    "GET /static": "nobody signed in",
    "GET /login": "nobody signed in",
    "POST /login": "nobody signed in",
    "GET /api/v1/openapi.json": "nobody signed in",
    "POST /logout": "everybody",
    "GET /": "everybody",
    "GET /deals": "everybody",
    "GET /deals/{deal}": "everybody",
    "GET /hand-offs": "everybody",
    "POST /hand-offs/{handoff}/accept": "everybody",
    "POST /hand-offs/{handoff}/return": "everybody",
    "GET /events": "everybody",
    "GET /reports": "reporters",
    "GET /reports.csv": "reporters",
    "GET /mapping": "admins",
    "POST /mapping/plan": "admins",
    "POST /mapping/apply": "admins",
    "POST /mapping/rollback/plan": "admins",
    "POST /mapping/rollback": "admins",
    "GET /account": "everybody",
    "POST /account": "everybody",
    "GET /health": "operators",
    "POST /health/dead": "operators",
    "GET /api/v1/me": "everybody",
    "GET /api/v1/deals": "everybody",
    "GET /api/v1/deals/{deal}": "everybody",
    "GET /api/v1/deals/{deal}/explain": "everybody",
    "GET /api/v1/deals/{deal}/journey": "everybody",
    "GET /api/v1/handoffs": "everybody",
    "GET /api/v1/handoffs/{handoff}": "everybody",
    "POST /api/v1/handoffs/{handoff}/accept": "everybody",
    "POST /api/v1/handoffs/{handoff}/return": "everybody",
    "GET /api/v1/report": "reporters",
    "GET /api/v1/status": "operators",
    "GET /api/v1/history": "operators",
    "GET /api/v1/dead": "operators",
    "GET /api/v1/connections/{connection}/webhooks": "admins",
    "POST /api/v1/plan": "admins",
    "GET /api/v1/audit": "admins",
}

PLACES: dict[str, tuple[str, ...]] = {
    "deal": tuple(marked.ref for marked in DEALS),
    "handoff": tuple(HANDOFFS),
    "connection": ("hubspot",),
    "chart": tuple(CHARTS),
}
"""What the variable parts of addresses stand for."""

_PERIODS = ("", "?period=year", "?period=year&section=lead_generation", "?period=year&section=conversion")
QUERIES: dict[str, tuple[str, ...]] = {
    "/": (
        "",
        "?text=Mark-",
        "?owner=petar@acme.example",
        "?section=conversion",
        "?late=1",
        "?status=unmapped",
    ),
    "/deals": (
        *("", "?page=2", "?text=Mark-", "?text=107", "?text=hubspot:105", "?late=1", "?connection=hubspot"),
        *(f"?section={name}" for name in ("lead_generation", "conversion", "retention")),
        *(f"?status={name}" for name in ("open", "won", "lost", "unmapped", "ignored", "deleted")),
        *(f"?owner={name}@acme.example" for name in ("olena", "petar", "maria")),
    ),
    "/hand-offs": ("", *(f"?tab={name}" for name in ("mine", "late", "waiting", "open", "closed"))),
    "/reports": _PERIODS,
    "/reports.csv": _PERIODS,
    "/api/v1/report": _PERIODS,
    "/api/v1/deals": (
        *(
            "",
            "?limit=1",
            "?connection=hubspot",
            "?section=conversion",
            "?section=lead_generation",
            "?stage=growth",
        ),
        *(f"?status={name}" for name in ("open", "won", "lost", "unmapped", "ignored", "deleted")),
        *(f"?owner={name}@acme.example" for name in ("olena", "petar", "maria")),
    ),
    "/api/v1/handoffs": (
        *("", "?limit=1", "?late=true", "?section=conversion", "?member=petar@acme.example"),
        *(f"?status={name}" for name in ("waiting", "pending", "accepted", "returned")),
    ),
    "/api/v1/dead": ("", "?limit=1"),
    "/api/v1/history": ("", "?limit=1"),
}
"""The filters, pages and sections that each address is asked with; without any for all others."""


@dataclass(frozen=True)
class Address:
    """One route of the application."""

    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def urls(self) -> Iterator[str]:
        """All that is asked of it: each place, and each query."""
        paths = [self.path]
        for name, values in PLACES.items():
            paths = [
                path.replace(f"{{{name}}}", value) for path in paths for value in _those(values, path, name)
            ]
        assert "{" not in self.path or not any("{" in path for path in paths), (
            f"{self.path}: say what it stands for"
        )
        for path in paths:
            yield from (path + query for query in QUERIES.get(self.path, ("",)))


def _those(values: tuple[str, ...], path: str, name: str) -> tuple[str, ...]:
    return values if f"{{{name}}}" in path else ("",)


def addresses(routes: list[BaseRoute], before: str = "") -> Iterator[Address]:
    """Every route of an application, those inside others too."""
    for route in routes:
        if isinstance(route, Mount) and route.routes:
            yield from addresses(list(route.routes), before + route.path)
        elif isinstance(route, Route):
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield Address(method, before + route.path)
        else:
            assert isinstance(route, Mount), f"What is {route!r}?"
            yield Address("GET", before + route.path)

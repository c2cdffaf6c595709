"""`GET /metrics`: what this process answered, and how the house is doing, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from store.database import Unavailable
from sync.runtime import Runtime
from web.figures import ConnectionFigures, Figures, read_figures


class Metrics:
    """The metrics of one web process."""

    def __init__(self, runtime: Runtime) -> None:
        self._registry = CollectorRegistry()
        self._deliveries = Counter(
            "conveyor_deliveries",
            "Webhook deliveries answered by this process.",
            ("connection", "answer"),
            registry=self._registry,
        )
        self._registry.register(_House(runtime))
        self._counted: dict[tuple[str, str], Counter] = {}

    def count(self, connection: str, answer: str) -> None:
        """Count one delivery; not for names that anybody can make up."""
        counted = self._counted.get((connection, answer))
        if counted is None:
            counted = self._counted[connection, answer] = self._deliveries.labels(connection, answer)
        counted.inc()

    def show(self, request: Request) -> Response:
        """The page that Prometheus reads."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class _House(Collector):
    """Gauges read from the database when they are asked for."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            figures = read_figures(self._runtime)
        except (Unavailable, SQLAlchemyError):
            yield _gauge("database_up", "Whether the database can be read.", 0)
            return
        yield _gauge("database_up", "Whether the database can be read.", 1)
        yield from _house(figures)
        yield from _connections(figures)


def _house(figures: Figures) -> Iterator[GaugeMetricFamily]:
    inbox, outbox, handoffs = asdict(figures.inbox), asdict(figures.outbox), asdict(figures.handoffs)
    dead = {"inbox": inbox["dead"], "outbox": outbox["dead"]}
    yield _by("inbox_events", "Events by state; pending are due now.", "state", inbox)
    yield _by("outbox_writes", "Writes by state; pending are due now.", "state", outbox)
    yield _by("dead_letters", "What was given up until a person decides.", "queue", dead)
    yield _by("handoffs", "Hand-offs: offered = accepted + returned + open.", "state", handoffs)
    yield _gauge(
        "handoffs_unaccounted", "Offered - accepted - returned - open.", figures.unaccounted_handoffs
    )
    yield _gauge(
        "oldest_due_seconds", "How long the oldest due event has been waiting.", figures.oldest_due_s
    )


def _connections(figures: Figures) -> Iterator[GaugeMetricFamily]:
    def by(name: str, text: str, values: dict[str, float | None]) -> GaugeMetricFamily:
        known = {connection: value for connection, value in values.items() if value is not None}
        return _by(f"connection_{name}", text, "connection", known)

    each: dict[str, ConnectionFigures] = dict(figures.connections)
    yield by(
        "paused", "Whether nothing may be asked of it now.", {n: float(c.paused) for n, c in each.items()}
    )
    yield by(
        "failing", "Whether an error is noted.", {n: float(c.row.error is not None) for n, c in each.items()}
    )
    yield by(
        "last_event_age_seconds", "Since the last webhook.", {n: c.last_event_age_s for n, c in each.items()}
    )
    yield by("last_poll_age_seconds", "Since the last poll.", {n: c.last_poll_age_s for n, c in each.items()})
    yield by(
        "lag_seconds", "How long its oldest event has been waiting.", {n: c.lag_s for n, c in each.items()}
    )


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"conveyor_{name}", text, value)


def _by(name: str, text: str, label: str, values: dict[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"conveyor_{name}", text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family

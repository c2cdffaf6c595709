"""The web application: the receiver, health, metrics, the console and the API. Puts the parts together, no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sync import intake
from sync.runtime import Runtime
from web.access.console import LOGIN, ConsoleAccess
from web.access.turn import Turn
from web.answers import EXPECTED
from web.api.routes import api_routes
from web.background_wake import BackgroundWake
from web.console.routes import console_routes
from web.doors import CurrentDoors
from web.group_commit import GroupCommit
from web.health import Readiness, healthz
from web.login import Login
from web.metrics import Metrics
from web.webhooks import Receiver, Sampler, only_deliveries

STATIC = Path(__file__).parent / "static"
WAKE_WITHIN_S = 2.0


def create_app(runtime: Runtime) -> Starlette:
    """The application of one process. Its writer runs from start-up to shutdown (ASGI lifespan)."""
    metrics = Metrics(runtime)
    wake = BackgroundWake(runtime.wake)
    commit = GroupCommit(partial(intake.store, replace(runtime, wake=wake)))
    doors = CurrentDoors(runtime)
    receiver = Receiver(doors, commit.keep, Sampler(runtime), metrics.count, runtime.now)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        commit.start()
        wake.start()
        try:
            with suppress(*EXPECTED):  # deliveries and /readyz say what is missing
                await doors.get()
            yield
        finally:
            await commit.stop()
            await asyncio.to_thread(wake.stop, WAKE_WITHIN_S)

    turn = Turn()
    login = Login(runtime, turn)
    routes = [
        Route("/webhooks/{connection:path}", receiver, methods=["POST"]),
        Route("/webhooks/{connection:path}", only_deliveries),
        Route("/healthz", healthz),
        Route("/readyz", Readiness(runtime).show),
        Route("/metrics", metrics.show),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route(LOGIN, login.show, methods=["GET"]),
        Route(LOGIN, login.take, methods=["POST"]),
        Mount("/api", routes=[Mount("/v1", routes=api_routes(runtime))]),
        # Last, for it takes all other paths: whoever is not signed in learns of none of them.
        Mount(
            "",
            routes=[Route("/logout", login.leave, methods=["POST"]), *console_routes(runtime, turn)],
            middleware=[Middleware(ConsoleAccess, runtime=runtime)],
        ),
    ]
    return Starlette(routes=routes, lifespan=lifespan)

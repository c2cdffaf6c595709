"""`GET /healthz`: the process answers. `GET /readyz`: it can do its work, or why not."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from mapping.loader import ConfigError
from store.database import Unavailable
from sync.runtime import NotConfigured, Runtime

log = structlog.get_logger()


async def healthz(request: Request) -> PlainTextResponse:
    """Say that the process is alive; looks at nothing else."""
    return PlainTextResponse("alive\n")


class Readiness:
    """Whether deliveries can be taken."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def show(self, request: Request) -> PlainTextResponse:
        """200 if ready; else 503 and what is missing, in words."""
        missing = self.missing()
        if missing is None:
            return PlainTextResponse("ready\n")
        return PlainTextResponse(f"not ready: {missing}\n", HTTPStatus.SERVICE_UNAVAILABLE)

    def missing(self) -> str | None:
        """What stands in the way of work, None if nothing does."""
        try:
            if not self._runtime.store.is_migrated():
                return "the database has not the tables of this version; `conveyor up` or `conveyor apply` makes them"
            self._runtime.rules.get()
        except (Unavailable, SQLAlchemyError) as error:
            log.warning("not_ready", error=type(error).__name__)
            return "the database cannot be reached or read"
        except NotConfigured:
            return "there are no active rules yet; run `conveyor apply`"
        except ConfigError:
            return "the active rules do not load in this version; run `conveyor check`, then `conveyor apply`"
        return None

"""What workers do with a wake-up, and how they are started; what follows is up to `drain/` and its like.

A CRM or a database that is away is no mistake of ours: one line in the log, no traceback.
"""

# mypy: allow-untyped-calls
# Dramatiq's command line has no annotations.

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from dramatiq.middleware import Shutdown

from connectors.errors import ConnectorError
from store.database import Unavailable
from sync import logs
from sync.backfill import backfill
from sync.drain.engine import drain
from sync.drift.watch import look_if_due
from sync.exclusive import Busy, exclusively
from sync.house import broker_url
from sync.reconcile import poll
from sync.runtime import NotConfigured, Runtime
from sync.settings import Settings

log = structlog.get_logger()

PROCESSES = "CONVEYOR_PROCESSES"
THREADS = "CONVEYOR_THREADS"
STOP_WITHIN_MS = 30_000
"""What is not finished by then is left to whoever gets the wake-up next."""

EXPECTED = (ConnectorError, NotConfigured, Unavailable)


def look_for_cycles_seldom() -> None:
    """Have Python look for dead cycles of objects less often than it does by default.

    Records come by the thousand and hold no cycles: looking for them is a fifth of the work of a backfill.
    """
    gc.set_threshold(20_000, 20, 20)


def drain_deal(runtime: Runtime, deal_id: str) -> None:
    """Work off one deal."""
    with _in_one_line(deal=deal_id):
        drain(runtime, deal_id)


def poll_connection(runtime: Runtime, name: str) -> None:
    """Read what changed in a connection, unless somebody is doing that already."""
    with _in_one_line(connection=name), exclusively(runtime.store, f"poll:{name}", now=runtime.now):
        rules = runtime.rules.get()
        try:
            poll(runtime, name)
        finally:
            look_if_due(runtime, name, rules)  # drift may be why a poll does not go well


def backfill_connection(runtime: Runtime, name: str) -> None:
    """Read everything in a connection, unless somebody is doing that already."""
    try:
        with _in_one_line(connection=name), exclusively(runtime.store, f"backfill:{name}", now=runtime.now):
            backfill(runtime, name)
    except Shutdown:
        runtime.wake.backfill(name)
        log.info("backfill_interrupted", connection=name, next="another worker goes on where it stopped")


def run(arguments: Sequence[str] = ()) -> int:
    """Run worker processes until SIGINT or SIGTERM; further arguments are those of `dramatiq`. Returns its status.

    Raises `sync.house.NoBroker`.
    """
    from dramatiq import cli

    settings = Settings()
    broker_url(settings)  # if there is none, that is told here in one line, not by every process in many
    os.environ.setdefault(logs.FORMAT, "console" if sys.stderr.isatty() else "json")
    size = ["--processes", str(settings.processes), "--threads", str(settings.threads)]
    stop = ["--worker-shutdown-timeout", str(STOP_WITHIN_MS)]
    # No `--path`: the folder one happens to be in may hold modules of the same names.
    parsed = cli.make_argument_parser().parse_args(["worker", *size, *stop, *arguments, "--path"])
    logs.configure()
    return int(cli.main(parsed))


@contextmanager
def _in_one_line(**what: str) -> Iterator[None]:
    """Log what was to be expected of CRMs and databases without a traceback; they have noted it themselves."""
    try:
        yield
    except Busy as error:
        log.info("already_under_way", **what, why=str(error))
    except EXPECTED as error:
        log.warning("put_off", **what, error=type(error).__name__, why=str(error))

"""`conveyor backfill` and `reconcile`: read a CRM now, in this process."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import CRMS, command
from cli.connections import Connection, chosen, connector_of, each, end
from cli.given import Given
from cli.output import say

if TYPE_CHECKING:
    from sync.backfill import Progress
    from sync.runtime import Runtime

PLAIN_EVERY_S = 5.0
DRAIN_AT_ONCE = 100

Drain = Annotated[
    bool, typer.Option("--drain", help="Also work off all that is due, here and now, without workers.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, CRMS, json=False)(backfill)
    command(app, CRMS, json=False)(reconcile)


def backfill(given: Given, connection: Connection = None, drain: Drain = False) -> None:
    """Read all deals of a CRM.

    New ones are placed as they are; known ones that changed are left to the workers. Goes on where an interrupted
    one stopped.
    """
    from sync import backfill as engine
    from sync.exclusive import exclusively

    with given.house() as runtime:
        rules = runtime.rules.get()

        def read(name: str) -> None:
            connector_of(runtime, name, rules)
            with exclusively(runtime.store, f"backfill:{name}", now=runtime.now), _progress(name) as report:
                done = engine.backfill(runtime, name, report)
            say(f"{name}: {done.seen} deals read.")

        failures = each(chosen(rules, connection), read)
        _afterwards(runtime, drain=drain)
    end(failures)


def reconcile(given: Given, connection: Connection = None, drain: Drain = False) -> None:
    """Read what changed in a CRM since last time.

    The changes are left to the workers. The scheduler does the same by itself, every `poll_every`.
    """
    from sync.exclusive import exclusively
    from sync.reconcile import poll

    with given.house() as runtime:
        rules = runtime.rules.get()

        def read(name: str) -> None:
            connector_of(runtime, name, rules)
            with exclusively(runtime.store, f"poll:{name}", now=runtime.now):
                found = poll(runtime, name)
            say(f"{name}: {found} deals to look at.")

        failures = each(chosen(rules, connection), read)
        _afterwards(runtime, drain=drain)
    end(failures)


def _afterwards(runtime: Runtime, *, drain: bool) -> None:
    """Work off what is due, or say who will."""
    from store import leases

    if drain:
        say(f"{_drain_all(runtime)} deals worked off.")
        return
    with runtime.store.read() as tx:
        due = bool(leases.due_deals(tx, runtime.now(), 1))
    if due:
        say("What changed is left to the workers (`conveyor up`), or to --drain.")


def _drain_all(runtime: Runtime) -> int:
    """Work off deals until nothing is due that nobody else holds; returns how many there were."""
    from store import leases
    from sync.drain.engine import drain

    worked: set[str] = set()
    while True:
        with runtime.store.read() as tx:
            due = [deal_id for deal_id, _ in leases.due_deals(tx, runtime.now(), DRAIN_AT_ONCE)]
        if not due:
            return len(worked)
        for deal_id in due:
            drain(runtime, deal_id)
        worked.update(due)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[Progress], None]]:
    """Show how far it is: a bar on a terminal, else a plain line now and then."""
    if not sys.stdout.isatty():
        yield _plain(name)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn(name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda progress: bar.update(task, completed=progress.seen, total=progress.total)


def _plain(name: str) -> Callable[[Progress], None]:
    said_at = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal said_at
        if time.monotonic() - said_at >= PLAIN_EVERY_S:
            said_at = time.monotonic()
            say(f"{name}: {progress.seen}{f' of {progress.total}' if progress.total else ''} deals")

    return report

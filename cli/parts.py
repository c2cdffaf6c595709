"""`conveyor web`, `worker`, `scheduler`: the parts of `up` one by one, for several machines."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from cli.command import RUN, command
from cli.given import Given
from cli.listening import Host, Listener, Port, address_of, opened
from cli.output import say

Processes = Annotated[int | None, typer.Option(min=1, help="Worker processes (CONVEYOR_PROCESSES).")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads in each of them (CONVEYOR_THREADS).")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, RUN, json=False)(web)
    command(app, RUN, json=False)(worker)
    command(app, RUN, json=False)(scheduler)


def web(given: Given, host: Host = None, port: Port = None, listener: Listener = None) -> None:
    """Only the web part: takes webhooks in and shows the console."""
    from web.server import serve

    settings = given.settings
    address = host or settings.host
    with given.house(service=True) as runtime:
        ours = opened(address, settings.port if port is None else port, listener)
        url = address_of(address, ours)

        def ready(_port: int) -> None:
            say(f"Console at {url}/ - webhooks at {url}/webhooks/<connection>")

        serve(runtime, ours, ready, trusted_proxies=settings.trusted_proxies)


def worker(
    given: Given,
    dramatiq: Annotated[
        list[str] | None,
        typer.Argument(help="Further arguments of dramatiq, after --.", metavar="-- ARGUMENTS"),
    ] = None,
    processes: Processes = None,
    threads: Threads = None,
) -> None:
    """Only workers: look at deals, decide, and write back."""
    from sync import work

    for name, number in ((work.PROCESSES, processes), (work.THREADS, threads)):
        if number is not None:
            os.environ[name] = str(number)
    status = work.run(dramatiq or ())
    if status:
        raise typer.Exit(status)


def scheduler(given: Given) -> None:
    """Only the clock: polls, wakes what is due.

    Also meets new connections: reads their people and has all their deals read. Of several copies one works.
    """
    import threading

    from sync import schedule
    from sync.first_look import FirstLook
    from sync.supervise import stopping_on_signals

    stop = threading.Event()
    with given.house(service=True) as runtime, stopping_on_signals(stop):
        first_look = threading.Thread(target=FirstLook(runtime, say).run, args=(stop,), daemon=True)
        first_look.start()
        schedule.run(runtime, stop)

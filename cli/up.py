"""`conveyor up`: everything in one go on one machine, with a broker and a database of its own where none is named."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import typer

from cli.check import fit_to_apply, print_problems
from cli.command import RUN, command
from cli.given import Given
from cli.listening import Host, Listener, Port, address_of, opened
from cli.output import say
from cli.parts import Processes, Threads
from cli.trouble import Failed
from cli.versions import put_in_force

if TYPE_CHECKING:
    from sync.runtime import Runtime
    from sync.supervise import Child, RunFile


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, RUN, json=False)(up)


def up(
    given: Given,
    host: Host = None,
    port: Port = None,
    processes: Processes = None,
    threads: Threads = None,
    listener: Listener = None,
) -> None:
    """Everything in one go, on this machine.

    Receiver, console, workers, scheduler; and where no DATABASE_URL or REDIS_URL is set, also database and broker.
    On a first start it puts the files of the configuration folder in force. Ends with Ctrl-C.
    """
    from sync.broker import connect
    from sync.embedded_broker import EmbeddedBroker
    from sync.supervise import RunFile, Supervisor, stopping_on_signals

    settings, stop = given.settings, threading.Event()
    address = host or settings.host
    with ExitStack() as stack:
        run_file = RunFile(settings.home)
        stack.callback(run_file.close)
        stack.enter_context(stopping_on_signals(stop))
        ours = stack.enter_context(opened(address, settings.port if port is None else port, listener))
        if settings.redis_url:
            connect(settings.redis_url).ping()
        else:
            stack.enter_context(EmbeddedBroker(settings.home)).supervise()
        with given.house(service=True) as runtime:
            _prepare_rules(given, runtime)
        children = _children(given, address, ours, _sizes(processes, threads))
        supervisor = Supervisor(children, say, stop, _teller(run_file, address_of(address, ours), children))
        say("Starting; Ctrl-C stops everything.")
        supervisor.run()
    say("Stopped.")


def _prepare_rules(given: Given, runtime: Runtime) -> None:
    """Put the files in force if nothing is; else say whether they differ from what is."""
    from store import rulesets

    folder = given.settings.config
    rules, problems = fit_to_apply(folder)
    with runtime.store.read() as tx:
        active = rulesets.active_version(tx)
    if active is None:
        if rules is None:
            print_problems(folder, problems)
            raise Failed(
                "There is no version in force yet, and these files cannot be: put the errors right first."
            )
        put_in_force(runtime, rules, by=None, message="First start")
        say(
            f"First start: the files in {folder} are in force as version 1. `conveyor check` lists notes on them."
        )
    elif rules is None:
        say(f"The files in {folder} have errors (`conveyor check`); version {active[0]} stays in force.")
    elif rules.hash != active[1]:
        say(
            f"The files in {folder} differ from version {active[0]}, which stays in force until `conveyor apply`."
        )


def _sizes(processes: int | None, threads: int | None) -> list[str]:
    given = (("--processes", processes), ("--threads", threads))
    return [part for name, number in given if number is not None for part in (name, str(number))]


def _children(given: Given, host: str, listener: socket.socket, sizes: list[str]) -> list[Child]:
    from sync.supervise import Child

    settings = given.settings
    # Told by the environment, so that each part finds the same places from wherever it runs.
    environment = {
        "CONVEYOR_CONFIG": str(settings.config.resolve()),
        "CONVEYOR_HOME": str(settings.home.resolve()),
    }
    # -P: the folder one happens to be in may hold modules of the same names.
    conveyor = [sys.executable, "-P", "-m", "cli"]
    web = [*conveyor, "web", "--host", host, "--listener", str(listener.fileno())]
    return [
        Child("web", web, environment, listener=listener),
        Child("worker", [*conveyor, "worker", *sizes], environment),
        Child("scheduler", [*conveyor, "scheduler"], environment),
    ]


def _teller(run_file: RunFile, url: str, children: list[Child]) -> Callable[[], None]:
    def tell() -> None:
        pids = {child.name: child.pid for child in children}
        run_file.write({"pid": os.getpid(), "url": url, "children": pids})

    return tell

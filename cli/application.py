"""Puts the commands together. A file of commands exports `register(app)`; the order here is that of the help page."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Annotated

import typer

from cli.command import Config, Json
from cli.given import Given

FILES = (
    "cli.up",
    "cli.parts",
    "cli.demo",
    "cli.sandbox",
    "cli.init",
    "cli.check",
    "cli.doctor",
    "cli.plan",
    "cli.versions",
    "cli.replay",
    "cli.reading",
    "cli.webhooks",
    "cli.status",
    "cli.lists",
    "cli.report",
    "cli.acting",
    "cli.rehome",
    "cli.forget",
    "cli.dead",
    "cli.users",
)
"""`cli.demo` is taken as soon as it is there."""

HELP = (
    "The sales conveyor: watches the deals in your CRMs, enforces the hand-offs, and writes the result back.\n\n"
    "Start with [bold]conveyor init[/], then [bold]conveyor check[/] and [bold]conveyor up[/]. "
    "Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 a CRM, the database or the broker cannot be reached."
)


def application() -> typer.Typer:
    """The command line with all its commands."""
    app = typer.Typer(
        name="conveyor",
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_everywhere)
    for name in FILES:
        if find_spec(name) is not None:
            import_module(name).register(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("sales-conveyor"))
        raise typer.Exit


def _everywhere(
    context: typer.Context,
    config: Config = None,
    json: Json = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    context.obj = Given(config, json)

"""`conveyor webhooks`: what the CRMs are told to send us."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.command import CRMS, command
from cli.connections import Connection, chosen, connector_of, each, end
from cli.given import Given
from cli.output import print_json, print_table, say, short
from cli.trouble import Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from sync.runtime import Runtime
    from sync.views.webhooks import SubscriptionView


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(
        help="What the CRMs send to the conveyor: install, list, remove.", no_args_is_help=True
    )
    command(group)(install)
    command(group, name="list")(list_)
    command(group)(remove)
    app.add_typer(group, name="webhooks", rich_help_panel=CRMS)


def install(given: Given, connection: Connection = None) -> None:
    """Subscribe in the CRMs that allow it; for the others, print what to click."""
    from sync import subscribing
    from sync.views.webhooks import views

    rows: list[SubscriptionView] = []
    with given.house() as runtime:
        rules = runtime.rules.get()

        def subscribe(name: str) -> None:
            made = subscribing.install(runtime, name, rules, connector_of(runtime, name, rules))
            rows.extend(views(name, made))

        try:
            failures = each(chosen(rules, connection), subscribe)
        except subscribing.NoPublicUrl as error:
            raise Failed(str(error)) from error
    _print(given, rows)
    end(failures)


def list_(given: Given, connection: Connection = None) -> None:
    """List our own subscriptions."""
    rows: list[SubscriptionView] = []
    with given.house() as runtime:
        rules = runtime.rules.get()
        names = chosen(rules, connection)
        failures = each(names, lambda name: rows.extend(_subscriptions(runtime, rules, name)))
    _print(given, rows)
    end(failures)


def remove(given: Given, connection: Connection = None) -> None:
    """Remove our own subscriptions, and no others."""
    from sync import subscribing

    rows: list[SubscriptionView] = []
    with given.house() as runtime:
        rules = runtime.rules.get()

        def unsubscribe(name: str) -> None:
            for one in _subscriptions(runtime, rules, name):
                subscribing.remove(runtime, name, connector_of(runtime, name, rules), one["id"])
                rows.append(one)

        failures = each(chosen(rules, connection), unsubscribe)
    if given.json:
        print_json(rows)
    else:
        say(f"{len(rows)} subscriptions removed.")
    end(failures)


def _subscriptions(runtime: Runtime, rules: Ruleset, name: str) -> list[SubscriptionView]:
    from sync.views.webhooks import views

    return views(name, connector_of(runtime, name, rules).subscriptions())


def _print(given: Given, rows: list[SubscriptionView]) -> None:
    if given.json:
        print_json(rows)
        return
    columns = ("Connection", "Id", "URL", "Events", "Active", "Expires (UTC)")
    table = (
        (
            row["connection"],
            row["id"],
            row["url"],
            ", ".join(row["events"]),
            "yes" if row["active"] else "no",
            short(row["expires_at"]),
        )
        for row in rows
    )
    print_table(columns, table, nothing="No subscriptions of ours.")

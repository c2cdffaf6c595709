"""`conveyor webhooks`: what the CRMs are told to send us."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from cli.command import CRMS, command
from cli.connections import Connection, chosen
from cli.given import Given, connector_of
from cli.output import print_json, print_table, say
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
    with given.house() as runtime:
        rules = runtime.rules.get()
        base = _public_url(rules)

        def subscribe(name: str) -> list[SubscriptionView]:
            from sync.views.webhooks import views

            url = f"{base}/webhooks/{name}"
            return views(name, connector_of(runtime, name, rules).subscribe(url))

        found = _each(chosen(rules, connection), subscribe)
    _print(given, found.rows)
    found.end()


def list_(given: Given, connection: Connection = None) -> None:
    """List our own subscriptions."""
    with given.house() as runtime:
        rules = runtime.rules.get()
        found = _each(chosen(rules, connection), lambda name: _subscriptions(runtime, rules, name))
    _print(given, found.rows)
    found.end()


def remove(given: Given, connection: Connection = None) -> None:
    """Remove our own subscriptions, and no others."""
    with given.house() as runtime:
        rules = runtime.rules.get()

        def unsubscribe(name: str) -> list[SubscriptionView]:
            gone = _subscriptions(runtime, rules, name)
            for one in gone:
                connector_of(runtime, name, rules).unsubscribe(one["id"])
            return gone

        found = _each(chosen(rules, connection), unsubscribe)
    if given.json:
        print_json(found.rows)
    else:
        say(f"{len(found.rows)} subscriptions removed.")
    found.end()


class _Found:
    """What was done in the CRMs that let us, and what the others said."""

    def __init__(self) -> None:
        self.rows: list[SubscriptionView] = []
        self.refusals: list[str] = []

    def end(self) -> None:
        """End the command with what was refused, if anything was."""
        if self.refusals:
            raise Failed("\n".join(self.refusals))


def _each(names: list[str], ask: Callable[[str], list[SubscriptionView]]) -> _Found:
    """Ask one CRM after the other; what one of them refuses does not keep the next from being asked."""
    from connectors.errors import Rejected

    found = _Found()
    for name in names:
        try:
            found.rows += ask(name)
        except Rejected as error:
            found.refusals.append(f"{name}: {error}")
    return found


def _subscriptions(runtime: Runtime, rules: Ruleset, name: str) -> list[SubscriptionView]:
    from sync.views.webhooks import views

    return views(name, connector_of(runtime, name, rules).subscriptions())


def _public_url(rules: Ruleset) -> str:
    from mapping.environment import resolve_text
    from sync.house import environment

    url = resolve_text(rules.public_url, environment())
    if url is None:
        raise Failed(
            "CRMs cannot send webhooks to an address that they do not know: set public_url in connections.yaml"
            " and `conveyor apply`. Without it, changes are found by polling."
        )
    return url.rstrip("/")


def _print(given: Given, rows: list[SubscriptionView]) -> None:
    if given.json:
        print_json(rows)
        return
    columns = ("Connection", "Id", "URL", "Events", "Active", "Expires")
    table = (
        (
            row["connection"],
            row["id"],
            row["url"],
            ", ".join(row["events"]),
            "yes" if row["active"] else "no",
            row["expires_at"],
        )
        for row in rows
    )
    print_table(columns, table, nothing="No subscriptions of ours.")

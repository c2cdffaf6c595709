"""`conveyor status`: how the house is doing, for people and for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.command import LOOK, command
from cli.given import Given
from cli.output import console, print_json, print_table, say, short

if TYPE_CHECKING:
    from sync.views.health import StatusView


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, LOOK)(status)


def status(given: Given) -> None:
    """Connections, queues, hand-offs, alarms."""
    from sync.views import health

    with given.house() as runtime:
        view = health.status(runtime)
    if given.json:
        print_json(view)
    else:
        _show(view)


def _show(view: StatusView) -> None:
    columns = ("Connection", "State", "Last webhook (UTC)", "Last poll (UTC)", "Behind", "Deals read")
    rows = (
        (
            name,
            "paused" if one["paused_until"] else "ok" if one["ok"] else "error",
            short(one["last_event_at"]),
            short(one["last_poll_at"]),
            f"{one['lag_seconds']:.0f} s",
            _read(one["deals_read"], one["deals_total"], done=one["backfilled_at"] is not None),
        )
        for name, one in view["connections"].items()
    )
    print_table(columns, rows, nothing="No connections yet.")
    for title, counts in (
        ("Inbox", view["inbox"]),
        ("Outbox", view["outbox"]),
        ("Hand-offs", view["handoffs"]),
    ):
        say(f"{title:10} " + ", ".join(f"{number} {name}" for name, number in counts.items()))
    _show_alarms(view)


def _read(seen: int, total: int | None, *, done: bool) -> str:
    if done:
        return str(seen)
    return f"{seen} of {total} so far" if total else f"{seen} so far"


def _show_alarms(view: StatusView) -> None:
    from rich.text import Text

    out = console()
    if not view["alarms"]:
        say("No alarms.")
    for alarm in view["alarms"]:
        whose = f"{alarm['connection']}: " if alarm["connection"] else ""
        out.print(Text.assemble(("! ", "bold red"), whose + alarm["message"]), soft_wrap=True)

"""`conveyor dead`: what could not be processed, until a person decides."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import ACT, command
from cli.given import Given
from cli.output import print_json, print_table, say, short
from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from sync.runtime import Runtime
    from sync.views.dead import DeadView

Ids = Annotated[list[str] | None, typer.Argument(help="As listed: event:12, write:7.", metavar="ID")]
All = Annotated[bool, typer.Option("--all", help="All that are listed.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="What could not be processed: list, show, retry, drop.", no_args_is_help=True)
    command(group, name="list")(list_)
    command(group)(show)
    command(group)(retry)
    command(group)(drop)
    app.add_typer(group, name="dead", rich_help_panel=ACT)


def list_(given: Given) -> None:
    """List what was given up, oldest first, with the CRM's words."""
    from sync.views import dead

    with given.house() as runtime:
        rows = dead.listing(runtime)
    if given.json:
        print_json(rows)
        return
    columns = ("Id", "Deal", "What", "Since (UTC)", "Attempts", "Why")
    table = ((r["id"], r["deal"], r["kind"], short(r["since"]), r["attempts"], r["error"]) for r in rows)
    print_table(columns, table, nothing="Nothing: all was processed.", whole=2)


def show(given: Given, letter: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Show one of them, and the story of its deal up to there."""
    from mapping.model import Ref
    from sync.views import story

    with given.house() as runtime:
        found = _chosen(runtime, [letter], everything=False)[0]
        connection, _, remote_id = found["deal"].partition(":")
        told, _now = story.explain(runtime, Ref(connection, remote_id))
    if given.json:
        print_json({**found, "timeline": told["timeline"]})
        return
    for name, value in found.items():
        say(f"{name:11} {value}")
    say(f"`conveyor explain {found['deal']}` tells the whole story.")


def retry(given: Given, ids: Ids = None, everything: All = False) -> None:
    """Try again; a worker takes it up within seconds."""
    from sync import actions

    with given.house() as runtime:
        events, writes = _numbers(_chosen(runtime, ids or [], everything=everything))
        done = actions.retry_dead(runtime, events=events, writes=writes)
    _tell(given, done, "tried again")


def drop(
    given: Given,
    ids: Ids = None,
    everything: All = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Close for good what nobody needs any more."""
    from sync import actions

    with given.house() as runtime:
        found = _chosen(runtime, ids or [], everything=everything)
        if everything and found and not yes:
            _agree(len(found))
        events, writes = _numbers(found)
        done = actions.drop_dead(runtime, events=events, writes=writes)
    _tell(given, done, "dropped")


def _chosen(runtime: Runtime, ids: list[str], *, everything: bool) -> list[DeadView]:
    """The dead letters of these ids, or all. Raises `Failed` for an id that is not listed."""
    from sync.views import dead

    if everything == bool(ids):
        raise Failed("Name what you mean: ids as `conveyor dead list` shows them, or --all.", USAGE)
    rows = {row["id"]: row for row in dead.listing(runtime)}
    for wanted in ids:
        if wanted not in rows:
            raise Failed(
                f"There is no dead letter {wanted}. `conveyor dead list` shows those that there are."
            )
    return list(rows.values()) if everything else [rows[wanted] for wanted in dict.fromkeys(ids)]


def _numbers(found: list[DeadView]) -> tuple[list[int], list[int]]:
    """The numbers of events, and of writes."""
    from sync.views.dead import EVENT, WRITE

    parted = [row["id"].partition(":") for row in found]
    events = [int(number) for kind, _, number in parted if kind == EVENT]
    return events, [int(number) for kind, _, number in parted if kind == WRITE]


def _agree(number: int) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failed(f"All {number} would be dropped for good. Nothing was changed; add --yes to do it.")
    if not typer.confirm(f"Drop all {number} for good?"):
        raise Failed("Nothing was changed.")


def _tell(given: Given, number: int, what: str) -> None:
    if given.json:
        print_json({"changed": number})
    else:
        say(f"{number} {what}.")

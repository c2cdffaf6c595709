"""`conveyor rehome`: somebody leaves, and all their open deals go to another member."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import ACT, command
from cli.given import Given
from cli.output import print_json, print_table, say
from cli.trouble import Failed

if TYPE_CHECKING:
    from sync.views.rehoming import Plan


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, ACT)(rehome)


def rehome(
    given: Given,
    person: Annotated[str, typer.Argument(help="Who leaves, by e-mail.", metavar="PERSON")],
    to: Annotated[str, typer.Option(help="Who takes over, by e-mail.", metavar="PERSON")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Hand on all open deals of somebody who leaves, in all CRMs.

    Shows first what would go over and what is left out, and asks on a terminal; without one it takes --yes.
    """
    from sync import actions
    from sync.views.rehoming import plan

    with given.house() as runtime:
        found = plan(runtime, person.lower(), to.lower())
        if not given.json:
            _show(found)
        agreed = _agreed(given, found, yes=yes)
        if agreed:
            actions.rehome(runtime, found.deal_ids, leaver=found.leaver, to=found.to)
        _tell(given, found, done=agreed)


def _show(found: Plan) -> None:
    say(f"From {found.leaver} to {found.to}: {_deals(len(found.deal_ids))}, with their open hand-offs.")
    if found.groups:
        rows = [(g["connection"], g["section"], g["deals"], g["handoffs"]) for g in found.groups]
        print_table(("Connection", "Section", "Deals", "Open hand-offs"), rows, nothing="")
    if found.left_out:
        say(f"Left out: {_deals(len(found.left_out))}.")
        print_table(("Deal", "Why"), [(one["deal"], one["reason"]) for one in found.left_out], nothing="")
    if found.tasks_left:
        say(
            f"Tasks of playbooks and follow-ups stay with {found.leaver}: {found.tasks_left}. "
            "Pass them on in the CRM."
        )
    if found.on_team:
        say(f"{found.leaver} is still on the team and receives deals: take them out of team.yaml next.")


def _agreed(given: Given, found: Plan, *, yes: bool) -> bool:
    """Whether to do it: asked on a terminal; never where nothing would be done."""
    if yes or not found.deal_ids:
        return bool(found.deal_ids)
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not given.json
    return on_terminal and typer.confirm(f"Hand on {_deals(len(found.deal_ids))}?")


def _tell(given: Given, found: Plan, *, done: bool) -> None:
    """What becomes of it. Raises `Failed` where there was something to do and nobody agreed."""
    if given.json:
        print_json(
            {
                "from": found.leaver,
                "to": found.to,
                "deals": len(found.deal_ids),
                "groups": found.groups,
                "left_out": found.left_out,
                "tasks_left": found.tasks_left,
                "done": done,
            }
        )
    if found.deal_ids and not done:
        raise Failed("Nothing was changed; add --yes to do it.")
    if done and not given.json:
        say(f"{_deals(len(found.deal_ids))} handed on, as soon as a worker sees them.")


def _deals(number: int) -> str:
    return f"{number} deal{'' if number == 1 else 's'}"

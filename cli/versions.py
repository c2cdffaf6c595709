"""`conveyor apply` and `conveyor history`: which version of the YAML is in force."""

from __future__ import annotations

import getpass
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.check import print_problems
from cli.command import RULES, command
from cli.given import Given
from cli.output import print_json, print_table, say, short
from cli.trouble import PROBLEMS, Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from sync.runtime import Runtime
    from sync.views.changes import Change


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, RULES)(apply)
    command(app, RULES)(history)


def apply(
    given: Given,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    message: Annotated[str | None, typer.Option("--message", "-m", help="Why, for the history.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Who, for the history; by default you on this machine.")
    ] = None,
) -> None:
    """Put the YAML files in force.

    Shows first what would change, and asks on a terminal. Without one it goes on by itself, unless deals that are
    known already would be placed anew: that takes --yes.
    """
    from sync.views.changes import change_to

    rules = checked_rules(given)
    with given.house() as runtime:
        change = change_to(runtime, rules)
        if not given.json:
            _show(given, change)
        if not change.same:
            _agree(change, yes=yes)
            put_in_force(runtime, rules, by=by, message=message)
        _tell(given, runtime, change)


def checked_rules(given: Given) -> Ruleset:
    """The rules of the configuration folder; every problem is printed, and the command ends, if there is an error."""
    from mapping.loader import check_folder

    rules, problems = check_folder(given.settings.config)
    if rules is not None:
        return rules
    if given.json:
        raise Failed("\n".join(str(problem) for problem in problems if problem.severity == "error"))
    print_problems(given.settings.config, problems)
    raise Failed("Nothing was put in force.")


def put_in_force(runtime: Runtime, rules: Ruleset, *, by: str | None, message: str | None) -> int:
    """Activate the rules; returns how many deals are placed anew."""
    from sync.rollout import activate

    return activate(runtime, rules, by=by or who_am_i(), message=message)


def who_am_i() -> str:
    """The person at this machine, as `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def _show(given: Given, change: Change) -> None:
    folder = given.settings.config
    if change.same:
        say(f"Version {change.version} is what stands in {folder} already; nothing changes.")
        return
    before = f"after version {change.version}" if change.version else "the first version"
    say(f"{folder} ({change.hash[:12]}) would be {before}:")
    for word, files in (("new", change.added), ("changed", change.changed), ("gone", change.removed)):
        for file in files:
            say(f"  {word:8}{file}")
    for name in change.new_connections:
        say(f"  connects {name}; all its deals are read, and placed as they are")
    say(
        f"  {change.placed_anew} known deals are placed anew, because their CRM stage means something else then"
    )


def _agree(change: Change, *, yes: bool) -> None:
    """Ask on a terminal; without one, deals are placed anew only with `--yes`."""
    if yes:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        if not typer.confirm("Put it in force?"):
            raise Failed("Nothing was changed.")
    elif change.placed_anew:
        raise Failed(
            f"{change.placed_anew} deals would be placed anew. Nothing was changed; add --yes to do it.",
            PROBLEMS,
        )


def _tell(given: Given, runtime: Runtime, change: Change) -> None:
    from sync.views.versions import history as versions

    active = next(version for version in versions(runtime) if version["active"])
    if given.json:
        details = {"changed": not change.same, "placed_anew": change.placed_anew}
        print_json({**active, **details})
    elif not change.same:
        say(f"Version {active['version']} is in force.")


def history(given: Given) -> None:
    """List the versions that were put in force."""
    from sync.views.versions import history as versions

    with given.house() as runtime:
        found = versions(runtime)
    if given.json:
        print_json(found)
        return
    columns = ("Version", "In force", "Applied (UTC)", "By", "Message", "Hash")
    rows = (
        (
            v["version"],
            "yes" if v["active"] else "",
            short(v["applied_at"]),
            v["applied_by"],
            v["message"],
            v["hash"][:12],
        )
        for v in found
    )
    print_table(columns, rows, nothing="Nothing was applied yet: run `conveyor apply`.")

"""`conveyor apply`, `rollback` and `history`: which version of the YAML is in force."""

from __future__ import annotations

import getpass
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.check import fit_to_apply, print_problems
from cli.command import RULES, command
from cli.given import Given
from cli.output import print_json, print_table, say, short
from cli.plan_file import KeptPlan, read_plan, refuse_outdated
from cli.plan_rules import earlier_version, stored_rules
from cli.plan_show import show
from cli.trouble import PROBLEMS, Failed

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from sync.planning.forecast import Forecast
    from sync.planning.plan import Plan
    from sync.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, RULES)(apply)
    command(app, RULES)(history)
    command(app, RULES)(rollback)


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, and move as many deals as it takes.")]
Message = Annotated[str | None, typer.Option("--message", "-m", help="Why, for the history.")]
By = Annotated[str | None, typer.Option(help="Who, for the history; by default you on this machine.")]


def apply(
    given: Given,
    yes: Yes = False,
    kept: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Only if this plan, made by `plan --json`, still holds."),
    ] = None,
    message: Message = None,
    by: By = None,
) -> None:
    """Put the YAML files in force.

    Runs cases.yaml first, then shows the plan, and asks on a terminal. Without one it goes on by itself. A change by
    which the conveyor would move more deals than `safety.ask_before_moving` allows takes --yes.
    """
    seen = read_plan(kept) if kept is not None else None
    rules = checked_rules(given)
    with given.house() as runtime:
        _carry_out(given, runtime, rules, Consent(yes, message, by, seen), f"{given.settings.config}")


def rollback(
    given: Given,
    version: Annotated[
        int | None, typer.Argument(help="A version of the history; the one before if left out.", metavar="N")
    ] = None,
    yes: Yes = False,
    message: Message = None,
    by: By = None,
) -> None:
    """Put an earlier version in force again.

    Under the same rules as `apply`: it shows the plan, asks on a terminal, and needs --yes above the brake. What the
    versions in between moved by coming into force is undone where the deal did not move since, and it says what it
    leaves. Touches no file: the next `apply` puts the files in force again.
    """
    with given.house() as runtime:
        number = earlier_version(runtime) if version is None else version
        rules = stored_rules(runtime, number)
        consent = Consent(yes, message or f"Rollback to version {number}", by)
        _carry_out(given, runtime, rules, consent, f"Version {number}", back_to=number)
    if not given.json:
        say(
            f"The files in {given.settings.config} were not touched; `conveyor apply` puts them in force again."
        )


@dataclass(frozen=True)
class Consent:
    """What the person agreed to beforehand, and what is kept of it."""

    yes: bool
    message: str | None
    by: str | None
    seen: KeptPlan | None = None  # the plan that they read


def _carry_out(
    given: Given,
    runtime: Runtime,
    rules: Ruleset,
    consent: Consent,
    name: str,
    *,
    back_to: int | None = None,
) -> None:
    """Show the plan, ask where it has to be asked, and put the rules in force."""
    from sync.planning.plan import plan_for

    plan = plan_for(runtime, rules, back_to=back_to)
    if consent.seen is not None:
        refuse_outdated(plan, consent.seen)
    if not given.json:
        show(plan, name)
    looked_at = 0
    if not plan.same:
        _agree(plan, consent)
        looked_at = put_in_force(
            runtime, rules, by=consent.by, message=consent.message, foretold=plan.forecast
        )
    _tell(given, runtime, plan, looked_at)


def checked_rules(given: Given) -> Ruleset:
    """The rules of the configuration folder; every problem is printed, and the command ends, if there is an error.

    A case that fails is one.
    """
    rules, problems = fit_to_apply(given.settings.config)
    if rules is not None:
        return rules
    if given.json:
        raise Failed("\n".join(str(problem) for problem in problems if problem.severity == "error"))
    print_problems(given.settings.config, problems)
    raise Failed("Nothing was put in force.")


def put_in_force(
    runtime: Runtime,
    rules: Ruleset,
    *,
    by: str | None,
    message: str | None,
    foretold: Forecast | None = None,
) -> int:
    """Activate the rules; returns how many deals are looked at because of it."""
    from sync.rollout import activate

    return activate(runtime, rules, by=by or who_am_i(), message=message, foretold=foretold)


def who_am_i() -> str:
    """The person at this machine, as `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def _agree(plan: Plan, consent: Consent) -> None:
    """Above the brake only with `--yes`; below it, a terminal is asked unless the plan was read before."""
    if consent.yes:
        return
    if plan.refusal is not None:
        raise Failed(plan.refusal, PROBLEMS)
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if is_terminal and consent.seen is None and not typer.confirm("Put it in force?"):
        raise Failed("Nothing was changed.")


def _tell(given: Given, runtime: Runtime, plan: Plan, looked_at: int) -> None:
    from sync.views.versions import history as versions

    active = next(version for version in versions(runtime) if version["active"])
    if given.json:
        print_json({**active, **_did(plan), "deals_looked_at": looked_at})
    elif not plan.same:
        say(f"Version {active['version']} is in force.")


def _did(plan: Plan) -> dict[str, object]:
    """What it came to, for scripts; nothing where the rules were in force already."""
    forecast, changed = plan.forecast, not plan.same
    return {
        "changed": changed,
        "placed_anew": forecast.placed_anew if changed else 0,
        "undone": forecast.undone if changed else 0,
        "left": [{"deal": deal, "reason": why} for deal, why in forecast.left] if changed else [],
    }


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

"""`conveyor plan` and `conveyor diff`: what other rules would change, and how two versions differ."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import RULES, command
from cli.given import Given
from cli.output import print_json
from cli.plan_rules import stored_rules
from cli.plan_show import block, show
from cli.versions import checked_rules


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, RULES)(plan)
    command(app, RULES)(diff)


def plan(given: Given) -> None:
    """Show what the edited YAML would change.

    Rules, places of deals and their money, hand-offs, and what the conveyor would then do in the CRMs. From the
    database alone: touches nothing and asks no CRM. `plan --json > FILE` is for `apply --plan FILE`.
    """
    from sync.planning.plan import plan_for, view

    rules = checked_rules(given)
    with given.house() as runtime:
        made = plan_for(runtime, rules)
    if given.json:
        print_json(view(made))
    else:
        show(made, f"{given.settings.config}")


def diff(
    given: Given,
    version: Annotated[int, typer.Argument(help="A version, as `conveyor history` lists it.", metavar="A")],
    other: Annotated[int, typer.Argument(help="Another version.", metavar="B")],
) -> None:
    """Say how the rules of version B differ from those of version A."""
    from sync.planning.changes import rule_changes

    with given.house() as runtime:
        before, after = (stored_rules(runtime, number) for number in (version, other))
    changes = rule_changes(before, after)
    if given.json:
        print_json({"from": version, "to": other, "changes": changes})
        return
    block(f"From version {version} to {other}", changes or ["They are the same."])

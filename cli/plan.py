"""`conveyor plan` and `conveyor diff`: what other rules would change, and how two versions differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import RULES, command
from cli.given import Given
from cli.output import print_json, print_json_list, print_table
from cli.plan_rules import stored_rules
from cli.plan_show import block, show
from cli.versions import checked_rules

if TYPE_CHECKING:
    from mapping.ruleset import Ruleset
    from sync.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, RULES)(plan)
    command(app, RULES)(diff)


def plan(
    given: Given,
    deals: Annotated[bool, typer.Option("--deals", help="List each deal that is touched, instead.")] = False,
) -> None:
    """Show what the edited YAML would change.

    Rules, places of deals and their money, hand-offs, and what the conveyor would then do in the CRMs. From the
    database alone: touches nothing and asks no CRM. `plan --json > FILE` is for `apply --plan FILE`.
    """
    from sync.planning.plan import plan_for, view

    rules = checked_rules(given)
    with given.house() as runtime:
        if deals:
            _list_deals(given, runtime, rules)
            return
        made = plan_for(runtime, rules)
    if given.json:
        print_json(view(made))
    else:
        show(made, f"{given.settings.config}")


def _list_deals(given: Given, runtime: Runtime, rules: Ruleset) -> None:
    """Each deal that the change touches, as the deals come."""
    from sync.planning.plan import touched_deals

    if given.json:
        print_json_list(touched_deals(runtime, rules))
        return
    columns = ("Deal", "From", "To", "Owner", "What is done", "Only the CRM knows")
    rows = (
        (
            d["deal"],
            d["from_stage"],
            d["to_stage"],
            d["owner"],
            "; ".join(d["does"]),
            "yes" if d["unclear"] else "",
        )
        for d in touched_deals(runtime, rules)
    )
    print_table(columns, rows, nothing="No deal is touched.")


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

"""`conveyor accept`: take a hand-off on behalf of its receiver."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command import ACT, command
from cli.given import Given
from cli.output import print_json, say


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, ACT)(accept)


def accept(
    given: Given,
    handoff: Annotated[str, typer.Argument(help="Its id, as `conveyor handoffs` lists it.", metavar="ID")],
) -> None:
    """Accept a pending hand-off for its receiver."""
    from sync import actions
    from sync.views.handoffs import view
    from sync.views.names import refs

    with given.house() as runtime:
        found = actions.accept(runtime, handoff)
        with runtime.store.read() as tx:
            deal = refs(tx, [found.deal_id])[found.deal_id]
    if given.json:
        print_json(view(found, deal))
    else:
        say(f"{found.rule} of {deal}: accepted for {found.to_member}, as soon as a worker sees it.")

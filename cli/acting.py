"""`conveyor accept` and `conveyor return`: answer a hand-off on behalf of its receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import ACT, command
from cli.given import Given
from cli.output import print_json, say

if TYPE_CHECKING:
    from mapping.model import Handoff
    from sync.runtime import Runtime


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, ACT)(accept)
    command(app, ACT, name="return")(give_back)


HandoffId = Annotated[str, typer.Argument(help="Its id, as `conveyor handoffs` lists it.", metavar="ID")]


def accept(given: Given, handoff: HandoffId) -> None:
    """Accept a pending hand-off for its receiver."""
    from sync import actions

    with given.house() as runtime:
        found = actions.accept(runtime, handoff)
        _tell(given, runtime, found, f"accepted for {found.to_member}")


def give_back(
    given: Given,
    handoff: HandoffId,
    reason: Annotated[str, typer.Option(help="Why; one of the rule's `return_reasons` where it has any.")],
) -> None:
    """Return a pending hand-off to the previous owner and stage."""
    from sync import actions

    with given.house() as runtime:
        found = actions.give_back(runtime, handoff, reason)
        _tell(given, runtime, found, f"returned to {found.from_member or 'nobody'}")


def _tell(given: Given, runtime: Runtime, handoff: Handoff, what: str) -> None:
    from sync.views.handoffs import view
    from sync.views.names import refs

    with runtime.store.read() as tx:
        deal = refs(tx, [handoff.deal_id])[handoff.deal_id]
    if given.json:
        print_json(view(handoff, deal))
    else:
        say(f"{handoff.rule} of {deal}: {what}, as soon as a worker sees it.")

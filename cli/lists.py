"""`conveyor deals`, `handoffs`, `explain`: what stands where, and one deal's whole story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli.command import LOOK, command
from cli.given import Given
from cli.output import console, print_json, print_json_list, print_table, say, short
from cli.trouble import USAGE, Failed

if TYPE_CHECKING:
    from sync.views.deals import DealView
    from sync.views.story import LineView

# The values of `mapping.model`, written out so that the help page need not import it.
DealStatusName = Literal["open", "won", "lost", "unmapped", "ignored", "deleted"]
HandoffStatusName = Literal["waiting", "pending", "accepted", "returned"]

Limit = Annotated[int | None, typer.Option(min=1, help="At most so many; all of them if left out.")]
Section = Annotated[str | None, typer.Option(help="Only in this section.")]
Name = Annotated[str, typer.Argument(help="The deal, as `connection:id`.", metavar="CONNECTION:ID")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    command(app, LOOK)(deals)
    command(app, LOOK)(handoffs)
    command(app, LOOK)(explain)


def deals(
    given: Given,
    connection: Annotated[str | None, typer.Option(help="Only of this connection.")] = None,
    section: Section = None,
    stage: Annotated[str | None, typer.Option(help="Only on this stage of the line.")] = None,
    status: Annotated[DealStatusName | None, typer.Option(help="Only with this status.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only of this member, by e-mail.")] = None,
    limit: Limit = None,
) -> None:
    """List the deals: where the CRM shows them, and where they stand on the line."""
    from mapping.model import DealStatus
    from sync.views.deals import Wanted, listing

    chosen = DealStatus(status) if status else None
    wanted = Wanted(connection, section, stage, chosen, owner.lower() if owner else None, limit)
    with given.house() as runtime:
        rows = listing(runtime, wanted)
        if given.json:
            print_json_list(rows)
            return
        columns = (
            "Deal",
            "Title",
            "Amount",
            "Stage in the CRM",
            "Section",
            "Stage",
            "Status",
            "Owner",
            "Since (UTC)",
        )
        print_table(columns, map(_cells, rows), nothing="No deals.")


def _cells(row: DealView) -> tuple[object, ...]:
    amount = f"{row['amount']} {row['currency'] or ''}".strip() if row["amount"] else None
    owner = row["owner"] or (f"({row['crm_owner']})" if row["crm_owner"] else None)
    place = (row["crm_stage"], row["section"], row["stage"])
    return (row["deal"], row["title"], amount, *place, row["status"], owner, short(row["stage_since"]))


def handoffs(
    given: Given,
    status: Annotated[HandoffStatusName | None, typer.Option(help="Only with this status.")] = None,
    section: Annotated[str | None, typer.Option(help="Only to this section.")] = None,
    member: Annotated[str | None, typer.Option(help="Only to this member, by e-mail.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Only open ones past their deadline.")] = False,
    limit: Limit = None,
) -> None:
    """List the hand-offs, newest first."""
    from mapping.model import HandoffStatus
    from sync.views.handoffs import listing

    with given.house() as runtime:
        rows = listing(
            runtime,
            statuses=[HandoffStatus(status)] if status else (),
            to_section=section,
            to_member=member.lower() if member else None,
            late_at=runtime.now() if late else None,
            limit=limit,
        )
    if given.json:
        print_json(rows)
        return
    columns = ("Id", "Deal", "From", "To", "By", "Receiver", "Status", "Due (UTC)", "Offered (UTC)")
    table = (
        (
            row["id"],
            row["deal"],
            row["from_section"],
            row["to_section"],
            row["from_member"],
            row["to_member"],
            row["status"],
            short(row["due_at"]),
            short(row["created_at"]),
        )
        for row in rows
    )
    print_table(columns, table, nothing="No hand-offs.", whole=2)


def explain(given: Given, deal: Name) -> None:
    """Tell one deal's whole story, with reasons."""
    from mapping.model import Ref
    from sync.views import story

    connection, colon, remote_id = deal.partition(":")
    if not (connection and colon and remote_id):
        raise Failed(f"{deal!r} is no deal's name: it reads connection:id, for example hubspot:1234.", USAGE)
    with given.house() as runtime:
        told, now = story.explain(runtime, Ref(connection, remote_id))
    if given.json:
        print_json(told)
        return
    _show(told["timeline"], now)


def _show(timeline: list[LineView], now: DealView) -> None:
    from rich.text import Text

    out = console()
    place = f"{now['section']} / {now['stage']}" if now["stage"] else "not on the line"
    owner = now["owner"] or now["crm_owner"] or "nobody"
    say(
        f"{now['deal']} {now['title'] or ''}: {now['status']}, {place}, owner {owner}; CRM: {now['crm_stage']}"
    )
    for line in timeline:
        at = (line["at"] or "")[:19].replace("T", " ")
        rule = line["rule"]
        where = f"  [{rule['file']}:{rule['line']}]" if rule else ""
        actor = "" if line["actor"] == "conveyor" else f" ({line['actor']})"
        out.print(Text.assemble((f"{at} ", "dim"), line["summary"], actor, (where, "dim")), soft_wrap=True)

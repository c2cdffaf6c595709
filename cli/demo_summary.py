"""The end of `conveyor demo`: what was found where, how the CRMs were called, and what each of them can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cli.demo_account import Played, Told
from cli.demo_card import Counts

if TYPE_CHECKING:
    from rich.console import Console

    from connectors.base import Capabilities

PLAIN_ANSWERS = frozenset({"yes", "no"})


def stories(out: Console, played: Sequence[Played], crms: Sequence[str]) -> None:
    """Print what was found, per story and CRM."""
    rows = []
    for number, story in enumerate(played, 1):
        told = {each.crm: each for each in story.told}
        rows.append([str(number), story.title, *(_cell(told.get(crm)) for crm in crms)])
    _table(out, ["", "Story", *crms], rows)


def calls(out: Console, counts: Mapping[str, Counts]) -> bool:
    """Print how the CRMs were called; True if no call was beyond a limit or malformed."""
    rows = [
        ["Calls of the API", *(str(each.requests) for each in counts.values())],
        ["Refused: too many", *(_none_if_right(each.refused) for each in counts.values())],
        ["Malformed", *(_none_if_right(each.malformed) for each in counts.values())],
    ]
    _table(out, ["As the CRMs count", *counts], rows)
    return not any(each.refused or each.malformed for each in counts.values())


def abilities(out: Console, can: Mapping[str, Capabilities]) -> None:
    """Print what each CRM can do and what not, as far as it is a yes or a no."""
    from sync.doctor.abilities import ABILITIES

    rows = [[each.question, *(each.answer(crm) for crm in can.values())] for each in ABILITIES]
    _table(out, ["Where the CRMs differ", *can], [row for row in rows if PLAIN_ANSWERS.issuperset(row[1:])])


def _table(out: Console, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(*header, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*row)
    out.print()
    out.print(table)


def _cell(told: Told | None) -> str:
    if told is None:
        return "-"
    taken = f" {told.seconds:.1f} s" if told.seconds else ""
    return f"[green]found[/]{taken}" if told.ok else "[red]NOT FOUND[/]"


def _none_if_right(count: int) -> str:
    return f"[red]{count}[/]" if count else "[green]0[/]"

"""`conveyor forget`: a person's data goes from the database; the CRMs stay as they are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.command import ACT, command
from cli.given import Given
from cli.output import print_json, print_table, say
from cli.trouble import Failed
from cli.versions import who_am_i

if TYPE_CHECKING:
    from store.database import Store
    from sync.forgetting.forget import Forgotten
    from sync.forgetting.survey import Found

MOST_SHOWN = 20
"""Records of CRMs that are named; `--json` names all."""

KINDS = {
    "deals": "deals",
    "links": "records of CRMs as last seen",
    "inbox": "events",
    "outbox": "writes",
    "ledger": "lines of the ledger",
    "handoffs": "hand-offs",
    "connections": "connections: people, last error",
    "users": "console accounts",
    "sessions": "log-ins",
    "api_tokens": "API tokens",
    "audit": "lines of the audit",
    "samples": "unreadable deliveries",
    "turns": "turns",
    "rulesets": "versions of the rules: by whom, message",
}


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    command(app, ACT)(forget)


def forget(
    given: Given,
    email: Annotated[str, typer.Argument(help="Whom, by e-mail.", metavar="EMAIL")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for deals in work.")] = 30,
) -> None:
    """Remove a person's data from the database; the ledger keeps that somebody was forgotten, when and by whom.

    Shows first what goes, and which CRMs still hold the person: take them out there first, or the next look brings
    them back. Asks on a terminal; without one it takes --yes. Safe to repeat.
    """
    from store.secrets import SecretBox
    from sync.access.accounts import normal
    from sync.forgetting import forget as forgetting

    with given.house() as runtime:
        person = normal(email)
        found = forgetting.look(runtime, person)
        if not given.json:
            _show(found)
        done = None
        if _agreed(given, found, yes=yes):
            name = SecretBox(given.settings.secret_key, given.settings.home).pseudonym(person)
            done = forgetting.forget(runtime, found, name=name, by=who_am_i(), wait_s=wait)
        _tell(given, found, done, runtime.store)


def _show(found: Found) -> None:
    rows = [(KINDS.get(table, table), number) for table, number in found.rows.items()]
    print_table(("What", "Rows"), rows, nothing="Nothing is held about this person.")
    if found.kept_in_crms:
        shown = ", ".join(found.kept_in_crms[:MOST_SHOWN])
        more = f" and {len(found.kept_in_crms) - MOST_SHOWN} more" if found.kept_in_crms[MOST_SHOWN:] else ""
        say(
            f"CRMs that showed this person last: {shown}{more}. Remove them there first: what a CRM still holds "
            "comes back with the next look."
        )
    if found.versions:
        say(
            f"Stays: {found.versions} stored versions of the rules name this person; they are your own documents."
        )


def _agreed(given: Given, found: Found, *, yes: bool) -> bool:
    """Whether to do it; where nothing is found, `--yes` still has the database's file written anew."""
    if yes or not found.total:
        return yes
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty() and not given.json
    return on_terminal and typer.confirm("Remove all this? It cannot be brought back")


def _tell(given: Given, found: Found, done: Forgotten | None, store: Store) -> None:
    """What became of it. Raises `Failed` where nobody agreed, or something is left."""
    is_rewritten = store.shrink() if done is not None else False
    if given.json:
        print_json(
            {
                "found": dict(found.rows),
                "kept_in_crms": list(found.kept_in_crms),
                "versions_kept": found.versions,
                "done": done is not None and not done.waiting,
                "removed": done.rows if done else {},
                "waiting": done.waiting if done else {},
                "file_rewritten": is_rewritten,
            }
        )
    if done is None:
        if found.total:
            raise Failed("Nothing was changed; add --yes to do it.")
        return
    if not given.json:
        _say_done(done, is_rewritten, store.dialect)
    if done.waiting:
        raise Failed(f"{_deals_wait(len(done.waiting))}. Repeat the command when that is done.")


def _say_done(done: Forgotten, is_rewritten: bool, dialect: str) -> None:
    if done.total:
        say(f"Taken out of {done.total} rows. Backups are yours to deal with.")
    for deal_id, why in done.waiting.items():
        say(f"Deal {deal_id} waits: {why}.")
    if dialect == "sqlite" and not is_rewritten:
        say(
            "The database is in use, so its file still holds old pages: repeat this with --yes while nothing "
            "runs, or let them be used again."
        )


def _deals_wait(number: int) -> str:
    return "1 deal waits" if number == 1 else f"{number} deals wait"

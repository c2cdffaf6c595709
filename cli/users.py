"""`conveyor users`: who may log in to the console, with which profile; tokens for scripts; who did what."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from cli.command import command
from cli.given import Given
from cli.output import print_json, print_table, say, short
from cli.trouble import USAGE, Failed
from cli.versions import who_am_i

PEOPLE = "People"

# The values of `sync.access.viewer.Profile`, written out so that the help page need not import it.
ProfileName = Literal["admin", "head", "specialist", "external"]

Email = Annotated[str, typer.Argument(help="Whose, by e-mail.", metavar="EMAIL")]
Profile = Annotated[ProfileName, typer.Option(help="What they may see and do.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(
        help="Console accounts: add, list, remove, passwd, profile, token, audit.", no_args_is_help=True
    )
    for each in (add, remove, passwd, profile, audit):
        command(group)(each)
    command(group, name="list")(list_)
    tokens = typer.Typer(help="Tokens by which scripts use the API: add, list, remove.", no_args_is_help=True)
    command(tokens, name="add")(add_token)
    command(tokens, name="list")(list_tokens)
    command(tokens, name="remove")(remove_token)
    group.add_typer(tokens, name="token")
    app.add_typer(group, name="users", rich_help_panel=PEOPLE)


def add(given: Given, email: Email, profile: Profile = "specialist") -> None:
    """Make an account.

    Asks for the password; without a terminal it is the first line of standard input. A specialist sees the sections
    of their roles in team.yaml: the e-mail must be the one that stands there.
    """
    from sync.access import accounts
    from sync.access.viewer import Profile

    with given.house() as runtime:
        name = accounts.normal(email)
        accounts.add(runtime, name, Profile(profile), _password(), by=who_am_i())
    _tell(given, f"{name} may log in now.", email=name, profile=profile)


def list_(given: Given) -> None:
    """List the accounts."""
    from sync.views import accounts

    with given.house() as runtime:
        rows = accounts.listing(runtime)
    if given.json:
        print_json(rows)
        return
    columns = ("E-mail", "Profile", "Sections", "Last log-in (UTC)")
    table = (
        (r["email"], r["profile"], _sections(r["sections"]), short(r["signed_in_at"]) or "never")
        for r in rows
    )
    print_table(
        columns, table, nothing="Nobody: add the first with `conveyor users add EMAIL --profile admin`."
    )


def remove(given: Given, email: Email) -> None:
    """End an account at once, with its sessions and tokens."""
    from sync.access import accounts

    with given.house() as runtime:
        accounts.remove(runtime, email, by=who_am_i())
    _tell(given, f"{email} cannot log in any more.", email=email)


def passwd(given: Given, email: Email) -> None:
    """Set a password.

    Asks for it; without a terminal it is the first line of standard input. Whoever is logged in with the old one is
    logged out; tokens go on until `users token remove`.
    """
    from sync.access import accounts

    with given.house() as runtime:
        ended = accounts.set_password(runtime, email, _password(), by=who_am_i())
    _tell(
        given, f"The password of {email} is set; {ended} sessions ended.", email=email, sessions_ended=ended
    )


def profile(given: Given, email: Email, profile: Profile) -> None:
    """Change what somebody may see and do; holds from their next request on."""
    from sync.access import accounts
    from sync.access.viewer import Profile

    with given.house() as runtime:
        accounts.set_profile(runtime, email, Profile(profile), by=who_am_i())
    _tell(given, f"{email} is {profile} now.", email=email, profile=profile)


def audit(given: Given, limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50) -> None:
    """Show who logged in, failed to, and changed what, newest first."""
    from sync.views import accounts

    with given.house() as runtime:
        rows = accounts.deeds(runtime, limit)
    if given.json:
        print_json(rows)
        return
    columns = ("At (UTC)", "Who", "What", "Whom", "From", "Details")
    table = (
        (
            short(r["at"]),
            r["actor"],
            r["action"],
            r["subject"],
            r["address"],
            ", ".join(f"{name}: {value}" for name, value in r["details"].items()) or None,
        )
        for r in rows
    )
    print_table(columns, table, nothing="Nothing yet.")


def add_token(
    given: Given, email: Email, name: Annotated[str, typer.Option(help="What it is for.")] = "script"
) -> None:
    """Make a token that may read and do what its account may; it is shown once."""
    from sync.access import accounts

    with given.house() as runtime:
        made = accounts.new_api_token(runtime, email, name, by=who_am_i())
    if given.json:
        print_json({"id": made.id, "token": made.token})
        return
    say(made.token)
    print("Keep it now: it is not shown again.", file=sys.stderr)


def list_tokens(given: Given) -> None:
    """List the tokens; what they are is not known any more."""
    from sync.views import accounts

    with given.house() as runtime:
        rows = accounts.tokens(runtime)
    if given.json:
        print_json(rows)
        return
    columns = ("Id", "E-mail", "For", "Made (UTC)", "Last used (UTC)")
    table = (
        (r["id"], r["email"], r["name"], short(r["created_at"]), short(r["used_at"]) or "never") for r in rows
    )
    print_table(columns, table, nothing="No tokens.")


def remove_token(
    given: Given, number: Annotated[int, typer.Argument(help="As listed.", metavar="ID")]
) -> None:
    """End a token at once."""
    from sync.access import accounts

    with given.house() as runtime:
        ended = accounts.revoke_api_token(runtime, number, by=who_am_i())
    _tell(given, f"Token {number} of {ended.email} ({ended.name}) is no more.", id=number, email=ended.email)


def _password() -> str:
    """What was typed twice, or the first line of standard input; never an argument, for others see those."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise Failed("Give the password on standard input, or run this in a terminal.", USAGE)
    return line


def _sections(names: list[str] | None) -> str:
    return "all" if names is None else ", ".join(names) or "none: not in team.yaml, or a role of no section"


def _tell(given: Given, sentence: str, **facts: object) -> None:
    if given.json:
        print_json(facts)
    else:
        say(sentence)

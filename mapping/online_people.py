"""The team against a CRM's accounts: who has none there, or none that is switched on."""

from __future__ import annotations

from collections.abc import Iterable

from mapping.differences import Differences
from mapping.document import Document
from mapping.files_team import MemberBlock
from mapping.live import Live
from mapping.ruleset import Ruleset

_LEFT = "if they left: `conveyor rehome {email} --to PERSON`, then take them out of team.yaml"


def compare_people(
    found: Differences,
    document: Document,
    members: Iterable[MemberBlock],
    ruleset: Ruleset,
    connection: str,
    live: Live,
) -> None:
    """Report members without an account that works, where their roles have work."""
    for member in members:
        _compare_member(found, document, member, ruleset, connection, live)


def _compare_member(
    found: Differences,
    document: Document,
    member: MemberBlock,
    ruleset: Ruleset,
    connection: str,
    live: Live,
) -> None:
    account = member.accounts.get(connection)
    path = (*member.path, "accounts", connection) if account else (*member.path, "email")
    left = _LEFT.format(email=member.email)
    users = [user for user in live.users if (user.id == account if account else user.email == member.email)]
    if users and not any(user.active for user in users):
        message = f"the account of {member.email} in {connection!r} is switched off"
        found.add(document, path, "account-inactive", message, left, severity="warning")
    elif not users and account:
        message = f"{connection!r} has no account with the id {account!r}"
        found.add(
            document, path, "unknown-account", message, "look it up, or delete the line to match by e-mail"
        )
    elif not users and _works_in(member, ruleset, connection):
        message = f"{member.email} has no account in {connection!r}"
        hint = f'add accounts: {{{connection}: "..."}} if they use another e-mail there; {left}'
        found.add(document, path, "member-without-account", message, hint, severity="warning")


def _works_in(member: MemberBlock, ruleset: Ruleset, connection: str) -> bool:
    """Whether this connection has a stage that the member's roles work on."""
    mapping = ruleset.mappings.get(connection)
    stages = mapping.stage_by_id.values() if mapping else ()
    conveyor = ruleset.conveyor
    meant = {stage.means for stage in stages}
    sections = {stage.section for name, stage in conveyor.stages.items() if name in meant}
    return any(set(conveyor.section_by_name[name].roles) & set(member.roles) for name in sections)

"""The team against a CRM's accounts: who has none there, or none that is switched on."""

from __future__ import annotations

from collections.abc import Iterable

from mapping.differences import Differences
from mapping.document import Document
from mapping.files_team import MemberBlock
from mapping.live import Live
from mapping.phrases import phrase
from mapping.ruleset import Ruleset


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
    left = phrase(
        "if they left: `conveyor rehome {email} --to PERSON`, then take them out of team.yaml",
        email=member.email,
    )
    users = [user for user in live.users if (user.id == account if account else user.email == member.email)]
    if users and not any(user.active for user in users):
        message = phrase(
            "the account of {email} in {connection} is switched off",
            email=member.email,
            connection=repr(connection),
        )
        found.add(document, path, "account-inactive", message, left, severity="warning")
    elif not users and account:
        message = phrase(
            "{connection} has no account with the id {id}", connection=repr(connection), id=repr(account)
        )
        hint = phrase("look it up, or delete the line to match by e-mail")
        found.add(document, path, "unknown-account", message, hint)
    elif not users and _works_in(member, ruleset, connection):
        message = phrase(
            "{email} has no account in {connection}", email=member.email, connection=repr(connection)
        )
        hint = phrase(
            "add {line} if they use another e-mail there; {left}",
            line=f'accounts: {{{connection}: "..."}}',
            left=left,
        )
        found.add(document, path, "member-without-account", message, hint, severity="warning")


def _works_in(member: MemberBlock, ruleset: Ruleset, connection: str) -> bool:
    """Whether this connection has a stage that the member's roles work on."""
    mapping = ruleset.mappings.get(connection)
    stages = mapping.stage_by_id.values() if mapping else ()
    conveyor = ruleset.conveyor
    meant = {stage.means for stage in stages}
    sections = {stage.section for name, stage in conveyor.stages.items() if name in meant}
    return any(set(conveyor.section_by_name[name].roles) & set(member.roles) for name in sections)

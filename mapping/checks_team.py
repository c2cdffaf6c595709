"""Checks of `team.yaml`: roles, hours, absences, accounts."""

from __future__ import annotations

from mapping.checks_hours import check_hours, check_timezone
from mapping.document import Document
from mapping.files_team import MemberBlock
from mapping.parsed import TEAM, Parsed
from mapping.references import refuse_unknown


def check_team(parsed: Parsed) -> None:
    """Report unknown roles, people and connections, and whoever or whatever stands twice."""
    model, document = parsed.team, parsed.documents.get(TEAM)
    if model is None or document is None:
        return
    emails: dict[str, int] = {}
    accounts: dict[tuple[str, str], str] = {}
    for member in model.team:
        if member.email in emails:
            message = f"{member.email} stands in line {emails[member.email]} already"
            document.report((*member.path, "email"), "duplicate-member", message, "one entry a person")
        emails.setdefault(member.email, document.line(member.path))
        for index, role in enumerate(member.roles):
            refuse_unknown(document, (*member.path, "roles", index), "role", role, parsed.role_names)
        if member.timezone is not None:
            check_timezone(document, (*member.path, "timezone"), member.timezone)
        if member.working_hours is not None:
            check_hours(document, member.working_hours)
        _check_away(parsed, document, member)
        _check_accounts(parsed, document, member, accounts)


def _check_away(parsed: Parsed, document: Document, member: MemberBlock) -> None:
    for away in member.away:
        if away.until < away.start:
            message = "this absence ends before it begins"
            document.report((*away.path, "until"), "bad-period", message)
        if away.covered_by is None:
            continue
        path = (*away.path, "covered_by")
        refuse_unknown(document, path, "member", away.covered_by, parsed.member_emails)
        if away.covered_by == member.email:
            document.report(path, "covers-themselves", "nobody covers for themselves")


def _check_accounts(
    parsed: Parsed, document: Document, member: MemberBlock, accounts: dict[tuple[str, str], str]
) -> None:
    for connection, account in member.accounts.items():
        path = (*member.path, "accounts", connection)
        refuse_unknown(document, path, "connection", connection, parsed.connection_names, key=True)
        owner = accounts.setdefault((connection, account), member.email)
        if owner != member.email:
            message = f"the account {account!r} is that of {owner} already"
            document.report(path, "duplicate-account", message)

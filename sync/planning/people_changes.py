"""How two teams differ, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.ruleset import Away, Conveyor, Member, Ruleset
from sync.planning import wording
from sync.planning.compare import Facts, differences, each


def people_changes(before: Ruleset, after: Ruleset) -> Iterator[str]:
    """All that differs in the team; a person is known by their e-mail."""

    def changed(old: Member, new: Member) -> Iterator[str]:
        return differences(new.name, _member(old, before.conveyor), _member(new, after.conveyor))

    return each(
        before.team,
        after.team,
        new=lambda one: f"{one.name} joins the team as {_roles(one, after.conveyor)}.",
        gone=lambda one: f"{one.name} leaves the team, and was {_roles(one, before.conveyor)}.",
        changed=changed,
    )


def _roles(member: Member, line: Conveyor) -> str:
    return wording.listed(wording.roles(member.roles, line))


def _member(member: Member, line: Conveyor) -> Facts:
    quota = member.quota
    return {
        "name": member.name,
        "has the role": wording.roles(member.roles, line),
        "most open deals": None if member.capacity is None else str(member.capacity),
        "weight": str(member.weight),
        "is away": tuple(_away(one) for one in member.away),
        "works with the account": tuple(f"{name} {account}" for name, account in member.accounts.items()),
        "quota": f"{quota.amount} {quota.currency} a {quota.per}" if quota else None,
        "language": member.language,
    }


def _away(away: Away) -> str:
    covered = f", covered by {away.covered_by}" if away.covered_by else ""
    return f"{away.start:%d %b %Y} to {away.until:%d %b %Y}{covered}"

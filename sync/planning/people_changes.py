"""How two teams differ, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mapping.phrases import Phrase, phrase
from mapping.ruleset import Away, Conveyor, Member, Quota, Ruleset
from sync.planning import wording
from sync.planning.compare import Facts, differences, each

_QUOTAS: Mapping[str, Callable[[str], Phrase]] = {
    "week": lambda money: phrase("{money} a week", money=money),
    "month": lambda money: phrase("{money} a month", money=money),
    "quarter": lambda money: phrase("{money} a quarter", money=money),
    "year": lambda money: phrase("{money} a year", money=money),
}


def people_changes(before: Ruleset, after: Ruleset) -> Iterator[Phrase]:
    """All that differs in the team; a person is known by their e-mail."""

    def changed(old: Member, new: Member) -> Iterator[Phrase]:
        return differences(new.name, _member(old, before.conveyor), _member(new, after.conveyor))

    return each(
        before.team,
        after.team,
        new=lambda one: phrase(
            "{person} joins the team as {roles:and}.",
            person=one.name,
            roles=wording.roles(one.roles, after.conveyor),
        ),
        gone=lambda one: phrase(
            "{person} leaves the team, and was {roles:and}.",
            person=one.name,
            roles=wording.roles(one.roles, before.conveyor),
        ),
        changed=changed,
    )


def _member(member: Member, line: Conveyor) -> Facts:
    return {
        phrase("name"): member.name,
        phrase("has the role"): wording.roles(member.roles, line),
        phrase("most open deals"): None if member.capacity is None else str(member.capacity),
        phrase("weight"): str(member.weight),
        phrase("is away"): tuple(_away(one) for one in member.away),
        phrase("works with the account"): tuple(
            f"{name} {account}" for name, account in member.accounts.items()
        ),
        phrase("quota"): _quota(member.quota) if member.quota else None,
        phrase("language"): member.language,
        phrase("time zone"): member.timezone,
        phrase("working time"): wording.hours(member.working_hours),
    }


def _quota(quota: Quota) -> Phrase:
    return _QUOTAS[quota.per](f"{quota.amount} {quota.currency}")


def _away(away: Away) -> Phrase:
    start, until = away.start.isoformat(), away.until.isoformat()
    if not away.covered_by:
        return phrase("{start:day} to {until:day}", start=start, until=until)
    return phrase(
        "{start:day} to {until:day}, covered by {person}", start=start, until=until, person=away.covered_by
    )

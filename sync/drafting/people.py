"""Guesses who does what on the line, by the deals that people own and the moves that they make. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from connectors.base import RemoteUser
from sync.drafting.stages import SURE
from sync.drafting.words import words

FEW = 0.7
"""Evidence that counts against what was seen: three deals say more than one."""

HEAD_MOVES = 3
HEAD_ALONE = 0.6
"""Who moves deals, mostly other people's, in several sections, might lead them."""

PROGRAMS = frozenset(
    {"robot", "bot", "api", "integration", "integrations", "automation", "noreply", "webhook", "system"}
)
"""What accounts are called that no person works under."""

Place = tuple[str, str]
"""Pipeline id and stage id."""


@dataclass(frozen=True)
class Activity:
    """What was seen of people in the CRM: by account and place, the deals they own and the moves they made."""

    deals: int = 0
    owned: Mapping[tuple[str, Place], int] = field(default_factory=dict)
    moved: Mapping[tuple[str, Place], int] = field(default_factory=dict)  # the place that the deal left
    moved_of_others: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what could not be read, for people


@dataclass(frozen=True)
class PersonGuess:
    """Somebody for the team, how sure their roles are, and why."""

    name: str
    email: str
    roles: tuple[str, ...]
    confidence: float
    reason: str

    @property
    def unsure(self) -> bool:
        """Whether a person must look at it."""
        return self.confidence < SURE


@dataclass(frozen=True)
class Workplace:
    """What the guess must know of the line: where each CRM stage lies, and who works in each section."""

    section_of: Mapping[Place, str]
    roles_of: Mapping[str, tuple[str, ...]]
    head: str | None = None  # the role that may move deals anywhere
    staffed: bool = False  # a team that is there already has somebody for every role


def guess_people(
    users: Sequence[RemoteUser], activity: Activity, workplace: Workplace
) -> tuple[list[PersonGuess], list[str]]:
    """The people for the team, and a sentence for each who was left out. In a new team every role is somebody's."""
    able = [user for user in _with_email(users) if not _is_program(user)]
    seen = {user.id: _by_section(user, activity, workplace) for user in able}
    if not any(seen.values()):
        return [_unseen(user, workplace) for user in able], _unfit(users)
    people = [_guess(user, seen[user.id], activity, workplace) for user in able if seen[user.id]]
    idle = [user for user in able if not seen[user.id]]
    left = [f"{user.name} <{user.email}>: owns no deal on the line and moved none" for user in idle]
    whole = people if workplace.staffed else _with_every_role(people, workplace)
    return whole, [*left, *_unfit(users)]


def _with_email(users: Sequence[RemoteUser]) -> list[RemoteUser]:
    """Active people, once each, whom a team file can name."""
    found = {user.email: user for user in reversed(users) if user.active and _is_email(user.email)}
    return [user for user in users if found.get(user.email) is user]


def _is_email(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", text) is not None


def _is_program(user: RemoteUser) -> bool:
    return any(word in PROGRAMS for word in words(f"{user.name} {(user.email or '').split('@')[0]}"))


def _unfit(users: Sequence[RemoteUser]) -> list[str]:
    """Who is active and cannot be put on the team, each with the reason."""
    active = [user for user in users if user.active]
    programs = [f"{user.name} <{user.email}>: called like a program" for user in active if _is_program(user)]
    nameless = [
        f"{user.name} (account {user.id}): no usable e-mail" for user in active if not _is_email(user.email)
    ]
    return [*programs, *nameless]


def _by_section(user: RemoteUser, activity: Activity, workplace: Workplace) -> Counter[str]:
    """How often this person was seen at work in each section."""
    counts: Counter[str] = Counter()
    ids = {user.id, *user.aliases}
    for seen in (activity.owned, activity.moved):
        for (account, place), count in seen.items():
            if account in ids and place in workplace.section_of:
                counts[workplace.section_of[place]] += count
    return counts


def _guess(user: RemoteUser, seen: Counter[str], activity: Activity, workplace: Workplace) -> PersonGuess:
    total = seen.total()
    by_role: Counter[str] = Counter()
    for section, count in seen.items():
        for role in workplace.roles_of[section][:1]:
            by_role[role] += count
    ((role, most),) = by_role.most_common(1)
    moved_of_others = sum(activity.moved_of_others.get(each, 0) for each in {user.id, *user.aliases})
    if workplace.head and len(by_role) > 1 and moved_of_others >= max(HEAD_MOVES, total / 2):
        reason = f"moves deals of others in {len(by_role)} sections: may lead them"
        return _person(user, (workplace.head,), HEAD_ALONE, reason)
    where = ", ".join(f"{count} in {section}" for section, count in seen.most_common())
    return _person(user, (role,), most / (total + FEW), f"deals owned and moves made: {where}")


def _unseen(user: RemoteUser, workplace: Workplace) -> PersonGuess:
    roles = tuple(dict.fromkeys(role for roles in workplace.roles_of.values() for role in roles))
    return _person(user, roles, 0.0, "no deal shows who does what")


def _person(user: RemoteUser, roles: tuple[str, ...], confidence: float, reason: str) -> PersonGuess:
    assert user.email is not None
    return PersonGuess(user.name.strip() or user.email, user.email, roles, confidence, reason)


def _with_every_role(people: list[PersonGuess], workplace: Workplace) -> list[PersonGuess]:
    """The people, and for a role that nobody seems to have, whoever is the least sure of theirs."""
    for role in dict.fromkeys(role for roles in workplace.roles_of.values() for role in roles):
        if any(role in person.roles for person in people):
            continue
        at = min(range(len(people)), key=lambda index: (len(people[index].roles), people[index].confidence))
        person = people[at]
        reason = f"nobody seems to be the {role}, so this is a stopgap; {person.reason}"
        people[at] = replace(person, roles=(*person.roles, role), confidence=0.0, reason=reason)
    return people

"""Whoever looks at the house: their profile, the sections they work in, and what they may do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mapping.model import Handoff
from mapping.ruleset import Ruleset


class Profile(StrEnum):
    """What an account is for; what each may do stands in `Viewer`."""

    ADMIN = "admin"  # sees all, changes the rules
    HEAD = "head"  # sees all, acts on all
    SPECIALIST = "specialist"  # works in the sections of their roles, and sees only those
    EXTERNAL = "external"  # an outsourced call centre: sees only its own queue, takes nothing out


@dataclass(frozen=True, slots=True)
class Viewer:
    """One signed-in person, under the rules in force."""

    email: str
    profile: Profile
    sections: frozenset[str] | None  # None: all; else those whose roles they hold

    @property
    def sees_all(self) -> bool:
        """Whether every deal, hand-off and number is shown to them."""
        return self.profile in (Profile.ADMIN, Profile.HEAD)

    @property
    def may_change_rules(self) -> bool:
        """Whether they may edit, plan, apply and roll back."""
        return self.profile is Profile.ADMIN

    @property
    def may_operate(self) -> bool:
        """Whether they see how the house is doing, its versions and dead letters, and may retry those."""
        return self.sees_all

    @property
    def may_report(self) -> bool:
        """Whether they get reports; a specialist those of their own sections."""
        return self.profile is not Profile.EXTERNAL

    @property
    def may_export(self) -> bool:
        """Whether they may take lists and numbers out as files."""
        return self.profile is not Profile.EXTERNAL

    def works_in(self, section: str | None) -> bool:
        """Whether a section is theirs to look at."""
        return self.sections is None or section in self.sections

    def may_act_on(self, handoff: Handoff) -> bool:
        """Whether they may accept or return this hand-off: its receiver, or who sees all."""
        return self.sees_all or handoff.to_member == self.email


def viewer_for(email: str, profile: Profile, rules: Ruleset | None) -> Viewer:
    """The viewer behind an account; without rules or a place in the team a specialist has no section."""
    if profile in (Profile.ADMIN, Profile.HEAD):
        return Viewer(email, profile, None)
    return Viewer(email, profile, _sections_of(email, rules) if rules is not None else frozenset())


def _sections_of(email: str, rules: Ruleset) -> frozenset[str]:
    member = rules.team.get(email)
    roles = set(member.roles) if member is not None else set()
    return frozenset(section.name for section in rules.conveyor.sections if roles & set(section.roles))

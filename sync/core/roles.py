"""Whose work a deal is now, and who may have it."""

from __future__ import annotations

from sync.core.draft import Draft


def working_roles(draft: Draft) -> tuple[str, ...]:
    """The roles whose work the deal is now."""
    found = draft.rules.conveyor.section_by_name.get(draft.working_section or "")
    return found.roles if found else ()


def fits(draft: Draft, owner: str) -> bool:
    """Whether this person holds a role whose work the deal is."""
    member = draft.rules.team.get(owner)  # who left the team holds no role
    return member is not None and bool(set(member.roles) & set(working_roles(draft)))

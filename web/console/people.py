"""How people are called on the pages: by the names of the team file, else by their e-mails."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.ruleset import Ruleset


def names_of(rules: Ruleset) -> Mapping[str, str]:
    """The name of each member by e-mail."""
    return {email: member.name for email, member in rules.team.items()}

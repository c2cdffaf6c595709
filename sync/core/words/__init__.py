"""What the conveyor says to people, in plain words; here: what it calls things, and which language who reads.

Notes, tasks, the reasons in them and the story have files beside. Every sentence is a phrase, which `told` says again
in the language of whoever reads it, and the console too: the ledger keeps what it was made of beside the English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from mapping import terms
from mapping.model import Deal, Value
from mapping.phrases import phrase
from mapping.ruleset import Ruleset

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


def language_of(email: str | None, rules: Ruleset) -> str:
    """The language that a member reads; that of the line for members without one, outsiders and nobody."""
    member = rules.team.get(email or "")
    return (member and member.language) or rules.conveyor.language


def stage_title(name: str | None, rules: Ruleset) -> str:
    """A stage as people call it."""
    stage = rules.conveyor.stages.get(name or "")
    return stage.title if stage else (name or phrase("no stage"))


def section_title(name: str | None, rules: Ruleset) -> str:
    """A section as people call it."""
    section = rules.conveyor.section_by_name.get(name or "")
    return section.title if section else (name or phrase("no section"))


def person(email: str | None, rules: Ruleset) -> str:
    """A member by name."""
    member = rules.team.get(email or "")
    return member.name if member else (email or phrase("nobody"))


def role_titles(names: Iterable[str], rules: Ruleset) -> tuple[str, ...]:
    """Roles as people call them."""
    known = rules.conveyor.roles
    return tuple(terms.quoted(known[name].title if name in known else name) for name in names)


def roles(names: Iterable[str], rules: Ruleset) -> str:
    """Role titles, joined with `or`."""
    titles = role_titles(names, rules)
    return phrase("{roles:or}", roles=titles) if titles else phrase("nobody")


def local_time(moment: datetime, rules: Ruleset) -> str:
    """A moment on the line's own clock, for people."""
    at = on_the_clock(moment, rules)
    return phrase("{at:moment} ({zone:city})", at=at, zone=rules.conveyor.timezone)


def on_the_clock(moment: datetime, rules: Ruleset) -> str:
    """A moment on the line's own clock, for the form `moment` of a phrase."""
    return moment.astimezone(ZoneInfo(rules.conveyor.timezone)).isoformat()


def fill(text: str, deal: Deal, rules: Ruleset) -> str:
    """Put the deal's values into a brief; what is not filled in shows as a dash."""
    owner = person(deal.owner, rules) if deal.owner else None
    values: dict[str, Value] = {**deal.fields, "owner": owner, "stage": deal.stage}

    return _PLACEHOLDER.sub(lambda match: plain(values.get(match.group(1))) or "-", text)


def plain(value: Value) -> str:
    """A value as people read it; nothing for an empty one."""
    if isinstance(value, list):
        return ", ".join(value)
    return str(value) if value is not None else ""


def title_of(deal: Deal) -> str:
    """The deal's title, or something to call it by."""
    title = deal.fields.get("title")
    return str(title) if title else phrase("this deal")

"""Turns a draft into the texts of a configuration folder: new files, and additions to those that are there. Pure.

What stands in a file that is there stays as it is, byte for byte, comments included.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass

from mapping.document import Plain
from mapping.editing import add_item, add_key, read_plain_data
from mapping.parsed import CONNECTIONS, CONVEYOR, MAPPINGS, TEAM
from mapping.ruleset import Ruleset
from sync.drafting.connections_text import connections_text
from sync.drafting.conveyor_text import Outline, Setting, conveyor_text
from sync.drafting.draft import Draft
from sync.drafting.language import guess_language
from sync.drafting.mapping_text import mapping_text
from sync.drafting.people import PersonGuess
from sync.drafting.structure import StructureGuess
from sync.drafting.team_text import member, said_of, team_text


@dataclass(frozen=True)
class Structure:
    """The template of a new line, and whether a person named it."""

    guess: StructureGuess
    chosen: bool


def mapping_file(connection: str) -> str:
    """Where a connection's mapping stands."""
    return f"{MAPPINGS}/{connection}.yaml"


def connection_names(files: Mapping[str, str]) -> frozenset[str]:
    """The connections that stand in `connections.yaml`. Raises `CannotEdit` for a file that cannot be read."""
    root = read_plain_data(files[CONNECTIONS]) if CONNECTIONS in files else {}
    known = root.get("connections") if isinstance(root, dict) else None
    return frozenset(known) if isinstance(known, dict) else frozenset()


def drafted(
    draft: Draft,
    block: Mapping[str, Plain],
    files: Mapping[str, str],
    rules: Ruleset | None,
    structure: Structure,
    timezone: str | None,
) -> dict[str, str]:
    """The files to write, by relative path; those that need no change are not among them."""
    written = {mapping_file(draft.connection): mapping_text(draft)}
    if CONNECTIONS not in files:
        written[CONNECTIONS] = connections_text(draft.connection, block)
    elif draft.connection not in connection_names(files):
        written[CONNECTIONS] = add_key(files[CONNECTIONS], ("connections",), draft.connection, dict(block))
    if CONVEYOR not in files:
        written[CONVEYOR] = conveyor_text(_outline(draft, structure, timezone))
    if TEAM not in files:
        written[TEAM] = team_text(draft)
    elif new := newcomers(draft, rules):
        written[TEAM] = _with_people(files[TEAM], new)
    return written


def newcomers(draft: Draft, rules: Ruleset | None) -> list[PersonGuess]:
    """Who works in this CRM and is not on the team; whoever is called like a member most likely is that member."""
    if rules is None:
        return list(draft.people)
    names = {member.name.casefold() for member in rules.team.values()}
    return [
        person
        for person in draft.people
        if person.email not in rules.team and person.name.casefold() not in names and person.confidence > 0
    ]


def namesakes(draft: Draft, rules: Ruleset | None) -> list[tuple[PersonGuess, str]]:
    """Who is called like a member of the team and has another e-mail: the person, and the member's e-mail."""
    if rules is None:
        return []
    emails = {member.name.casefold(): member.email for member in rules.team.values()}
    return [
        (person, emails[person.name.casefold()])
        for person in draft.people
        if person.email not in rules.team and person.name.casefold() in emails
    ]


def _with_people(text: str, people: list[PersonGuess]) -> str:
    for person in people:
        text = add_item(text, ("team",), member(person), comment=said_of(person))
    return text


def _outline(draft: Draft, structure: Structure, timezone: str | None) -> Outline:
    names = [stage.name for one in draft.pipelines for stage in one.stages]
    language = guess_language(names)
    told = None if language is None else Setting(language, "of notes and tasks: most stages are named so")
    return Outline(
        name="Sales conveyor",
        structure=structure.guess,
        chosen=structure.chosen,
        timezone=_timezone(timezone),
        language=told,
        stages=draft.stages_used,
        fields=[guess.field for guess in draft.fields],
    )


def _timezone(told: str | None) -> Setting:
    if told in zoneinfo.available_timezones():
        return Setting(str(told), "as the CRM's account has it")
    return Setting("UTC", "unsure: the CRM does not tell; write for instance Europe/Sofia")

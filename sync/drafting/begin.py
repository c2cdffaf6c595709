"""Drafts the files for one CRM: looks into it, guesses, writes texts, and has them checked. Touches no file.

Whoever calls it writes the result with `folder.write_folder`, once they are content with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mapping.document import Plain
from mapping.editing import CannotEdit, read_plain_data
from mapping.loader import check_files
from mapping.online import compare
from mapping.parsed import CONNECTIONS, CONVEYOR
from mapping.problems import Problem
from mapping.ruleset import ConnectionSettings, Duration, Place, Ruleset
from sync.drafting import credentials
from sync.drafting.draft import Draft, Looked, draft_of
from sync.drafting.files import Structure, connection_names, drafted, mapping_file, namesakes, newcomers
from sync.drafting.line import Line, line_of_conveyor, line_of_template
from sync.drafting.look import look_into
from sync.drafting.structure import StructureGuess, guess_structure
from sync.drafting.templates import template_named
from sync.runtime import Runtime

NOT_SETTINGS = frozenset({"crm", "poll_every"})


class CannotDraft(Exception):
    """Nothing can be drafted as it is; the text is for people."""


@dataclass(frozen=True)
class Wish:
    """What a person wants drafted."""

    crm: str
    connection: str
    template: str | None = None
    base_url: str | None = None
    region: str | None = None
    force: bool = False


@dataclass(frozen=True)
class Begun:
    """A draft, the files to write, and what is worth knowing about them."""

    draft: Draft
    template: str | None  # None: the line was there already
    files: Mapping[str, str]  # to write, by relative path
    new: frozenset[str]  # those of them that were not there
    problems: tuple[Problem, ...]  # warnings
    namesakes: tuple[str, ...]  # sentences


def begin(runtime: Runtime, files: Mapping[str, str], wish: Wish) -> Begun:
    """The draft for one CRM beside the files that are there.

    Raises `CannotDraft`, `sync.runtime.NotUsable`, and a `connectors.errors.ConnectorError` of the CRM.
    """
    rules = _rules_of(files)
    block = block_of(files, wish, runtime.connectors.environment)
    looked = _look(runtime, wish, block)
    structure = _structure(looked, wish.template)
    line = line_of_conveyor(rules.conveyor) if rules else line_of_template(structure.guess.template)
    draft = _draft(looked, line)
    told = namesakes(draft, rules)
    draft = _without_the_team(draft, rules)
    written = drafted(draft, block, files, rules, structure, looked.description.timezone)
    problems = _check({**files, **written}, looked)
    return Begun(
        draft=draft,
        template=None if rules else structure.guess.template.name,
        files=written,
        new=frozenset(written) - frozenset(files),
        problems=tuple(problems),
        namesakes=tuple(
            f"{person.name} <{person.email}> may be {email}: if so, give them accounts: in team.yaml."
            for person, email in told
        ),
    )


def refuse_to_overwrite(folder: Path, files: Mapping[str, str], wish: Wish) -> None:
    """Raise `CannotDraft` if this connection was drafted or written before."""
    file = mapping_file(wish.connection)
    if file in files and not wish.force:
        raise CannotDraft(
            f"{folder / file} is there already, and nothing is overwritten without --force. For another account give"
            " the connection a name of its own with --name, for another line a folder of its own with --config."
        )


def block_of(files: Mapping[str, str], wish: Wish, environment: Mapping[str, str]) -> Mapping[str, Plain]:
    """The connection's YAML block: the one that is there, else a new one. Raises `CannotDraft`."""
    try:
        if wish.connection not in connection_names(files):
            return credentials.block(
                wish.crm, wish.connection, environment, base_url=wish.base_url, region=wish.region
            )
        root = read_plain_data(files[CONNECTIONS])
    except CannotEdit as error:
        raise CannotDraft(f"{CONNECTIONS} cannot be read: {error} See `conveyor check`.") from error
    assert isinstance(root, dict) and isinstance(root["connections"], dict)
    found = root["connections"][wish.connection]
    if not isinstance(found, dict) or found.get("crm") != wish.crm:
        raise CannotDraft(
            f"{wish.connection} is another CRM in {CONNECTIONS}: choose another name with --name."
        )
    return found


def _rules_of(files: Mapping[str, str]) -> Ruleset | None:
    """The rules of a folder with a line; None where there is none yet."""
    if CONVEYOR not in files:
        return None
    rules, _ = check_files(files)
    if rules is None:
        raise CannotDraft("The files that are there have errors: put them right first, see `conveyor check`.")
    return rules


def _look(runtime: Runtime, wish: Wish, block: Mapping[str, Plain]) -> Looked:
    settings = {key: value for key, value in block.items() if key not in NOT_SETTINGS}
    connection = ConnectionSettings(
        wish.connection, wish.crm, Place(CONNECTIONS, 1), Duration(5, "m"), settings
    )
    return look_into(wish.connection, wish.crm, runtime.connectors.open(connection))


def _structure(looked: Looked, template: str | None) -> Structure:
    if template is not None:
        return Structure(StructureGuess(template_named(template), 1.0, "as you chose"), chosen=True)
    seen = looked.description
    return Structure(guess_structure(seen.pipelines, seen.users, looked.activity), chosen=False)


def _draft(looked: Looked, line: Line) -> Draft:
    if not looked.description.pipelines:
        raise CannotDraft(
            f"{looked.description.account} shows no pipeline: the user or token may not see any, or there is none."
        )
    return draft_of(looked, line)


def _without_the_team(draft: Draft, rules: Ruleset | None) -> Draft:
    """The draft with those people only who are new to the team."""
    if rules is None:
        return draft
    left = [line for line in draft.left_out if not any(f"<{email}>" in line for email in rules.team)]
    return replace(draft, people=tuple(newcomers(draft, rules)), left_out=tuple(left))


def _check(files: Mapping[str, str], looked: Looked) -> list[Problem]:
    """What `check` and `check --online` would say; a draft never has errors."""
    rules, problems = check_files(files)
    if rules is not None:
        problems = sorted({*problems, *compare(rules, looked.connection, looked.description)})
    errors = [str(problem) for problem in problems if problem.severity == "error"]
    if errors:
        raise CannotDraft("The draft would not stand up to `conveyor check`:\n" + "\n".join(errors))
    return problems

"""All files of a configuration, read and checked one by one, and the names that they declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mapping.document import Document, Path, Plain
from mapping.file_block import Block
from mapping.files_cases import CasesFile
from mapping.files_connections import ConnectionsFile
from mapping.files_conveyor import ConveyorFile
from mapping.files_mapping import MappingFile
from mapping.files_team import TeamFile
from mapping.problems import Problem
from mapping.source import read, unreadable
from mapping.validate import validate

CONNECTIONS, CONVEYOR, TEAM, CASES = "connections.yaml", "conveyor.yaml", "team.yaml", "cases.yaml"
REQUIRED = (CONNECTIONS, CONVEYOR, TEAM)
MAPPINGS = "mappings"

Words = tuple[str, ...] | None
"""Names that a file declares, in its order; None where the file cannot be read, so nobody can tell."""


def model_of(file: str) -> type[Block]:
    """The model of the file with this relative path."""
    models: Mapping[str, type[Block]] = {
        CONNECTIONS: ConnectionsFile,
        CONVEYOR: ConveyorFile,
        TEAM: TeamFile,
        CASES: CasesFile,
    }
    return models.get(file, MappingFile)


_STAND_INS: Mapping[type[Block], Mapping[str, object]] = {
    ConveyorFile: {"name": "?", "timezone": "UTC", "mode": "observe"},
}


_TAB_WIDTHS = (2, 4, 8)
"""How wide a tab may have looked to whoever typed it; the one that makes most sense is taken."""


@dataclass
class Parsed:
    """Documents and models by relative path; a file that makes no sense has a document only."""

    documents: dict[str, Document] = field(default_factory=dict)
    models: dict[str, Block] = field(default_factory=dict)

    @property
    def connections(self) -> ConnectionsFile | None:
        found = self.models.get(CONNECTIONS)
        return found if isinstance(found, ConnectionsFile) else None

    @property
    def conveyor(self) -> ConveyorFile | None:
        found = self.models.get(CONVEYOR)
        return found if isinstance(found, ConveyorFile) else None

    @property
    def team(self) -> TeamFile | None:
        found = self.models.get(TEAM)
        return found if isinstance(found, TeamFile) else None

    @property
    def cases(self) -> CasesFile | None:
        found = self.models.get(CASES)
        return found if isinstance(found, CasesFile) else None

    @property
    def mappings(self) -> Iterator[tuple[Document, MappingFile]]:
        for file, model in sorted(self.models.items()):
            if isinstance(model, MappingFile):
                yield self.documents[file], model

    @property
    def problems(self) -> Iterator[Problem]:
        for document in self.documents.values():
            yield from document.problems

    @property
    def mapped_fields(self) -> Words:
        """Every field that some mapping has; None where a mapping cannot be read."""
        found = dict[str, None]()
        for file in self.documents:
            if file.startswith(f"{MAPPINGS}/"):
                if not self.documents[file].readable:
                    return None
                found |= dict.fromkeys(self._keys(file, ("fields",)) or ())
        return tuple(found)

    @property
    def all_mappings_readable(self) -> bool:
        return self.mapped_fields is not None

    @cached_property
    def connection_names(self) -> Words:
        return self._keys(CONNECTIONS, ("connections",))

    @cached_property
    def role_names(self) -> Words:
        return self._keys(CONVEYOR, ("roles",))

    @cached_property
    def section_names(self) -> Words:
        return self._keys(CONVEYOR, ("sections",))

    @cached_property
    def stage_names(self) -> Words:
        """As the file has them, also of a section that has other mistakes."""
        sections = self.section_names
        if sections is None:
            return None
        return tuple(
            stage
            for section in sections
            for stage in self._keys(CONVEYOR, ("sections", section, "stages")) or ()
        )

    @cached_property
    def held_roles(self) -> Words:
        """As people have them, also where something else about those people is wrong."""
        members = self._members()
        if members is None:
            return None
        lists = [member.get("roles") for member in members]
        return tuple(
            role for roles in lists if isinstance(roles, list) for role in roles if isinstance(role, str)
        )

    @cached_property
    def member_emails(self) -> Words:
        members = self._members()
        if members is None:
            return None
        emails = [member.get("email") for member in members]
        return tuple(email.lower() for email in emails if isinstance(email, str))

    def _members(self) -> list[dict[str, Plain]] | None:
        document = self.documents.get(TEAM)
        team = document.root.get("team") if document and isinstance(document.root, dict) else None
        if document is None or not document.readable or not isinstance(team, list):
            return None
        return [member for member in team if isinstance(member, dict)]

    def _keys(self, file: str, path: Path) -> Words:
        document = self.documents.get(file)
        if document is None or not document.readable:
            return None
        value = document.root
        for step in path:
            value = value.get(str(step)) if isinstance(value, dict) else None
        return tuple(value) if isinstance(value, dict) else None


def parse(files: Mapping[str, str | Problem]) -> Parsed:
    """Read and check each file by itself; a problem stands for a file without text."""
    parsed = Parsed()
    for file, text in files.items():
        document, model = _read_and_check(file, text)
        parsed.documents[file] = document
        if model is not None:
            parsed.models[file] = model
    return parsed


def _read_and_check(file: str, text: str | Problem) -> tuple[Document, Block | None]:
    if isinstance(text, Problem):
        return unreadable(text), None
    kind = model_of(file)
    attempts = []
    for tab_width in _TAB_WIDTHS if "\t" in text else _TAB_WIDTHS[:1]:
        document = read(file, text, tab_width=tab_width)
        model = validate(document, kind, _STAND_INS.get(kind, {}))
        attempts.append((document, model))
    return min(attempts, key=lambda attempt: len(attempt[0].problems))

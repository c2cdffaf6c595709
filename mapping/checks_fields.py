"""Checks of fields: whatever a rule names must be mapped, and no two names may write to one CRM field."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mapping.checks_mapping import meanings
from mapping.document import Document
from mapping.field_uses import FieldUse, all_tests, field_uses
from mapping.files_conveyor import ConveyorFile
from mapping.files_mapping import MappingFile
from mapping.model import STANDARD_FIELDS
from mapping.parsed import CONVEYOR, Parsed
from mapping.problems import nearest

RESERVED = ("owner", "stage")
ALWAYS_KNOWN = (*sorted(STANDARD_FIELDS), *RESERVED)
_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")


def check_fields(parsed: Parsed) -> None:
    """Report fields that no mapping has, or that one connection lacks, and CRM fields with two masters."""
    for file, mapping in parsed.mappings:
        _check_names(file, mapping)
    model, document = parsed.conveyor, parsed.documents.get(CONVEYOR)
    if model is None or document is None or parsed.mapped_fields is None:
        return
    known = (*ALWAYS_KNOWN, *parsed.mapped_fields)
    uses = list(field_uses(model))
    for use in uses:
        if use.field not in known:
            message, hint = unmapped(use.field, known)
            document.report(use.path, "unmapped-field", message, hint, key=use.key)
    _check_briefs(document, model, known)
    _check_limits(document, model)
    _check_each_connection(parsed, [use for use in uses if use.field in known])


def unmapped(field: str, known: Iterable[str]) -> tuple[str, str]:
    """Message and hint for a field that is mapped nowhere."""
    meant = nearest(field, known)
    message = f"the field {field!r} is mapped nowhere" + (f" - did you mean {meant!r}?" if meant else "")
    return message, "add it to `fields` in a mapping"


def _check_names(document: Document, mapping: MappingFile) -> None:
    used: dict[str, str] = {}
    for field, remote in mapping.fields.items():
        path = ("fields", field)
        if field in RESERVED:
            message = f"{field!r} needs no line: every CRM has it"
            document.report(path, "reserved-field", message, "delete the line", key=True)
        if remote in used:
            message = f"{remote!r} is {used[remote]!r} already"
            document.report(path, "same-crm-field", message, severity="warning")
        used.setdefault(remote, field)
    write_back = mapping.write_back.model_dump(exclude_none=True) if mapping.write_back else {}
    for key, remote in write_back.items():
        if remote in used:
            message = f"{remote!r} is read as {used[remote]!r}: it cannot be written with something else"
            document.report(
                ("write_back", key), "write-back-over-field", message, "choose a field of its own"
            )
        used.setdefault(remote, key)


def _check_briefs(document: Document, model: ConveyorFile, known: tuple[str, ...]) -> None:
    for handoff in model.handoffs:
        for name in dict.fromkeys(_PLACEHOLDER.findall(handoff.brief or "")):
            if name not in known:
                meant = nearest(name, known)
                message = f"unknown placeholder {{{name}}}" + (
                    f" - did you mean {{{meant}}}?" if meant else ""
                )
                mark = document.find((*handoff.path, "brief"), f"{{{name}}}")
                hint = "a placeholder is a field that every CRM has, or a mapped one"
                document.report_at(mark, "unknown-placeholder", message, hint)


def _check_limits(document: Document, model: ConveyorFile) -> None:
    for tests in all_tests(model):
        if tests.at_least is not None and tests.at_most is not None and tests.at_least > tests.at_most:
            message = f"nothing is at least {tests.at_least} and at most {tests.at_most}"
            document.report((*tests.path, "at_most"), "impossible-condition", message)


def _check_each_connection(parsed: Parsed, uses: list[FieldUse]) -> None:
    """A field that a rule asks for in a connection that lacks it can never be filled in there."""
    for document, mapping in parsed.mappings:
        here = meanings(mapping)
        asked = {use.field: None for use in uses if use.stages & here}
        for field in asked:
            if field not in ALWAYS_KNOWN and field not in mapping.fields:
                message = f"a rule asks for {field!r}, which {mapping.connection!r} does not map"
                hint = "add it to `fields`"
                document.report(
                    ("fields",), "field-not-mapped-here", message, hint, severity="warning", key=True
                )

"""Checks of `cases.yaml`: the names in the rules' own tests. Whether the rules pass them is not found here."""

from __future__ import annotations

from mapping.checks_fields import ALWAYS_KNOWN, unmapped
from mapping.document import Document
from mapping.files_cases import CaseBlock
from mapping.parsed import CASES, Parsed
from mapping.references import refuse_unknown


def check_cases(parsed: Parsed) -> None:
    """Report unknown stages, people and fields, and moves that lead nowhere."""
    model, document = parsed.cases, parsed.documents.get(CASES)
    if model is None or document is None:
        return
    for case in model.cases:
        given, when = case.given, case.when
        refuse_unknown(document, (*given.path, "stage"), "stage", given.stage, parsed.stage_names)
        refuse_unknown(document, (*when.path, "moved_to"), "stage", when.moved_to, parsed.stage_names)
        if when.moved_to == given.stage:
            message = f"the deal stands on {given.stage!r} already"
            document.report((*when.path, "moved_to"), "moves-nowhere", message, "name the stage it goes to")
        _check_who(parsed, document, case)
        _check_given(parsed, document, case)


def _check_who(parsed: Parsed, document: Document, case: CaseBlock) -> None:
    path = (*case.when.path, "by")
    if "@" in case.when.by:
        refuse_unknown(document, path, "member", case.when.by.lower(), parsed.member_emails)
    else:
        refuse_unknown(document, path, "role", case.when.by, parsed.role_names)


def _check_given(parsed: Parsed, document: Document, case: CaseBlock) -> None:
    owner = case.given.values.get("owner")
    if owner is not None:
        path = (*case.given.path, "owner")
        refuse_unknown(document, path, "member", owner.lower(), parsed.member_emails)
    if parsed.mapped_fields is None:
        return
    known = (*ALWAYS_KNOWN, *parsed.mapped_fields)
    for field in case.given.values:
        if field not in known:
            message, hint = unmapped(field, known)
            document.report((*case.given.path, field), "unmapped-field", message, hint, key=True)

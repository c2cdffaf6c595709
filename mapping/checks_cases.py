"""Checks of `cases.yaml`: the names in the rules' own tests."""

from __future__ import annotations

from mapping.checks_fields import ALWAYS_KNOWN, unmapped
from mapping.document import Document
from mapping.files_cases import CaseBlock
from mapping.parsed import CASES, Parsed
from mapping.references import refuse_unknown


def check_cases(parsed: Parsed) -> None:
    """Report unknown stages, people and fields."""
    model, document = parsed.cases, parsed.documents.get(CASES)
    if model is None or document is None:
        return
    for case in model.cases:
        given, when = case.given, case.when
        refuse_unknown(document, (*given.path, "stage"), "stage", given.stage, parsed.stage_names)
        refuse_unknown(document, (*when.path, "moved_to"), "stage", when.moved_to, parsed.stage_names)
        _check_who(parsed, document, case)
        _check_given(parsed, document, case)


def _check_who(parsed: Parsed, document: Document, case: CaseBlock) -> None:
    path = (*case.when.path, "by")
    if "@" in case.when.by:
        refuse_unknown(document, path, "member", case.when.by.lower(), parsed.member_emails)
    else:
        refuse_unknown(document, path, "role", case.when.by, parsed.role_names)


def _check_given(parsed: Parsed, document: Document, case: CaseBlock) -> None:
    if parsed.mapped_fields is None:
        return
    known = (*ALWAYS_KNOWN, *parsed.mapped_fields)
    for field in case.given.values:
        if field not in known:
            message, hint = unmapped(field, known)
            document.report((*case.given.path, field), "unmapped-field", message, hint, key=True)

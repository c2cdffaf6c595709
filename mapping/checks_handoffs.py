"""Checks of the hand-offs in `conveyor.yaml`: boundaries, receivers, deadlines."""

from __future__ import annotations

from itertools import pairwise

from mapping.checks_mapping import meanings
from mapping.document import Document
from mapping.files_conveyor import ConveyorFile, HandoffBlock
from mapping.parsed import CONVEYOR, Parsed
from mapping.references import refuse_unknown


def check_handoffs(parsed: Parsed) -> None:
    """Report boundaries that do not exist, exist twice or have no rule, and receivers that cannot be found."""
    model, document = parsed.conveyor, parsed.documents.get(CONVEYOR)
    if model is None or document is None:
        return
    for block in model.handoffs:
        _check_boundary(parsed, document, model, block)
        _check_assign(parsed, document, block)
        if block.accept_within is None and (block.remind_at or block.if_late):
            message = "there is no deadline to remind of or to miss"
            document.report(block.path, "no-deadline", message, "add accept_within", severity="warning")
    _check_once(document, model)
    _check_each_boundary(document, model)
    _check_doors(parsed, document, model)


def _check_boundary(parsed: Parsed, document: Document, model: ConveyorFile, block: HandoffBlock) -> None:
    known = parsed.section_names
    wrong = refuse_unknown(document, (*block.path, "from"), "section", block.from_section, known)
    refuse_unknown(document, (*block.path, "to"), "section", block.to_section, known)
    if block.from_section == block.to_section:
        message = "a hand-off leads into another section"
        document.report((*block.path, "to"), "same-section", message)
    section = model.sections.get(block.from_section)
    statuses = {stage.status for stage in section.stages.values()} if section else {"won"}
    if block.on == "won" and not wrong and "won" not in statuses:
        message = f"no stage of {block.from_section!r} has the status won"
        document.report((*block.path, "on"), "won-without-stage", message, "add status: won to one")


def _check_assign(parsed: Parsed, document: Document, block: HandoffBlock) -> None:
    assign = block.assign
    refuse_unknown(document, (*assign.path, "to"), "role", assign.to, parsed.role_names)
    named = "person" in {assign.by, assign.otherwise}
    if named and assign.person is None:
        document.report(
            assign.path, "person-missing", "which person?", "add person: with an e-mail", key=True
        )
    elif assign.person is not None and not named:
        message = "nothing here assigns to a person"
        document.report((*assign.path, "person"), "person-unused", message, "write by: person, or delete it")
    elif assign.person is not None:
        path = (*assign.path, "person")
        if not refuse_unknown(document, path, "member", assign.person, parsed.member_emails):
            _check_role_of_person(parsed, document, block)


def _check_role_of_person(parsed: Parsed, document: Document, block: HandoffBlock) -> None:
    team = parsed.team.team if parsed.team else []
    roles = {role for member in team if member.email == block.assign.person for role in member.roles}
    if roles and block.assign.to not in roles:
        message = f"{block.assign.person} is not a {block.assign.to}"
        document.report((*block.assign.path, "person"), "person-without-role", message, "see team.yaml")


def _check_once(document: Document, model: ConveyorFile) -> None:
    boundaries: dict[tuple[str, str], int] = {}
    winning: dict[str, int] = {}
    for block in model.handoffs:
        line = document.line(block.path)
        boundary = (block.from_section, block.to_section)
        if boundary in boundaries:
            message = (
                f"line {boundaries[boundary]} has a rule from {boundary[0]!r} to {boundary[1]!r} already"
            )
            document.report(block.path, "duplicate-handoff", message, "a boundary has one rule")
        elif block.on == "won" and block.from_section in winning:
            message = f"line {winning[block.from_section]} says already what happens on won"
            document.report((*block.path, "on"), "duplicate-handoff", message, "winning hands over once")
        boundaries.setdefault(boundary, line)
        if block.on == "won":
            winning.setdefault(block.from_section, line)


def _check_each_boundary(document: Document, model: ConveyorFile) -> None:
    ruled = {(block.from_section, block.to_section) for block in model.handoffs}
    for before, after in pairwise(model.sections):
        shared = set(model.sections[before].roles) & set(model.sections[after].roles)
        if (before, after) not in ruled and not shared:
            message = f"no hand-off leads from {before!r} to {after!r}: such a move is always a violation"
            path = model.sections[after].path
            hint = "add a rule to handoffs"
            document.report(path, "no-handoff", message, hint, severity="warning", key=True)


def _check_doors(parsed: Parsed, document: Document, model: ConveyorFile) -> None:
    """Into a section that lives in another CRM, a deal goes through a stage of it in its own CRM."""
    for block in model.handoffs:
        before, after = model.sections.get(block.from_section), model.sections.get(block.to_section)
        if before is None or after is None or after.crm is None or block.on == "won":
            continue
        for _, mapping in parsed.mappings:
            here = meanings(mapping)
            if mapping.connection != after.crm and here & set(before.stages) and not here & set(after.stages):
                message = f"{mapping.connection!r} has no way into {block.to_section!r}"
                hint = f"map one stage of {block.to_section!r} in mappings/{mapping.connection}.yaml"
                document.report(block.path, "no-door", message, hint, severity="warning")

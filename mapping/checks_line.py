"""Checks of `conveyor.yaml` but for its hand-offs: sections, stages, roles, hours, growth, practices."""

from __future__ import annotations

from mapping.checks_hours import check_hours, check_timezone
from mapping.document import Document
from mapping.files_conveyor import ConveyorFile, GrowthBlock
from mapping.parsed import CONVEYOR, Parsed
from mapping.problems import nearest
from mapping.references import refuse_unknown
from mapping.traps import in_latin


def check_line(parsed: Parsed) -> None:
    """Report names that do not exist, stages that stand twice, roles that nobody has, impossible hours."""
    model, document = parsed.conveyor, parsed.documents.get(CONVEYOR)
    if model is None or document is None:
        return
    check_timezone(document, ("timezone",), model.timezone)
    if model.working_hours is not None:
        check_hours(document, model.working_hours)
    _check_sections(parsed, document, model)
    _check_stages_once(document, model)
    _check_roles(parsed, document, model)
    for block in model.growth:
        _check_growth(parsed, document, block)
    for practice in model.practices:
        refuse_unknown(document, (*practice.path, "stage"), "stage", practice.stage, parsed.stage_names)


def _check_sections(parsed: Parsed, document: Document, model: ConveyorFile) -> None:
    for section in model.sections.values():
        for index, role in enumerate(section.roles):
            refuse_unknown(document, (*section.path, "roles", index), "role", role, parsed.role_names)
        if section.crm is not None:
            path = (*section.path, "crm")
            refuse_unknown(document, path, "connection", section.crm, parsed.connection_names)


def _check_stages_once(document: Document, model: ConveyorFile) -> None:
    seen: dict[str, int] = {}
    for section in model.sections.values():
        for name, stage in section.stages.items():
            if name in seen:
                message = f"the stage {name!r} stands in line {seen[name]} already"
                hint = "every stage of the line has a name of its own"
                document.report(stage.path, "duplicate-stage", message, hint, key=True)
            seen.setdefault(name, document.line(stage.path))


def _check_roles(parsed: Parsed, document: Document, model: ConveyorFile) -> None:
    """Every role needs somebody, but for one that only may move anywhere: `head` is optional."""
    if parsed.held_roles is None:
        return
    held = {_meant(role, model) for role in parsed.held_roles}
    used = {role for section in model.sections.values() for role in section.roles}
    used |= {handoff.assign.to for handoff in model.handoffs}
    for name, role in model.roles.items():
        if name not in held and (name in used or role.may_move is None):
            message = f"nobody on the team is a {name}"
            hint = "give somebody in team.yaml this role, or delete it"
            document.report(role.path, "role-without-people", message, hint, key=True)


def _meant(role: str, model: ConveyorFile) -> str | None:
    """The role that somebody has, also if it is misspelt: one mistake is reported once."""
    return role if role in model.roles else nearest(in_latin(role), model.roles)


def _check_growth(parsed: Parsed, document: Document, block: GrowthBlock) -> None:
    refuse_unknown(document, (*block.path, "open"), "stage", block.open, parsed.stage_names)
    if (block.before is None) == (block.after is None):
        message = "exactly one of `before` and `after` belongs here"
        document.report(block.path, "growth-anchor", message, "write for instance before: contract_end")
    elif block.before == "won":
        message = "nobody knows beforehand when a deal is won"
        document.report((*block.path, "before"), "growth-anchor", message, "write after: won")

"""From `conveyor.yaml` to the canonical line. Checks nothing."""

from __future__ import annotations

from mapping.compile_conditions import compile_conditions
from mapping.document import Document
from mapping.file_block import Block
from mapping.file_hours import DAYS, WorkingHoursBlock
from mapping.files_conveyor import (
    ConveyorFile,
    GrowthBlock,
    HandoffBlock,
    SafetyBlock,
    SectionBlock,
    StageBlock,
)
from mapping.ruleset import (
    Assign,
    Conveyor,
    Growth,
    HandoffRule,
    Place,
    PlaybookTask,
    Practice,
    Role,
    Safety,
    Section,
    Stage,
    WorkingHours,
)


def place(document: Document, block: Block) -> Place:
    """The file and line that a block is known by."""
    return Place(document.file, document.line(block.path))


def compile_conveyor(document: Document, model: ConveyorFile) -> Conveyor:
    """The line itself."""
    return Conveyor(
        name=model.name,
        timezone=model.timezone,
        mode=model.mode,
        outsiders=model.outsiders,
        roles={
            name: Role(name, role.title or title_of(name), role.may_move)
            for name, role in model.roles.items()
        },
        sections=tuple(_section(document, name, block) for name, block in model.sections.items()),
        handoffs=tuple(_handoff(document, block) for block in model.handoffs),
        safety=_safety(model.safety),
        place=place(document, model),
        working_hours=compile_hours(model.working_hours),
        growth=tuple(_growth(document, block) for block in model.growth),
        practices=tuple(
            Practice(block.name, block.stage, block.at_least_once_in, place(document, block))
            for block in model.practices
        ),
        language=model.language,
    )


def title_of(name: str) -> str:
    """What people read where no title is given: `lead_generation` is Lead generation."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def compile_hours(block: WorkingHoursBlock | None) -> WorkingHours | None:
    """When people work; None where the file does not say."""
    if block is None:
        return None
    days = tuple(sorted({DAYS.index(day) for day in block.days}))
    return WorkingHours(days, block.start, block.end, block.holidays)


def _section(document: Document, name: str, block: SectionBlock) -> Section:
    return Section(
        name=name,
        title=block.title or title_of(name),
        roles=tuple(block.roles),
        stages=tuple(_stage(document, name, stage, inner) for stage, inner in block.stages.items()),
        place=place(document, block),
        crm=block.crm,
        in_order=block.in_order,
        mode=block.mode,
    )


def _stage(document: Document, section: str, name: str, block: StageBlock) -> Stage:
    tasks = (
        PlaybookTask(task.task, task.due, task.required, place(document, task))
        for task in block.playbook or ()
    )
    return Stage(
        name=name,
        section=section,
        status=block.status,
        place=place(document, block),
        title=block.title or title_of(name),
        requires=compile_conditions(block.requires),
        playbook=tuple(tasks),
        follow_up_after=block.follow_up_after,
        mode=block.mode,
    )


def _handoff(document: Document, block: HandoffBlock) -> HandoffRule:
    assign = block.assign
    return HandoffRule(
        name=block.name or f"{title_of(block.from_section)} to {title_of(block.to_section)}",
        from_section=block.from_section,
        to_section=block.to_section,
        assign=Assign(assign.to, assign.by, assign.person, assign.otherwise, assign.if_nobody),
        place=place(document, block),
        on=block.on,
        requires=compile_conditions(block.requires),
        unless=compile_conditions(block.unless),
        accept_within=block.accept_within,
        remind_at=tuple(sorted(set(block.remind_at or ()))),
        if_late=tuple(block.if_late or ()),
        return_reasons=tuple(block.return_reasons or ()),
        brief=block.brief,
        carry=tuple(block.carry or ()),
        mode=block.mode,
    )


def _growth(document: Document, block: GrowthBlock) -> Growth:
    where = place(document, block)
    if block.before is not None:
        return Growth(block.open, block.before, "before", block.by, where)
    return Growth(block.open, block.after or "", "after", block.by, where)


def _safety(block: SafetyBlock | None) -> Safety:
    ask = block.ask_before_moving if block else None
    limits = Safety(ask.deals if ask else None, ask.percent if ask else None)
    if block is None or block.moves_per_deal is None:
        return limits
    moves, per = block.moves_per_deal
    return Safety(limits.ask_deals, limits.ask_percent, moves, per)

"""Writes a drafted `conveyor.yaml` after a template. Text out; guesses nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mapping.document import Plain
from mapping.editing.writing import flow
from sync.drafting.structure import StructureGuess
from sync.drafting.templates import HEAD, Boundary, Section
from sync.drafting.texts import Line, comment, laid_out, table

TOP = """\
# The line itself: who works where, what a deal needs before it may go on, and who receives it then. Drafted by
# `conveyor init`. Look at every line with "unsure:".

"""

FOLLOW_UP = {"prospecting": "2d", "qualification": "3d", "proposal": "3d", "negotiation": "5d"}
"""After how long a silence the owner is reminded."""


ALWAYS = ("prospecting", "qualification", "meeting", "proposal", "negotiation", "won", "lost")


@dataclass(frozen=True)
class Setting:
    """A setting of the line, and the comment behind it."""

    value: str
    said: str


@dataclass(frozen=True)
class Outline:
    """All that the file is written from."""

    name: str
    structure: StructureGuess
    chosen: bool  # the template was named by a person
    timezone: Setting
    language: Setting | None
    stages: Collection[str]  # those that a CRM has
    fields: Collection[str]  # those that a CRM has


def conveyor_text(outline: Outline) -> str:
    """The whole file. It begins in `observe`: nothing is written into any CRM."""
    parts = [
        list(_settings(outline)),
        list(_roles(outline)),
        [line for section in outline.structure.template.sections for line in _section(section, outline)],
        [line for boundary in outline.structure.template.boundaries for line in _handoff(boundary, outline)],
        list(_safety()),
    ]
    heads = [
        "",
        "roles:\n",
        "sections:  # in the order in which a customer travels\n",
        "handoffs:\n",
        "safety:\n",
    ]
    told = [head + laid_out(lines) for head, lines in zip(heads, parts, strict=True) if lines]
    return TOP + "\n".join(told)


def _settings(outline: Outline) -> Iterator[Line]:
    yield f"name: {flow(outline.name)}", None
    yield f"timezone: {flow(outline.timezone.value)}", outline.timezone.said
    if outline.language is not None:
        yield f"language: {outline.language.value}", outline.language.said
    days: Plain = ["mon", "tue", "wed", "thu", "fri"]
    hours = table({"days": days, "from": "09:00", "to": "18:00"})
    yield f"working_hours: {hours}", "unsure: no CRM tells; add holidays: with your country, such as BG"
    yield (
        "mode: observe",
        "writes nothing into a CRM | warn: also tells people | enforce: also puts right",
    )


def _roles(outline: Outline) -> Iterator[Line]:
    guess = outline.structure
    said = "as you chose" if outline.chosen else guess.reason
    why = f"{guess.template.name}: {said}"
    first = why if outline.chosen else comment(guess.confidence, why, True)
    for role, title in guess.template.roles.items():
        yield f"  {role}: {table({'title': title})}", first
        first = ""
    yield f"  {HEAD}: {table({'title': 'Head of sales', 'may_move': 'anywhere'})}", None


def _section(section: Section, outline: Outline) -> Iterator[Line]:
    yield f"  {section.name}:", None
    yield f"    title: {flow(section.title)}", None
    yield f"    roles: {flow(list(section.roles))}", None
    yield "    stages:", None
    for stage in _kept(section, outline.stages):
        yield f"      {stage}: {flow(_stage(stage, outline))}", None


def _kept(section: Section, used: Collection[str]) -> list[str]:
    """The stages that a CRM has, and those that a further CRM will need; all of them where it has none."""
    kept = [stage for stage in section.stages if stage in used]
    wanted = [stage for stage in section.stages if stage in used or stage in ALWAYS]
    return wanted if kept else list(section.stages)


def _stage(stage: str, outline: Outline) -> Plain:
    if stage == "won":
        return {"status": "won", "requires": [{"amount": {"at_least": 1}}]}
    if stage == "lost":
        reason: dict[str, Plain] = {"requires": ["lost_reason"]} if "lost_reason" in outline.fields else {}
        return {"status": "lost", **reason}
    follow: dict[str, Plain] = {"follow_up_after": FOLLOW_UP[stage]} if stage in FOLLOW_UP else {}
    return {**follow, "requires": ["amount"]} if stage == "proposal" else follow


def _handoff(boundary: Boundary, outline: Outline) -> Iterator[Line]:
    yield f"  - name: {flow(boundary.name)}", None
    yield f"    from: {boundary.origin}", None
    yield f"    to: {boundary.target}", None
    if boundary.on_won:
        yield "    on: won", "winning the deal is the hand-off"
    for line in _requires(boundary, outline):
        yield f"    {line}", None
    by: Plain = (
        {"to": boundary.role, "by": "same_as_before", "else": "round_robin"}
        if boundary.on_won
        else {"to": boundary.role, "by": "least_loaded", "if_nobody": "wait"}
    )
    yield f"    assign: {flow(by)}", None
    yield f"    accept_within: {'1d' if boundary.on_won else '4h'}", "of working time"


def _requires(boundary: Boundary, outline: Outline) -> Iterator[str]:
    """What a deal needs at the first boundary, as far as a CRM has fields for it."""
    if boundary.origin != "lead_generation":
        return
    yield "requires:"
    for field, ask in (("decision_maker", "Who signs?"), ("budget", "What can they spend this quarter?")):
        if field in outline.fields:
            yield f"  - {flow({field: {'ask': ask}})}"
    yield f"  - {flow({'any_of': ['contact_phone', 'contact_email']})}"


def _safety() -> Iterator[Line]:
    yield f"  ask_before_moving: {flow({'deals': 50, 'percent': 5})}", "a bigger change waits for a person"
    yield "  moves_per_deal: 3 per 1h", "then the conveyor leaves this deal alone and asks for a person"

"""What one move is: which boundary it crosses, by whom, under which rule, and whether it is a return."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.ruleset import HandoffRule, Place, Section, Stage
from sync.core import words
from sync.core.correct import Violation
from sync.core.draft import Draft
from sync.core.path import Step


@dataclass(frozen=True, slots=True)
class Move:
    """A step between two mapped stages, with all that judging it looks at."""

    target: Stage
    leaves: Section
    enters: Section
    step: Step
    member: str | None  # None: an outsider
    rule: HandoffRule | None  # of the boundary it crosses forward, or of winning
    returns: bool  # backwards over a boundary by the role that works there

    @property
    def crosses(self) -> bool:
        return self.leaves.name != self.enters.name


def move_of(draft: Draft, step: Step) -> Move:
    """What a step to a mapped stage is, from where the deal stands now."""
    conveyor = draft.rules.conveyor
    target = conveyor.stages[step.meaning.stage or ""]
    leaves = conveyor.section_by_name[draft.working_section or target.section]
    enters = leaves if target.status == "lost" else conveyor.section_by_name[target.section]
    member = draft.member(step.actor)
    holds = member is not None and bool(set(draft.rules.team[member].roles) & set(leaves.roles))
    returns = holds and is_one_back(draft, leaves, enters)
    return Move(target, leaves, enters, step, member, _rule(draft, leaves, enters, target), returns)


def is_one_back(draft: Draft, leaves: Section, enters: Section) -> bool:
    """Whether this is the way back over one boundary; who had the deal two sections ago does not get it back."""
    conveyor = draft.rules.conveyor
    distance = conveyor.section_order[leaves.name] - conveyor.section_order[enters.name]
    return distance == 1 or (distance > 1 and conveyor.handoff(enters.name, leaves.name) is not None)


def _rule(draft: Draft, leaves: Section, enters: Section, target: Stage) -> HandoffRule | None:
    """The rule that hands the deal over by this move; where winning does, the deal must be won."""
    conveyor = draft.rules.conveyor
    if target.status == "won" and (on_won := conveyor.handoff_on_won(enters.name)):
        return on_won
    rule = conveyor.handoff(leaves.name, enters.name)
    stage = conveyor.stages.get(draft.deal.stage or "")
    is_won = stage is not None and stage.status == "won"
    return None if rule is not None and rule.on == "won" and not is_won else rule


def violated(draft: Draft, move: Move, kind: str, place: Place, why: tuple[str, ...]) -> Violation:
    """That this move breaks a rule: the hand-off's where there is one, else what the stage asks for."""
    rule = move.rule
    return Violation(
        kind=kind,
        subject=rule.name if rule else move.target.name,
        rule=rule.name if rule else words.stage_title(move.target.name, draft.rules),
        place=place,
        mode=draft.rules.conveyor.mode_of(rule=rule, stage=move.target.name),
        reasons=why,
    )

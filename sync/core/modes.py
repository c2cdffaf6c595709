"""Whether anything is written for a deal: `observe` writes nothing, and any rule may say its own mode."""

from __future__ import annotations

from mapping.ruleset import Mode
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.handoff import observes, rule_of


def writes_nothing(draft: Draft) -> bool:
    """Whether the deal is off the line, or all rules that have a say in it only observe."""
    if draft.deal.status not in ON_THE_LINE:
        return True
    return stage_observes(draft) and not _handoff_is_in_force(draft) and not _correction_is_in_force(draft)


def stage_observes(draft: Draft) -> bool:
    """Whether the stage that the deal stands on only observes."""
    return draft.rules.conveyor.mode_of(stage=draft.deal.stage) is Mode.OBSERVE


def _handoff_is_in_force(draft: Draft) -> bool:
    rules = [rule_of(draft, handoff) for handoff in draft.handoffs.values()]
    return any(rule and not observes(draft, rule) for rule in rules)


def _correction_is_in_force(draft: Draft) -> bool:
    """The mode under which it was found counts, until the rules observe all along the line."""
    correction, conveyor = draft.deal.correction, draft.rules.conveyor
    if correction is None or correction.mode == Mode.OBSERVE:
        return False
    rule = next((r for r in conveyor.handoffs if r.name == correction.subject), None)
    return any(conveyor.mode_of(rule=rule, stage=name) is not Mode.OBSERVE for name in conveyor.stages)

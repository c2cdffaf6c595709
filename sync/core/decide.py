"""Say what a deal becomes and which writes follow; touch nothing."""

from __future__ import annotations

from mapping.model import Aspect
from mapping.ruleset import Ruleset
from sync.core import home
from sync.core.case import Case, Needs, Outcome
from sync.core.creation import needs_people
from sync.core.draft import Draft
from sync.core.judge import judge
from sync.core.merge import merge
from sync.core.plan import plan
from sync.core.undo import note


def decide(case: Case, rules: Ruleset) -> Outcome:
    """Decide one deal. If the outcome has `needs`, find those out and decide again; else carry it out."""
    draft = Draft.start(case, merge(case, rules), rules)
    judge(draft)
    if draft.needs:
        return Outcome(case.deal, case.links, needs=draft.needs)
    home.settle(draft)
    home.leave_if_nowhere(draft)
    if needs_people(draft):
        return Outcome(case.deal, case.links, needs=Needs(frozenset({Aspect.PEOPLE})))
    writes, stale = plan(draft)
    note(draft, writes)
    if draft.deal != case.deal:
        draft.set_deal(updated_at=case.now)
    return Outcome(
        deal=draft.deal,
        links=draft.links,
        handoffs=tuple(draft.handoffs[key] for key in sorted(draft.changed_handoffs)),
        writes=writes,
        supersede=stale,
        settle=draft.merged.settle,
        entries=tuple(draft.entries),
        turns=tuple(draft.turns),
        openings=tuple(draft.openings),
        look_again_at=draft.look_again_at,
    )

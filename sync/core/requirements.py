"""Which requirements of a move are not met, in words."""

from __future__ import annotations

from collections.abc import Iterable

from mapping.conditions import Finding, Unmet, evaluate, fields_of
from mapping.model import PEOPLE_FIELDS, Aspect
from mapping.ruleset import Condition
from sync.core.draft import Draft


def unmet(draft: Draft, conditions: Iterable[Condition]) -> tuple[Unmet, ...]:
    """What is missing; empty while the answer hangs on the people of the deal, who are then asked for."""
    findings = [_finding(draft, condition) for condition in conditions]
    draft.doubts |= _untold(draft, findings)
    return tuple(item for found in findings for item in found.missing)


def any_met(draft: Draft, conditions: Iterable[Condition]) -> bool:
    """Whether one of these holds; the people of the deal are asked for if the answer hangs on them."""
    findings = [_finding(draft, condition) for condition in conditions]
    met = any(finding.met for finding in findings)
    if not met and (untold := _untold(draft, findings)):
        draft.need(values=untold)
    return met


def _untold(draft: Draft, findings: Iterable[Finding]) -> frozenset[str]:
    """What an answer hangs on that nobody can tell any more; nothing but in a replay of the past."""
    open_ones = (finding.unknown for finding in findings if finding.met is None)
    return frozenset().union(*open_ones) & draft.case.unknown


def _finding(draft: Draft, condition: Condition) -> Finding:
    facts = {name: value for name, value in draft.facts().items() if name not in draft.case.unknown}
    can_be_found_out = frozenset() if draft.knows(Aspect.PEOPLE) else PEOPLE_FIELDS
    for name in fields_of(condition) - can_be_found_out - draft.case.unknown:
        facts.setdefault(name, None)
    finding = evaluate(condition, facts, draft.now)
    if finding.met is None and not finding.unknown & draft.case.unknown:
        draft.need(Aspect.PEOPLE)
    return finding

"""What would have been judged of a deal that was placed as it was found, had it come to its stage by a move. Pure.

First sight itself judges nothing, and neither does this: it only says.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mapping.conditions import Finding, evaluate
from mapping.model import Deal, DealStatus
from mapping.ruleset import Condition, HandoffRule, Ruleset
from sync.planning.effects import facts, is_misowned

FOUND, LACKS, UNCLEAR, OWNER = "found", "lacks", "unclear", "owner"


def judged(deal: Deal, rules: Ruleset, now: datetime) -> Iterator[str]:
    """`found` for an open deal that nobody moved since it was found; beside it `lacks` where something was asked
    for on the way to its stage that it lacks, `unclear` where only the CRM knows, `owner` where its owner has no role
    of its section."""
    if deal.visit is not None or not deal.placed or deal.status is not DealStatus.OPEN:
        return
    yield FOUND
    if is_misowned(deal, rules):
        yield OWNER
    findings = [evaluate(condition, facts(deal), now) for condition in asked(deal, rules, now)]
    if any(finding.met is False for finding in findings):
        yield LACKS
    elif any(finding.met is None for finding in findings):
        yield UNCLEAR


def asked(deal: Deal, rules: Ruleset, now: datetime) -> tuple[Condition, ...]:
    """What its stage requires, and what the hand-off into its section does, unless that makes an exception of it."""
    stage = rules.conveyor.stages.get(deal.stage or "")
    if stage is None:
        return ()
    rule = _handoff_into(rules, stage.section)
    if rule is None or any(_excuses(found) for found in (evaluate(c, facts(deal), now) for c in rule.unless)):
        return stage.requires
    return (*stage.requires, *rule.requires)


def _excuses(finding: Finding) -> bool:
    return finding.met is True


def _handoff_into(rules: Ruleset, section: str) -> HandoffRule | None:
    """The rule of the boundary before a section; winning is judged at its own stage."""
    order = [one.name for one in rules.conveyor.sections]
    before = order.index(section) - 1 if section in order else -1
    rule = rules.conveyor.handoff(order[before], section) if before >= 0 else None
    return None if rule is None or rule.on == "won" else rule

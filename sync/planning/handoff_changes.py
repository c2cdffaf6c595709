"""How the hand-offs of two lines differ, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.ruleset import Assign, Conveyor, HandoffRule
from sync.planning import wording
from sync.planning.compare import Facts, differences, each

_WAYS = {
    "round_robin": "in turn",
    "least_loaded": "whoever has fewest deals",
    "weighted": "by weight",
    "same_as_before": "whoever had the customer before",
}


def handoff_changes(before: Conveyor, after: Conveyor) -> Iterator[str]:
    """All that differs in the hand-offs; one is known by its name."""

    def changed(old: HandoffRule, new: HandoffRule) -> Iterator[str]:
        return differences(f"Hand-off {new.name}", _handoff(old, before), _handoff(new, after))

    return each(
        {rule.name: rule for rule in before.handoffs},
        {rule.name: rule for rule in after.handoffs},
        new=lambda rule: f"Hand-off {rule.name} is new: {_summary(rule, after)}.",
        gone=lambda rule: f"Hand-off {rule.name} is gone: {_summary(rule, before)}.",
        changed=changed,
    )


def _summary(rule: HandoffRule, line: Conveyor) -> str:
    way = f"from {wording.section(rule.from_section, line)} to {wording.section(rule.to_section, line)}"
    return f"{way}, given to {_assign(rule.assign, line)}"


def _handoff(rule: HandoffRule, line: Conveyor) -> Facts:
    late = " then ".join(rule.if_late)
    return {
        "from": wording.section(rule.from_section, line),
        "to": wording.section(rule.to_section, line),
        "happens when": "the deal is won" if rule.on else "the deal crosses over",
        "asks that": wording.conditions(rule.requires),
        "makes an exception where": tuple(_excuse(one) for one in wording.conditions(rule.unless)),
        "receiver": _assign(rule.assign, line),
        "time to accept": wording.span(rule.accept_within),
        "reminds at": tuple(f"{percent} %" for percent in rule.remind_at),
        "if late": late or None,
        "takes as a reason to return": rule.return_reasons,
        "brief": f'"{" ".join(rule.brief.split())}"' if rule.brief else None,
        "carries along": tuple(name.replace("_", " ") for name in rule.carry),
        "mode": wording.mode(rule.mode),
    }


def _excuse(words: str) -> str:
    """What must hold for an exception, as what holds."""
    return words.replace(" must be ", " is ").replace(" must not be ", " is not ")


def _assign(assign: Assign, line: Conveyor) -> str:
    title = wording.role(assign.to, line)
    if assign.by == "person":
        return f"{assign.person} ({title})"
    otherwise = f", else {_WAYS.get(assign.otherwise, assign.otherwise)}" if assign.otherwise else ""
    return f"{title}, {_WAYS[assign.by]}{otherwise}"

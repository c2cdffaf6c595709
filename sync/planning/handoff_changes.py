"""How the hand-offs of two lines differ, in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from mapping import terms
from mapping.phrases import Phrase, phrase
from mapping.ruleset import Assign, Conveyor, HandoffRule
from sync.planning import wording
from sync.planning.compare import Facts, differences, each

_WAYS: Mapping[str, Phrase] = {
    "round_robin": phrase("in turn"),
    "least_loaded": phrase("whoever has fewest deals"),
    "weighted": phrase("by weight"),
    "same_as_before": phrase("whoever had the customer before"),
}

_LATE: Mapping[str, Phrase] = {
    "reassign": phrase("reassign"),
    "escalate": phrase("escalate"),
    "return": phrase("return"),
}


def handoff_changes(before: Conveyor, after: Conveyor) -> Iterator[Phrase]:
    """All that differs in the hand-offs; one is known by its name."""

    def changed(old: HandoffRule, new: HandoffRule) -> Iterator[Phrase]:
        subject = phrase("Hand-off {rule}", rule=new.name)
        return differences(subject, _handoff(old, before), _handoff(new, after))

    return each(
        {rule.name: rule for rule in before.handoffs},
        {rule.name: rule for rule in after.handoffs},
        new=lambda rule: phrase(
            "Hand-off {rule} is new: {summary}.", rule=rule.name, summary=_summary(rule, after)
        ),
        gone=lambda rule: phrase(
            "Hand-off {rule} is gone: {summary}.", rule=rule.name, summary=_summary(rule, before)
        ),
        changed=changed,
    )


def _summary(rule: HandoffRule, line: Conveyor) -> Phrase:
    return phrase(
        "from {leaves} to {enters}, given to {receiver}",
        leaves=wording.section(rule.from_section, line),
        enters=wording.section(rule.to_section, line),
        receiver=_assign(rule.assign, line),
    )


def _handoff(rule: HandoffRule, line: Conveyor) -> Facts:
    return {
        phrase("from"): wording.section(rule.from_section, line),
        phrase("to"): wording.section(rule.to_section, line),
        phrase("happens when"): phrase("the deal is won") if rule.on else phrase("the deal crosses over"),
        phrase("asks that"): wording.conditions(rule.requires),
        phrase("makes an exception where"): wording.exceptions(rule.unless),
        phrase("receiver"): _assign(rule.assign, line),
        **_in_time(rule),
        **_told(rule),
        phrase("mode"): wording.mode(rule.mode),
    }


def _in_time(rule: HandoffRule) -> Facts:
    return {
        phrase("time to accept"): wording.span(rule.accept_within),
        phrase("reminds at"): tuple(f"{percent} %" for percent in rule.remind_at),
        phrase("if late"): _then([_LATE[step] for step in rule.if_late]) if rule.if_late else None,
    }


def _told(rule: HandoffRule) -> Facts:
    """What people are told, and tell."""
    brief = " ".join(rule.brief.split()) if rule.brief else None
    return {
        phrase("takes as a reason to return"): rule.return_reasons,
        phrase("brief"): phrase('"{text}"', text=brief) if brief is not None else None,
        phrase("carries along"): tuple(terms.field(name) for name in rule.carry),
    }


def _then(steps: Sequence[Phrase]) -> Phrase:
    return reduce(lambda first, then: phrase("{first} then {then}", first=first, then=then), steps)


def _assign(assign: Assign, line: Conveyor) -> Phrase:
    title = wording.role(assign.to, line)
    if assign.by == "person":
        return phrase("{person} ({role})", person=assign.person or "", role=title)
    way = _WAYS[assign.by]
    if not assign.otherwise:
        return phrase("{role}, {way}", role=title, way=way)
    otherwise = _WAYS.get(assign.otherwise, assign.otherwise)
    return phrase("{role}, {way}, else {otherwise}", role=title, way=way, otherwise=otherwise)

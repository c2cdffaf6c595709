"""What one decision would do: in the CRMs, to hand-offs, and where the deal then breaks the rules. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mapping.conditions import evaluate
from mapping.model import (
    PEOPLE_FIELDS,
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    Deal,
    DealStatus,
    HandoffStatus,
    UpdateDeal,
    Value,
)
from mapping.ruleset import Ruleset
from sync.core.case import Case, Outcome

_JUDGED = frozenset({"returned_by_rule", "loop_breaker"})
_MOVES = ("stage", "owner")
_OFF_THE_LINE = frozenset({DealStatus.UNMAPPED, DealStatus.IGNORED})

Effect = tuple[str, ...]
"""What would be done, and to what; the same effect under two sets of rules is equal."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a deal stands: a stage of the line by its name, else `unmapped` or `ignored`."""

    stage: str
    section: str | None
    owner: str | None


def standing(deal: Deal) -> Standing:
    """Where a deal stands."""
    if deal.status in _OFF_THE_LINE or deal.stage is None:
        return Standing(str(deal.status), None, deal.owner)
    return Standing(deal.stage, deal.section, deal.owner)


def in_crm(outcome: Outcome) -> frozenset[Effect]:
    """The moves in a CRM that the conveyor would make: another stage, another owner, a record in another CRM."""
    return frozenset(_in_crm(outcome))


def _in_crm(outcome: Outcome) -> Iterator[Effect]:
    for write in outcome.writes:
        if isinstance(write.body, CreateDeal):
            yield "create", write.connection
        if isinstance(write.body, UpdateDeal):
            for name in _MOVES:
                if name in write.body.changes:
                    yield name, write.connection, str(write.body.changes[name])


def on_handoffs(case: Case, outcome: Outcome) -> frozenset[Effect]:
    """What would happen to hand-offs: opened, given to somebody, due at another time, closed."""
    before = {handoff.id: handoff for handoff in case.handoffs}
    found: set[Effect] = set()
    for handoff in outcome.handoffs:
        old = before.get(handoff.id)
        if old is None:
            found.add(("opened", handoff.rule))
        elif handoff.status in (HandoffStatus.ACCEPTED, HandoffStatus.RETURNED):
            found.add(("closed", handoff.id))
        elif handoff.to_member != old.to_member:
            found.add(("given", handoff.id, str(handoff.to_member)))
        elif handoff.due_at != old.due_at:
            found.add(("due", handoff.id, str(handoff.due_at)))
    found |= {("opened", opening.handoff.rule) for opening in outcome.openings if opening.handoff is not None}
    return frozenset(found)


def openings(outcome: Outcome) -> frozenset[Effect]:
    """The further deals that would be opened for the customer, by the stage they begin on."""
    counts = Counter(str(opening.deal.stage) for opening in outcome.openings)
    return frozenset(("deal", stage, str(number)) for stage, number in counts.items())


def told(outcome: Outcome) -> frozenset[Effect]:
    """What else would be written into a CRM: tasks, notes, fields; and writes on their way that would be dropped."""
    return frozenset(_told(outcome)) | {("dropped", str(row)) for row in outcome.supersede}


def _told(outcome: Outcome) -> Iterator[Effect]:
    for write in outcome.writes:
        body = write.body
        if isinstance(body, CreateTask | CreateNote | CloseTask):
            yield body.kind, write.key
        elif isinstance(body, UpdateDeal):
            fields = (name for name in body.changes if name not in _MOVES)
            yield from (("field", write.connection, name, str(body.changes[name])) for name in fields)


def violations(outcome: Outcome, rules: Ruleset) -> frozenset[Effect]:
    """The rules that the deal would break: what is judged at once, and an owner without a role of its section."""
    judged = {
        (entry.kind,)
        for entry in outcome.entries
        if entry.kind in _JUDGED or entry.kind.startswith("violation_")
    }
    return frozenset(judged | ({("owner",)} if is_misowned(outcome.deal, rules) else set()))


def is_misowned(deal: Deal, rules: Ruleset) -> bool:
    """Whether an open deal belongs to somebody who does not work its section; heads may own any."""
    section = rules.conveyor.section_by_name.get(deal.section or "")
    if deal.owner is None or section is None or deal.status is not DealStatus.OPEN:
        return False
    member = rules.team.get(deal.owner)
    fits = member is not None and bool(set(member.roles) & set(section.roles))
    return not fits and not rules.may_move_anywhere(deal.owner)


def missing(case: Case, outcome: Outcome, rules: Ruleset) -> frozenset[Effect]:
    """What the stage that the deal would stand on requires and the deal lacks, as far as the database knows."""
    deal = outcome.deal
    stage = rules.conveyor.stages.get(deal.stage or "")
    if stage is None or deal.status in _OFF_THE_LINE or deal.status is DealStatus.DELETED:
        return frozenset()
    known = facts(deal)
    findings = [evaluate(condition, known, case.now) for condition in stage.requires]
    return frozenset((stage.name, unmet.words) for found in findings for unmet in found.missing)


def facts(deal: Deal) -> Mapping[str, Value]:
    """The deal's values for conditions, as far as the database knows them."""
    return _Facts({**deal.fields, "owner": deal.owner, "stage": deal.stage})


class _Facts(dict[str, Value]):
    """The deal's values: a field that is not there is empty, but for people's, which the database need not know."""

    def __contains__(self, name: object) -> bool:
        return name not in PEOPLE_FIELDS or super().__contains__(name)

    def __missing__(self, name: str) -> Value:
        return None

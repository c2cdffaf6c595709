"""Judging one move: within a section, across a boundary, back again, into won or lost."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.model import ActorKind, DealStatus, HandoffStatus
from mapping.ruleset import HandoffRule, Mode, Place, Section, Stage
from sync.core import handoff as handoffs
from sync.core import opening, order, playbook, words
from sync.core.correct import Violation, leave_alone, may_still_move, put_back, tell
from sync.core.draft import ON_THE_LINE, Draft, short_hash, standing
from sync.core.ownership import fits, not_an_owner, still_asked
from sync.core.path import Step
from sync.core.place import park_or_place
from sync.core.requirements import any_met, unmet
from sync.core.returning import reason_given
from sync.core.words import answers, notes, reasons, story


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


def judge_step(
    draft: Draft, step: Step, *, back_to: list[str] | None, by_hand: str | None, undone: bool
) -> bool:
    """Let the deal take one step, or put it back; False if the way ends here.

    A wrong step that people have `undone` since is only entered: what they did after it is judged instead.
    """
    if step.meaning.stage is None:
        park_or_place(draft, step.meaning, owner=draft.deal.owner, since=draft.deal.stage_since)
        return False
    if step.meaning.stage == draft.deal.stage:
        _back_on_the_line(draft)
        return True
    move = _move(draft, step)
    violation = None if _is_ours_or_allowed(draft, move) else _violation(draft, move)
    if violation is None and draft.doubts:
        draft.need(values=draft.doubts)
    if draft.needs:
        return False
    if violation is not None and violation.mode is Mode.ENFORCE and undone:
        _enter_undone(draft, move, violation)
        return True
    if violation is not None and violation.mode is Mode.ENFORCE and may_still_move(draft):
        _back_on_the_line(draft)
        note = notes.moved_back(draft.deal.stage or "", violation.reasons, draft.rules)
        put_back(draft, violation, move.member, back_to=back_to, note=note)
        return False
    _take(draft, move, violation, by_hand)
    return not draft.needs


def _enter_undone(draft: Draft, move: Move, violation: Violation) -> None:
    draft.say(
        "undone",
        story.undone(move.target.title, violation.reasons),
        actor=move.member,
        place=violation.place,
        data={"violation": violation.kind, "rule": violation.rule, "reasons": list(violation.reasons)},
    )


def _back_on_the_line(draft: Draft) -> None:
    """The deal stands again where the line has it: a parked one comes back, a wrong is undone."""
    if draft.deal.status not in ON_THE_LINE:
        stage = draft.rules.conveyor.stages[draft.deal.stage or ""]
        draft.set_deal(status=DealStatus(stage.status))
    if draft.deal.correction is not None and draft.deal.correction.puts_back:
        draft.set_deal(correction=None)


def _move(draft: Draft, step: Step) -> Move:
    conveyor = draft.rules.conveyor
    target = conveyor.stages[step.meaning.stage or ""]
    leaves = conveyor.section_by_name[draft.working_section or target.section]
    enters = leaves if target.status == "lost" else conveyor.section_by_name[target.section]
    member = draft.member(step.actor)
    holds = member is not None and bool(set(draft.rules.team[member].roles) & set(leaves.roles))
    returns = holds and _is_one_back(draft, leaves, enters)
    return Move(target, leaves, enters, step, member, _rule(draft, leaves, enters, target), returns)


def _is_one_back(draft: Draft, leaves: Section, enters: Section) -> bool:
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


def _is_ours_or_allowed(draft: Draft, move: Move) -> bool:
    if move.step.actor.kind is ActorKind.OURS:
        return True
    return move.member is None and draft.rules.conveyor.outsiders == "allow"


def _violation(draft: Draft, move: Move) -> Violation | None:
    """The first kind of rule that this move breaks, with all reasons of that kind, or None."""
    role = _role_reason(draft, move)
    if role:
        return _violated(draft, move, "role", move.enters.place, (role,))
    if _crosses_without_rule(draft, move):
        return _violated(draft, move, "no_rule", move.enters.place, (_no_handoff(move),))
    skipped = _out_of_order(draft, move)
    if skipped:
        return _violated(draft, move, "order", move.target.place, skipped)
    missing = _missing(draft, move)
    if missing:
        place = move.rule.place if move.rule and move.rule.requires else move.target.place
        return _violated(draft, move, "requires", place, missing)
    return None


def _no_handoff(move: Move) -> str:
    if move.rule:
        return reasons.no_handoff_to_stage(move.leaves.title, move.target.title)
    return reasons.no_handoff_to_section(move.leaves.title, move.enters.title)


def _violated(draft: Draft, move: Move, kind: str, place: Place, why: tuple[str, ...]) -> Violation:
    rule = move.rule
    return Violation(
        kind=kind,
        subject=rule.name if rule else move.target.name,
        rule=rule.name if rule else words.stage_title(move.target.name, draft.rules),
        place=place,
        mode=draft.rules.conveyor.mode_of(rule=rule, stage=move.target.name),
        reasons=why,
    )


def _role_reason(draft: Draft, move: Move) -> str | None:
    """Why this person may not make this move; outsiders are not judged by role."""
    if move.member is None or draft.rules.may_move_anywhere(move.member):
        return None
    allowed = move.leaves.roles
    member = draft.rules.team[move.member]
    if set(member.roles) & set(allowed):
        return None
    if move.crosses:
        return reasons.not_their_move_on(member.name, allowed, move.enters.title, draft.rules)
    return reasons.not_their_move_within(member.name, allowed, move.leaves.title, draft.rules)


def _crosses_without_rule(draft: Draft, move: Move) -> bool:
    if not move.crosses or move.returns or move.target.status == "lost":
        return False
    if move.rule is not None and move.rule.from_section == move.leaves.name:
        return False  # else it is the rule of winning, in a section that the deal has not been handed to
    if move.rule is None and _is_no_boundary(draft, move):
        return False
    return move.member is None or not draft.rules.may_move_anywhere(move.member)


def _is_no_boundary(draft: Draft, move: Move) -> bool:
    """Whether two sections share a role, and whoever has the deal goes on with it: a line of one or two tiers."""
    holder = draft.rules.team.get(draft.deal.owner or move.member or "")
    shared = set(move.leaves.roles) & set(move.enters.roles)
    return bool(shared) and holder is not None and bool(set(holder.roles) & set(move.enters.roles))


def _missing(draft: Draft, move: Move) -> tuple[str, ...]:
    """What the stage entered and the hand-off require and the deal does not have."""
    if move.returns:
        return ()
    missing = list(unmet(draft, move.target.requires))
    hands_over = move.rule is not None and (move.crosses or move.target.status == "won")
    if hands_over and move.rule is not None:
        of_rule = unmet(draft, move.rule.requires)
        if of_rule and any_met(draft, move.rule.unless):
            draft.say(
                "exception",
                story.excused(move.rule.name),
                place=move.rule.place,
                data={"rule": move.rule.name},
            )
        else:
            missing += of_rule
    goes_on = order.is_forward(draft, move.leaves, move.enters, move.target)
    left = playbook.undone(draft) if goes_on else ()
    subjects = [words.fill(task, draft.deal, draft.rules) for task in left]
    return (
        *(_before(move, item.words, item.ask) for item in dict.fromkeys(missing)),
        *(_before(move, reasons.undone_task(subject), None) for subject in subjects),
    )


def _out_of_order(draft: Draft, move: Move) -> tuple[str, ...]:
    """Which stages this move leaves out; who may move anywhere, or returns a deal, may leave out any."""
    anywhere = move.member is not None and draft.rules.may_move_anywhere(move.member)
    return () if anywhere or move.returns else order.left_out(draft, move.leaves, move.enters, move.target)


def _before(move: Move, what: str, ask: str | None) -> str:
    if move.crosses:
        return reasons.before_section(what, move.enters.title, ask)
    return reasons.before_stage(what, move.target.title, ask)


def _take(draft: Draft, move: Move, violation: Violation | None, by_hand: str | None) -> None:
    """The deal takes the step; a violation that is not put back is told, a boundary opens its hand-off."""
    from_stage, from_status = draft.deal.stage or "", draft.deal.status
    touches = draft.deal.touches + 1
    _accept_by_moving_on(draft, move)
    draft.set_deal(correction=None if move.crosses else still_asked(draft))
    if violation is not None:
        react = leave_alone if violation.mode is Mode.ENFORCE else tell
        react(draft, violation, move.member)
    draft.set_deal(
        stage=move.target.name,
        section=move.enters.name,
        status=DealStatus(move.target.status),
        stage_since=move.step.at or draft.now,
        visit=short_hash(draft.deal.id, move.target.name, draft.now.isoformat()),
        touches=0,
    )
    draft.say(
        "moved",
        story.moved(move.member, from_stage, move.target.title, draft.rules),
        actor=move.member,
        place=move.rule.place if move.crosses and move.rule else move.target.place,
        data={
            "from": from_stage,
            "to": move.target.name,
            "from_status": str(from_status),
            "touches": touches,
            **standing(draft.deal),
        },
    )
    _hand_over(draft, move, violation, from_stage, by_hand)


def _accept_by_moving_on(draft: Draft, move: Move) -> None:
    """Whoever moves on a deal that was handed to them has accepted it."""
    pending = draft.open_handoff
    if pending is None or pending.status is not HandoffStatus.PENDING or move.returns:
        return
    if pending.to_member == move.member:
        handoffs.accept(draft, pending, answers.MOVED_ON)


def _hand_over(
    draft: Draft, move: Move, violation: Violation | None, from_stage: str, by_hand: str | None
) -> None:
    """Open, return or leave alone the hand-off of the boundary that was crossed."""
    if move.returns:
        _return(draft, move)
        return
    wins = move.target.status == "won" and move.rule is not None
    if move.target.status == "lost":
        handoffs.close_for_finished(draft)
        return
    if not (move.crosses or wins):
        return
    rule = move.rule or _last_boundary(draft, move)
    if rule is None and _is_one_back(draft, move.leaves, move.enters):
        _return(draft, move)  # to the first section, by somebody who may move anywhere
    if rule is None or handoffs.observes(draft, rule):
        return
    defects = violation.reasons if violation else ()
    begins = _next_place(draft, rule) if wins and rule.on == "won" else None
    if begins is not None:
        handoffs.close_for_finished(draft)
        opening.open_for_handoff(draft, rule, begins, defects)
    elif may_still_move(draft):
        handoffs.offer(draft, rule, from_stage=from_stage, defects=defects, by_hand=by_hand)
    else:
        _ask_for_a_person(draft, move, reasons.nobody_received(move.target.title), defects)


def _next_place(draft: Draft, rule: HandoffRule) -> opening.Place | None:
    """Where the customer's next deal begins; None where no CRM has a stage for it: the won deal itself goes on."""
    section = draft.rules.conveyor.section_by_name[rule.to_section]
    return opening.next_place(draft.rules, section, draft.deal.home)


def _ask_for_a_person(draft: Draft, move: Move, what: str, defects: tuple[str, ...]) -> None:
    """The loop breaker keeps the conveyor from giving the deal to anybody: somebody has to look."""
    correction = draft.deal.correction
    if correction is None or correction.kind != "loop":
        place = move.rule.place if move.rule else move.target.place
        leave_alone(draft, _violated(draft, move, "no_receiver", place, (what, *defects)), move.member)


def _last_boundary(draft: Draft, move: Move) -> HandoffRule | None:
    """For somebody who may move anywhere: the rule of the last boundary before the section entered."""
    order = [section.name for section in draft.rules.conveyor.sections]
    index = order.index(move.enters.name)
    return draft.rules.conveyor.handoff(order[index - 1], move.enters.name) if index else None


def _return(draft: Draft, move: Move) -> None:
    """Backwards by the receiving section's role: the previous owner gets the deal back.

    Also over a hand-off that was closed before, because the deal was lost; that one stays as it is.
    """
    received = [h for h in draft.passed if h.to_section == move.leaves.name]
    if not received:
        _give_back_without_handoff(draft, move)
        return
    reason = reason_given(draft)
    said = reason or answers.NO_REASON
    asks = reason is None and move.returns
    if not handoffs.give_back(draft, received[-1], move.member, said, asks_reason=asks):
        _ask_for_a_person(draft, move, reasons.stays_with_receiver(move.target.title), ())


def _give_back_without_handoff(draft: Draft, move: Move) -> None:
    """Who gave it before has it again; else whom the CRM there shows, if they work there; else people are asked."""
    over = [h for h in draft.handoffs.values() if h.to_section == move.leaves.name]
    latest = max(over, key=lambda h: h.offered_at, default=None)
    if latest is not None:
        if not handoffs.give_to_previous(draft, latest):
            _ask_for_a_person(draft, move, reasons.stays_with_receiver(move.target.title), ())
        return
    shown = handoffs.shown_in(draft, move.enters.name)
    if shown is not None and fits(draft, shown):
        draft.set_deal(owner=shown)
    elif not _is_given_along(draft):
        tell(draft, not_an_owner(draft, move.enters, draft.deal.owner), move.member)


def _is_given_along(draft: Draft) -> bool:
    """Whether somebody who works where the deal stands now has it, or was made its owner along with the move."""
    change = draft.merged.owner
    owner = draft.owner_of(change.after) if change else draft.deal.owner
    return owner is not None and fits(draft, owner)

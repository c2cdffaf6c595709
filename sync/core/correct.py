"""What follows from a violation: recorded, told, or put back; and the loop breaker that ends every fight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from mapping.model import Correction
from mapping.phrases import Phrase
from mapping.ruleset import Duration, Mode, Place
from sync.core.draft import Draft, short_hash
from sync.core.roles import fits
from sync.core.words import notes

_ASKS = frozenset({"loop", "owner"})
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 604800}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken."""

    kind: str  # role, requires, no_rule, owner, start, no_receiver, twin
    subject: str  # the hand-off rule or the stage it is about
    rule: str  # the rule as people call it
    place: Place
    mode: Mode
    reasons: tuple[str, ...]


def clock_seconds(duration: Duration) -> int:
    """A duration of clock time, in seconds."""
    return duration.amount * _SECONDS[duration.unit]


def may_still_move(draft: Draft) -> bool:
    """Whether the loop breaker leaves the conveyor a move of this deal."""
    safety = draft.rules.conveyor.safety
    window = timedelta(seconds=clock_seconds(safety.moves_per))
    return sum(draft.now - at < window for at in draft.deal.moved_at) < safety.moves


def count_move(draft: Draft) -> None:
    """Remember that the conveyor moves or re-assigns this deal; only what the breaker looks at is kept."""
    window = timedelta(seconds=clock_seconds(draft.rules.conveyor.safety.moves_per))
    recent = tuple(at for at in draft.deal.moved_at if draft.now - at < window)
    draft.set_deal(moved_at=(*recent, draft.now))


def put_back(
    draft: Draft, violation: Violation, actor: str | None, *, back_to: list[str] | None, note: Phrase
) -> None:
    """The deal keeps its place on the line; the plan brings the CRM back to it, with a note."""
    _keep(draft, violation, actor, note=note, puts_back=True, back_to=back_to)
    count_move(draft)
    _enter(draft, "returned_by_rule", violation, actor, note)


def tell(draft: Draft, violation: Violation, actor: str | None) -> None:
    """The move stands; in `warn` people are told, in `observe` it is only recorded."""
    note = notes.let_through(violation.reasons)
    if violation.mode is not Mode.OBSERVE:
        _keep(draft, violation, actor, note=note, puts_back=False)
    _enter(draft, f"violation_{violation.mode}", violation, actor, note)


def leave_alone(draft: Draft, violation: Violation, actor: str | None) -> None:
    """The loop breaker: the move stands, the conveyor stops moving this deal and asks for a person."""
    safety = draft.rules.conveyor.safety
    note = notes.breaker(safety.moves, safety.moves_per, violation.reasons)
    _keep(draft, violation, actor, note=note, puts_back=False, kind="loop")
    _enter(draft, "loop_breaker", violation, actor, note)


def still_asked(draft: Draft) -> Correction | None:
    """What people were asked about a deal that nobody has who holds a role of its section; a right move ends a
    fight, and a wrong one is put back, but neither ends that."""
    correction, owner = draft.deal.correction, draft.deal.owner
    asked = correction if correction is None or _asks(correction) else correction.asked_before
    if asked is None or (owner is not None and fits(draft, owner)):
        return None
    return replace(asked, kind="owner")


def _asks(correction: Correction) -> bool:
    return correction.kind in _ASKS and not correction.puts_back


def _keep(
    draft: Draft,
    violation: Violation,
    actor: str | None,
    *,
    note: Phrase,
    puts_back: bool,
    back_to: list[str] | None = None,
    kind: str | None = None,
) -> None:
    key = short_hash(draft.deal.id, violation.kind, violation.subject, draft.now.isoformat())
    found = Correction(
        key=key,
        kind=kind or violation.kind,
        subject=violation.subject,
        rule=violation.rule,
        file=violation.place.file,
        line=violation.place.line,
        mode=str(violation.mode),
        message=note,
        actor=actor,
        puts_back=puts_back,
        back_to=back_to,
    )
    draft.set_deal(correction=found if _asks(found) else replace(found, asked_before=still_asked(draft)))


def _enter(draft: Draft, kind: str, violation: Violation, actor: str | None, note: Phrase) -> None:
    draft.say(
        kind,
        note,
        actor=actor,
        place=violation.place,
        data={"violation": violation.kind, "rule": violation.rule, "reasons": list(violation.reasons)},
    )

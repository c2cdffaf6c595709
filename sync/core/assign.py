"""Who receives a hand-off: considers every holder of the role and says why each was or was not chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median_low

from mapping.model import Candidate, HandoffStatus
from mapping.ruleset import Assign, Member, Ruleset
from sync.core.case import Pool, TakenTurn, Turn
from sync.core.draft import Draft
from sync.core.presence import absence, has_account, hindrance, is_at_work
from sync.core.words import choosing

_NEVER = datetime.min.replace(tzinfo=UTC)

Key = Callable[[Member, Turn], tuple[object, ...]]


def _longest_ago(member: Member, turn: Turn) -> tuple[object, ...]:
    return (turn.last_at or _NEVER, turn.taken)


def _fewest_open(member: Member, turn: Turn) -> tuple[object, ...]:
    return (turn.open_deals, *_longest_ago(member, turn))


def _fewest_for_their_weight(member: Member, turn: Turn) -> tuple[object, ...]:
    return ((turn.taken + 1) / member.weight, *_longest_ago(member, turn))


_ORDERS: Mapping[str, Key] = {
    "round_robin": _longest_ago,
    "least_loaded": _fewest_open,
    "weighted": _fewest_for_their_weight,
}
"""How each way of assigning ranks people; turns of one moment go by their number, ties by the team file."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who receives the deal, or None; everybody who was considered; the reason in words."""

    member: str | None
    candidates: tuple[Candidate, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Field:
    """The holders of the role, and who of them can take a deal now."""

    holders: tuple[Member, ...]
    pool: Pool
    hindered: Mapping[str, str]  # e-mail -> why not
    resting: frozenset[str]  # whose working time this is not
    rules: Ruleset

    @property
    def free(self) -> list[Member]:
        return [member for member in self.holders if member.email not in self.hindered]

    @property
    def first_asked(self) -> list[Member]:
        """Who of them is at work; where nobody is, it is nobody's disadvantage."""
        return [member for member in self.free if member.email not in self.resting] or self.free

    def turn(self, email: str) -> Turn:
        return self.pool.get(email, Turn())


def choose(
    draft: Draft,
    assign: Assign,
    connection: str,
    by_hand: str | None,
    *,
    besides: frozenset[str] = frozenset(),
) -> Choice:
    """Pick who receives the deal in this connection, `besides` these.

    A holder of the role whom the person moving the deal made its owner is respected, if they can own it there.
    Asks for the pool when it is not loaded.
    """
    holders = draft.rules.holders(assign.to)
    if any(m.email == by_hand and has_account(draft, connection, m) for m in holders):
        return Choice(by_hand, (Candidate(by_hand or "", True, choosing.BY_HAND),), choosing.BY_HAND)
    if draft.case.pools is None:
        draft.need(pools=True)
        return Choice(None, (), "")
    field = _field(draft, assign, connection, holders, besides)
    chosen, reason = _pick(draft, assign, field)
    if chosen is not None:
        draft.turns.append(_turn(assign.to, chosen, field))
    return Choice(chosen, _considered(assign, field, chosen, reason), reason)


def somebody_can(draft: Draft, assign: Assign, connection: str) -> bool:
    """Whether a deal that waits would find a receiver now; the pool must be loaded."""
    field = _field(draft, assign, connection, draft.rules.holders(assign.to), frozenset())
    return _pick(draft, assign, field)[0] is not None


def _field(
    draft: Draft, assign: Assign, connection: str, holders: tuple[Member, ...], besides: frozenset[str]
) -> _Field:
    pool = _standing_now(draft, assign.to)
    why = {m.email: hindrance(draft, connection, m, pool.get(m.email, Turn())) for m in holders}
    why |= dict.fromkeys(besides, choosing.HAD_IT_ALREADY)
    hindered = {email: reason for email, reason in why.items() if reason is not None}
    differ = any(member.working_hours or member.timezone for member in holders)
    resting = frozenset(member.email for member in holders if differ and not is_at_work(draft, member))
    return _Field(holders, pool, hindered, resting, draft.rules)


def _standing_now(draft: Draft, role: str) -> Pool:
    """The pool, with what this very decision gave already: a deal may cross twice between two looks."""
    pool = dict((draft.case.pools or {}).get(role, {}))
    for turn in draft.turns:
        if turn.role == role:
            before = pool.get(turn.member, Turn())
            pool[turn.member] = Turn(before.open_deals, turn.taken_after, draft.now)
    return pool


def _pick(draft: Draft, assign: Assign, field: _Field) -> tuple[str | None, str]:
    """By the rule's way of assigning, else by its second way."""
    for method in (assign.by, assign.otherwise):
        if method is None:
            continue
        found = _one(draft, assign, method, field) if method in _PEOPLE else _ranked(method, field)
        if found is not None:
            return found
    return None, _nobody(assign, field)


def _ranked(method: str, field: _Field) -> tuple[str, str] | None:
    if not field.free:
        return None
    best = min(field.first_asked, key=lambda member: _ORDERS[method](member, field.turn(member.email)))
    return best.email, choosing.ranked_first(method, _standing(method, best, field))


def _one(draft: Draft, assign: Assign, method: str, field: _Field) -> tuple[str, str] | None:
    """The one person meant, or who covers for them while they are away."""
    wanted = _PEOPLE[method](draft, assign)
    member = draft.rules.team.get(wanted or "")
    if member is None:
        return None
    free = {each.email for each in field.free}
    if member.email in free:
        return member.email, choosing.meant(method)
    away = absence(draft, member)
    if away is None or away.covered_by not in free:
        return None
    return away.covered_by, choosing.covers(member.name, away)


def _named(draft: Draft, assign: Assign) -> str | None:
    return assign.person


def _before(draft: Draft, assign: Assign) -> str | None:
    """Who received this customer last in this role, on this deal or on another of its journey."""
    holders = {member.email for member in draft.rules.holders(assign.to)}
    given = [
        handoff
        for handoff in (*draft.case.earlier, *draft.handoffs.values())
        if handoff.to_member in holders and handoff.status is not HandoffStatus.WAITING
    ]
    return max(given, key=lambda handoff: handoff.offered_at).to_member if given else None


_PEOPLE: Mapping[str, Callable[[Draft, Assign], str | None]] = {"person": _named, "same_as_before": _before}
"""The ways of assigning that mean one person."""


def _turn(role: str, member: str, field: _Field) -> TakenTurn:
    """One more for them. Who joins, or comes back after a long absence, starts about level with the others: nobody
    is buried under what they did not receive meanwhile."""
    before = field.turn(member).taken
    weights = {each.email: each.weight for each in field.holders}
    own = weights.get(member, 1)
    shares = [field.turn(each.email).taken / each.weight for each in field.free if each.email != member]
    level = int((median_low(shares) - 1) * own) if shares else 0
    return TakenTurn(role, member, before, max(before, level) + 1)


def _considered(assign: Assign, field: _Field, chosen: str | None, reason: str) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(member.email, member.email == chosen, _why(assign, field, member, chosen, reason))
        for member in field.holders
    )


def _why(assign: Assign, field: _Field, member: Member, chosen: str | None, reason: str) -> str:
    if member.email == chosen:
        return reason
    if member.email in field.hindered:
        return field.hindered[member.email]
    if member not in field.first_asked:
        return choosing.NOT_AT_WORK
    method = assign.by if assign.by in _ORDERS else assign.otherwise or "round_robin"
    return _standing(method, member, field)


def _standing(method: str, member: Member, field: _Field) -> str:
    turn = field.turn(member.email)
    last = choosing.last_received(turn.last_at, field.rules)
    if method == "least_loaded":
        return choosing.open_deals(turn.open_deals, last)
    return choosing.turns(turn.taken, member.weight, last) if method == "weighted" else last


def _nobody(assign: Assign, field: _Field) -> str:
    if not field.holders:
        return choosing.nobody_has(assign.to, field.rules)
    if field.free:
        return choosing.NOT_TO_BE_FOUND
    return choosing.all_hindered((member.name, field.hindered[member.email]) for member in field.holders)

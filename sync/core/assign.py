"""Who receives a hand-off: considers every holder of the role and says why each was or was not chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from mapping.model import Candidate
from mapping.ruleset import Assign, Member
from sync.core.case import Pool, TakenTurn, Turn
from sync.core.draft import Draft

_NEVER = datetime.min.replace(tzinfo=UTC)

Key = Callable[[Turn], tuple[object, ...]]


def _longest_ago(turn: Turn) -> tuple[object, ...]:
    return (turn.last_at or _NEVER, turn.taken)


def _fewest_open(turn: Turn) -> tuple[object, ...]:
    return (turn.open_deals, *_longest_ago(turn))


_ORDERS: Mapping[str, Key] = {"round_robin": _longest_ago, "least_loaded": _fewest_open}
"""How each way of assigning ranks people; turns of one moment go by their number, ties by the team file."""


def choose(
    draft: Draft, assign: Assign, connection: str, by_hand: str | None
) -> tuple[str | None, tuple[Candidate, ...], str]:
    """Pick who receives the deal in this connection: (e-mail or None, who was considered, the reason in words).

    A holder of the role whom the person moving the deal made its owner is respected, if they can own it there.
    Asks for the pool when it is not loaded.
    """
    holders, can_own = draft.rules.holders(assign.to), able(draft, assign, connection)
    if by_hand and any(member.email == by_hand for member in can_own):
        return by_hand, (Candidate(by_hand, True, "chosen by hand"),), "chosen by hand"
    if draft.case.pools is None:
        draft.need(pools=True)
        return None, (), ""
    pool = _standing_now(draft, assign.to)
    order = _ORDERS.get(assign.by, _longest_ago)
    ranked = sorted(can_own, key=lambda member: order(pool.get(member.email, Turn())))
    chosen = ranked[0].email if ranked else None
    if chosen is not None:
        draft.turns.append(TakenTurn(assign.to, chosen, pool.get(chosen, Turn()).taken))
    candidates = tuple(_considered(draft, connection, member, assign, pool, chosen) for member in holders)
    reason = next((c.why for c in candidates if c.chosen), f"no {assign.to} has an account there")
    return chosen, candidates, reason


def _standing_now(draft: Draft, role: str) -> Pool:
    """The pool, with what this very decision gave already: a deal may cross twice between two looks."""
    pool = dict((draft.case.pools or {}).get(role, {}))
    for turn in draft.turns:
        if turn.role == role:
            before = pool.get(turn.member, Turn())
            pool[turn.member] = Turn(before.open_deals, before.taken + 1, draft.now)
    return pool


def _account(draft: Draft, connection: str, email: str) -> str | None:
    directory = draft.case.directories.get(connection)
    return directory.account(email) if directory else None


def able(draft: Draft, assign: Assign, connection: str) -> list[Member]:
    """The holders of the role who can own a deal in this connection."""
    return [m for m in draft.rules.holders(assign.to) if _account(draft, connection, m.email)]


def _considered(
    draft: Draft, connection: str, member: Member, assign: Assign, pool: Pool, chosen: str | None
) -> Candidate:
    if not _account(draft, connection, member.email):
        return Candidate(member.email, False, f"has no account in {connection}")
    standing = _standing(assign, pool.get(member.email, Turn()))
    if member.email != chosen:
        return Candidate(member.email, False, standing)
    return Candidate(member.email, True, f"{assign.by.replace('_', ' ')}: {standing}")


def _standing(assign: Assign, turn: Turn) -> str:
    last = f"last received {turn.last_at:%Y-%m-%d %H:%M} UTC" if turn.last_at else "has not received one yet"
    return f"{turn.open_deals} open deals, {last}" if assign.by == "least_loaded" else last

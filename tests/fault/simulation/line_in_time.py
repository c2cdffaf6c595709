"""What must hold of the clock and of what the conveyor opens by itself, when everybody has gone home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select

from mapping.model import Deal, DealStatus, EventKind, Handoff, HandoffStatus, Link
from mapping.ruleset import HandoffRule, Ruleset
from mapping.working_time import add
from store import deals, handoffs, ledger, schema
from store.deals import DealRow
from sync.core.draft import OPEN

from .invariants import must
from .line_crm import WholeCrm
from .line_world import WholeLine

PASSES_ON = frozenset({"handoff_late", "owner_changed"})
"""Entries that may take a hand-off from whom it was offered: what they finish after that accepts nothing."""

SHORTEST_DEADLINE = timedelta(hours=4)
MOVES = frozenset({"returned_by_rule", "twin_put_back"})
"""Entries of the ledger for moves that the loop breaker counts."""


def check_in_time(
    world: WholeLine,
    rows: Mapping[str, DealRow],
    passed: Sequence[Handoff],
    story: Sequence[ledger.Entry],
) -> None:
    """Raise `Broken` with the first thing that is wrong."""
    rules = world.runtime.rules.get()
    _check_timers(world)
    _check_journeys([row.deal for row in rows.values()])
    for handoff in passed:
        if handoff.status is HandoffStatus.PENDING and handoff.deal_id in rows:
            _check_pending(world, rules, rows[handoff.deal_id], handoff, story)
        _check_ladder(handoff, [e for e in story if e.kind == "handoff_late"])
    for row in rows.values():
        _check_breaker(row.deal, rules, [e.at for e in story if e.deal_id == row.deal.id and e.kind in MOVES])
        if not any(h.deal_id == row.deal.id and h.status in OPEN for h in passed):
            _check_silence(world, rules, row)


def check_deadlines(world: WholeLine) -> None:
    """Raise `Broken` if a deadline is not that of the rules in force; at a moment when nothing is on its way."""
    _check_timers(world)
    rules = world.runtime.rules.get()
    with world.store.read() as tx:
        rows = {row.deal.id: row for row in deals.listing(tx)}
        pending = handoffs.listing(tx, statuses=[HandoffStatus.PENDING])
        story = ledger.story(tx, list(rows))
    for handoff in pending:
        _check_pending(world, rules, rows[handoff.deal_id], handoff, story)


def _check_timers(world: WholeLine) -> None:
    waiting = (schema.inbox.c.kind == EventKind.TIMER) & (schema.inbox.c.state == "pending")
    deal_id = schema.inbox.c.deal_id
    with world.store.read() as tx:
        counts = tx.execute(select(deal_id, func.count()).where(waiting).group_by(deal_id)).all()
    must(all(number == 1 for _, number in counts), "a deal has more than one timer", counts)


def _check_journeys(found: Iterable[Deal]) -> None:
    """Each deal follows from one that was made by people; what was opened once is not opened again."""
    known = list(found)
    sizes = Counter(deal.journey for deal in known)
    for deal in known:
        must(len(deal.opened) == len(set(deal.opened)), "the same was opened twice", deal)
    for journey, size in sizes.items():
        opened = sum(len(deal.opened) for deal in known if deal.journey == journey)
        must(size == opened + 1, "a journey lost a deal, or has one too many", journey, known)
        must(any(deal.id == journey for deal in known), "a journey without its beginning", journey)


def _home(row: DealRow) -> Link | None:
    found = next((link for link in row.links if link.connection == row.deal.home), None)
    return None if found is None or found.remote_id is None or found.gone else found


def _made(world: WholeLine, link: Link, prefix: str) -> list[datetime]:
    """When tasks of this kind were made on this record."""
    crm = world.crms[link.connection]
    assert isinstance(crm, WholeCrm)
    return [at for key, (deal, at) in crm.made.items() if deal == link.remote_id and key.startswith(prefix)]


# --- hand-offs


def _check_pending(
    world: WholeLine, rules: Ruleset, row: DealRow, handoff: Handoff, story: Iterable[ledger.Entry]
) -> None:
    """Its deadline is that of today's rules, each missed one had its step, and its receiver knows of it."""
    rule = _rule(rules, handoff)
    home = _home(row)
    if home is None or rule.accept_within is None or handoff.since is None:
        return
    due = add(handoff.since, rule.accept_within, *rules.working_time(handoff.to_member))
    must(handoff.due_at == due, "a deadline did not move with the rules", handoff, due)
    late = due <= world.now() and handoff.late_steps < len(rule.if_late)
    must(not late, "nobody noticed that a deadline was missed", handoff, world.now())
    task = f"handoff:{handoff.id}:{handoff.to_member}"
    must(bool(_made(world, home, task)), "the receiver was given no task", handoff)
    crm = world.crms[home.connection]
    assert isinstance(crm, WholeCrm)
    own = [entry for entry in story if entry.deal_id == handoff.deal_id]
    for key, at in crm.finished.items():
        kind, of, *member = key.split(":")
        if (kind, of) == ("handoff", handoff.id) and "@" in member[0]:
            passed_on = went_to_another(crm, key, at, member[0], own)
            must(passed_on, "nobody noticed that it was accepted", handoff, key)


def went_to_another(crm: WholeCrm, key: str, at: datetime, member: str, own: Sequence[ledger.Entry]) -> bool:
    """Whether somebody else had the hand-off when this task was completed, or people gave it to them before the
    conveyor had its receipt: it then cannot tell one that was completed in time from one that came too late.
    """
    task = next((number for number, made in crm.tasks.items() if made.key == key), "")  # people delete some
    receipt = max((n for n, entry in enumerate(own) if _is_receipt(entry, task)), default=-1)
    passes = [entry for entry in own if entry.kind in PASSES_ON and entry.at <= at]
    by_people = [entry for entry in own[: receipt + 1] if entry.kind == "owner_changed"]
    since = [entry for entry in (*passes, *by_people) if crm.made[key][1] <= entry.at]
    # A task on its way lands also after somebody else was given the deal.
    return any(entry.data["owner"] != member for entry in (*since, *passes[-1:]))


def _is_receipt(entry: ledger.Entry, task: str) -> bool:
    """Whether the CRM told then that it made this task; that we closed it later is another answer."""
    return entry.data.get("write") == "task" and entry.data.get("answer") == task


def _rule(rules: Ruleset, handoff: Handoff) -> HandoffRule:
    return next(rule for rule in rules.conveyor.handoffs if rule.name == handoff.rule)


def _check_ladder(handoff: Handoff, late: Iterable[ledger.Entry]) -> None:
    steps = [entry.at for entry in late if entry.data["handoff"] == handoff.id]
    for before, after in pairwise([handoff.offered_at, *steps]):
        must(after - before >= SHORTEST_DEADLINE, "a step was taken before its deadline", handoff, steps)


# --- deals


def _check_breaker(deal: Deal, rules: Ruleset, moves: Sequence[datetime]) -> None:
    most = rules.conveyor.safety.moves
    for first, last in zip(moves, moves[most:], strict=False):
        must(last - first >= timedelta(hours=1), "the conveyor fought over a deal", deal, moves)


def _check_silence(world: WholeLine, rules: Ruleset, row: DealRow) -> None:
    """A deal that stood still for too long has a task for that."""
    deal, home = row.deal, _home(row)
    stage = rules.conveyor.stages.get(deal.stage or "")
    if home is None or stage is None or deal.status is not DealStatus.OPEN:
        return
    if stage.follow_up_after is None or deal.active_at is None:
        return
    since = max(deal.active_at, deal.stage_since or deal.active_at)
    over = add(since, stage.follow_up_after, *rules.working_time(deal.owner))
    noticed = over > world.now() or any(at >= since for at in _made(world, home, "follow_up:"))
    must(noticed, "nobody noticed that a deal stands still", deal, since, over)

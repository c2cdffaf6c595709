"""Moves that a version of the rules made by coming into force: what was there before, and the way back to it.

A rollback asks for the way back. It is taken where the deal did not move since; whoever did something with it wins.
No move of the conveyor's own: the loop breaker neither stops nor counts it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mapping.model import (
    CreateDeal,
    DealStatus,
    Event,
    EventKind,
    Handoff,
    HandoffStatus,
    UpdateDeal,
    Values,
    Write,
)
from sync.core.draft import Draft
from sync.core.handoff import deadline, rule_of
from sync.core.modes import writes_nothing
from sync.core.presence import has_account
from sync.core.words import changes as words

NOTED, UNDONE, LEFT = "moved_by_rules", "rules_undone", "undo_left_out"
"""Kinds of ledger entries: what a version moved, what was undone of it, what was not."""

Moved = Values
"""What was moved, as the ledger keeps it: by name, what was there before and what came after it."""

_STANDS = words.CHANGED_SINCE
"""What must be as the version left it, and why nothing is undone where it is not."""


def note(draft: Draft, writes: Iterable[Write]) -> None:
    """Enter what the new rules alone move in a CRM, with what was there before."""
    version = next((e.data.get("version") for e in draft.case.events if e.kind is EventKind.CONFIG), None)
    if version is None or _people_moved(draft) or any(_asks(event) for event in draft.case.events):
        return
    moved = dict(_moved(draft, list(writes)))
    if moved:
        draft.say(NOTED, words.moved_by_rules(version), data={**moved, "version": version})


def undo(draft: Draft) -> None:
    """Go back to what was there before the versions that a rollback takes out of force."""
    for event in draft.case.events:
        if _asks(event):
            _undo(draft, event)


def chained(moves: Iterable[Moved]) -> Moved:
    """The last moves of a deal that follow on one another, as one; given in their order."""
    *earlier, whole = moves
    for before in reversed(earlier):
        if not _leads_to(before, whole):
            break
        whole = _joined(before, whole)
    return whole


def _asks(event: Event) -> bool:
    return event.kind is EventKind.MANUAL and event.data.get("action") == "undo"


def _people_moved(draft: Draft) -> bool:
    """Whether the same look found moves of people: what follows from those is not the rules' own."""
    correction = draft.deal.correction
    put_back = correction is not None and correction.puts_back and correction != draft.case.deal.correction
    return bool(draft.merged.stage or draft.merged.owner or draft.merged.moved_twins or put_back)


def _moved(draft: Draft, writes: list[Write]) -> Iterator[tuple[str, str | list[str]]]:
    before, after = draft.case.deal, draft.deal
    changed = {
        name
        for write in writes
        if isinstance(write.body, UpdateDeal) and write.connection == after.home
        for name in write.body.changes
    }
    pairs = {
        "home": (before.home, after.home) if any(isinstance(w.body, CreateDeal) for w in writes) else None,
        "stage": (before.stage, after.stage) if "stage" in changed else None,
        "owner": (before.owner, after.owner) if "owner" in changed else None,
    }
    found = {name: _pair(*pair) for name, pair in pairs.items() if pair and pair[0] != pair[1]}
    if draft.openings:
        found["opened"] = [opening.deal.id for opening in draft.openings]
    if not found:
        return
    yield from found.items()
    yield "visit", _pair(before.visit, after.visit)
    handoff = next((h for h in draft.case.handoffs if h.id in draft.changed_handoffs), None)
    if handoff is not None:
        now = draft.handoffs[handoff.id]
        yield "handoff", handoff.id
        yield "status", _pair(handoff.status, now.status)
        yield "receiver", _pair(handoff.to_member, now.to_member)


def _pair(before: str | None, after: str | None) -> list[str]:
    return [before or "", after or ""]


def _undo(draft: Draft, event: Event) -> None:
    moved: Moved = json.loads(event.data["move"])
    version = str(moved.get("version"))
    why = _hindrance(draft, moved, event.data["rules"])
    if why is not None:
        if not _is_undone(draft, moved):
            draft.say(LEFT, words.left_by_rollback(version, why), data={"why": why})
        return
    _go_back(draft, moved)
    draft.say(UNDONE, words.rolled_back(version, "opened" in moved))


def _hindrance(draft: Draft, moved: Moved, rules: str) -> str | None:
    """Why the move cannot be undone, in words; None if it can."""
    if draft.rules.hash != rules:
        return words.OTHER_RULES
    if draft.deal.status is DealStatus.DELETED:
        return words.DELETED
    differs = next((why for name, why in _STANDS.items() if not _is_at(draft, moved, name, 1)), None)
    return differs or _no_way_back(draft, moved)


def _no_way_back(draft: Draft, moved: Moved) -> str | None:
    if set(moved) <= {"opened", "visit", "version"}:
        return words.OPENED_STAYS
    if writes_nothing(draft):
        return words.ONLY_OBSERVED
    stage, owner = _before(moved, "stage"), _before(moved, "owner")
    if stage and stage not in draft.rules.conveyor.stages:
        return words.STAGE_GONE
    if owner is None:
        return None
    member = draft.rules.team.get(owner)
    if member is None:
        return words.OWNER_GONE
    home = _before(moved, "home") or draft.deal.home
    if not has_account(draft, home, member):
        return words.account_gone(member.name, home)
    return None


def _go_back(draft: Draft, moved: Moved) -> None:
    home, stage, owner = (_before(moved, name) for name in ("home", "stage", "owner"))
    if home and home in draft.links:
        draft.set_deal(home=home)
    if stage:
        found = draft.rules.conveyor.stages[stage]
        visit = _before(moved, "visit") or None
        draft.set_deal(
            stage=stage,
            section=found.section,
            status=DealStatus(found.status),
            stage_since=draft.now,
            visit=visit,
        )
    if owner:
        draft.set_deal(owner=owner)
    handoff = _handoff(draft, moved)
    if handoff is not None:
        _open_again(draft, handoff, HandoffStatus(_before(moved, "status") or ""), _before(moved, "receiver"))


def _open_again(draft: Draft, handoff: Handoff, status: HandoffStatus, receiver: str | None) -> None:
    """It stands as before, and what time there is to accept it begins anew."""
    rule = rule_of(draft, handoff)
    pending = status is HandoffStatus.PENDING
    draft.save(
        replace(
            handoff,
            status=status,
            to_member=receiver or None,
            since=draft.now,
            due_at=deadline(draft, rule, receiver or None, draft.now) if pending and rule else None,
            closed_at=None,
        )
    )


def _is_undone(draft: Draft, moved: Moved) -> bool:
    """Whether it stands as before already: asked for twice."""
    return all(_is_at(draft, moved, name, 0) for name in _STANDS if name != "visit")


def _is_at(draft: Draft, moved: Moved, name: str, end: int) -> bool:
    """Whether something that was moved is as it was before (0) or after (1); what was not moved is."""
    pair = moved.get(name)
    if not isinstance(pair, list):
        return True
    handoff = _handoff(draft, moved)
    now = {
        "visit": draft.deal.visit,
        "home": draft.deal.home,
        "stage": draft.deal.stage,
        "owner": draft.deal.owner,
        "status": handoff and handoff.status,
        "receiver": handoff and handoff.to_member,
    }[name]
    return (now or "") == pair[end]


def _handoff(draft: Draft, moved: Moved) -> Handoff | None:
    return draft.handoffs.get(str(moved.get("handoff")))


def _before(moved: Moved, name: str) -> str | None:
    pair = moved.get(name)
    return pair[0] if isinstance(pair, list) else None


def _leads_to(before: Moved, after: Moved) -> bool:
    same_handoff = before.get("handoff") in (None, after.get("handoff")) or after.get("handoff") is None
    ends = ((before[name], after[name]) for name in _STANDS if name in before and name in after)
    return same_handoff and all(
        isinstance(one, list) and isinstance(other, list) and one[1] == other[0] for one, other in ends
    )


def _joined(before: Moved, after: Moved) -> Moved:
    whole = {**before, **after}
    for name in _STANDS:
        one, other = before.get(name), after.get(name)
        if isinstance(one, list) and isinstance(other, list):
            whole[name] = [one[0], other[1]]
    return whole

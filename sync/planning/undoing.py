"""What a rollback asks for beside the earlier rules: that moves of later versions are undone. Touches nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from mapping.model import Event, EventKind
from mapping.ruleset import Ruleset
from store import ledger, rulesets
from sync.core import undo

_KINDS = (undo.NOTED, undo.UNDONE)


def moves_to_undo(tx: Connection, version: int, rules: Ruleset) -> Mapping[str, Event]:
    """For each deal that versions after this one moved by coming into force, the event that undoes it all at once."""
    since = _put_aside_at(tx, version)
    if since is None:
        return {}
    moves: dict[str, list[undo.Moved]] = {}
    for entry in ledger.since(tx, since, _KINDS):
        if entry.deal_id is None:
            continue
        if entry.kind == undo.UNDONE:
            moves.pop(entry.deal_id, None)
        else:
            moves.setdefault(entry.deal_id, []).append(dict(entry.data))
    return {deal_id: _event(undo.chained(own), rules) for deal_id, own in moves.items()}


def _put_aside_at(tx: Connection, version: int) -> datetime | None:
    """When the first of the versions came into force that are rolled back."""
    later = [stored.applied_at for stored in rulesets.history(tx) if stored.version > version]
    return min(later, default=None)


def _event(moved: undo.Moved, rules: Ruleset) -> Event:
    data = {"action": "undo", "rules": rules.hash, "move": json.dumps(dict(moved))}
    return Event(0, EventKind.MANUAL, data=data)

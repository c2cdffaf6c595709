"""The moves that the CRMs' own stage history tells of, by deal. Reads the CRMs, touches nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.errors import ConnectorError
from mapping.model import Ref, StageMove
from mapping.ruleset import Ruleset
from sync.runtime import Runtime

BEFORE = timedelta(days=90)
"""So much more is read than is judged: a move can only be judged where it is known what stage it left."""

Moves = Mapping[Ref, list[StageMove]]


@dataclass(slots=True)
class Past:
    """What happened until now; moves before `since` only say where the deals stood."""

    since: datetime
    until: datetime
    moves: dict[Ref, list[StageMove]] = field(default_factory=dict)  # each deal's, oldest first
    silent: dict[str, str] = field(default_factory=dict)  # connections that tell nothing, and why

    def deals(self, connection: str) -> int:
        """How many of its deals moved in the time that is judged."""
        return sum(
            ref.connection == connection and own[-1].at >= self.since for ref, own in self.moves.items()
        )

    def count(self, connection: str) -> int:
        """How many moves are judged."""
        return sum(1 for ref, move in self._judged() if ref.connection == connection)

    def _judged(self) -> Iterator[tuple[Ref, StageMove]]:
        for ref, own in self.moves.items():
            yield from ((ref, move) for move in own if move.at >= self.since)


def read_past(runtime: Runtime, rules: Ruleset, since: datetime) -> Past:
    """Ask each mapped connection for its stage history; one that cannot be asked is named, and the others count."""
    past = Past(since, runtime.now())
    for name in rules.mappings:
        try:
            _read(runtime, rules, name, past)
        except ConnectorError as error:
            past.silent[name] = str(error)
    return past


def _read(runtime: Runtime, rules: Ruleset, name: str, past: Past) -> None:
    connector = runtime.connector(name, rules)
    if not connector.capabilities.history:
        past.silent[name] = "this CRM keeps no history of stages"
        return
    for change in connector.history(past.since - BEFORE):
        past.moves.setdefault(Ref(name, change.remote_id), []).append(change.move)

"""Which moves of the past were judged together: those that one look of ours found. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, StageMove
from sync.core.directory import Directory
from sync.replay.known import Known


@dataclass(frozen=True, slots=True)
class Group:
    """Moves that were, or would have been, judged at one look."""

    moves: tuple[StageMove, ...]
    looked_at: datetime


def groups(known: Known, moves: Sequence[StageMove], directory: Directory | None) -> list[Group | StageMove]:
    """The moves of people as they were judged, or one by one where nobody looked; our own stand by themselves."""
    found: list[Group | StageMove] = []
    moves = known.with_ours(moves)
    looks = known.looks_for(move.at for move in moves if not _is_ours(move))
    actors: dict[datetime, str | None] = {}
    for move in moves:
        look = None if _is_ours(move) else next(looks)
        last = found[-1] if found else None
        if _is_ours(move):
            found.append(move)
        elif look is None:
            found.append(Group((move,), move.at))
        elif isinstance(last, Group) and last.looked_at == look.at:
            found[-1] = Group((*last.moves, move), look.at)
        else:
            actors[look.at] = look.actor
            found.append(Group((move,), look.at))
    return [_named(each, actors, directory) if isinstance(each, Group) else each for each in found]


def _is_ours(move: StageMove) -> bool:
    return move.actor.kind is ActorKind.OURS


def _named(group: Group, actors: Mapping[datetime, str | None], directory: Directory | None) -> Group:
    """Where the CRM's history names nobody for the last move, whoever the look found out."""
    *others, last = group.moves
    account = directory.account(actors.get(group.looked_at)) if directory else None
    if last.actor != UNKNOWN_ACTOR or account is None:
        return group
    named = replace(last, actor=Actor(ActorKind.PERSON, account))
    return Group((*others, named), group.looked_at)

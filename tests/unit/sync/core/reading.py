"""Reads what an outcome wants: its writes, its hand-offs, its lines in the ledger."""

from __future__ import annotations

from typing import TypeVar

from mapping.model import (
    CreateNote,
    CreateTask,
    Handoff,
    HandoffStatus,
    UpdateDeal,
    Values,
    WriteBody,
)
from sync.core.case import Case, Outcome

Body = TypeVar("Body", bound=WriteBody)


def bodies(outcome: Outcome, kind: type[Body]) -> list[Body]:
    """The writes of one kind."""
    return [write.body for write in outcome.writes if isinstance(write.body, kind)]


def changes(outcome: Outcome, connection: str | None = None) -> Values:
    """All values that are written into one CRM; the hosting one if none is named."""
    name = connection or outcome.deal.home
    updates = [w.body for w in outcome.writes if w.connection == name and isinstance(w.body, UpdateDeal)]
    assert len(updates) <= 1, "more than one update at a time"
    return updates[0].changes if updates else {}


def notes(outcome: Outcome) -> list[str]:
    """The texts of the notes."""
    return [note.body for note in bodies(outcome, CreateNote)]


def tasks(outcome: Outcome) -> list[CreateTask]:
    """The tasks that are made."""
    return bodies(outcome, CreateTask)


def kinds(outcome: Outcome) -> list[str]:
    """The kinds of the ledger's new lines."""
    return [entry.kind for entry in outcome.entries]


def handoff(outcome: Outcome) -> Handoff:
    """The one hand-off that is new or changed."""
    [only] = outcome.handoffs
    return only


def open_handoffs(case: Case) -> list[Handoff]:
    """The hand-offs that wait for somebody."""
    return [h for h in case.handoffs if h.status in (HandoffStatus.WAITING, HandoffStatus.PENDING)]


def only_handoff(case: Case) -> Handoff:
    """The one hand-off that the engine loads for the deal."""
    [found] = case.handoffs
    return found

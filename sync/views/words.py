"""What a deal still waits for, as its story tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mapping.phrases import Phrase, counted, phrase
from store.outbox import State

_EVENTS: Mapping[str, Phrase] = {
    "webhook": phrase("webhook"),
    "poll": phrase("poll"),
    "backfill": phrase("backfill"),
    "config": phrase("config"),
    "manual": phrase("manual"),
    "timer": phrase("timer"),
    "look": phrase("look"),
}
"""Why a deal is looked at, by `mapping.model.EventKind`."""

_WRITES: Mapping[str, Phrase] = {
    "update": phrase("update"),
    "create": phrase("create"),
    "task": phrase("task"),
    "note": phrase("note"),
    "close_task": phrase("close_task"),
}
"""What is written into a CRM, by the kind of the write."""

_WAITS: Mapping[str, Callable[[str, int], Phrase]] = {
    "pending": lambda kind, attempts: phrase("Waits to be looked at ({kind}).", kind=kind),
    "scheduled": lambda kind, attempts: phrase("To be looked at again later ({kind}).", kind=kind),
    "held": lambda kind, attempts: phrase("Held until a person decides ({kind}).", kind=kind),
    "dead": lambda kind, attempts: counted(
        "Given up after {count} attempt ({kind}).",
        "Given up after {count} attempts ({kind}).",
        count=attempts,
        kind=kind,
    ),
}
_STANDS: Mapping[State, Callable[[str, str], Phrase]] = {
    State.PENDING: lambda connection, what: phrase(
        "Still to be written to {connection}: {what}.", connection=connection, what=what
    ),
    State.SENDING: lambda connection, what: phrase(
        "On its way to {connection}, without an answer yet: {what}.", connection=connection, what=what
    ),
    State.PARKED: lambda connection, what: phrase(
        "{connection} refused it, and a person decides now: {what}.", connection=connection, what=what
    ),
}


def event_waits(state: str, kind: str, attempts: int, error: str | None) -> Phrase:
    """Something that the house still has to look at, or gave up."""
    return _with_error(_WAITS[state](_EVENTS[kind], attempts), error)


def write_waits(state: State, kind: str, connection: str, error: str | None) -> Phrase:
    """Something that is still to be written, or was refused."""
    return _with_error(_STANDS[state](connection, _WRITES[kind]), error)


def _with_error(text: Phrase, error: str | None) -> Phrase:
    return phrase("{text} {error}", text=text, error=error) if error else text

"""What came of a write, as the deal's story tells it. The words of a CRM stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mapping import terms
from mapping.model import UpdateDeal, Write
from mapping.phrases import Phrase, phrase
from sync.core.merge import WRITE_BACK

_DONE: Mapping[str, Callable[[str], Phrase]] = {
    "create": lambda connection: phrase("Created the deal in {connection}.", connection=connection),
    "task": lambda connection: phrase("Made a task in {connection}.", connection=connection),
    "note": lambda connection: phrase("Left a note in {connection}.", connection=connection),
    "close_task": lambda connection: phrase("Closed a task in {connection}.", connection=connection),
}


def done(write: Write) -> Phrase:
    """The CRM took it."""
    if isinstance(write.body, UpdateDeal):
        return _wrote(sorted(write.body.changes), write.connection)
    return _DONE[write.body.kind](write.connection)


def _wrote(names: Iterable[str], connection: str) -> Phrase:
    called = tuple(terms.quoted(n) if n.startswith(WRITE_BACK) else terms.field(n) for n in names)
    return phrase("Wrote {names:and} to {connection}.", names=called, connection=connection)


def left_to_a_person(why: str) -> Phrase:
    """It cannot be made, and somebody has to decide."""
    return phrase("Left to a person: {reason}", reason=why)


def refused(why: str) -> Phrase:
    """The CRM does not take it."""
    return phrase("The CRM refused it: {reason}", reason=why)


def overtaken(why: str) -> Phrase:
    """Somebody changed the same meanwhile."""
    return phrase(
        "Somebody was faster; their change stands and the deal is looked at again: {reason}", reason=why
    )

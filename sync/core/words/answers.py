"""How a hand-off was answered, as the deal's story tells it: accepted, returned, late; and why it was closed."""

from __future__ import annotations

from collections.abc import Mapping

from mapping.model import Handoff
from mapping.phrases import Phrase, phrase
from mapping.ruleset import Ruleset
from sync.core.words import person

MOVED_ON = phrase("moved the deal")
TASK_DONE = phrase("completed the task")
WORKED_ON = phrase("worked on the deal")
BY_COMMAND = phrase("accepted by command")

NO_REASON = phrase("moved back without a reason given")
OVERTAKEN = phrase("overtaken by another hand-off")
DELETED = phrase("the deal was deleted")
FINISHED: Mapping[str, Phrase] = {
    "won": phrase("the deal was won"),
    "lost": phrase("the deal was lost"),
}
"""Why nobody has to accept a deal any more, by its status."""


def accepted(email: str | None, reason: str, rules: Ruleset) -> Phrase:
    """The receiver took it, and how that was seen."""
    return phrase("{person} accepted the hand-off: {reason}.", person=person(email, rules), reason=reason)


def returned(email: str | None, reason: str, rules: Ruleset) -> Phrase:
    """It goes back to whom it came from."""
    return phrase("Returned to {person}: {reason:stop}", person=person(email, rules), reason=reason)


def why_returned(reason: str) -> Phrase:
    """The reason came after the return."""
    return phrase("The reason for the return: {reason:stop}", reason=reason)


def late_for_nobody_else(handoff: Handoff, rules: Ruleset) -> Phrase:
    """It is late, and stays with its receiver."""
    return phrase(
        "{rule}: {person} did not accept in time, and nobody else is free.",
        rule=handoff.rule,
        person=person(handoff.to_member, rules),
    )


def late_for_another(email: str | None, handoff: Handoff, rules: Ruleset) -> Phrase:
    """It was late with this person, and goes to another."""
    return phrase(
        "{rule}: {person} did not accept in time; it goes to {receiver:stop}",
        rule=handoff.rule,
        person=person(email, rules),
        receiver=person(handoff.to_member, rules),
    )


def late_for_head(handoff: Handoff, rules: Ruleset) -> Phrase:
    """It is late, and `head` hears of it."""
    return phrase(
        "{rule}: {person} did not accept in time; head is told.",
        rule=handoff.rule,
        person=person(handoff.to_member, rules),
    )

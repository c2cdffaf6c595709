"""Why something is so, as parts of what the conveyor says: why a move does not stand, why somebody receives a deal.

Each is a phrase that fits after a colon, between brackets and beside others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mapping import terms
from mapping.phrases import phrase
from mapping.ruleset import Duration, Ruleset
from sync.core import words


def not_their_move_on(person: str, roles: Iterable[str], section: str, rules: Ruleset) -> str:
    """Somebody moved a deal over a boundary, and has not the role for it."""
    titles = words.role_titles(roles, rules)
    return phrase(
        "only {roles:or} moves a deal on to {section}, and {person} is not one",
        roles=titles,
        section=section,
        person=person,
    )


def not_their_move_within(person: str, roles: Iterable[str], section: str, rules: Ruleset) -> str:
    """Somebody moved a deal within a section, and has not its role."""
    titles = words.role_titles(roles, rules)
    return phrase(
        "only {roles:or} moves a deal within {section}, and {person} is not one",
        roles=titles,
        section=section,
        person=person,
    )


def no_handoff_to_section(leaves: str, enters: str) -> str:
    """No rule says how a deal goes from this section to that one."""
    return phrase(
        "there is no hand-off from {leaves} to {enters}; "
        "deals go from section to section in the order of the line",
        leaves=leaves,
        enters=enters,
    )


def no_handoff_to_stage(leaves: str, stage: str) -> str:
    """The rule of a boundary does not hand a deal over by entering this stage."""
    return phrase(
        "there is no hand-off from {leaves} to {stage}; "
        "deals go from section to section in the order of the line",
        leaves=leaves,
        stage=stage,
    )


def left_out(stages: Iterable[str], before: str) -> str:
    """Stages were skipped where none may be."""
    titles = tuple(terms.quoted(title) for title in stages)
    return phrase("{stages:and} must come before {stage}", stages=titles, stage=before)


def undone_task(subject: str) -> str:
    """A required task is not done."""
    return phrase('the task "{task}" must be done', task=subject)


def before_section(what: str, section: str, ask: str | None) -> str:
    """What must be so before a deal is handed over, with the admin's own question."""
    said = phrase("{what} before a deal goes to {section}", what=what, section=section)
    return _with_question(said, ask)


def before_stage(what: str, stage: str, ask: str | None) -> str:
    """What must be so before a deal enters a stage, with the admin's own question."""
    return _with_question(phrase("{what} before a deal goes to {stage}", what=what, stage=stage), ask)


def _with_question(said: str, ask: str | None) -> str:
    return phrase("{what} - {question}", what=said, question=ask) if ask else said


def nobody_received(stage: str) -> str:
    """The deal crossed a boundary, and the conveyor does not move it any more."""
    return phrase("it went on to {stage} and nobody received it", stage=stage)


def stays_with_receiver(stage: str) -> str:
    """The deal went back over a boundary, and the conveyor does not move it any more."""
    return phrase("it went back to {stage} and stays with whom it was handed to", stage=stage)


def did_not_accept(person: str) -> str:
    """A hand-off is returned because it was late."""
    return phrase("{person} did not accept in time", person=person)


def late_and_stuck(person: str) -> str:
    """A late hand-off should go back, and the conveyor does not move the deal any more."""
    return phrase("{person} did not accept in time, and it cannot be moved back any more", person=person)


def returned_and_stuck(reason: str) -> str:
    """Somebody returned a hand-off, and the conveyor does not move the deal any more."""
    return phrase("it was returned ({reason}) and cannot be moved back any more", reason=reason)


def moved_twin(connection: str, home: str) -> str:
    """A record whose deal goes on elsewhere is moved too often."""
    return phrase(
        "it is moved in {connection} again and again, while it goes on in {home}",
        connection=connection,
        home=home,
    )


def not_an_owner(owner: str | None, roles: Iterable[str], rules: Ruleset) -> str:
    """The new owner has no role of the section, or is not on the team."""
    titles = words.role_titles(roles, rules)
    if owner is None:
        return phrase("the new owner is not on the team; deals here belong to {roles:or}", roles=titles)
    name = words.person(owner, rules)
    return phrase("{person} is not {roles:or}, the role that owns deals here", person=name, roles=titles)


def not_their_start(person: str, section: str, roles: Iterable[str], rules: Ruleset) -> str:
    """Somebody created a deal in a section whose role they have not."""
    return phrase(
        "{person} created this deal in {section}, where only {roles:or} may start deals",
        person=person,
        section=section,
        roles=words.role_titles(roles, rules),
    )


def was_won(rule: str) -> str:
    """A deal begins because another was won."""
    return phrase("{rule}: the deal was won", rule=rule)


def so_long_after_winning(duration: Duration, title: str) -> str:
    """A deal begins some time after another was won."""
    return phrase("{span} after {title} was won", span=terms.span(duration), title=title)


def day_comes(field: str, title: str, day: date) -> str:
    """A deal begins because of a date in another."""
    return phrase(
        "{field} of {title} is {date:day}", field=terms.field(field), title=title, date=day.isoformat()
    )

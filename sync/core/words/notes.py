"""The notes that the conveyor leaves on deals."""

from __future__ import annotations

from collections.abc import Sequence

from mapping import terms
from mapping.model import Deal, Handoff, Link
from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Duration, Ruleset
from sync.core.words import local_time, person, section_title, stage_title


def sentence(reasons: Sequence[str]) -> Phrase:
    """Reasons as the end of a sentence, with its full stop unless a question ends it."""
    return phrase("{reasons:reasons}", reasons=tuple(reasons))


def moved_back(back_to: str, reasons: Sequence[str], rules: Ruleset) -> Phrase:
    """The note on a deal that was moved back."""
    stage = stage_title(back_to, rules)
    return phrase("Moved back to {stage}: {reasons:reasons}", stage=stage, reasons=tuple(reasons))


def owner_put_back(owner: str | None, reasons: Sequence[str], rules: Ruleset) -> Phrase:
    """The note on a deal whose owner was put back."""
    name = person(owner, rules)
    return phrase("Owner put back to {person}: {reasons:reasons}", person=name, reasons=tuple(reasons))


def let_through(reasons: Sequence[str]) -> Phrase:
    """The note on a violation that is only told."""
    return phrase("Please put this right: {reasons:reasons}", reasons=tuple(reasons))


def breaker(limit: int, per: Duration, reasons: Sequence[str]) -> Phrase:
    """The note when the conveyor stops moving a deal."""
    return counted(
        "The conveyor moved this deal {count} time within {span} and leaves it alone now, "
        "so as not to fight. A person should look: {reasons:reasons}",
        "The conveyor moved this deal {count} times within {span} and leaves it alone now, "
        "so as not to fight. A person should look: {reasons:reasons}",
        count=limit,
        span=terms.span(per),
        reasons=tuple(reasons),
    )


def handed_over(handoff: Handoff, rules: Ruleset) -> Phrase:
    """The note on a hand-off."""
    text = phrase(
        "{rule}: handed to {person} ({reason}).",
        rule=handoff.rule,
        person=person(handoff.to_member, rules),
        reason=handoff.reason or "",
    )
    if handoff.due_at:
        until = local_time(handoff.due_at, rules)
        text = phrase("{text} To be accepted by {until}.", text=text, until=until)
    if handoff.defects:
        defects = tuple(handoff.defects)
        text = phrase("{text} Let through although {reasons:reasons}", text=text, reasons=defects)
    return text


def because(deal: Deal) -> str:
    """The note on a deal that the conveyor opened."""
    return phrase("Opened by the conveyor: {reason:stop}", reason=deal.because or "")


def twin_now(deal: Deal, home: Link, rules: Ruleset) -> str:
    """The note on a record whose deal goes on in another CRM."""
    return phrase(
        "Now in {stage}, {connection}, with {owner:stop}",
        stage=stage_title(deal.stage, rules),
        connection=home.connection,
        owner=_with(deal, home, rules),
    )


def twin_moved(deal: Deal, home: Link, left: bool, rules: Ruleset) -> str:
    """The note on a record that somebody moved although its deal goes on in another CRM."""
    where, owner = home.connection, _with(deal, home, rules)
    if left:
        return phrase(
            "Please move it back: this deal goes on in {connection}, with {owner:stop}",
            connection=where,
            owner=owner,
        )
    return phrase(
        "Moved back: this deal goes on in {connection}, with {owner:stop}", connection=where, owner=owner
    )


def same_deal(link: Link) -> str:
    """The note that says where else a deal has a record."""
    where = link.url or link.remote_id or ""
    return phrase("The same deal in {connection}: {link:stop}", connection=link.connection, link=where)


def waits(handoff: Handoff, rules: Ruleset) -> Phrase:
    """The note on a hand-off that nobody is free for."""
    return phrase(
        "{rule}: nobody can take this deal in {section} right now ({reason}). It waits in the queue.",
        rule=handoff.rule,
        section=section_title(handoff.to_section, rules),
        reason=handoff.reason or "",
    )


def _with(deal: Deal, home: Link, rules: Ruleset) -> str:
    name = person(deal.owner, rules)
    return phrase("{person}, {link}", person=name, link=home.url) if home.url else name

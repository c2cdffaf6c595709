"""What happened to a deal, as its story tells it: placed, moved, changed, silent; of hand-offs tells `answers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from mapping import terms
from mapping.model import Deal, Handoff
from mapping.phrases import Phrase, phrase
from mapping.ruleset import Ruleset
from sync.core.words import person as name_of
from sync.core.words import stage_title

RESTORED = phrase("The record is there again.")
WORKED_ON_AGAIN = phrase("Somebody worked on it again.")

FIRST_SEEN_PARKED: Mapping[str, Phrase] = {
    "unmapped": phrase("Found by the backfill and placed as it is: unmapped."),
    "ignored": phrase("Found by the backfill and placed as it is: ignored."),
}
"""The first reading found it on no stage of the line."""


@lru_cache(maxsize=1000)
def first_seen(stage: str) -> Phrase:
    """The first reading found it. Kept for each stage, for it is told of every deal."""
    return phrase("Found by the backfill and placed as it is: {stage}.", stage=stage)


def placed(stage: str | None, rules: Ruleset) -> Phrase:
    """The line has it on this stage now, without judgement."""
    return phrase("Placed on {stage}.", stage=stage_title(stage, rules))


def unmapped(crm_stage: Sequence[str] | None, connection: str) -> Phrase:
    """It is parked, for its CRM's stage means nothing."""
    return phrase(
        "The stage {stage} of {connection} is mapped nowhere; the deal is parked and nothing is written until "
        "its mapping says what it means.",
        stage=phrase("none") if crm_stage is None else " / ".join(crm_stage),
        connection=connection,
    )


def moved(email: str | None, before: str, stage: str, rules: Ruleset) -> Phrase:
    """Somebody moved it; nobody of the team where there is no e-mail."""
    return phrase(
        "{person} moved it from {before} to {stage}.",
        person=name_of(email, rules) if email else phrase("An outsider"),
        before=stage_title(before, rules),
        stage=stage,
    )


def undone(stage: str, reasons: Sequence[str]) -> Phrase:
    """A wrong move that people took back themselves."""
    return phrase(
        "Moved to {stage} and back before the conveyor looked: {reasons:reasons}",
        stage=stage,
        reasons=tuple(reasons),
    )


def excused(rule: str) -> Phrase:
    """A rule's exception was used."""
    return phrase("{rule}: let through by its exception.", rule=rule)


def put_right(rule: str) -> Phrase:
    """A violation that was told is none any more."""
    return phrase("What was missing is there now: {rule}.", rule=rule)


def owner_changed(owner: str, email: str | None, rules: Ruleset) -> Phrase:
    """Somebody who may have it has the deal now; `email` is who had it before."""
    before = name_of(email, rules)
    return phrase(
        "The owner is now {person}, before {before:stop}", person=name_of(owner, rules), before=before
    )


def stands_still(since: datetime) -> Phrase:
    """Its owner gets a task, because nothing happened for so long."""
    return phrase(
        "Stands still since {since} UTC: its owner is asked to follow up.", since=f"{since:%Y-%m-%d %H:%M}"
    )


def opened(stage: str, connection: str, reason: str) -> Phrase:
    """The customer's next deal begins in its time."""
    return phrase(
        "Opened {stage} in {connection}: {reason:stop}", stage=stage, connection=connection, reason=reason
    )


def goes_on(deal: Deal, handoff: Handoff, rules: Ruleset) -> Phrase:
    """Winning opened the customer's next deal."""
    stage, connection = stage_title(deal.stage, rules), deal.home
    rule, reason = handoff.rule, handoff.reason or ""
    if handoff.to_member is None:
        return phrase(
            "{rule}: the customer goes on in {stage}, {connection}, waiting for somebody ({reason}).",
            rule=rule,
            stage=stage,
            connection=connection,
            reason=reason,
        )
    return phrase(
        "{rule}: the customer goes on in {stage}, {connection}, handed to {person} ({reason}).",
        rule=rule,
        stage=stage,
        connection=connection,
        person=name_of(handoff.to_member, rules),
        reason=reason,
    )


def changed_twice(field: str, winner: str, loser: str) -> Phrase:
    """Two CRMs brought different values of one field."""
    return phrase(
        "{field} was changed in {loser} and in {winner} at once; the later one, in {winner}, stands.",
        field=terms.field(field),
        winner=winner,
        loser=loser,
    )


def gone(record: str, why: str) -> Phrase:
    """The CRM has the record no longer."""
    if why == "merged":
        return phrase("The record {record} is merged.", record=record)
    if why == "deleted":
        return phrase("The record {record} is deleted.", record=record)
    return phrase("The record {record} is not found.", record=record)


def twin_astray(connection: str, home: str) -> Phrase:
    """Somebody moved a record whose deal goes on elsewhere, and it stays there."""
    return phrase(
        "Moved in {connection}, while the deal goes on in {home}.", connection=connection, home=home
    )


def twin_put_back(connection: str, home: str) -> Phrase:
    """Somebody moved a record whose deal goes on elsewhere, and it is moved back."""
    return phrase("Moved back in {connection}: the deal goes on in {home}.", connection=connection, home=home)

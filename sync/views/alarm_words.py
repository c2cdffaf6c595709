"""What alarms say: each a phrase, so that whoever looks reads it in their language. Finds nothing itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from mapping import terms
from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Practice, Ruleset
from sync.core.words import local_time, on_the_clock

NO_RULES = phrase("There is no active version of the rules: run `conveyor apply`.")
UNACCOUNTED = phrase("Some hand-offs are neither accepted, returned nor open.")


def paused(until: datetime, why: str | None, rules: Ruleset | None) -> Phrase:
    """Nothing is asked of a connection for a while."""
    known = local_time(until, rules) if rules else phrase("{at:moment} UTC", at=until.isoformat())
    return phrase("Paused until {until}: {why}", until=known, why=why or "")


def waits_for_a_worker(seconds: float) -> Phrase:
    """Work is due, and nobody does it."""
    return phrase("Work has been waiting for {seconds} s: is a worker running?", seconds=round(seconds))


def not_renewed(error: str) -> Phrase:
    """Webhooks would end; `error` is in the CRM's own words."""
    return phrase("Its webhooks could not be renewed, which is tried again: {error}", error=error)


def dead_letters(number: int) -> Phrase:
    """Events and writes that were given up."""
    return phrase("{number} could not be processed: `conveyor dead list` says why.", number=number)


def held(number: int) -> Phrase:
    """Events that wait for a person."""
    return counted(
        "{count} waits until a person decides.", "{count} wait until a person decides.", count=number
    )


def late_handoffs(number: int) -> Phrase:
    """Hand-offs that nobody accepted in time."""
    return counted(
        "{count} hand-off is late: `conveyor handoffs --late`.",
        "{count} hand-offs are late: `conveyor handoffs --late`.",
        count=number,
    )


def missed_deadlines(number: int) -> Phrase:
    """Late hand-offs with which nothing more happens by itself."""
    return counted(
        "{count} hand-off was not accepted in time and still waits: `conveyor handoffs`.",
        "{count} hand-offs were not accepted in time and still wait: `conveyor handoffs`.",
        count=number,
    )


def nobody_free(number: int, section: str, oldest: timedelta) -> Phrase:
    """Hand-offs without a receiver."""
    return counted(
        "{count} hand-off waits for somebody in {section}, the oldest for {age}.",
        "{count} hand-offs wait for somebody in {section}, the oldest for {age}.",
        count=number,
        section=section,
        age=_age(oldest),
    )


def unmapped_stage(stage: str, number: int, file: str) -> Phrase:
    """A CRM stage that no mapping knows, with the deals on it."""
    return counted(
        "The stage {stage} is mapped nowhere; {count} deal is parked. Add it to {file}.",
        "The stage {stage} is mapped nowhere; {count} deals are parked. Add it to {file}.",
        count=number,
        stage=stage,
        file=file,
    )


def practice_faded(practice: Practice, since: datetime, rules: Ruleset) -> Phrase:
    """Something that should happen now and then has not."""
    return phrase(
        "{practice}: no deal came onto {stage} since {since:day}, and one should at least every {span} ({place}).",
        practice=practice.name,
        stage=rules.conveyor.stages[practice.stage].title,
        since=on_the_clock(since, rules)[: len("2026-01-31")],
        span=terms.span(practice.at_least_once_in),
        place=str(practice.place),
    )


def _age(waiting: timedelta) -> Phrase:
    hours, minutes = divmod(int(waiting.total_seconds()) // 60, 60)
    if not hours:
        return phrase("{minutes} min", minutes=minutes)
    return phrase("{hours} h {minutes} min", hours=hours, minutes=minutes)

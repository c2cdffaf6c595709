"""Why somebody receives a deal or does not, as it stands in a note and in the list of who was considered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from mapping.model import Candidate
from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Away, Ruleset
from sync.core.words import on_the_clock, person

BY_HAND = phrase("chosen by hand")
HAD_IT_ALREADY = phrase("had it already")
NOT_AT_WORK = phrase("is not at work now")
NOT_TO_BE_FOUND = phrase("whoever should receive it is not known, or not free now")

_METHODS: Mapping[str, Callable[[str], Phrase]] = {
    "least_loaded": lambda standing: phrase("least loaded: {standing}", standing=standing),
    "round_robin": lambda standing: phrase("next in turn: {standing}", standing=standing),
    "weighted": lambda standing: phrase("next in turn by weight: {standing}", standing=standing),
}
_ONE_PERSON: Mapping[str, Phrase] = {
    "same_as_before": phrase("same as before"),
    "person": phrase("named by the rule"),
}


def ranked_first(method: str, standing: str) -> str:
    """They come first by the rule's way of assigning."""
    return _METHODS[method](standing)


def meant(method: str) -> str:
    """The rule means this one person."""
    return _ONE_PERSON[method]


def covers(name: str, away: Away) -> str:
    """They receive for somebody who is away."""
    return phrase("covers {person}, who is away until {until:day}", person=name, until=away.until.isoformat())


def open_deals(count: int, last: str) -> str:
    """How they stand where the fewest open deals count."""
    return counted("{count} open deal, {last}", "{count} open deals, {last}", count=count, last=last)


def turns(count: int, weight: int, last: str) -> str:
    """How they stand where turns count by weight."""
    return counted(
        "{count} turn for weight {weight}, {last}",
        "{count} turns for weight {weight}, {last}",
        count=count,
        weight=weight,
        last=last,
    )


def last_received(at: datetime | None, rules: Ruleset) -> str:
    """When they received a deal last."""
    if at is None:
        return phrase("has not received one yet")
    return phrase("last received {at:moment}", at=on_the_clock(at, rules))


def nobody_has(role: str, rules: Ruleset) -> str:
    """The team has nobody who could receive."""
    found = rules.conveyor.roles.get(role)
    return phrase("nobody has the role {role}", role=found.title if found else role)


def all_hindered(hindrances: Iterable[tuple[str, str]]) -> str:
    """Why each of those who could receive cannot: name and hindrance."""
    each = tuple(hindered(name, why) for name, why in hindrances)
    return phrase("{people:semicolons}", people=each)


def hindered(person: str, reason: str) -> str:
    """Why somebody cannot receive."""
    return phrase("{person} {hindrance}", person=person, hindrance=reason)


def considered(candidates: Iterable[Candidate]) -> list[str]:
    """Everybody who was considered for a hand-off, each with why they were chosen or not."""
    return [phrase("{person}: {why}", person=each.member, why=each.why) for each in candidates]


def no_account(connection: str) -> str:
    """They cannot own a deal there."""
    return phrase("has no account in {connection}", connection=connection)


def is_away(away: Away, rules: Ruleset) -> str:
    """They are away, and somebody may cover for them."""
    until = away.until.isoformat()
    if not away.covered_by:
        return phrase("is away until {until:day}", until=until)
    cover = person(away.covered_by, rules)
    return phrase("is away until {until:day}, {person} covers", until=until, person=cover)


def no_room(count: int, capacity: int) -> str:
    """They have as many open deals as they can work on."""
    return counted(
        "has {count} open deal, and room for {capacity}",
        "has {count} open deals, and room for {capacity}",
        count=count,
        capacity=capacity,
    )

"""Compares two descriptions of one thing, and says in sentences how they differ. Pure.

A description gives each fact a name: `asks that` for several that stand side by side, `follow-up` for a single one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from mapping.phrases import Phrase, phrase

Fact = str | tuple[str, ...] | None
"""A single fact, None where it is not set; or several, whose order says nothing."""

Facts = Mapping[Phrase, Fact]

Thing = TypeVar("Thing")


def differences(subject: str, before: Facts, after: Facts) -> Iterator[Phrase]:
    """A sentence for each fact that is not the same any more; both describe the same facts."""
    for name in after:
        old, new = before[name], after[name]
        if isinstance(old, tuple) and isinstance(new, tuple):
            yield from _several(subject, name, old, new)
        elif old != new:
            assert not isinstance(old, tuple) and not isinstance(new, tuple), f"{name} is single or several"
            yield _single(subject, name, old, new)


def _several(subject: str, does: Phrase, old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Phrase]:
    for one in (one for one in new if one not in old):
        yield phrase("{subject} now {does}: {one}.", subject=subject, does=does, one=one)
    for one in (one for one in old if one not in new):
        yield phrase("{subject} no longer {does}: {one}.", subject=subject, does=does, one=one)


def _single(subject: str, fact: Phrase, old: str | None, new: str | None) -> Phrase:
    if new is None:
        return phrase(
            "{subject}: {fact} is not set any more, it was {old}.", subject=subject, fact=fact, old=old or ""
        )
    if old is None:
        return phrase("{subject}: {fact} is {new}, it was not set.", subject=subject, fact=fact, new=new)
    return phrase("{subject}: {fact} is {new}, it was {old}.", subject=subject, fact=fact, new=new, old=old)


def each(
    before: Mapping[str, Thing],
    after: Mapping[str, Thing],
    *,
    new: Callable[[Thing], Phrase],
    gone: Callable[[Thing], Phrase],
    changed: Callable[[Thing, Thing], Iterator[Phrase]],
) -> Iterator[Phrase]:
    """Compare named things: those that are new, those that are gone, and those that are in both."""
    yield from (gone(thing) for name, thing in before.items() if name not in after)
    for name, thing in after.items():
        if name not in before:
            yield new(thing)
        elif before[name] != thing:
            yield from changed(before[name], thing)


def other_order(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether what stands in both stands in another order."""
    old, new = [one for one in before if one in after], [one for one in after if one in before]
    return old != new

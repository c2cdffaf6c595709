"""Compares two descriptions of one thing, and says in sentences how they differ. Pure.

A description gives each fact a name: `asks that` for several that stand side by side, `follow-up` for a single one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

Fact = str | tuple[str, ...] | None
"""A single fact, None where it is not set; or several, whose order says nothing."""

Facts = Mapping[str, Fact]

Thing = TypeVar("Thing")


def differences(subject: str, before: Facts, after: Facts) -> Iterator[str]:
    """A sentence for each fact that is not the same any more; both describe the same facts."""
    for name in after:
        old, new = before[name], after[name]
        if isinstance(old, tuple) and isinstance(new, tuple):
            yield from (f"{subject} now {name}: {one}." for one in new if one not in old)
            yield from (f"{subject} no longer {name}: {one}." for one in old if one not in new)
        elif old != new:
            yield _single(subject, name, old, new)


def _single(subject: str, name: str, old: Fact, new: Fact) -> str:
    if new is None:
        return f"{subject}: {name} is not set any more, it was {old}."
    return f"{subject}: {name} is {new}" + (f", it was {old}." if old is not None else ", it was not set.")


def each(
    before: Mapping[str, Thing],
    after: Mapping[str, Thing],
    *,
    new: Callable[[Thing], str],
    gone: Callable[[Thing], str],
    changed: Callable[[Thing, Thing], Iterator[str]],
) -> Iterator[str]:
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

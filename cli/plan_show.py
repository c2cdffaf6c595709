"""Prints a plan for people: the files, the rules and the deals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cli.output import say

if TYPE_CHECKING:
    from sync.planning.plan import Plan


def show(made: Plan, name: str) -> None:
    """Print a plan for people."""
    from sync.planning.telling import told

    active = made.active
    if active is not None and made.same:
        say(f"{name} holds the rules of version {active.version}, which is in force; nothing changes.")
        return
    before = f"after version {active.version}" if active else "the first version"
    say(f"{name} ({made.after.hash[:12]}) would be {before}:")
    files = made.files
    for word, found in (("new", files["added"]), ("changed", files["changed"]), ("gone", files["removed"])):
        for file in found:
            say(f"  {word:8}{file}")
    block("Rules", made.changes)
    block("Deals", told(made))


def block(title: str, sentences: Iterable[str]) -> None:
    """Print sentences under a title."""
    say(f"{title}:")
    for sentence in sentences:
        say(f"  {sentence}")

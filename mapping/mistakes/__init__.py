"""One example of each mistake that `check` tells, made in the configuration that ships: the reference shows them.

Finds nothing itself: an example is checked like any other file, and what is said then is what the reference says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mapping.loader import check_files
from mapping.mistakes.live import differences_shown
from mapping.mistakes.mistake import Mistake, Shown, shown
from mapping.mistakes.of_files import OF_FILES, without_texts
from mapping.mistakes.of_rules import OF_RULES
from mapping.mistakes.of_values import OF_VALUES
from mapping.mistakes.of_yaml import OF_YAML

__all__ = ["GROUPS", "KINDS", "OF_RULES", "OF_VALUES", "examples"]

GROUPS: Mapping[str, tuple[Mistake, ...]] = {
    "files": OF_FILES,
    "yaml": OF_YAML,
    "values": OF_VALUES,
    "rules": OF_RULES,
}
"""By what is wrong: the file itself, how YAML is written, a key or value, and how things fit together."""

ONLINE = "online"
KINDS = (*GROUPS, ONLINE)


def examples(kind: str, files: Mapping[str, str]) -> Iterator[Shown]:
    """The examples of a kind, made in these files: what stands there, and what `check` says."""
    if kind == ONLINE:
        yield from differences_shown(files)
        return
    for mistake in GROUPS[kind]:
        wrong = mistake.made_in(files)
        yield shown(mistake.code, wrong, check_files(wrong)[1])
    if kind == "files":
        yield from without_texts()

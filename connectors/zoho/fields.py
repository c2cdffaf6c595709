"""A field of a module, as its metadata has it. Values of it: `values.py`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from connectors.errors import Rejected

NOTHING = "-None-"  # how a picklist says that nothing was chosen


class NoSuchOption(Rejected):
    """A list has no such option, as far as we know it."""


@dataclass(frozen=True)
class Field:
    """One field of a module as its metadata has it."""

    name: str
    label: str
    type: str
    writable: bool = True
    unique: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # actual value -> display value

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Actual value -> what is shown for it: the label, where no other option has the same one."""
        counts = Counter(self.options.values())
        return {
            actual: label if counts[label] == 1 else actual
            for actual, label in self.options.items()
            if actual != NOTHING
        }

    def actual(self, shown: str) -> str | None:
        """The actual value of an option that is named by either of its values; `None` if there is none."""
        if shown in self.options:
            return shown
        same = [actual for actual, label in self.labels.items() if label == shown]
        same = same or [a for a, label in self.labels.items() if label.casefold() == shown.casefold()]
        return same[0] if len(same) == 1 else None

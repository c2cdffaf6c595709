"""Which records have a certain value in a certain attribute or custom field; kept from the first question on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

Values = dict[str, Any]
Name = str | int  # an attribute, or the id of a custom field


class Lookups:
    """Ids by name and value."""

    def __init__(self) -> None:
        self._tables: dict[Name, defaultdict[Any, set[int]]] = {}

    def find(self, name: Name, wanted: Iterable[Any], records: Iterator[Values]) -> set[int]:
        """Return the ids of the records that have one of these values; `records` are read the first time."""
        if name not in self._tables:
            table: defaultdict[Any, set[int]] = defaultdict(set)
            for values in records:
                table[_value(values, name)].add(values["id"])
            self._tables[name] = table
        return set().union(*(self._tables[name].get(value, ()) for value in wanted))

    def replace(self, before: Values | None, after: Values | None) -> None:
        """Take notice of a record's new values."""
        for name, table in self._tables.items():
            if before is not None:
                table[_value(before, name)].discard(before["id"])
            if after is not None:
                table[_value(after, name)].add(after["id"])


def _value(values: Values, name: Name) -> Any:
    return values["custom_fields"].get(name) if isinstance(name, int) else values[name]

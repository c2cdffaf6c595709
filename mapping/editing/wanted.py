"""The data that an edit is meant to lead to, and the proof that it does."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from mapping.document import Document, Path, Plain
from mapping.phrases import Phrase, phrase
from mapping.source import read

_HARMLESS = frozenset({"byte-order-mark", "empty-value", "yaml-boolean", "yaml-number", "yaml-time"})
"""Mistakes that leave no doubt about what stands where."""


class CannotEdit(Exception):
    """A text was left as it is, and why."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(why)
        self.why = why


def edited(text: str, edit: Callable[[str], str], meant: Callable[[Plain], Plain]) -> str:
    """The text after an edit, if it then holds what was meant. Raises `CannotEdit`."""
    before = _readable(text)
    wanted = meant(copy.deepcopy(before.root))
    mark, newline = "\ufeff" if text.startswith("\ufeff") else "", "\r\n" if _ends_in_two(text) else "\n"
    try:
        plain = edit(text.removeprefix(mark).replace(newline, "\n"))
    except (TypeError, RecursionError) as error:
        said = phrase("This cannot be written into a file: {why}.", why=str(error))
        raise CannotEdit(said) from error
    after = mark + plain.replace("\n", newline)
    document = read("", after)
    if _new_mistakes(before, document) or not same(document.root, wanted):
        raise CannotEdit(
            phrase(
                "This place is written in a way that a machine could break. Change it by hand, in an editor."
            )
        )
    return after


def read_plain_data(text: str) -> Plain:
    """What stands in a text. Raises `CannotEdit` where that is not certain."""
    return _readable(text).root


def same(one: Plain, other: Plain) -> bool:
    """Whether two values are equal, in their types too: 1 is not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one == other
    return type(one) is type(other) and one == other


def value_at(root: Plain, path: Path) -> Plain:
    """The value at a path. Raises `CannotEdit` if there is none."""
    for step in path:
        places: dict[str | int, Plain] = {}
        if isinstance(root, dict):
            places = dict(root.items())
        elif isinstance(root, list):
            places = dict(enumerate(root))
        if step not in places:
            raise CannotEdit(phrase("There is no {place} here.", place=_named(path)))
        root = places[step]
    return root


def with_value(root: Plain, path: Path, value: Plain, *, is_new: bool = False) -> Plain:
    """The data with a value at a path; tables on the way are made. Raises `CannotEdit` where that leads nowhere."""
    if not path:
        return copy.deepcopy(value)
    first, *rest = path
    if isinstance(root, list) and isinstance(first, int) and 0 <= first < len(root):
        root[first] = with_value(root[first], tuple(rest), value, is_new=is_new)
        return root
    if root is None:
        root = {}
    if not isinstance(root, dict) or not isinstance(first, str) or (is_new and not rest and first in root):
        raise CannotEdit(phrase("There is no place for {place} here.", place=_named(path)))
    root[first] = with_value(root.get(first), tuple(rest), value, is_new=is_new)
    return root


def with_item(root: Plain, path: Path, value: Plain, index: int | None) -> Plain:
    """The data with one more entry in a list."""
    items = value_at(root, path)
    if not isinstance(items, list) or not 0 <= (index or 0) <= len(items):
        raise CannotEdit(phrase("{place} is no list with that place.", place=_named(path)))
    items.insert(len(items) if index is None else index, copy.deepcopy(value))
    return root


def without(root: Plain, path: Path) -> Plain:
    """The data without what stands at a path."""
    value_at(root, path)
    parent = value_at(root, path[:-1]) if path else None
    if isinstance(parent, dict):
        del parent[str(path[-1])]
    elif isinstance(parent, list):
        del parent[int(path[-1])]
    else:
        raise CannotEdit(phrase("A whole file is not removed like this: delete it."))
    return root


def _readable(text: str) -> Document:
    document = read("", text)
    unclear = [problem for problem in document.problems if problem.code not in _HARMLESS]
    if unclear:
        first = unclear[0]
        raise CannotEdit(
            phrase("line {line}: {problem}. Put that right first.", line=first.line, problem=first.message)
        )
    return document


def _new_mistakes(before: Document, after: Document) -> bool:
    codes = Counter(problem.code for problem in before.problems)
    return bool(Counter(problem.code for problem in after.problems) - codes)


def _ends_in_two(text: str) -> bool:
    """Whether each line ends as in DOS; a text that mixes both is left as it is."""
    return "\r\n" in text and text.count("\n") == text.count("\r\n")


def _named(path: Path) -> str:
    return ".".join(map(str, path)) or phrase("the whole file")

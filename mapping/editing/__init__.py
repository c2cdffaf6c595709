"""Changes the admin's YAML by machine: comments, order and every other byte stay as they are. Text in, text out.

A path leads to a value: keys of tables, indexes of lists. What comes out was read again and holds exactly what was
meant, and no mistake that was not there before; else `CannotEdit` is raised. Whether the rules make sense is for
`mapping.loader.check_files` to say.
"""

from __future__ import annotations

from mapping.document import Path, Plain
from mapping.editing import merging
from mapping.editing.wanted import CannotEdit, read_plain_data, with_item, with_value, without
from mapping.editing.wanted import edited as _edited

__all__ = ["CannotEdit", "Path", "Plain", "add_item", "add_key", "read_plain_data", "remove", "set_value"]


def set_value(text: str, path: Path, value: Plain) -> str:
    """The text with this value at the path, changed in as few places as can be; keys that are missing are added.

    Of a table or list only what differs is touched. Raises `CannotEdit`.
    """
    return _edited(
        text, lambda now: merging.set_value(now, path, value), lambda root: with_value(root, path, value)
    )


def add_key(text: str, path: Path, key: str, value: Plain, comment: str | None = None) -> str:
    """The text with one more key at the end of the table at the path. Raises `CannotEdit`, also if it is there."""
    return _edited(
        text,
        lambda now: merging.add_key(now, path, key, value, comment),
        lambda root: with_value(root, (*path, key), value, is_new=True),
    )


def add_item(
    text: str, path: Path, value: Plain, *, index: int | None = None, comment: str | None = None
) -> str:
    """The text with one more entry in the list at the path, at its end or before the one that has this index.

    Raises `CannotEdit`.
    """
    return _edited(
        text,
        lambda now: merging.add_item(now, path, value, index, comment),
        lambda root: with_item(root, path, value, index),
    )


def remove(text: str, path: Path) -> str:
    """The text without this key or entry, and without the comment in its line. Raises `CannotEdit`."""
    return _edited(text, lambda now: merging.remove(now, path), lambda root: without(root, path))

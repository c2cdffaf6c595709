"""Takes an edit apart into the smallest changes of the text. What comes out is proved by `wanted`."""

from __future__ import annotations

from mapping.document import Path, Plain
from mapping.editing import adding, removing, replacing, writing
from mapping.editing.nodes import Way, find, read_nodes
from mapping.editing.wanted import CannotEdit, read_plain_data, same, value_at
from mapping.phrases import phrase


def set_value(text: str, path: Path, value: Plain) -> str:
    """The text with this value at the path."""
    way = find(read_nodes(text), path)
    if way is None:
        return _add_missing(text, path, value)
    now = value_at(read_plain_data(text), path)
    if same(now, value):
        return text
    if isinstance(now, dict) and isinstance(value, dict) and now and value:
        return _merge_table(text, path, now, value)
    if isinstance(now, list) and isinstance(value, list) and now and value:
        return _merge_list(text, path, now, value)
    return _replace(text, way, value)


def add_key(text: str, path: Path, key: str, value: Plain, comment: str | None) -> str:
    """The text with one more key in the table at the path, which is made if nothing is there."""
    way = find(read_nodes(text), path)
    if way is None or way.node.kind != "table":
        return set_value(text, path, {key: value})
    return adding.add_key(text, way, path, key, value, _one_line(comment))


def add_item(text: str, path: Path, value: Plain, index: int | None, comment: str | None) -> str:
    """The text with one more entry in the list at the path."""
    way = _way(text, path)
    return adding.add_item(
        text, way, len(way.node.entries) if index is None else index, value, _one_line(comment)
    )


def remove(text: str, path: Path) -> str:
    """The text without what stands at the path."""
    return removing.remove(text, _way(text, path))


def _way(text: str, path: Path) -> Way:
    way = find(read_nodes(text), path)
    if way is None:
        raise CannotEdit(phrase("There is no such place."))
    return way


def _add_missing(text: str, path: Path, value: Plain) -> str:
    *parents, key = path
    if not isinstance(key, str):
        raise CannotEdit(phrase("There is no entry {number} in this list.", number=key))
    return add_key(text, tuple(parents), key, value, None)


def _merge_table(text: str, path: Path, now: dict[str, Plain], value: dict[str, Plain]) -> str:
    for key, inner in value.items():
        text = set_value(text, (*path, key), inner)
    for key in now:
        if key not in value:
            text = remove(text, (*path, key))
    return text


def _merge_list(text: str, path: Path, now: list[Plain], value: list[Plain]) -> str:
    """What both have at the beginning and at the end stays; between, entries are set in turn, added or removed."""
    shorter = min(len(now), len(value))
    begin = next((i for i in range(shorter) if not same(now[i], value[i])), shorter)
    left = shorter - begin
    end = next((i for i in range(left) if not same(now[-1 - i], value[-1 - i])), left)
    old, new = len(now) - end, len(value) - end
    for index in range(begin, min(old, new)):
        text = set_value(text, (*path, index), value[index])
    for index in reversed(range(new, old)):
        text = remove(text, (*path, index))
    for index in range(old, new):
        text = add_item(text, path, value[index], index, None)
    return text


def _replace(text: str, way: Way, value: Plain) -> str:
    if way.entries:
        return replacing.replace(text, way, value)
    return "\n".join(writing.lines(value)) + "\n" if isinstance(value, (dict, list)) else writing.flow(value)


def _one_line(comment: str | None) -> str | None:
    return " ".join(comment.split()) if comment else None

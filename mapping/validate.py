"""Checks one file against its model. Compares nothing across files; the words are in `validate_words`.

A file with mistakes still gives a model of what is right in it, for the checks across files to work on.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mapping.document import Document, Path
from mapping.file_block import Block
from mapping.validate_words import describe, path_of

Model = TypeVar("Model", bound=Block)

_TAKEN_OUT = object()


def validate(document: Document, model: type[Model], stand_ins: Mapping[str, object]) -> Model | None:
    """The file as its model; mistakes are reported, and left out of what is returned.

    `stand_ins` fill required keys of the file itself. None where nothing can be made of the file.
    """
    if not document.readable:
        return None
    if not isinstance(document.root, dict):
        keys = ", ".join(model.known_keys())
        document.report((), "table-expected", "expected a table with keys", f"known keys: {keys}")
        return None
    data, known = copy.deepcopy(document.root), dict[Path, tuple[str, ...]]()
    details = _mistakes(data, model, known)
    for detail in details:
        _report(document, detail, known)
    spare = dict(stand_ins)
    while details:
        taken = [_take_out(data, detail, spare) for detail in details]
        if not all(taken):
            return None
        _sweep(data)
        details = _mistakes(data, model, known)
    return model.model_validate(data)


def _mistakes(data: object, model: type[Block], known: dict[Path, tuple[str, ...]]) -> list[ErrorDetails]:
    try:
        model.model_validate(data, context=known)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _report(document: Document, detail: ErrorDetails, known: Mapping[Path, tuple[str, ...]]) -> None:
    path = path_of(detail)
    if any(path[:length] in document.damaged for length in range(len(path) + 1)):
        return
    words = describe(detail, known)
    document.report(path, words.code, words.message, words.hint, key=words.at_key)


def _take_out(data: Any, detail: ErrorDetails, spare: dict[str, object]) -> bool:
    """Remove what does not fit, or the table that misses something; False if nothing would be left."""
    path = path_of(detail)
    if detail["type"] == "missing":
        if len(path) == 1 and path[0] in spare:
            data[path[0]] = spare.pop(str(path[0]))
            return True
        path = path[:-1]
    if not path:
        return False
    parent = data
    for step in path[:-1]:
        if not _holds(parent, step):
            return True  # went with something above it
        parent = parent[step]
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    elif _holds(parent, path[-1]):
        parent[path[-1]] = _TAKEN_OUT  # the list keeps its length while the others are found by index
    return True


def _holds(parent: object, step: str | int) -> bool:
    if isinstance(parent, dict):
        return step in parent
    return isinstance(parent, list) and isinstance(step, int) and step < len(parent)


def _sweep(data: object) -> None:
    if isinstance(data, list):
        data[:] = [item for item in data if item is not _TAKEN_OUT]
    if isinstance(data, (dict, list)):
        for item in data.values() if isinstance(data, dict) else data:
            _sweep(item)

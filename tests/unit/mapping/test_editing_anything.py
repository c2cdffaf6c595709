"""Random edits of the example: each holds what was meant to another reader too, and keeps every comment and line.

CONVEYOR_EDITS says how many; some dozens if it is not set.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mapping.editing import add_item, add_key, remove, set_value
from mapping.source import read

CONFIG = Path(__file__).parents[3] / "config"
ODD = """\
# Everything that people write, in one file
a:
- plain text   # at the column of its key
-   - nested
    - list   # two
  # between
- x: 1
  # inside
  y: [1,
      2]   # over two lines
  z: |2
     indented

    text

# before
- {one: 1, two: {three: [a, {b: c}]},   # in braces
   four: "4",
  }
b:   # a table below
     # and its comment

   c: >-
     folded
     text

   d: several
     words
   e:
     f:
       g: 'it''s'
"h i" : {}
j: [

]
k:   true
"""
FILES = [ODD, *(file.read_text("utf-8") for file in sorted(CONFIG.rglob("*.yaml")))]
EDITS = int(os.environ.get("CONVEYOR_EDITS", "40"))

WORDS = [
    "no",
    "12:30",
    "17",
    "C5:NEW",
    "a, b",
    "{x}",
    "- x",
    "it's",
    'say "so"',
    " x ",
    "a: b",
    "",
    "~",
    "null",
    "1_0",
]
TEXTS = st.sampled_from(WORDS) | st.text(
    st.characters(exclude_characters="#", codec="utf-8"), max_size=12
).filter(lambda text: "\0" not in text)
SCALARS = (
    TEXTS | st.integers(-(10**9), 10**9) | st.booleans() | st.sampled_from(["one\ntwo\n", "one\n\n  two"])
)
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True) | st.sampled_from(["no", "on", "12", "а б", "true"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
PathOf = tuple[str | int, ...]

pytestmark = pytest.mark.timeout(120 + EDITS)


def load(text: str) -> Any:
    """What another reader finds there."""
    return YAML(typ="safe", pure=True).load(StringIO(text, newline=""))


def paths(value: Any, path: PathOf = ()) -> Iterator[tuple[PathOf, Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        yield from paths(inner, (*path, step))


def comments(text: str) -> list[str]:
    """Comments as they stand; no value of the example has the sign in it, and no value that is put in."""
    return [line[line.index("#") :].rstrip() for line in text.split("\n") if "#" in line]


def is_part(some: list[str], every: list[str]) -> bool:
    """Whether these stand there in their order, others between them."""
    left = iter(every)
    return all(one in left for one in some)


def at(data: Any, path: PathOf) -> Any:
    for step in path:
        data = data[step]
    return data


def lines_outside(text: str, path: PathOf) -> tuple[list[str], list[str]]:
    """The lines above a value, and those below where the next one of its table or list begins."""
    document, lines = read("", text), text.split("\n")
    first = document.line(path)
    return lines[: first - 1], lines[first:]


ANY = settings(
    max_examples=EDITS,
    deadline=None,
    phases=[Phase.generate],  # what fails is short enough as it is
    suppress_health_check=list(HealthCheck),
)


@seed(20261122)
@ANY
@given(st.data())
def test_a_value_is_set(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES))
    path, old = data.draw(st.sampled_from([found for found in paths(load(text)) if found[0]]))
    value = data.draw(SCALARS if data.draw(st.booleans()) else VALUES)
    after = set_value(text, path, value)
    wanted = copy.deepcopy(load(text))
    at(wanted, path[:-1])[path[-1]] = value
    assert load(after) == wanted
    if not isinstance(old, (dict, list)):
        above, below = lines_outside(text, path)
        assert comments(after) == comments(text)
        assert after.split("\n")[: len(above)] == above
        if text is not ODD:
            assert after.split("\n")[-len(below) :] == below


@seed(20261122)
@ANY
@given(st.data())
def test_something_is_added(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES))
    path, old = data.draw(
        st.sampled_from([found for found in paths(load(text)) if isinstance(found[1], (dict, list))])
    )
    value, wanted = data.draw(VALUES), load(text)
    if isinstance(old, dict):
        key = data.draw(NAMES.filter(lambda name: name not in old))
        after = add_key(text, path, key, value, "why")
        at(wanted, path)[key] = value
    else:
        index = data.draw(st.integers(0, len(old)))
        after = add_item(text, path, value, index=index, comment="why")
        at(wanted, path).insert(index, value)
    assert load(after) == wanted
    assert "# why" in after or "; why" in after
    before, kept = comments(text), [comment.removesuffix("; why") for comment in comments(after)]
    assert is_part(before, kept)
    assert len(kept) - len(before) in (0, 1)
    if text is not ODD:
        may_change = {line for line in text.split("\n") if "{" in line or "[" in line}
        assert is_part([line for line in text.split("\n") if line not in may_change], after.split("\n"))


@seed(20261122)
@ANY
@given(st.data())
def test_something_is_removed(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES))
    path = data.draw(st.sampled_from([found[0] for found in paths(load(text)) if found[0]]))
    after, wanted = remove(text, path), load(text)
    del at(wanted, path[:-1])[path[-1]]
    assert load(after) == wanted
    assert is_part(comments(after), comments(text))
    above, _ = lines_outside(text, path)
    assert after.split("\n")[: len(above) - 1] == above[:-1]


@seed(20261122)
@settings(ANY, max_examples=max(10, EDITS // 10))
@given(st.data())
def test_many_edits_in_a_row(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(FILES))
    before = comments(text)
    for _ in range(6):
        found = [path for path, value in paths(load(text)) if path and not isinstance(value, (dict, list))]
        text = set_value(text, data.draw(st.sampled_from(found)), data.draw(SCALARS))
    assert comments(text) == before

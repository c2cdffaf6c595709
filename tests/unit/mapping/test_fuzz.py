"""No file makes `check` crash or hang: whatever stands there, it ends within a second with places and words.

CONVEYOR_FUZZ says how many of each kind are tried.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mapping.json_schema import schemas
from mapping.loader import check_files
from mapping.source import read
from sync.cases import failing

Files = dict[str, str]
TRIES = int(os.environ.get("CONVEYOR_FUZZ", "50"))
pytestmark = pytest.mark.timeout(120 + TRIES)
LONGEST_S = 1.0
"""Of the processor's own time, which other work on the machine hardly changes."""

NAMES = ("conveyor.yaml", "connections.yaml", "team.yaml", "cases.yaml", "mappings/hubspot.yaml")
NOW = datetime(2026, 11, 22, tzinfo=UTC)

PIECES: list[str] = [
    *"[]{}:,-?|>&*!%@`'\"#~\t\n \\<>=.",
    *(
        "\n  ",
        "\n    - ",
        ": ",
        "- ",
        "&a ",
        "*a",
        "!!str ",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "<<: ",
        "? ",
        "|2-\n",
    ),
    *(
        "no",
        "12:30",
        "~",
        "null",
        "true",
        "0x1F",
        "1e999",
        ".inf",
        "-0",
        "1_0",
        "9" * 30,
        "9" * 400,
        "-" + "9" * 40,
    ),
    *(
        "\ufeff",
        "\x00",
        "\ud800",
        "\u2028",
        "\x85",
        "\u200b",
        "\u202e",
        "а",
        "é",
        "e\u0301",
        "😀",
        "ﬁ",
        "İ",
        "ß",
        "٣",
    ),
    *("requires", "stages", "any_of", "is", "name", "crm", "ignore"),
    *(
        '"\\U99999999"',
        '"\\ud800"',
        "${X",
        "${A}",
        "<any_of>",
        "[key]",
        "{" * 30,
        "[" * 30,
        "- " * 30,
        "a: {" * 25,
    ),
    *(
        "2026-02-30",
        "0000-00-00",
        "9999w",
        "100%",
        "101%",
        "3 per 0h",
        "24:00",
        "a@b",
        "(?=x)",
        "(a{1000}){1000}",
    ),
]

ANY = settings(
    max_examples=TRIES, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@contextmanager
def within(seconds: float = LONGEST_S) -> Iterator[None]:
    """Fail if it takes longer."""
    began = time.process_time()
    yield
    took = time.process_time() - began
    assert took < seconds, f"it took {took:.1f} s"


def judge(files: Files, seconds: float = LONGEST_S) -> None:
    """Check the files as the command does; each problem must be one that can be told."""
    with within(seconds):
        ruleset, problems = check_files(files)
        if ruleset is not None:
            problems = [*problems, *failing(ruleset, NOW)]
    assert (ruleset is None) == any(p.severity == "error" and p.code != "case-fails" for p in problems)
    lines = {name: text.count("\n") + 1 for name, text in files.items()}
    for problem in problems:
        assert 1 <= problem.line <= lines.get(problem.file, 1)
        assert problem.column >= 1
        assert "\n" not in problem.message
        assert len(problem.message) + len(problem.hint or "") < 3000


@seed(20261121)
@ANY
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_is_read(text: str) -> None:
    with within():
        document = read("conveyor.yaml", text)
    assert document.readable or document.problems
    judge({"conveyor.yaml": text, "mappings/x.yaml": text})


def words_of(schema: Any) -> Iterator[str]:
    """Every key and every word that a schema names."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (word for word in schema.get("enum", []) if isinstance(word, str))
        for inner in schema.values():
            yield from words_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from words_of(inner)


WORDS = [*sorted(set(words_of(schemas()))), "hubspot", "hunter", "lead_generation", "meeting", "4h", "a@b.c"]
VALUES = st.recursive(
    st.sampled_from(WORDS)
    | st.sampled_from(PIECES)
    | st.text(max_size=8)
    | st.integers()
    | st.booleans()
    | st.none()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=40,
)


@seed(20261122)
@ANY
@given(st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1))
def test_any_structure_is_checked(example_files: Callable[[], Files], found: dict[str, Any]) -> None:
    """JSON is YAML too; the other files are as they should be."""
    judge({**example_files(), **{name: json.dumps(value) for name, value in found.items()}})


@seed(20261123)
@ANY
@given(st.data())
def test_a_part_of_a_right_file_is_another_value(
    example_files: Callable[[], Files], data: st.DataObject
) -> None:
    """What is right otherwise comes further, to the checks across files and to the compiling."""
    files = example_files()
    name = data.draw(st.sampled_from(sorted(files)))
    root = plain(read(name, files[name]).root)
    places = list(tables_and_lists(root))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from(places))
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if keys:
            place[data.draw(st.sampled_from(keys))] = data.draw(VALUES)
    judge({**files, name: json.dumps(root)})


def plain(value: Any) -> Any:
    """As JSON may hold it."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, int, bool)) else str(value)


def tables_and_lists(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from tables_and_lists(inner)


def test_mutated_files_are_read(example_files: Callable[[], Files]) -> None:
    dice = random.Random(20261121)
    for _ in range(TRIES):
        files = example_files()
        for _ in range(dice.randint(1, 4)):
            name = dice.choice(sorted(files))
            files[name] = mutated(files[name], dice)
        judge(files)


def mutated(text: str, dice: random.Random) -> str:
    """A text after one accident: cut, doubled, swapped, nested, overwritten."""
    at, length = dice.randrange(len(text) + 1), dice.randint(0, 12)
    lines, tokens = text.split("\n"), text.split(" ")
    match dice.randrange(9):
        case 0:
            return text[:at] + text[at + length :]
        case 1:
            return text[:at] + dice.choice(PIECES) + text[at:]
        case 2:
            return text[:at] + text[at : at + 40] * 2 + text[at + 40 :]
        case 3:
            dice.shuffle(lines)
            return "\n".join(lines)
        case 4:
            return text[:at]
        case 5:
            one, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
            tokens[one], tokens[other] = tokens[other], tokens[one]
            return " ".join(tokens)
        case 6:
            tokens[dice.randrange(len(tokens))] = dice.choice(PIECES)
            return " ".join(tokens)
        case 7:
            deep = dice.randint(1, 400)
            return text[:at] + dice.choice(["[", "{a: ", "- "]) * deep + text[at:]
        case _:
            indented = dice.randrange(len(lines))
            return "\n".join([*lines[:indented], *(f"  {line}" for line in lines[indented:])])

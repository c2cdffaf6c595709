"""No text makes the reader crash, hang or raise anything but its own error."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from mapping.loader import check_files
from mapping.source import read

PIECES: list[str] = [
    *"[]{}:,-?|>&*!%@`'\"#~\t\n \\<>=.",
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
    "no",
    "12:30",
    "~",
    "null",
    "true",
    "0x1F",
    "1e999",
    ".inf",
    "\ufeff",
    "\x00",
    "\ud800",
    "\u2028",
    "а",
    "é",
    "requires",
    "stages",
    "any_of",
    "is",
    "9" * 30,
    '"\\U99999999"',
    "${X",
    "<any_of>",
    "[key]",
    "{" * 30,
    "[" * 30,
]


@seed(20261121)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=60).map("".join))
def test_any_text_is_read(text: str) -> None:
    document = read("conveyor.yaml", text)
    assert document.readable or document.problems
    check_files({"conveyor.yaml": text, "mappings/x.yaml": text})


def test_mutated_files_are_read(example_files: Callable[[], dict[str, str]]) -> None:
    dice = random.Random(20261121)
    started = time.monotonic()
    for _ in range(150):
        files = example_files()
        for _ in range(dice.randint(1, 4)):
            name = dice.choice(sorted(files))
            files[name] = _mutated(files[name], dice)
        ruleset, problems = check_files(files)
        errors = [problem for problem in problems if problem.severity == "error"]
        assert (ruleset is None) == bool(errors)
        for problem in problems:
            lines = files.get(problem.file, "").split("\n")
            assert 1 <= problem.line <= len(lines)
            assert problem.column >= 1
            assert "\n" not in problem.message
    assert time.monotonic() - started < 100


def _mutated(text: str, dice: random.Random) -> str:
    at, length = dice.randrange(len(text) + 1), dice.randint(0, 12)
    match dice.randrange(4):
        case 0:
            return text[:at] + text[at + length :]
        case 1:
            return text[:at] + dice.choice(PIECES) + text[at:]
        case 2:
            return text[:at] + text[at : at + 40] * 2 + text[at + 40 :]
        case _:
            lines = text.split("\n")
            dice.shuffle(lines)
            return "\n".join(lines)

"""The largest files, bombs, and thousands of mistakes at once: `check` ends in a time that grows with the file only.

With CONVEYOR_FUZZ, files are as large as they may be.
"""

from __future__ import annotations

import os
import time

import pytest

from mapping.loader import check_files
from mapping.source import MAX_BYTES

Files = dict[str, str]
LARGEST_BYTES, LONGEST_OF_LARGEST_S = (
    (MAX_BYTES, 6.0) if "CONVEYOR_FUZZ" in os.environ else (MAX_BYTES // 8, 1.5)
)
"""Reading takes a time in proportion: a part of the largest file shows it as well."""


def judge(files: Files, seconds: float) -> set[str]:
    """The codes of all problems, found in so much of the processor's own time."""
    began = time.process_time()
    _, problems = check_files(files)
    took = time.process_time() - began
    assert took < seconds, f"it took {took:.1f} s"
    assert all(len(problem.message) + len(problem.hint or "") < 1000 for problem in problems)
    return {problem.code for problem in problems}


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize("text", [BOMB, "a: &a {b: *a}\n", "&a [*a, *a]\n", "a: &a {<<: *a, b: 1}\n"])
def test_anchors_and_what_they_could_multiply_are_refused(text: str) -> None:
    assert {"anchor", "alias"} <= judge({"conveyor.yaml": text}, 1.0)


def filled(piece: str, before: str = "", after: str = "") -> str:
    """As large as is tried."""
    room = LARGEST_BYTES - len((before + after).encode())
    return before + piece * (room // len(piece.encode())) + after


LARGEST: dict[str, str] = {
    "brackets": filled("["),
    "dashes": filled("- "),
    "questions": filled("? "),
    "maps in maps": filled("a: {"),
    "colons": filled("a: ", "", "b"),
    "words": filled("a "),
    "lines": filled("\n"),
    "comments": filled("# a\n"),
    "entries": filled("- a\n"),
    "the same key": filled("a: b\n"),
    "many keys": "".join(f"k{n}: {n}\n" for n in range(LARGEST_BYTES // 13)),
    "indented by tabs": filled("\ta\n"),
    "open quote": filled("x\n", '"'),
    "escapes": filled("\\u0041", '"', '"'),
    "literal": filled("  x\n", "a: |\n"),
    "one number": filled("9", "a: "),
    "anchors": filled("- &a x\n"),
    "aliases": filled("- *a\n", "- &a x\n"),
    "documents": filled("---\na\n"),
    "control characters": filled("\x07"),
    "look-alikes": filled("aа", "roles: {", ": {}}"),
    "emoji": filled("😀", "name: "),
    "carriage returns": filled("a\r"),
}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_files(name: str) -> None:
    assert judge({"conveyor.yaml": LARGEST[name]}, LONGEST_OF_LARGEST_S)


def test_thousands_of_names_that_nobody_knows(files: Files) -> None:
    """Each is compared with thousands that exist, to say which one was meant."""
    known = "".join(f"      stage_number_{n}: {{}}\n" for n in range(900))
    lines = "".join(f'      - {{crm: S{n}, id: "x{n}", is: stag_numbr_{n}}}\n' for n in range(900))
    files["conveyor.yaml"] = files["conveyor.yaml"].replace(
        "      meeting: {}\n", f"      meeting: {{}}\n{known}"
    )
    files["mappings/hubspot.yaml"] = files["mappings/hubspot.yaml"].replace(
        "    stages:\n", f"    stages:\n{lines}"
    )
    assert "unknown-stage" in judge(files, 4.0)

"""The example configuration that the tests of this folder start from, and how a mistake in it is judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mapping.loader import check_files

EXAMPLE = Path(__file__).with_name("example")
Files = dict[str, str]
Row = tuple[str, str, str, str, str]


@pytest.fixture(scope="session")
def example_files() -> Callable[[], Files]:
    """A fresh copy of the texts by relative path, each time it is called."""
    texts = {
        path.relative_to(EXAMPLE).as_posix(): path.read_text("utf-8") for path in EXAMPLE.rglob("*.yaml")
    }
    return lambda: dict(texts)


@pytest.fixture
def files(example_files: Callable[[], Files]) -> Files:
    """The texts by relative path, to be changed at will."""
    return example_files()


@pytest.fixture
def refused(files: Files) -> Callable[[Row], None]:
    """Judges a row that must be the only error."""

    def judge(row: Row) -> None:
        expected = _put_in(files, row)
        ruleset, problems = check_files(files)
        errors = [problem for problem in problems if problem.severity == "error"]
        assert [(error.code, str(error)[: len(expected)]) for error in errors] == [(row[3], expected)]
        assert ruleset is None

    return judge


@pytest.fixture
def warned(files: Files) -> Callable[[Row], None]:
    """Judges a row that must be a warning, and no error."""

    def judge(row: Row) -> None:
        expected = _put_in(files, row)
        ruleset, problems = check_files(files)
        found = [str(one) for one in problems if (one.code, one.severity) == (row[3], "warning")]
        assert any(text.startswith(expected) for text in found), found
        assert ruleset is not None

    return judge


def _put_in(files: Files, row: Row) -> str:
    """Put the mistake in; returns how its problem begins, place and all."""
    file, old, new, _, message = row
    assert old in files[file], f"{old!r} is not in {file}"
    before, mark, after = files[file].replace(old, new, 1).partition("§")
    assert mark, "the row does not say where"
    files[file] = before + after
    line, column = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    return f"{file}:{line}:{column}: {message}"

"""The example configuration that the tests of this folder start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).with_name("example")
Files = dict[str, str]


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

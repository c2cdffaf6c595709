"""A database for the houses that are examined."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Store, open_store


@pytest.fixture
def store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """A migrated database; which kind makes no difference here."""
    opened = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'house.db')}")
    yield opened
    opened.close()

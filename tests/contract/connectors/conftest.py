"""Lets assertions of the shared suite explain themselves.

There is no `__init__.py` here on purpose. A test file says `from .suite import ConnectorContract`, which works
because pytest names modules by their path; a package here would shadow `connectors`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

PARTS = [part.stem for part in Path(__file__).parent.glob("*.py") if not part.stem.startswith("test_")]
pytest.register_assert_rewrite(*(f"tests.contract.connectors.{part}" for part in PARTS if part != "conftest"))

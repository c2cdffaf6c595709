"""Lets assertions of the shared suite explain themselves.

There is no `__init__.py` here on purpose. A test file says `from .suite import ConnectorContract`, which works
because pytest names modules by their path; a package here would shadow `connectors`.
"""

from __future__ import annotations

import pytest

PARTS = ("deliveries", "harness", "listing", "reading", "sandbox_client", "suite", "trouble", "writing")
pytest.register_assert_rewrite(*(f"tests.contract.connectors.{part}" for part in PARTS))

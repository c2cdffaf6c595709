"""The tests of one file share an emulated CRM, so one worker runs them all: scattered, each worker starts its own."""

from __future__ import annotations

from pathlib import Path

import pytest

WITH_A_CRM = tuple(Path(__file__).parent / folder for folder in ("connectors", "sandbox"))


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent in WITH_A_CRM:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))

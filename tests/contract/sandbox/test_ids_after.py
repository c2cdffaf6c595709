"""A sandbox whose ids begin later shares none with one before it, also after a reset."""

from __future__ import annotations

import pytest

from .running import running

FIRST = {"hubspot": "50000030001", "bitrix24": "30001"}


@pytest.mark.parametrize("crm", FIRST)
def test_ids_begin_where_they_are_told_to(crm: str) -> None:
    with running(crm, "--ids-after", "30000") as sandbox:
        for _ in range(2):
            assert sandbox.ask("POST", "/deals", {"title": "A deal"})["id"] == FIRST[crm]
            sandbox.ask("POST", "/reset")

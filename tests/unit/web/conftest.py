"""Passwords that cost next to nothing."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from sync.access import passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))

"""`conveyor web` as a process of its own: the settings of its environment reach what it serves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store import audit
from store.database import open_store

from ..web.browsing import IVAN, Browser

HOME = "203.0.113.7"


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[str]:
    """The address of a console that runs in this folder; nobody works for it, so its broker need not be there."""
    environment = os.environ | {
        "CONVEYOR_HOME": str(folder),
        "REDIS_URL": "redis://127.0.0.1:1/0",
        **settings,
    }
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-P", "-m", "cli", "web", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://[0-9.:]+", process.stdout.readline())
            assert found, "it does not say where it listens"
            yield found[0]
        finally:
            process.terminate()


@pytest.mark.parametrize(("trusted", "noted"), [("127.0.0.0/8", HOME), ("", "127.0.0.1")])
def test_the_proxies_that_are_trusted_are_those_of_the_settings(
    tmp_path: Path, trusted: str, noted: str
) -> None:
    with running(tmp_path, CONVEYOR_TRUSTED_PROXIES=trusted) as url:
        answer = Browser(url).log_in(headers={"x-forwarded-for": HOME}, email=IVAN)
        assert answer.status_code == 401
    store = open_store(f"sqlite:///{tmp_path / 'conveyor.db'}")
    with store.read() as tx:
        assert audit.recent(tx, 1)[0].address == noted
    store.close()

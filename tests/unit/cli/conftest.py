"""The command line run inside the tests' own process, with a home of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from cli.application import application

Conveyor = Callable[..., Result]

EXAMPLE = Path(__file__).parents[3] / "config"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration folder without mistakes."""
    for file in [*EXAMPLE.glob("*.yaml"), *EXAMPLE.glob("mappings/*.yaml")]:
        copy = tmp_path / "config" / file.relative_to(EXAMPLE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path / "config"


@pytest.fixture
def conveyor(tmp_path: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conveyor]:
    """Runs a command; the database is a file of this test, and there is no broker."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "CONVEYOR_SECRET_KEY",
        "CONVEYOR_PORT",
        "HUBSPOT_TOKEN",
        "COLUMNS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CONVEYOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CONVEYOR_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)  # no `.env` of somebody else

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(application(), list(arguments), env=environment)

    yield run
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)

"""The help page, the options that all commands share, and the exit codes for wrong usage."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import Result

from cli import lists
from mapping.model import DealStatus, HandoffStatus

COMMANDS = [
    *("up", "web", "worker", "scheduler", "sandbox", "check", "schema", "apply", "history"),
    *(
        "backfill",
        "reconcile",
        "webhooks",
        "status",
        "deals",
        "handoffs",
        "explain",
        "accept",
        "rehome",
        "forget",
        "dead",
        "users",
    ),
]
SLOW = ("sqlalchemy", "requests", "dramatiq", "redis", "structlog", "pydantic", "alembic", "starlette")


def test_the_help_page_names_every_command(conveyor: Callable[..., Result]) -> None:
    page = conveyor("--help")
    assert page.exit_code == 0
    assert [name for name in COMMANDS if f"│ {name} " not in page.output] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(conveyor: Callable[..., Result], command: str) -> None:
    page = conveyor(command, "--help")
    assert page.exit_code == 0
    assert f"Usage: conveyor {command}" in page.output


def test_nothing_slow_is_imported_for_the_help_page() -> None:
    found = f"[name for name in {SLOW} if name in sys.modules]"
    code = f"import sys; from cli.application import application; application(); print({found})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("deals", "--status", "nonsense"),
        ("deals", "--limit", "0"),
        ("explain",),
        ("explain", "without-colon"),
        ("schema", "nonsense"),
        ("sandbox", "nonsense"),
        ("dead", "retry"),
        ("dead", "drop", "event:1", "--all"),
    ],
)
def test_wrong_usage_is_2(conveyor: Callable[..., Result], arguments: tuple[str, ...]) -> None:
    ran = conveyor(*arguments)
    assert ran.exit_code == 2
    assert ran.stderr.strip()


def test_shared_options_stand_before_or_behind_the_command(
    conveyor: Callable[..., Result], config: Path, tmp_path: Path
) -> None:
    elsewhere = config.rename(tmp_path / "elsewhere")
    for arguments in (
        ("--config", str(elsewhere), "--json", "check"),
        ("check", "--json", "--config", str(elsewhere)),
        ("--config", str(config), "check", "--config", str(elsewhere), "--json"),
    ):
        ran = conveyor(*arguments)
        assert (ran.exit_code, json.loads(ran.stdout)["ok"]) == (0, True)


def test_the_version_is_the_package_s(conveyor: Callable[..., Result]) -> None:
    assert conveyor("--version").stdout.strip()[0].isdigit()


def test_the_names_of_statuses_are_those_of_the_model() -> None:
    assert get_args(lists.DealStatusName) == tuple(status.value for status in DealStatus)
    assert get_args(lists.HandoffStatusName) == tuple(status.value for status in HandoffStatus)

"""What is said when something is wrong, and the exit code."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import Result

from cli.trouble import KNOWN, words_for
from connectors.errors import AuthFailed, Conflict, Missing, RateLimited, Rejected, Transient
from mapping.loader import load_files
from mapping.problems import ConfigError
from store.database import Unavailable
from sync.runtime import NotConfigured


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_known_trouble_exists(name: str) -> None:
    module, _, kind = name.rpartition(".")
    assert issubclass(getattr(import_module(module), kind), Exception)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotConfigured("x"), 1),
        (Rejected("x"), 1),
        (Missing("x"), 1),
        (Conflict("x"), 1),
        (Transient("x"), 3),
        (RateLimited("x"), 3),
        (AuthFailed("x"), 3),
        (Unavailable("x"), 3),
    ],
)
def test_what_cannot_be_reached_is_3_and_what_is_wrong_is_1(error: Exception, code: int) -> None:
    assert words_for(error) == (code, "x")


def test_a_mistake_of_ours_is_no_foreseeable_trouble() -> None:
    assert words_for(KeyError("x")) is None


def test_a_configuration_says_all_its_problems() -> None:
    with pytest.raises(ConfigError) as caught:
        load_files({})
    found = words_for(caught.value)
    assert found is not None
    assert found[1].count("this file is missing") > 1


@pytest.mark.parametrize(
    ("environment", "code", "words"),
    [
        (
            {"DATABASE_URL": "postgresql://nobody:hidden-word@127.0.0.1:1/none"},
            3,
            "database is not available",
        ),
        ({"DATABASE_URL": "mysql://nobody:hidden-word@127.0.0.1/none"}, 2, "DATABASE_URL"),
        ({"DATABASE_URL": "hidden-word"}, 2, "DATABASE_URL"),
        ({"CONVEYOR_PORT": "many"}, 2, "CONVEYOR_PORT"),
        ({"CONVEYOR_SECRET_KEY": "hidden-word"}, 2, "CONVEYOR_SECRET_KEY"),
    ],
)
def test_settings_that_do_not_work_are_told_in_one_sentence(
    conveyor: Callable[..., Result], environment: dict[str, str], code: int, words: str
) -> None:
    ran = conveyor("status", **environment)
    assert ran.exit_code == code
    assert words in ran.stderr
    assert "hidden-word" not in ran.output
    assert "Traceback" not in ran.output


def test_a_broker_that_is_away_is_3(conveyor: Callable[..., Result]) -> None:
    ran = conveyor("up", "--port", "0", REDIS_URL="redis://127.0.0.1:1/0")
    assert (ran.exit_code, "The broker cannot be reached" in ran.stderr) == (3, True)
    ran = conveyor("worker")
    assert (ran.exit_code, "No broker is known" in ran.stderr) == (3, True)


def test_secrets_that_are_missing_are_named(conveyor: Callable[..., Result], config: Path) -> None:
    assert conveyor("apply").exit_code == 0
    ran = conveyor("backfill", "hubspot")
    assert ran.exit_code == 1
    assert "HUBSPOT_TOKEN" in ran.stderr


def test_an_unknown_connection_is_wrong_usage(conveyor: Callable[..., Result]) -> None:
    assert conveyor("apply").exit_code == 0
    ran = conveyor("reconcile", "hubspott")
    assert ran.exit_code == 2
    assert "did you mean 'hubspot'" in ran.stderr


@pytest.mark.parametrize(
    "arguments", [("deals",), ("explain", "hubspot:1"), ("backfill",), ("webhooks", "list")]
)
def test_without_an_active_version_it_says_what_to_do(
    conveyor: Callable[..., Result], arguments: tuple[str, ...]
) -> None:
    ran = conveyor(*arguments)
    assert ran.exit_code == 1
    assert "conveyor apply" in ran.stderr

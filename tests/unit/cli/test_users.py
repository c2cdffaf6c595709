"""`conveyor users`: accounts, passwords from standard input, tokens, and who did what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from cli.application import application
from store import api_tokens, users
from store.database import Store, open_store
from sync.access import passwords
from sync.access.tokens import hash_of

Conveyor = Callable[..., Result]
OLENA, PASSWORD = "olena@acme.example", "a password that is long enough"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def told(conveyor: Conveyor) -> Callable[..., Result]:
    """Runs a command with a line on standard input; `conveyor` has set up where."""
    return lambda *arguments, said="": CliRunner().invoke(application(), list(arguments), input=said)


def opened(tmp_path: Path) -> Store:
    return open_store(f"sqlite:///{tmp_path / 'home' / 'conveyor.db'}")


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_account_is_made_with_a_password_from_standard_input(told: Conveyor, tmp_path: Path) -> None:
    made = told("users", "add", " Olena@Acme.example", said=f"{PASSWORD}\nmore\n")
    assert (made.exit_code, made.stdout) == (0, f"{OLENA} may log in now.\n")
    with opened(tmp_path).read() as tx:
        user = users.load(tx, OLENA)
    assert user is not None
    assert user.profile == "specialist"
    assert passwords.fits(user.password, PASSWORD)


@pytest.mark.parametrize("said", ["", "\n", "short\n", f"{OLENA}\n"])
def test_without_a_good_password_there_is_no_account(told: Conveyor, tmp_path: Path, said: str) -> None:
    refused = told("users", "add", OLENA, said=said)
    assert refused.exit_code in (1, 2)
    assert "password" in refused.stderr.lower()
    with opened(tmp_path).read() as tx:
        assert users.load(tx, OLENA) is None


def test_a_password_is_never_an_argument(told: Conveyor) -> None:
    for name in ("add", "passwd"):
        assert told("users", name, OLENA, PASSWORD).exit_code == 2
        assert told("users", name, OLENA, "--password", PASSWORD).exit_code == 2


def test_accounts_are_listed_with_what_they_see(conveyor: Conveyor, told: Conveyor) -> None:
    assert "users add" in told("users", "list").stdout
    assert conveyor("apply").exit_code == 0
    told("users", "add", OLENA, said=f"{PASSWORD}\n")
    told("users", "add", "boss@acme.example", "--profile", "admin", said=f"{PASSWORD}\n")
    told("users", "add", "guest@else.example", "--profile", "external", said=f"{PASSWORD}\n")
    rows = as_json(told("users", "list", "--json"))
    assert [(row["email"], row["profile"], row["sections"]) for row in rows] == [
        ("boss@acme.example", "admin", None),
        ("guest@else.example", "external", []),
        (OLENA, "specialist", ["lead_generation"]),
    ]
    table = told("users", "list").stdout
    assert all(word in table for word in ("lead_generation", "all", "none: not in team.yaml", "never"))


def test_an_account_is_changed_and_removed(told: Conveyor, tmp_path: Path) -> None:
    told("users", "add", OLENA, said=f"{PASSWORD}\n")
    assert "already" in told("users", "add", OLENA, said=f"{PASSWORD}\n").stderr
    assert told("users", "profile", OLENA, "--profile", "head").exit_code == 0
    assert "0 sessions ended" in told("users", "passwd", OLENA, said="another long password\n").stdout
    with opened(tmp_path).read() as tx:
        user = users.load(tx, OLENA)
    assert user is not None
    assert (user.profile, passwords.fits(user.password, "another long password")) == ("head", True)
    assert told("users", "remove", OLENA).exit_code == 0
    gone = told("users", "remove", OLENA)
    assert (gone.exit_code, "no account" in gone.stderr) == (1, True)


def test_a_token_is_shown_once_and_revoked_by_its_number(told: Conveyor, tmp_path: Path) -> None:
    told("users", "add", OLENA, said=f"{PASSWORD}\n")
    made = told("users", "token", "add", OLENA, "--name", "nightly")
    token = made.stdout.strip()
    assert token.startswith("conveyor_")
    with opened(tmp_path).read() as tx:
        assert api_tokens.find(tx, hash_of(token)) is not None
    (row,) = as_json(told("users", "token", "list", "--json"))
    assert (row["email"], row["name"], row["used_at"]) == (OLENA, "nightly", None)
    assert "nightly" in told("users", "token", "list").stdout
    assert token not in told("users", "token", "list").stdout + told("users", "audit", "--json").stdout
    assert told("users", "token", "remove", str(row["id"])).exit_code == 0
    assert told("users", "token", "remove", str(row["id"])).exit_code == 1
    assert as_json(told("users", "token", "list", "--json")) == []


def test_the_audit_names_who_did_what(told: Conveyor) -> None:
    told("users", "add", OLENA, said=f"{PASSWORD}\n")
    told("users", "profile", OLENA, "--profile", "head")
    rows = as_json(told("users", "audit", "--json"))
    assert [(row["action"], row["subject"]) for row in rows] == [
        ("profile_set", OLENA),
        ("user_added", OLENA),
    ]
    assert rows[0]["details"] == {"from": "specialist", "to": "head"}
    assert "@" in rows[0]["actor"]
    assert len(as_json(told("users", "audit", "--limit", "1", "--json"))) == 1
    assert "from: specialist, to: head" in told("users", "audit").stdout

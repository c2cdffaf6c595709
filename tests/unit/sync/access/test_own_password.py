"""Changing one's own password: what it takes, what ends with it, and what goes on."""

from __future__ import annotations

import pytest

from store import audit
from store.database import Store
from sync.access import accounts, passwords
from sync.access.own_password import change_password
from sync.access.passwords import TooWeak
from sync.access.sessions import viewer_of_api_token, viewer_of_session
from sync.access.signing_in import Attempt, Refused, sign_in
from sync.access.throttle import MOST, Throttled
from sync.access.viewer import Profile
from sync.runtime import Runtime

from .house import Clock, make_runtime

OLENA, PASSWORD, HOME = "olena@acme.example", "correct horse battery staple", "192.0.2.1"
ANOTHER = "another long password"


@pytest.fixture
def runtime(sqlite_store: Store, clock: Clock) -> Runtime:
    runtime = make_runtime(sqlite_store, clock)
    accounts.add(runtime, OLENA, Profile.SPECIALIST, PASSWORD, by="test")
    return runtime


def attempt(password: str = PASSWORD) -> Attempt:
    return Attempt(OLENA, password, HOME)


def deeds(runtime: Runtime) -> list[tuple[str | None, str, str | None, str | None]]:
    with runtime.store.read() as tx:
        return [(d.actor, d.action, d.subject, d.address) for d in reversed(audit.recent(tx, 100))]


def test_all_sessions_end_but_a_new_one_and_tokens_of_scripts_go_on(runtime: Runtime) -> None:
    here, there = sign_in(runtime, attempt()), sign_in(runtime, attempt())
    script = accounts.new_api_token(runtime, OLENA, "nightly", by="test").token

    token = change_password(runtime, attempt(), ANOTHER)

    assert [viewer_of_session(runtime, each) for each in (here, there)] == [None, None]
    viewer = viewer_of_session(runtime, token)
    assert viewer is not None
    assert viewer_of_api_token(runtime, script) == viewer
    with pytest.raises(Refused):
        sign_in(runtime, attempt())
    assert sign_in(runtime, attempt(ANOTHER))
    assert (OLENA, "password_set", OLENA, HOME) in deeds(runtime)


def test_a_wrong_old_password_changes_nothing_and_is_noted(runtime: Runtime) -> None:
    here = sign_in(runtime, attempt())
    with pytest.raises(Refused):
        change_password(runtime, attempt("wrong"), ANOTHER)
    assert viewer_of_session(runtime, here) is not None
    assert sign_in(runtime, attempt())
    assert (OLENA, "password_change_failed", OLENA, HOME) in deeds(runtime)


def test_guesses_are_counted_together_with_those_at_the_log_in(runtime: Runtime) -> None:
    for _ in range(MOST["both"] - 1):
        with pytest.raises(Refused):
            change_password(runtime, attempt("wrong"), ANOTHER)
    with pytest.raises(Refused):
        sign_in(runtime, attempt("wrong"))
    with pytest.raises(Throttled):
        change_password(runtime, attempt(), ANOTHER)
    with pytest.raises(Throttled):
        sign_in(runtime, attempt())


def test_a_weak_one_costs_no_attempt(runtime: Runtime) -> None:
    for weak in ["short", OLENA.upper(), "x" * 513] * MOST["both"]:
        with pytest.raises(TooWeak):
            change_password(runtime, attempt(), weak)
    assert change_password(runtime, attempt(), ANOTHER)


def test_success_forgets_the_failures_before(runtime: Runtime) -> None:
    for _ in range(MOST["both"] - 1):
        with pytest.raises(Refused):
            change_password(runtime, attempt("wrong"), ANOTHER)
    change_password(runtime, attempt(), ANOTHER)
    with pytest.raises(Refused):
        change_password(runtime, attempt("wrong"), PASSWORD)
    assert change_password(runtime, attempt(ANOTHER), PASSWORD)


@pytest.mark.parametrize("removed", [False, True])
def test_what_an_admin_does_meanwhile_wins(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, removed: bool
) -> None:
    real = passwords.fits

    def fits(stored: str | None, password: str) -> bool:
        if removed:
            accounts.remove(runtime, OLENA, by="admin")
        else:
            accounts.set_password(runtime, OLENA, "set by an admin", by="admin")
        return real(stored, password)

    monkeypatch.setattr(passwords, "fits", fits)
    with pytest.raises(Refused):
        change_password(runtime, attempt(), ANOTHER)
    monkeypatch.undo()
    with pytest.raises(Refused):
        sign_in(runtime, attempt(ANOTHER))

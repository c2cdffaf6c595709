"""Signing in and out: who gets in, for how long, and what is kept of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import argon2
import pytest
from argon2 import PasswordHasher

from store import audit, users
from store.database import Store
from sync.access import accounts, passwords, throttle
from sync.access.sessions import IDLE, LASTS, viewer_of_api_token, viewer_of_session
from sync.access.signing_in import Attempt, Refused, sign_in, sign_out
from sync.access.throttle import MOST, WINDOW, Throttled
from sync.access.tokens import csrf_of
from sync.access.viewer import Profile, Viewer
from sync.actions import NotPossible
from sync.runtime import Runtime

from .house import Clock, make_runtime

REAL_HASHER = passwords._HASHER
OLENA, PASSWORD, HOME = "olena@acme.example", "correct horse battery staple", "192.0.2.1"
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def runtime(sqlite_store: Store, clock: Clock) -> Runtime:
    runtime = make_runtime(sqlite_store, clock)
    accounts.add(runtime, OLENA, Profile.SPECIALIST, PASSWORD, by="test")
    return runtime


def enter(runtime: Runtime, *, email: str = OLENA, password: str = PASSWORD, address: str = HOME) -> str:
    return sign_in(runtime, Attempt(email, password, address))


def fail(runtime: Runtime, times: int, *, email: str = OLENA, address: str = HOME) -> None:
    for _ in range(times):
        with pytest.raises(Refused):
            enter(runtime, email=email, password="wrong", address=address)


def deeds(runtime: Runtime) -> list[tuple[str | None, str, str | None, str | None]]:
    with runtime.store.read() as tx:
        return [(d.actor, d.action, d.subject, d.address) for d in reversed(audit.recent(tx, 100))]


def test_the_right_password_opens_a_session_of_that_person(runtime: Runtime) -> None:
    token = enter(runtime, email=" Olena@ACME.example ")
    assert viewer_of_session(runtime, token) == Viewer(
        OLENA, Profile.SPECIALIST, frozenset({"lead_generation"})
    )
    assert viewer_of_session(runtime, token + "x") is None


@pytest.mark.parametrize(
    ("email", "password"),
    [(OLENA, "wrong"), (OLENA, ""), (OLENA, PASSWORD.upper()), ("nobody@acme.example", PASSWORD), ("", "")],
)
def test_a_wrong_pair_is_refused_in_the_same_words(runtime: Runtime, email: str, password: str) -> None:
    with pytest.raises(Refused) as refusal:
        enter(runtime, email=email, password=password)
    assert str(refusal.value) == Refused.__doc__


def test_an_unknown_account_costs_a_hash_like_a_known_one(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bool] = []
    real: Callable[[PasswordHasher, str, str], bool] = PasswordHasher.verify

    def verify(hasher: PasswordHasher, stored: str, password: str) -> bool:
        tried.append(stored.startswith("$argon2id$"))
        return real(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    fail(runtime, 1)
    fail(runtime, 1, email="nobody@acme.example")
    assert tried == [True, True]


def test_a_session_ends_when_it_is_not_used_and_at_the_latest_after_its_time(
    runtime: Runtime, clock: Clock
) -> None:
    used, unused = enter(runtime), enter(runtime)
    for _ in range(LASTS // (IDLE - A_MINUTE)):
        clock.passes(IDLE - A_MINUTE)
        assert viewer_of_session(runtime, used) is not None
    assert viewer_of_session(runtime, unused) is None
    clock.passes(IDLE - A_MINUTE)
    assert viewer_of_session(runtime, used) is None


def test_who_signs_out_is_out_and_others_are_not(runtime: Runtime) -> None:
    here, there = enter(runtime), enter(runtime)
    sign_out(runtime, here, email=OLENA, address=HOME)
    assert viewer_of_session(runtime, here) is None
    assert viewer_of_session(runtime, there) is not None


def test_a_new_password_ends_all_sessions_and_the_old_one_is_of_no_more_use(runtime: Runtime) -> None:
    tokens = [enter(runtime), enter(runtime)]
    assert accounts.set_password(runtime, OLENA, "another long password", by="test") == 2
    assert [viewer_of_session(runtime, token) for token in tokens] == [None, None]
    fail(runtime, 1, email=OLENA)
    with pytest.raises(Refused):
        enter(runtime)
    assert viewer_of_session(runtime, enter(runtime, password="another long password")) is not None


def test_an_account_that_is_removed_is_out_at_once(runtime: Runtime) -> None:
    session = enter(runtime)
    made = accounts.new_api_token(runtime, OLENA, "nightly", by="test")
    assert viewer_of_api_token(runtime, made.token) is not None
    accounts.remove(runtime, OLENA, by="test")
    assert viewer_of_session(runtime, session) is None
    assert viewer_of_api_token(runtime, made.token) is None
    with pytest.raises(Refused):
        enter(runtime)


def test_a_password_changed_while_somebody_signs_in_with_the_old_one_wins(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = passwords.fits

    def fits(stored: str | None, password: str) -> bool:
        accounts.set_password(runtime, OLENA, "another long password", by="test")
        return real(stored, password)

    monkeypatch.setattr(passwords, "fits", fits)
    with pytest.raises(Refused):
        enter(runtime)


def test_after_some_failures_even_the_right_password_waits(runtime: Runtime, clock: Clock) -> None:
    fail(runtime, MOST["both"])
    with pytest.raises(Throttled, match="Try again in 15 minutes"):
        enter(runtime)
    assert enter(runtime, address="192.0.2.2"), "somebody at another address is not kept out by it"
    clock.passes(WINDOW)
    assert enter(runtime)


def test_waiting_is_not_made_longer_by_trying(runtime: Runtime, clock: Clock) -> None:
    fail(runtime, MOST["both"])
    for _ in range(3):
        clock.passes(WINDOW / 5)
        with pytest.raises(Throttled):
            enter(runtime)
    clock.passes(WINDOW / 5 * 2)
    assert enter(runtime)


def test_success_forgets_the_failures_before(runtime: Runtime) -> None:
    for _ in range(3):
        fail(runtime, MOST["both"] - 1)
        enter(runtime)


def test_one_account_is_not_tried_from_everywhere(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.MOST, "account", 3)
    for number in range(3):
        fail(runtime, 1, address=f"192.0.2.{number}")
    with pytest.raises(Throttled):
        enter(runtime, address="192.0.2.99")


def test_one_address_does_not_try_many_accounts(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(throttle.MOST, "address", 3)
    for number in range(3):
        fail(runtime, 1, email=f"{number}@acme.example")
    with pytest.raises(Throttled):
        enter(runtime)
    assert enter(runtime, address="192.0.2.2")


def test_a_hash_with_other_parameters_is_made_anew(runtime: Runtime) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    with runtime.store.begin() as tx:
        users.set_password(tx, OLENA, old, runtime.now())
    enter(runtime)
    with runtime.store.read() as tx:
        user = users.load(tx, OLENA)
    assert user is not None
    assert user.password != old
    assert not passwords.is_outdated(user.password)
    assert enter(runtime)


def test_a_hash_costs_an_attacker_memory_and_us_one_processor() -> None:
    assert argon2.extract_parameters(REAL_HASHER.hash(PASSWORD)) == argon2.Parameters(
        argon2.Type.ID, 19, 16, 32, time_cost=2, memory_cost=47_104, parallelism=1
    )


def test_a_hash_that_cannot_be_read_fits_nothing() -> None:
    assert not passwords.fits("no hash at all", "no hash at all")


def test_what_happened_is_noted_and_a_mistyped_name_is_not(
    runtime: Runtime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fail(runtime, 1)
    fail(runtime, 1, email="my secret password")
    enter(runtime)
    fail(runtime, MOST["both"])
    for _ in range(3):
        with pytest.raises(Throttled):
            enter(runtime)
    assert deeds(runtime) == [
        ("test", "user_added", OLENA, None),
        (None, "sign_in_failed", OLENA, HOME),
        (None, "sign_in_failed", None, HOME),
        (OLENA, "signed_in", None, HOME),
        *[(None, "sign_in_failed", OLENA, HOME)] * MOST["both"],
        (None, "sign_in_throttled", OLENA, HOME),
    ]
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(Attempt(OLENA, PASSWORD, HOME))


def test_no_secret_is_in_the_database(runtime: Runtime) -> None:
    session, api = enter(runtime), accounts.new_api_token(runtime, OLENA, "nightly", by="test").token
    with runtime.store.read() as tx:
        tables = [row[0] for row in tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        text = "\n".join(str(row) for table in tables for row in tx.exec_driver_sql(f"SELECT * FROM {table}"))
    assert OLENA in text
    assert [secret for secret in (PASSWORD, session, api, csrf_of(session)) if secret in text] == []


def test_a_profile_changes_what_is_seen_from_the_next_request_on(runtime: Runtime) -> None:
    token = enter(runtime)
    accounts.set_profile(runtime, OLENA, Profile.HEAD, by="test")
    assert viewer_of_session(runtime, token) == Viewer(OLENA, Profile.HEAD, None)


def test_a_token_is_revoked_alone(runtime: Runtime) -> None:
    one, other = (accounts.new_api_token(runtime, OLENA, name, by="test") for name in ("one", "other"))
    accounts.revoke_api_token(runtime, one.id, by="test")
    assert viewer_of_api_token(runtime, one.token) is None
    assert viewer_of_api_token(runtime, other.token) is not None
    with pytest.raises(NotPossible, match="no token"):
        accounts.revoke_api_token(runtime, one.id, by="test")


@pytest.mark.parametrize("password", ["", "short", "x" * 513, OLENA, OLENA.upper()])
def test_a_weak_password_is_not_taken(runtime: Runtime, password: str) -> None:
    with pytest.raises(NotPossible, match="password"):
        accounts.set_password(runtime, OLENA, password, by="test")
    assert enter(runtime)


@pytest.mark.parametrize(
    "email", ["", "olena", "@acme.example", "olena@", "a b@acme.example", "a@b@c", "a@b\n"]
)
def test_an_account_is_named_by_an_e_mail(runtime: Runtime, email: str) -> None:
    with pytest.raises(NotPossible, match="no e-mail"):
        accounts.add(runtime, email.replace("\n", "\0"), Profile.HEAD, PASSWORD, by="test")


def test_there_is_one_account_for_an_e_mail_and_unknown_ones_are_said_so(runtime: Runtime) -> None:
    with pytest.raises(NotPossible, match="already"):
        accounts.add(runtime, OLENA.upper(), Profile.ADMIN, PASSWORD, by="test")
    acts: tuple[Callable[..., object], ...] = (
        accounts.remove,
        partial(accounts.set_profile, profile=Profile.HEAD),
    )
    for act in acts:
        with pytest.raises(NotPossible, match="no account"):
            act(runtime, "nobody@acme.example", by="test")


def test_without_rules_a_specialist_signs_in_and_sees_nothing(sqlite_store: Store, clock: Clock) -> None:
    runtime = make_runtime(sqlite_store, clock, configured=False)
    accounts.add(runtime, OLENA, Profile.SPECIALIST, PASSWORD, by="test")
    assert viewer_of_session(runtime, enter(runtime)) == Viewer(OLENA, Profile.SPECIALIST, frozenset())

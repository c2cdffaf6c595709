"""Accounts, sessions, tokens, attempts and the audit, on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from store import api_tokens, audit, login_attempts, sessions, users
from store.audit import Deed
from store.database import Store
from store.users import User

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
MARIA = User("maria@acme.example", "specialist", "a hash", NOW, NOW)
IVAN = User("ivan@acme.example", "admin", "another hash", NOW, NOW)


def test_an_account_is_kept_as_it_was_made(store: Store) -> None:
    with store.begin() as tx:
        assert not users.exist(tx)
        users.add(tx, MARIA)
        users.add(tx, IVAN)
    with store.read() as tx:
        assert users.exist(tx)
        assert users.load(tx, MARIA.email) == MARIA
        assert users.load(tx, "nobody@acme.example") is None
        assert users.listing(tx) == [IVAN, MARIA]


def test_an_e_mail_has_one_account_of_a_known_profile(store: Store) -> None:
    with store.begin() as tx:
        users.add(tx, MARIA)
    with pytest.raises(IntegrityError), store.begin() as tx:
        users.add(tx, MARIA)
    with pytest.raises(IntegrityError), store.begin() as tx:
        users.set_profile(tx, MARIA.email, "emperor")


def test_an_account_that_somebody_changes_is_read_by_the_next_one_after_that(store: Store) -> None:
    with store.begin() as tx:
        users.add(tx, MARIA)
        assert users.lock(tx, "nobody@acme.example") is None
    read: list[str] = []

    def change() -> None:
        with store.begin() as tx:
            found = users.lock(tx, MARIA.email)
            read.append(found.password if found else "")

    with store.begin() as tx:
        assert users.lock(tx, MARIA.email) == MARIA
        other = threading.Thread(target=change)
        other.start()
        other.join(0.3)
        users.set_password(tx, MARIA.email, "a new hash", NOW)
    other.join()
    assert read == ["a new hash"]


def test_what_shows_an_account_hides_its_hash() -> None:
    assert "a hash" not in repr(MARIA)


def test_sessions_and_tokens_end_with_their_account_and_no_others(store: Store) -> None:
    with store.begin() as tx:
        for user in (MARIA, IVAN):
            users.add(tx, user)
            sessions.begin(tx, f"session of {user.email}", user.email, NOW, NOW + AN_HOUR)
            api_tokens.add(tx, user.email, "nightly", f"token of {user.email}", NOW)
        users.remove(tx, MARIA.email)
    with store.read() as tx:
        assert sessions.load(tx, f"session of {MARIA.email}") is None
        assert api_tokens.find(tx, f"token of {MARIA.email}") is None
        assert sessions.load(tx, f"session of {IVAN.email}") is not None
        assert [token.email for token in api_tokens.listing(tx)] == [IVAN.email]


def test_a_session_has_the_profile_that_its_account_has_now(store: Store) -> None:
    with store.begin() as tx:
        users.add(tx, MARIA)
        sessions.begin(tx, "hash", MARIA.email, NOW, NOW + AN_HOUR)
        users.set_profile(tx, MARIA.email, "head")
        sessions.note_seen(tx, "hash", NOW + timedelta(minutes=5))
        found = sessions.load(tx, "hash")
    assert found is not None
    assert (found.email, found.profile, found.ends_at) == (MARIA.email, "head", NOW + AN_HOUR)
    assert found.seen_at == NOW + timedelta(minutes=5)


def test_sessions_that_are_over_are_cleared_away(store: Store) -> None:
    with store.begin() as tx:
        users.add(tx, MARIA)
        sessions.begin(tx, "ended", MARIA.email, NOW, NOW + AN_HOUR)
        sessions.begin(tx, "idle", MARIA.email, NOW, NOW + 9 * AN_HOUR)
        sessions.begin(tx, "in use", MARIA.email, NOW, NOW + 9 * AN_HOUR)
        sessions.note_seen(tx, "in use", NOW + 2 * AN_HOUR)
        sessions.purge(tx, NOW + AN_HOUR, idle_since=NOW)
        found = [name for name in ("ended", "idle", "in use") if sessions.load(tx, name)]
        assert found == ["in use"]
        assert sessions.end_all_of(tx, MARIA.email) == 1


def test_a_token_is_found_by_its_hash_until_it_is_revoked(store: Store) -> None:
    with store.begin() as tx:
        users.add(tx, MARIA)
        number = api_tokens.add(tx, MARIA.email, "nightly", "hash", NOW)
        api_tokens.note_used(tx, number, NOW + AN_HOUR)
        bearer = api_tokens.find(tx, "hash")
        assert bearer == api_tokens.Bearer(number, MARIA.email, "specialist", NOW + AN_HOUR)
        revoked = api_tokens.revoke(tx, number)
        assert revoked == api_tokens.ApiToken(number, MARIA.email, "nightly", NOW, NOW + AN_HOUR)
        assert (api_tokens.revoke(tx, number), api_tokens.find(tx, "hash")) == (None, None)


def test_attempts_are_counted_anew_once_their_time_is_over(store: Store) -> None:
    later = NOW + 2 * AN_HOUR
    with store.begin() as tx:
        login_attempts.count(tx, ["a", "b"], NOW, NOW - AN_HOUR)
        login_attempts.count(tx, ["a"], NOW + timedelta(minutes=1), NOW - AN_HOUR)
        assert login_attempts.failures(tx, ["a", "b", "c"], NOW - AN_HOUR) == {"a": (2, NOW), "b": (1, NOW)}
        assert login_attempts.failures(tx, ["a"], NOW) == {}
        login_attempts.count(tx, ["a"], later, later - AN_HOUR)
        assert login_attempts.failures(tx, ["a"], later - AN_HOUR) == {"a": (1, later)}
        login_attempts.purge(tx, later - AN_HOUR)
        login_attempts.take_back(tx, ["a"])
        assert login_attempts.failures(tx, ["a", "b"], NOW - AN_HOUR) == {"a": (0, later)}
        login_attempts.forget(tx, ["a"])
        assert login_attempts.failures(tx, ["a"], NOW - AN_HOUR) == {}


def test_attempts_made_at_once_are_all_counted(store: Store) -> None:
    def attempt() -> None:
        with store.begin() as tx:
            login_attempts.count(tx, ["a"], NOW, NOW - AN_HOUR)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as tx:
        assert login_attempts.failures(tx, ["a"], NOW - AN_HOUR) == {"a": (8, NOW)}


def test_the_audit_is_read_newest_first(store: Store) -> None:
    deeds = [
        Deed(NOW, None, "sign_in_failed", address="192.0.2.7"),
        Deed(NOW, "ivan@acme.example", "profile_set", MARIA.email, data={"from": "head", "to": "admin"}),
    ]
    with store.begin() as tx:
        for deed in deeds:
            audit.add(tx, deed)
    with store.read() as tx:
        assert audit.recent(tx, 10) == deeds[::-1]
        assert audit.recent(tx, 1) == deeds[1:]

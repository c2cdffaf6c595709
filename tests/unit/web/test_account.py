"""Your account, as a browser uses it: what it says of its reader, and how they change their own password."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests

from store import audit
from store.database import open_store
from sync.access import accounts, throttle
from sync.access.viewer import Profile
from web.access import cookies, turn

from .browsing import Browser
from .serving import PASSWORD, PATIENCE_S, Served, apply_example, make_runtime, serving

ANOTHER = "another password of theirs"
WRONG = {"old": "wrong"}

_numbers = count()


@pytest.fixture(scope="module")
def served(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("house") / "conveyor.db")
    store = open_store(f"sqlite:///{path}")
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture
def email(served: Served) -> str:
    """Somebody with an account of their own, and no throttle left by others."""
    name = f"person{next(_numbers)}@acme.example"
    accounts.add(served.runtime, name, Profile.SPECIALIST, PASSWORD, by="test")
    return name


def enter(served: Served, email: str, password: str = PASSWORD) -> Browser:
    """A browser in which somebody is logged in, with their account open."""
    browser = Browser(served.url)
    assert browser.log_in(password, email=email).status_code == 303
    browser.page = browser.look("/account")
    return browser


def change(
    browser: Browser, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> requests.Response:
    given = form or {}
    fields = {"csrf": browser.csrf(), "old": PASSWORD, "new": ANOTHER, "again": given.get("new", ANOTHER)}
    return browser.submit("/account", fields | given, headers)


def deeds(served: Served, many: int) -> list[tuple[str | None, str, str | None, str | None]]:
    with served.runtime.store.read() as tx:
        return [(deed.actor, deed.action, deed.subject, deed.address) for deed in audit.recent(tx, many)]


@pytest.mark.parametrize(
    ("email", "profile", "said"),
    [
        ("olena@acme.example", Profile.SPECIALIST, ("Olena K.", "Specialist", ">Lead generation<")),
        ("maria@acme.example", Profile.EXTERNAL, ("Maria S.", "External", ">Retention<")),
        ("ivan@acme.example", Profile.ADMIN, ("Ivan P.", "Admin", ">all<")),
        ("boss@acme.example", Profile.HEAD, ("–", "Head", ">all<")),
        ("stranger@acme.example", Profile.SPECIALIST, ("–", "Specialist", "none: your e-mail")),
    ],
)
def test_everybody_reads_who_they_are(
    served: Served, email: str, profile: Profile, said: tuple[str, ...]
) -> None:
    accounts.add(served.runtime, email, profile, PASSWORD, by="test")
    text = enter(served, email).page.text
    assert [words for words in (*said, email) if words not in text] == []
    assert (
        text.count("Specialist:") + text.count("External:") + text.count("Head:") + text.count("Admin:") == 1
    )


def test_the_name_in_the_bar_leads_to_the_account(served: Served, email: str) -> None:
    browser = enter(served, email)
    assert 'href="/account"' in browser.look("/").text
    assert 'href="/account" title="' + email + '" aria-current="page"' in browser.page.text


def test_the_language_is_chosen_for_this_browser(served: Served, email: str) -> None:
    browser = enter(served, email)
    assert '<html lang="ru"' in browser.look("/account?language=ru").text
    assert '<html lang="ru"' in browser.look("/account").text
    text = browser.look("/account").text
    assert text.count('hreflang="ru" aria-current="true"') == 2, "here and at the foot"


def test_a_new_password_holds_here_under_another_session_and_ends_all_others(
    served: Served, email: str
) -> None:
    here, there = enter(served, email), enter(served, email)
    token = accounts.new_api_token(served.runtime, email, "nightly", by="test").token
    before, old_form = here.cookies[cookies.SESSION], here.csrf()

    answer = change(here)

    assert (answer.status_code, answer.headers["location"]) == (303, "/account?said=password_changed")
    assert all(each in answer.headers["set-cookie"] for each in ("HttpOnly", "SameSite=lax", "Max-Age="))
    here.page = here.look(answer.headers["location"])
    assert "Your password is changed." in here.page.text
    assert here.cookies[cookies.SESSION] != before
    assert change(here, {"csrf": old_form}).status_code == 403, "the forms of the old session are void"
    assert there.look("/account").headers["location"] == "/login?next=%2Faccount"
    assert change(there).headers["location"] == "/login"
    here.cookies.set(cookies.SESSION, before)
    assert here.look("/account").status_code == 303, "whoever knew the session knows nothing now"
    assert [Browser(served.url).log_in(each, email=email).status_code for each in (PASSWORD, ANOTHER)] == [
        401,
        303,
    ]
    script = {"authorization": f"Bearer {token}"}
    assert requests.get(f"{served.url}/api/v1/me", headers=script, timeout=PATIENCE_S).status_code == 200
    assert (email, "password_set", email, "127.0.0.1") in deeds(served, 5)


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        (WRONG, 403, "The old password is wrong."),
        ({"old": ""}, 403, "The old password is wrong."),
        ({"again": ANOTHER + "x"}, 409, "The two new passwords differ."),
        ({"new": "short"}, 409, "too short, too long, or your e-mail"),
        ({"new": ""}, 409, "too short, too long, or your e-mail"),
        ({"new": "x" * 513}, 409, "too short, too long, or your e-mail"),
        ({"new": "{email}"}, 409, "too short, too long, or your e-mail"),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(
    served: Served, email: str, form: dict[str, str], status: int, said: str
) -> None:
    here, there = enter(served, email), enter(served, email)
    answer = change(here, {name: value.format(email=email.upper()) for name, value in form.items()})
    assert (answer.status_code, said in answer.text) == (status, True)
    assert answer.text.count('aria-invalid="true"') == 1
    assert [each.look("/account").status_code for each in (here, there)] == [200, 200]
    assert Browser(served.url).log_in(email=email).status_code == 303


def test_the_old_password_is_guessed_as_seldom_as_at_the_log_in(served: Served, email: str) -> None:
    browser = enter(served, email)
    for _ in range(throttle.MOST["both"]):
        assert change(browser, WRONG).status_code == 403
    answer = change(browser)
    assert (answer.status_code, "Too many attempts" in answer.text) == (429, True)
    assert Browser(served.url).log_in(email=email).status_code == 429, "one throttle for both"
    assert browser.look("/account").status_code == 200
    failed = (email, "password_change_failed", email, "127.0.0.1")
    assert deeds(served, 2) == [(email, "password_change_throttled", email, "127.0.0.1"), failed]


def test_guesses_at_the_log_in_count_too(served: Served, email: str) -> None:
    browser, guesser = enter(served, email), Browser(served.url)
    for _ in range(throttle.MOST["both"]):
        guesser.log_in("wrong", email=email)
    assert change(browser).status_code == 429


def test_a_password_waits_for_its_turn_with_the_log_ins(
    served: Served, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = enter(served, email)
    monkeypatch.setattr(turn, "MOST_WAITING", 0)
    assert change(browser).status_code == 429
    monkeypatch.undo()
    assert change(browser).status_code == 303


def test_the_new_session_is_kept_from_open_lines(served: Served, email: str) -> None:
    answer = change(enter(served, email), headers={"x-forwarded-proto": "https"})
    assert "Secure" in answer.headers["set-cookie"]


def test_before_there_are_rules_the_account_is_there(migrated_sqlite: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    with serving(make_runtime(store)) as served:
        accounts.add(served.runtime, "first@acme.example", Profile.ADMIN, PASSWORD, by="test")
        browser = enter(served, "first@acme.example")
        assert ("Admin:" in browser.page.text, change(browser).status_code) == (True, 303)
    store.close()

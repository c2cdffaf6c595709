"""Logging in and out as a browser does it, and what is refused: foreign forms, guesses, too many attempts."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from store import audit, schema
from store.database import open_store
from sync.access import accounts, passwords, throttle
from sync.access.viewer import Profile
from web.access import cookies, turn
from web.access.csrf import CHANGES_NOTHING

from . import marked
from .browsing import IVAN, Browser
from .decided import DECIDED
from .serving import PASSWORD, PATIENCE_S, Served, apply_example, deal_events, make_runtime, serving


@pytest.fixture(scope="module")
def running(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("house") / "conveyor.db")
    store = open_store(f"sqlite:///{path}")
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture
def empty(running: Served) -> Served:
    """Without any account, and nothing happened yet."""
    with running.runtime.store.begin() as tx:
        for table in (schema.sessions, schema.users, schema.login_attempts, schema.audit):
            tx.execute(table.delete())
    return running


@pytest.fixture
def served(empty: Served) -> Served:
    """With one account."""
    accounts.add(empty.runtime, IVAN, Profile.ADMIN, PASSWORD, by="test")
    return empty


def test_who_is_not_logged_in_is_sent_to_the_form_and_back(served: Served) -> None:
    browser = Browser(served.url, "/hand-offs?tab=late")
    assert browser.page.url == f"{served.url}/login?next=%2Fhand-offs%3Ftab%3Dlate"
    assert 'value="/hand-offs?tab=late"' in browser.page.text
    answer = browser.log_in(next="/hand-offs?tab=late")
    assert (answer.status_code, answer.headers["location"]) == (303, "/hand-offs?tab=late")
    assert browser.look("/hand-offs?tab=late").status_code == 200
    assert browser.look("/login").headers["location"] == "/", "nothing to log in for"


def test_the_cookie_is_for_the_server_alone(served: Served) -> None:
    plain = Browser(served.url).log_in().headers["set-cookie"]
    behind_proxy = Browser(served.url).log_in(headers={"x-forwarded-proto": "https"}).headers["set-cookie"]
    for cookie in (plain, behind_proxy):
        assert all(each in cookie for each in (f"{cookies.SESSION}=", "HttpOnly", "SameSite=lax", "Path=/"))
    assert ("Secure" in plain, "Secure" in behind_proxy) == (False, True)


@pytest.mark.parametrize("password", ["wrong", "", "x" * 2000])
def test_a_wrong_password_is_told_without_a_hint_and_opens_nothing(served: Served, password: str) -> None:
    browser = Browser(served.url)
    known, unknown = browser.log_in(password), browser.log_in(password, email="nobody@acme.example")
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.text.replace(IVAN, "") == unknown.text.replace("nobody@acme.example", "")
    assert cookies.SESSION not in browser.cookies
    assert browser.look("/").status_code == 303


def test_many_failures_are_told_to_wait(served: Served) -> None:
    browser = Browser(served.url)
    answers = [browser.log_in("wrong").status_code for _ in range(throttle.MOST["both"])]
    assert answers == [401] * throttle.MOST["both"]
    assert browser.log_in().status_code == 429
    assert browser.look("/").status_code == 303


def test_logging_out_ends_the_session_on_the_server(served: Served) -> None:
    browser = Browser(served.url)
    browser.log_in()
    token = browser.cookies[cookies.SESSION]
    browser.page = browser.look("/")
    answer = browser.submit("/logout", {"csrf": browser.csrf()})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert cookies.SESSION not in browser.cookies
    browser.cookies.set(cookies.SESSION, token)
    assert browser.look("/").status_code == 303
    with served.runtime.store.read() as tx:
        assert [deed.action for deed in audit.recent(tx, 2)] == ["signed_out", "signed_in"]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/a\r\nx: y",
        "/login",
    ],
)
def test_nobody_is_sent_to_another_site(served: Served, wanted: str) -> None:
    assert Browser(served.url).log_in(next=wanted).headers["location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_form_from_another_site_is_refused(served: Served, headers: dict[str, str]) -> None:
    browser = Browser(served.url)
    assert browser.log_in(headers=headers).status_code == 403
    browser.page = browser.look("/login")
    browser.log_in(headers={"origin": served.url})
    browser.page = browser.look("/")
    assert browser.submit("/logout", {"csrf": browser.csrf()}, headers).status_code == 403
    assert browser.look("/").status_code == 200, "still logged in"


def test_every_form_needs_the_token_of_its_own_session(served: Served) -> None:
    browser, other = Browser(served.url), Browser(served.url)
    assert browser.log_in(csrf=other.csrf()).status_code == 403
    assert (
        requests.post(f"{served.url}/login", {"email": IVAN, "csrf": browser.csrf()}, timeout=9).status_code
        == 403
    )
    for each in (browser, other):
        each.log_in()
        each.page = each.look("/")
    addresses = [
        name.partition(" ")[2] for name, group in DECIDED.items() if name.startswith("POST ") and group
    ]
    forms = [path for path in addresses if not path.startswith(("/api", "/webhooks", "/login"))]
    assert len(forms) > 3
    for path in forms:
        for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": other.csrf()}):
            assert browser.submit(path, csrf).status_code == 403, path
        as_json = browser.post(served.url + path, json={"csrf": browser.csrf()}, timeout=PATIENCE_S)
        assert as_json.status_code == 403, path
    header = {"x-csrf-token": browser.csrf()}
    assert browser.submit("/hand-offs/unknown/accept", {}, header).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_need_the_token_too(served: Served, method: str) -> None:
    assert method not in CHANGES_NOTHING
    browser = Browser(served.url)
    browser.log_in()
    assert browser.request(method, f"{served.url}/", timeout=PATIENCE_S).status_code == 403


def test_a_form_that_is_too_large_is_refused(served: Served) -> None:
    browser = Browser(served.url)
    browser.log_in()
    browser.page = browser.look("/")
    form = {"csrf": browser.csrf(), "text": "x" * 1_100_000}
    assert browser.submit("/logout", form).status_code == 413


def test_scripts_of_the_page_are_told_instead_of_sent(served: Served) -> None:
    headers = {"sec-fetch-mode": "cors"}
    answer = requests.get(f"{served.url}/events", headers=headers, timeout=PATIENCE_S, allow_redirects=False)
    assert answer.status_code == 401


def test_without_any_account_the_form_says_how_to_make_one(empty: Served) -> None:
    assert "conveyor users add" in Browser(empty.url).page.text
    accounts.add(empty.runtime, IVAN, Profile.ADMIN, PASSWORD, by="test")
    assert "conveyor users add" not in Browser(empty.url).page.text


def test_before_the_tables_are_there_the_form_says_where_to_look(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    with serving(make_runtime(store)) as served:
        answer = requests.get(f"{served.url}/login", timeout=PATIENCE_S)
        assert (answer.status_code, "/readyz" in answer.text) == (503, True)
        cookie = {cookies.SESSION: "x"}
        assert requests.get(served.url, cookies=cookie, timeout=PATIENCE_S).status_code == 503
    store.close()


def test_webhooks_are_answered_while_a_password_is_tried(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, enough = threading.Event(), threading.Event()

    def fits(stored: str | None, password: str) -> bool:
        hashing.set()
        return enough.wait(PATIENCE_S) and False

    monkeypatch.setattr(passwords, "fits", fits)
    browsers = [Browser(served.url) for _ in range(3)]
    threads = [threading.Thread(target=browser.log_in, args=("wrong",)) for browser in browsers]
    for thread in threads:
        thread.start()
    try:
        assert hashing.wait(PATIENCE_S)
        began = time.monotonic()
        assert served.post_hubspot(deal_events(1, 2)).status_code == 202
        assert served.get("/healthz").status_code == 200
        assert time.monotonic() - began < PATIENCE_S / 2
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def test_not_more_people_wait_for_their_turn_than_there_are_places(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, enough = threading.Event(), threading.Event()

    def fits(stored: str | None, password: str) -> bool:
        hashing.set()
        return enough.wait(PATIENCE_S) and False

    monkeypatch.setattr(passwords, "fits", fits)
    monkeypatch.setattr(turn, "MOST_WAITING", 1)
    first, second = Browser(served.url), Browser(served.url)
    thread = threading.Thread(target=first.log_in, args=("wrong",))
    thread.start()
    try:
        assert hashing.wait(PATIENCE_S)
        assert second.log_in().status_code == 429
    finally:
        enough.set()
        thread.join()


def test_forms_are_taken_from_the_address_that_a_proxy_gives_us(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    folder = marked.config(tmp_path / "config")
    connections = folder / "connections.yaml"
    rest = "".join(
        line
        for line in connections.read_text().splitlines(keepends=True)
        if not line.startswith("public_url")
    )
    connections.write_text(f"public_url: https://conveyor.example.com\n{rest}")
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime, folder)
    accounts.add(runtime, IVAN, Profile.ADMIN, PASSWORD, by="test")
    with serving(runtime) as served:
        answer = Browser(served.url).log_in(headers={"origin": "https://conveyor.example.com"})
        assert (answer.status_code, "Secure" in answer.headers["set-cookie"]) == (303, True)
        for other in ("http://conveyor.example.com", "https://conveyor.example.com.evil.example"):
            assert Browser(served.url).log_in(headers={"origin": other}).status_code == 403
    store.close()

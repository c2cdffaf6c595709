"""Where a request came from: what a trusted proxy says counts, what anybody else claims does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from store import audit
from store.database import open_store
from sync.access import accounts, throttle
from sync.access.viewer import Profile

from .browsing import IVAN, Browser
from .serving import PASSWORD, PATIENCE_S, Served, apply_example, make_runtime, serving

HOME, CAFE, PROXY = "203.0.113.7", "2001:db8::17", "127.0.0.1"
TRUSTED = ("127.0.0.1", "10.0.0.1, 127.0.0.0/8")
NOT_TRUSTED = ("", "10.0.0.0/8, 2001:db8::/32")


@pytest.fixture
def database(migrated_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}"


@contextmanager
def house(database: str, trusted_proxies: str) -> Iterator[Served]:
    store = open_store(database)
    runtime = make_runtime(store)
    apply_example(runtime)
    accounts.add(runtime, IVAN, Profile.ADMIN, PASSWORD, by="test")
    with serving(runtime, trusted_proxies=trusted_proxies) as served:
        yield served
    store.close()


def try_it(served: Served, forwarded: str, password: str = PASSWORD) -> int:
    """The status of a log-in that a proxy hands on."""
    return Browser(served.url).log_in(password, {"x-forwarded-for": forwarded}).status_code


def last_address(served: Served) -> str | None:
    with served.runtime.store.read() as tx:
        return audit.recent(tx, 1)[0].address


@pytest.mark.parametrize("trusted_proxies", TRUSTED)
def test_behind_a_trusted_proxy_only_the_guesser_waits(database: str, trusted_proxies: str) -> None:
    with house(database, trusted_proxies) as served:
        for _ in range(throttle.MOST["both"]):
            assert try_it(served, HOME, "wrong") == 401
        assert last_address(served) == HOME
        assert (try_it(served, HOME), try_it(served, CAFE)) == (429, 303)
        assert last_address(served) == CAFE


def test_what_the_sender_wrote_before_the_proxy_is_not_believed(database: str) -> None:
    with house(database, PROXY) as served:
        for number in range(throttle.MOST["both"]):
            assert try_it(served, f"198.51.100.{number}, {HOME}", "wrong") == 401
        assert last_address(served) == HOME
        assert try_it(served, f"198.51.100.99, {HOME}") == 429


@pytest.mark.parametrize("trusted_proxies", NOT_TRUSTED)
def test_who_is_not_trusted_cannot_give_another_address(database: str, trusted_proxies: str) -> None:
    with house(database, trusted_proxies) as served:
        for number in range(throttle.MOST["both"]):
            assert try_it(served, f"198.51.100.{number}", "wrong") == 401
        assert last_address(served) == PROXY
        assert try_it(served, CAFE) == 429


def test_a_password_changed_behind_a_trusted_proxy_is_noted_with_that_address(database: str) -> None:
    with house(database, PROXY) as served:
        browser = Browser(served.url)
        forwarded = {"x-forwarded-for": HOME}
        browser.log_in(headers=forwarded)
        browser.page = browser.look("/account")
        form = {"csrf": browser.csrf(), "old": PASSWORD, "new": PASSWORD + "!", "again": PASSWORD + "!"}
        assert browser.submit("/account", form, forwarded).status_code == 303
        assert last_address(served) == HOME


@pytest.mark.parametrize("trusted_proxies", ["", PROXY])
@pytest.mark.parametrize(("protocol", "is_secure"), [("https", True), ("http", False)])
def test_cookies_are_secure_where_the_proxy_speaks_https(
    database: str, trusted_proxies: str, protocol: str, is_secure: bool
) -> None:
    with house(database, trusted_proxies) as served:
        answer = Browser(served.url).log_in(headers={"x-forwarded-proto": protocol})
        assert ("Secure" in answer.headers["set-cookie"]) == is_secure


@pytest.mark.parametrize(("trusted_proxies", "status"), [(PROXY, 202), ("", 401)])
def test_without_a_public_url_a_trusted_proxy_says_how_the_crm_called_us(
    database: str, trusted_proxies: str, status: int
) -> None:
    body = b"[]"
    with house(database, trusted_proxies) as served:
        url = served.url.replace("http:", "https:") + "/webhooks/hubspot"
        headers = {**served.sign(body, url=url), "x-forwarded-proto": "https"}
        answer = requests.post(f"{served.url}/webhooks/hubspot", body, headers=headers, timeout=PATIENCE_S)
        assert answer.status_code == status

"""A real browser, and houses for it to look at: one filled with a month of work, one with workers and a CRM.

Without Chromium the tests are skipped on a laptop, and fail where `CI=true`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from store.database import open_store
from sync.access import accounts
from sync.access.viewer import Profile
from sync.runtime import Runtime

from ..contract.connectors.sandbox_client import Sandbox, running
from ..scenario.house import House, open_house
from ..unit.web.serving import apply_example, make_runtime, serving
from .filled import fill

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PASSWORD = "nine green bottles on a wall"
ADMIN, HEAD = "admin@acme.example", "head@acme.example"
PATIENCE_MS = 15_000

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@dataclass
class Console:
    """A running console, and the browser that looks at it."""

    url: str
    runtime: Runtime
    browser: Browser
    signed_in: dict[str, Any] = field(default_factory=dict)  # e-mail -> cookies

    @contextmanager
    def window(self, email: str | None = ADMIN, **look: Any) -> Iterator[Page]:
        """A fresh window, signed in unless nobody is named; it fails for any error that the browser reports."""
        given = {"viewport": DESK, "locale": "en-GB", **look}
        context = self.browser.new_context(base_url=self.url, **given)
        context.add_cookies(self.signed_in.get(email or "", []))
        context.set_default_timeout(PATIENCE_MS)
        page, errors = context.new_page(), []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if _is_trouble(said) else None)
        page.on("response", lambda answer: errors.append(answer.url) if _is_missing(answer) else None)
        try:
            if email is not None and email not in self.signed_in:
                sign_in(page, email)
                self.signed_in[email] = context.cookies()
            elif email is not None:
                page.goto("/")
            yield page
        finally:
            context.close()
        assert not errors, errors


def _is_trouble(said: ConsoleMessage) -> bool:
    return said.type == "error" and not said.text.startswith("Failed to load resource")


def _is_missing(answer: Response) -> bool:
    """Whether a part of a page is not there; whether a page itself is, a test says."""
    return answer.status >= 400 and answer.request.resource_type != "document"


def sign_in(page: Page, email: str) -> None:
    """Fill in the log-in form."""
    if "/login" not in page.url:
        page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()


def make_accounts(runtime: Runtime) -> None:
    """One account of each profile."""
    for email, profile in (
        (ADMIN, Profile.ADMIN),
        (HEAD, Profile.HEAD),
        ("petar@acme.example", Profile.SPECIALIST),
        ("olena@acme.example", Profile.EXTERNAL),
    ):
        accounts.add(runtime, email, profile, PASSWORD, by="test")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. It ends with its module, for while it runs no other test can have an event loop."""
    if CHROMIUM is None:
        _unavailable("Chromium is not installed: apt install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def console(
    browser: Browser, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A console full of a month's work; nobody changes anything in it."""
    folder = tmp_path_factory.mktemp("console")
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, folder / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime)
    fill(runtime)
    make_accounts(runtime)
    with serving(runtime) as served:
        yield Console(served.url, runtime, browser)
    store.close()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The emulated HubSpot."""
    with ExitStack() as stack:
        yield stack.enter_context(running("hubspot"))


@pytest.fixture
def house(sandbox: Sandbox, migrated_sqlite: Path, tmp_path: Path) -> Iterator[House]:
    """A house under the example rules with an emulated CRM."""
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    sandbox.reset()
    try:
        with open_house("hubspot", sandbox, store) as opened:
            make_accounts(opened.runtime)
            yield opened
    finally:
        store.close()


@pytest.fixture
def console_of(browser: Browser) -> Iterator[Callable[[Runtime], Console]]:
    """Opens the console of any house."""
    with ExitStack() as stack:

        def opened(runtime: Runtime) -> Console:
            return Console(stack.enter_context(serving(runtime)).url, runtime, browser)

        yield opened


def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

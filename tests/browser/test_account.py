"""Your account in a browser: found on a desk and on a phone, and a password changed without a mouse."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from store.database import open_store
from sync.runtime import Runtime

from ..unit.web.serving import apply_example, make_runtime
from .conftest import DESK, PASSWORD, PHONE, Console, make_accounts, sign_in

pytestmark = pytest.mark.xdist_group("browser")

PETAR, ANOTHER = "petar@acme.example", "ten green bottles on a wall"


@pytest.fixture
def console(
    console_of: Callable[[Runtime], Console], migrated_sqlite: Path, tmp_path: Path
) -> Iterator[Console]:
    """A console without deals, whose accounts may be changed."""
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime)
    make_accounts(runtime)
    yield console_of(runtime)
    store.close()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_name_in_the_bar_leads_to_who_one_is(console: Console, viewport: dict[str, int]) -> None:
    with console.window(PETAR, viewport=viewport) as page:
        page.get_by_role("link", name="Your account").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
        expect(page.get_by_role("link", name="Your account")).to_have_attribute("aria-current", "page")
        for words in ("Petar D.", PETAR, "Specialist", "Conversion"):
            expect(page.get_by_label("Who you are here")).to_contain_text(words)


def test_a_password_is_changed_without_a_mouse_and_ends_the_other_sessions(console: Console) -> None:
    with console.window(None) as here, console.window(None) as there:
        for page in (here, there):
            sign_in(page, PETAR)
            page.goto("/account")

        here.get_by_label("Old password").focus()
        type_in(here, "not the old one", ANOTHER, ANOTHER)
        expect(here.get_by_role("alert")).to_contain_text("The old password is wrong.")
        expect(here.get_by_label("Old password")).to_be_focused()
        type_in(here, PASSWORD, ANOTHER, ANOTHER)
        expect(here.get_by_role("status")).to_contain_text("Your password is changed.")
        here.get_by_role("link", name="Line").click()
        expect(here.locator(".section-head")).to_contain_text("Conversion")

        there.get_by_role("link", name="Hand-offs").click()
        expect(there).to_have_url(re.compile(r"/login\?next=%2Fhand-offs$"))
        there.get_by_label("E-mail").fill(PETAR)
        there.get_by_label("Password").fill(ANOTHER)
        there.keyboard.press("Enter")
        expect(there.get_by_role("heading", level=1)).to_have_text("Hand-offs")


def type_in(page: Page, *passwords: str) -> None:
    """Fill in the fields from the one in focus on, and send the form."""
    for number, password in enumerate(passwords):
        if number:
            page.keyboard.press("Tab")
        page.keyboard.type(password)
    page.keyboard.press("Enter")

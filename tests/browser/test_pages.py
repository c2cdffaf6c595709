"""Every page in a real browser: it loads without an error, fits its window, and is accessible to everybody."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import DESK, PHONE, Console
from .filled import IN_TIME, LATE

pytestmark = pytest.mark.xdist_group("browser")

PAGES = {
    "line": "/",
    "deals": "/deals?section=conversion&stage=meeting",
    "deal": f"/deals/{LATE}",
    "hand-offs": "/hand-offs?tab=open",
    "reports": "/reports?period=month",
    "mapping": "/mapping",
    "health": "/health",
    "account": "/account",
    "not shown": "/deals/hubspot:0",
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": DESK},
    "dark": {"color_scheme": "dark", "viewport": DESK},
    "phone": {"color_scheme": "light", "viewport": PHONE},
}
RULES: dict[str, list[str] | None] = {
    "light": None,
    "dark": ["color-contrast"],
    "phone": ["color-contrast", "scrollable-region-focusable", "target-size"],
}
"""Of axe, what the look has a part in; in the first one all."""


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_fits(console: Console, look: str, name: str) -> None:
    with console.window(**LOOKS[look]) as page:
        page.goto(PAGES[name])
        page.wait_for_load_state("load")
        assert _violations(page, RULES[look]) == []
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_log_in_is_accessible(console: Console) -> None:
    for look in LOOKS.values():
        with console.window(None, **look) as page:
            page.goto("/")
            assert "/login" in page.url
            assert not _violations(page)


def test_the_line_is_shown_without_scripts(console: Console) -> None:
    with console.window(java_script_enabled=False) as page:
        page.goto("/")
        expect(page.get_by_role("heading", name="Conversion")).to_be_visible()
        page.get_by_label("Owner").select_option("petar@acme.example")
        page.get_by_role("button", name="Filter", exact=True).click()
        expect(page.locator("article.deal", has_text="Olena K.")).to_have_count(0)
        expect(page.locator("article.deal.late")).to_have_count(1)


def test_the_line_is_filtered_by_text_connection_and_owner(console: Console) -> None:
    with console.window() as page:
        page.goto("/")
        page.get_by_label("Title, or id in the CRM").fill("АВТОПАРК")
        page.keyboard.press("Enter")
        expect(page.locator("article.deal").first).to_contain_text("Автопарк")
        page.get_by_role("link", name="Clear").click()
        page.get_by_label("Connection").select_option("zoho")
        expect(page.get_by_role("link", name="Clear")).to_be_visible()
        expect(page.locator("article.deal", has_text="hubspot")).to_have_count(0)


def test_a_late_deal_leads_to_its_story(console: Console) -> None:
    with console.window() as page:
        page.goto("/")
        page.locator("article.deal.late a").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Fleet of twelve vans – Dunav")
        expect(page.locator(".story")).to_contain_text("decision maker must be filled in")
        expect(page.locator(".story")).to_contain_text("conveyor.yaml:41")
        expect(page.locator("tr.differs")).to_contain_text("900")
        expect(page.get_by_role("link", name="Open in hubspot")).to_have_attribute(
            "href", "https://app.hubspot.example/deal/1003"
        )


def test_buttons_stand_only_where_they_may_be_used(console: Console) -> None:
    for email, buttons in (("petar@acme.example", 1), ("olena@acme.example", 0)):
        with console.window(email) as page:
            page.goto("/hand-offs?tab=open")
            row = page.locator("tr", has_text=LATE)
            expect(row.get_by_role("button", name="Accept")).to_have_count(buttons)
            expect(page.get_by_role("link", name="Mapping")).to_have_count(0)


def test_a_specialist_sees_their_own_section(console: Console) -> None:
    with console.window("petar@acme.example") as page:
        page.goto("/")
        expect(page.locator(".section-head")).to_have_count(1)
        expect(page.locator(".section-head")).to_contain_text("Conversion")
        expect(page.locator("article.deal", has_text="Olena K.")).to_have_count(0)


def test_the_page_speaks_the_language_of_its_reader(console: Console) -> None:
    for locale, words in (("ru-RU", "Передачи"), ("uk-UA", "Передачі"), ("bg-BG", "Предавания")):
        with console.window(None, locale=locale) as page:
            page.goto("/login")
            expect(page.locator("html")).to_have_attribute("lang", locale[:2])
        with console.window() as page:
            page.goto(f"/?language={locale[:2]}")
            page.goto("/hand-offs")
            expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_everything_is_reached_by_the_keyboard(console: Console) -> None:
    with console.window() as page:
        page.goto("/")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_label("Title, or id in the CRM")).to_be_focused()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_deals_of_a_stage_are_listed_page_by_page(console: Console) -> None:
    with console.window() as page:
        page.goto("/deals")
        first = page.locator("tbody tr").all_inner_texts()
        assert IN_TIME in "".join(first[:3])
        page.get_by_role("link", name="Next").click()
        expect(page.get_by_role("link", name="Previous")).to_be_visible()
        rest = page.locator("tbody tr").all_inner_texts()
        assert not set(first) & set(rest)


def _violations(page: Page, rules: list[str] | None = None) -> list[str]:
    options = {"runOnly": {"type": "rule", "values": rules}} if rules else None
    found = Axe().run(page, options=options).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]

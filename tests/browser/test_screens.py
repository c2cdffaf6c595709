"""Takes the pictures of docs/screens anew, when asked to: CONVEYOR_SCREENS=1 pytest tests/browser/test_screens.py"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect

from .conftest import Console
from .test_pages import LOOKS, PAGES

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
WHOLE = frozenset({"reports"})
TALLEST = 2600

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not os.environ.get("CONVEYOR_SCREENS"), reason="CONVEYOR_SCREENS=1 takes the pictures anew"
    ),
]


@pytest.mark.parametrize("look", LOOKS)
def test_take_the_pictures(console: Console, look: str) -> None:
    SCREENS.mkdir(exist_ok=True)
    with console.window(**LOOKS[look]) as page:
        for name, address in PAGES.items():
            if name == "not shown":
                continue
            page.goto(address)
            if name == "line":
                page.wait_for_timeout(400)
                page.reload()  # by now the funnel is counted
            size = page.viewport_size
            assert size is not None
            height = (
                min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                if name in WHOLE
                else size["height"]
            )
            clip: FloatRect = {"x": 0, "y": 0, "width": size["width"], "height": height}
            page.screenshot(path=SCREENS / f"{name}-{look}.png", full_page=name in WHOLE, clip=clip)
        page.goto("/mapping")
        page.locator("select").first.select_option("qualification")
        page.get_by_role("button", name="Plan the change").first.click()
        page.get_by_role("heading", name="Deals").wait_for()
        page.screenshot(path=SCREENS / f"plan-{look}.png")
    with console.window(None, **LOOKS[look]) as page:
        page.goto("/login")
        page.screenshot(path=SCREENS / f"log-in-{look}.png")

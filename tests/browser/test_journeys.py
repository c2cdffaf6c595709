"""What people come to the console for, from the log-in to the change in the CRM."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sync.runtime import Runtime

from ..scenario.house import COMPLETE, OLENA, PETAR, House
from .conftest import ADMIN, HEAD, Console

pytestmark = pytest.mark.xdist_group("browser")

ConsoleOf = Callable[[Runtime], Console]


def test_a_late_hand_off_is_found_and_returned_with_a_reason(house: House, console_of: ConsoleOf) -> None:
    # Given a deal that was handed over, and that nobody accepted in time
    deal = house.new_deal("qualification", by=OLENA, title="Fleet renewal", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    assert house.card(deal).owner == PETAR
    house.clock.shift = timedelta(days=4)

    with console_of(house.runtime).window(HEAD) as page:
        # When the head of sales looks for what is late
        page.get_by_role("link", name="wait too long for their receiver").click()
        page.get_by_role("link", name="Fleet renewal").click()
        expect(page.get_by_label("Open hand-off")).to_contain_text("late by")
        page.get_by_role("link", name="Hand-offs").click()
        page.get_by_role("link", name="Late").click()
        row = page.locator("tr", has_text="Fleet renewal")

        # And returns it with a reason of the rule
        row.get_by_text("Return…").click()
        row.get_by_label("Why does it go back?").select_option("not ready")
        row.get_by_role("button", name="Return it").click()
        expect(page.get_by_role("status")).to_contain_text("Returned")

        # Then the deal moves back in the CRM, to whom it came from
        house.settle()
        assert (house.card(deal).stage, house.card(deal).owner) == ("qualification", OLENA)

        # And the open page tells so, without being loaded again
        page.goto("/hand-offs?tab=closed")
        expect(page.locator("tr", has_text="Fleet renewal")).to_contain_text("not ready")


def test_an_open_page_follows_what_happens(house: House, console_of: ConsoleOf) -> None:
    deal = house.new_deal("qualification", by=OLENA, title="Fleet renewal", **COMPLETE)
    with console_of(house.runtime).window(ADMIN) as page:
        stage = page.locator("li.stage", has=page.get_by_role("heading", name="Meeting"))
        expect(page.get_by_role("link", name="Fleet renewal")).to_be_visible()
        page.locator("#board").focus()
        page.evaluate("document.getElementById('board').scrollLeft = 40")

        house.move(deal, "meeting", by=OLENA)

        expect(stage.get_by_role("link", name="Fleet renewal")).to_be_visible()
        expect(page.locator("#board")).to_be_focused()
        assert page.evaluate("document.getElementById('board').scrollLeft") == 40


def test_a_receiver_accepts_their_hand_off(house: House, console_of: ConsoleOf) -> None:
    deal = house.new_deal("qualification", by=OLENA, title="Fleet renewal", **COMPLETE)
    house.move(deal, "meeting", by=OLENA)
    with console_of(house.runtime).window(PETAR) as page:
        page.get_by_role("link", name="Hand-offs").click()
        expect(page.get_by_role("link", name="Mine 1")).to_have_attribute("aria-current", "page")
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_role("status")).to_contain_text("Accepted")
        house.settle()
        expect(
            page.get_by_text("Nothing waits for you.").or_(page.get_by_text("No hand-off is open."))
        ).to_be_visible()
    assert [str(each.status) for each in house.handoffs(deal)] == ["accepted"]


def test_a_mapping_is_edited_planned_applied_and_rolled_back(
    house: House, console_of: ConsoleOf, tmp_path: Path
) -> None:
    # Given a deal on the stage whose meaning is to change, and the admin's files
    house.new_deal("proposal", by=PETAR, title="Fleet renewal", amount=1000)
    for name, text in house.files.items():
        (tmp_path / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "config" / name).write_text(text)
    file = tmp_path / "config" / "mappings" / "hubspot.yaml"
    before = file.read_text()
    house.runtime.config = tmp_path / "config"

    with console_of(house.runtime).window(ADMIN) as page:
        # When the admin asks the CRM whether it still looks like that
        page.get_by_role("link", name="Mapping").click()
        page.get_by_role("link", name="Compare with the CRM").click()
        expect(page.get_by_role("status").first).to_be_visible()

        # And gives the stage another meaning
        page.get_by_label("Decision maker bought-in").select_option("negotiation")
        page.get_by_role("button", name="Plan the change").click()
        expect(page.get_by_role("heading", name="The change to hubspot")).to_be_visible()
        expect(page.get_by_label("Deals")).to_contain_text("1 deal (1 000) from Proposal to Negotiation")
        assert file.read_text() == before
        page.get_by_label("Why, for the history").fill("Bought-in is negotiating")
        page.get_by_role("button", name="Put it in force").click()

        # Then it is in force, in the file too, where nothing else changed
        expect(page.get_by_role("status")).to_contain_text("the file holds it too")
        expect(page.locator("tr", has_text="Bought-in is negotiating")).to_contain_text("in force")
        assert house.runtime.rules.get().mappings["hubspot"].pipelines[0].stages[3].means == "negotiation"
        assert _changed(before, file.read_text()) == [("is: proposal}", "is: negotiation}")]

        # And the way back is planned and taken
        page.get_by_role("button", name="Plan going back to version 1").click()
        expect(page.get_by_role("heading", name="Going back to version 1")).to_be_visible()
        page.get_by_role("button", name="Put it in force").click()
        expect(page.get_by_role("status")).to_contain_text("The earlier version is in force again")
        assert house.runtime.rules.get().mappings["hubspot"].pipelines[0].stages[3].means == "proposal"


def test_a_stage_that_is_new_in_the_crm_is_mapped_where_it_is_found(
    house: House, console_of: ConsoleOf
) -> None:
    # Given a deal that is parked on a column that the mapping does not have
    legal = house.crm.add_column("Legal review")
    deal = house.new_deal("meeting", by=PETAR, title="Fleet renewal")
    house.move_to_column(deal, legal, by=PETAR)
    with console_of(house.runtime).window(ADMIN) as page:
        # When the admin compares the mapping with the CRM, and says what the column means
        page.goto("/mapping")
        page.get_by_role("link", name="Compare with the CRM").click()
        expect(page.locator("tr", has_text="Legal review")).to_contain_text("new in the CRM")
        page.get_by_label("Legal review").select_option("negotiation")
        page.get_by_role("button", name="Plan the change").click()
        expect(page.get_by_label("Deals")).to_contain_text("to Negotiation")
        page.get_by_role("button", name="Put it in force").click()
        expect(page.locator("tr", has_text="in force")).to_contain_text("edited on the console")

        # Then the deal stands on the line again, and stays in its column
        house.settle()
        assert (house.deal(deal).stage, house.card(deal).column) == ("negotiation", legal)
        page.get_by_role("link", name="Compare with the CRM").click()
        expect(page.get_by_text("The CRM still looks as the file says.")).to_be_visible()


def test_nobody_applies_what_the_files_may_not_say(house: House, console_of: ConsoleOf) -> None:
    with console_of(house.runtime).window(ADMIN) as page:
        page.goto("/mapping")
        page.get_by_label("Closed won").select_option("lost")
        page.get_by_label("Closed lost").select_option("won")
        page.get_by_role("button", name="Plan the change").click()
        page.get_by_role("button", name="Put it in force").click()
        expect(page.locator("tr", has_text="in force")).to_contain_text("edited on the console")
        page.get_by_role("link", name="Compare with the CRM").click()
        expect(page.get_by_role("status").first).to_contain_text("counts 'Closed won' as won")
        expect(page.locator("tr.differs")).to_have_count(2)


def _changed(before: str, after: str) -> list[tuple[str, str]]:
    """The lines that differ, from where they do."""
    pairs = [
        (old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new
    ]
    return [(old[old.index("is: ") :], new[new.index("is: ") :]) for old, new in pairs]

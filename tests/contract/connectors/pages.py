"""Listings that are long, and listings whose pages come twice or for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from connectors import registry
from connectors.base import Connector, Lane, Page, Setup
from connectors.errors import ConnectorError
from connectors.local import NoBudget

from .harness import Harness
from .sandbox_client import Sandbox

MANY = 10_001  # past every cap of a search
PEOPLE = 210  # more than any page of users holds
BESIDES_PAGES = 10  # calls: what has to be known first, and a last page to see that there is no more
ENOUGH = 300  # calls that no listing here needs

Listing = Callable[[], Iterable[object]]


class Bounded(NoBudget):
    """A budget that fails a test instead of letting it read for ever."""

    def take(self, rate: str, lane: Lane, weight: int = 1) -> None:
        """Grant the call, up to a number that is never needed."""
        super().take(rate, lane, weight)
        assert len(self.taken) < ENOUGH, "it reads the same page for ever"


class PagesContract(Harness):
    """Listings that are long, and listings whose pages come twice or for ever."""

    def test_ten_thousand_deals_are_listed_and_polled_whole_while_people_edit(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        cursor = [page.cursor for page in connector.changed(None)][-1]
        ids = sandbox.many(MANY)
        before = sandbox.requests()
        pages = list(edited(sandbox, ids, connector.everything(None)))
        calls, least = sandbox.requests() - before, self._least(pages)
        assert_whole(pages, ids)
        print(f"{self.crm}: {MANY} deals in {calls} calls, {least} at the least")
        assert calls <= least + BESIDES_PAGES
        polled = list(edited(sandbox, ids, connector.changed(cursor)))
        assert_whole(polled, ids)

    def _least(self, pages: list[Page]) -> int:
        size = self.listing_page or max(len(page.records) for page in pages)
        return -(-MANY // size)

    @pytest.mark.parametrize("listed", ["everything", "changed"])
    def test_a_page_that_comes_twice_hides_no_deal(
        self, sandbox: Sandbox, connector: Connector, listed: str
    ) -> None:
        """The connector may say so: then it is asked to go on from the last good page."""
        start = [page.cursor for page in connector.changed(None)][-1]
        ids = sandbox.many(self._several_pages())
        read = connector.everything if listed == "everything" else connector.changed
        cursor: str | None = None if listed == "everything" else start
        seen: list[str] = []
        for attempt in range(4):
            try:
                for page in read(cursor):
                    seen += [record.ref.remote_id for record in page.records]
                    if cursor in (None, start) and attempt == 0:
                        sandbox.fault("repeat_answer")
                    cursor = page.cursor
                break
            except ConnectorError:
                continue
        assert sandbox.planned() == 0, "no page came twice"
        assert set(ids) <= set(seen)

    @pytest.mark.parametrize("listed", ["everything", "changed", "history", "describe"])
    def test_a_page_that_comes_for_ever_is_an_error(
        self, sandbox: Sandbox, setup: Setup, listed: str
    ) -> None:
        budget = Bounded()
        connector = registry.build(self.crm, replace(setup, budget=budget))
        start = [page.cursor for page in connector.changed(None)][-1]
        began = datetime.now(UTC) - timedelta(minutes=5)
        self._fill(sandbox, listed)
        read: dict[str, Listing] = {
            "everything": lambda: connector.everything(None),
            "changed": lambda: connector.changed(start),
            "history": lambda: connector.history(began),
            "describe": lambda: connector.describe().users,
        }
        list(read[listed]())
        budget.taken.clear()
        list(read[listed]())
        errors = [self._stuck(sandbox, budget, read[listed], place) for place in range(1, len(budget.taken))]
        if not any(errors):
            pytest.skip("this CRM tells it all in one answer")

    def _stuck(self, sandbox: Sandbox, budget: Bounded, read: Listing, place: int) -> bool:
        """Read, with every answer behind some calls stuck at what was answered before; whether it was noticed."""
        budget.taken.clear()
        sandbox.fault("repeat_answer", after=place, times=10 * ENOUGH)
        try:
            list(read())
        except ConnectorError:
            return True
        finally:
            sandbox.clear_faults()
        return False

    def _fill(self, sandbox: Sandbox, listed: str) -> None:
        if listed == "describe":
            for number in range(PEOPLE):
                sandbox.add_person(f"person{number}@acme.example", f"Person {number}")
        else:
            sandbox.many(self._several_pages())

    def _several_pages(self) -> int:
        return 3 * (self.listing_page or 200) + 10

    def test_all_people_of_a_big_company_are_described(self, sandbox: Sandbox, connector: Connector) -> None:
        self._fill(sandbox, "describe")
        users = connector.describe().users
        assert {person["id"] for person in sandbox.people()} <= {user.id for user in users}
        assert len(users) == len({user.id for user in users})


def edited(sandbox: Sandbox, ids: list[str], pages: Iterable[Page]) -> Iterator[Page]:
    """The pages, with people editing deals that were listed and deals that are still to come."""
    for number, page in enumerate(pages):
        yield page
        for deal_id in (ids[number], ids[-1 - number]):
            sandbox.edit(deal_id, title=f"edited after page {number}")


def assert_whole(pages: list[Page], ids: list[str]) -> None:
    """Every deal is there, and none twice."""
    seen = [record.ref.remote_id for page in pages for record in page.records]
    assert set(ids) <= set(seen), f"{len(set(ids) - set(seen))} deals are missing"
    assert len(seen) == len(set(seen)), f"{len(seen) - len(set(seen))} deals came twice"

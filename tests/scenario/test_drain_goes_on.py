"""One wake-up is enough for any number of deals: whoever is awake goes on until nothing is due."""

from __future__ import annotations

from store import leases
from sync.drain.engine import drain

from .house import OLENA, House


def test_a_single_wake_up_works_off_all_that_is_due(house: House) -> None:
    ids = [house.new_deal() for _ in range(4)]
    with house.asleep():
        # Given several deals that have to be moved back, which takes writes to each
        for deal in ids:
            house.move(deal, "meeting", by=OLENA)
        due = _due(house)
        assert len(due) == len(ids)
        # When one of them is woken for
        drain(house.runtime, due[0])
        # Then all are moved back
        assert [house.card(deal).stage for deal in ids] == ["qualification"] * len(ids)


def test_a_wake_up_that_comes_late_helps_with_the_others(house: House) -> None:
    done, waiting = house.new_deal(), house.new_deal()
    with house.asleep():
        # Given a deal with nothing to do, and one with
        house.move(waiting, "meeting", by=OLENA)
        assert _due(house) == [house.deal(waiting).id]
        # When the first one is woken for
        drain(house.runtime, house.deal(done).id)
        # Then the other one was worked off
        assert house.card(waiting).stage == "qualification"


def _due(house: House) -> list[str]:
    house._await_webhooks()
    with house.runtime.store.read() as tx:
        return [deal_id for deal_id, _ in leases.due_deals(tx, house.clock(), 100)]

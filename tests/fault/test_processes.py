"""Real processes are killed at random moments under load; afterwards every effect is there, and there once.

`CONVEYOR_SOAK_S` makes it run that many seconds; `CONVEYOR_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mapping.model import HandoffStatus
from store import deals, handoffs, inbox, outbox

from .processes import HouseOfProcesses, open_processes, wait_for

LOAD_S = float(os.environ.get("CONVEYOR_SOAK_S", "12"))
SEED = int(os.environ.get("CONVEYOR_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
DEALS_A_SECOND = 2.0
RECOVERY_S = 60.0
OLENA, HUNTERS = "olena@acme.example", ("petar@acme.example", "ivan@acme.example")
COMPLETE = {
    "contact": {"name": "Ada Buyer", "email": "ada@customer.example"},
    "fields": {"decision_maker": "CFO", "budget__c": "5000"},
}

pytestmark = pytest.mark.timeout(LOAD_S + RECOVERY_S + 120)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[HouseOfProcesses]:
    with open_processes(tmp_path) as opened:
        yield opened


def test_nothing_is_lost_or_doubled_when_processes_are_killed(house: HouseOfProcesses) -> None:
    chance = random.Random(SEED)
    # Given qualified deals, known to the house
    count = int(LOAD_S * DEALS_A_SECOND)
    ready = [house.sandbox.new_deal(f"Deal {n}", owner=OLENA, by=OLENA, **_qualified()) for n in range(count)]
    house.runtime.wake.backfill("hubspot")
    wait_for(lambda: _known(house) >= count, RECOVERY_S, house.logs)

    # When their scout moves one after the other on, while processes are killed
    people = threading.Thread(target=_move_on, args=(house, ready, LOAD_S / count))
    people.start()
    killed = _kill_for_a_while(house, chance, people.is_alive)
    people.join()

    # Then soon every deal has been handed over, and nothing is left to do
    def told() -> str:
        return f"seed {SEED}, killed {killed}: {_unfinished(house, ready)}\n{house.logs()}"

    wait_for(lambda: not _unfinished(house, ready), RECOVERY_S, told)
    # And every effect is there exactly once, by the CRM's own records
    once = Counter(owner=1, task=1, note=1)
    effects = {deal: _effects(house, deal) for deal in ready}
    assert {deal: found for deal, found in effects.items() if found != once} == {}, told()
    _check_the_books(house, count)
    assert house.sandbox.malformed() == 0


def _qualified() -> dict[str, object]:
    return {"pipeline": "default", "stage": "qualifiedtobuy", "amount": 9000, **COMPLETE}


def _move_on(house: HouseOfProcesses, ready: list[str], every_s: float) -> None:
    for deal in ready:
        house.sandbox.edit(deal, by=OLENA, pipeline="default", stage="presentationscheduled")
        time.sleep(every_s)


def _kill_for_a_while(
    house: HouseOfProcesses, chance: random.Random, going_on: Callable[[], bool]
) -> list[str]:
    """Kill in turns, so that each is killed; return who was."""
    victims = [house.lose_worker, house.lose_broker, house.lose_receiver]
    if LOAD_S >= 60:
        victims.append(house.lose_scheduler)
    killed: list[str] = []
    while going_on():
        chance.shuffle(victims)
        for lose in victims:
            time.sleep(chance.uniform(0.5, 3.0))
            lose(chance.uniform(0.0, 1.0))
            killed.append(lose.__name__)
    return killed


def _known(house: HouseOfProcesses) -> int:
    with house.runtime.store.read() as tx:
        return len(list(deals.listing(tx)))


def _unfinished(house: HouseOfProcesses, ready: list[str]) -> dict[str, object]:
    """What is still to be done; empty when the house is at rest."""
    now = house.runtime.now()
    with house.runtime.store.read() as tx:
        events, writes = inbox.counts(tx, now), outbox.counts(tx, now)
    open_deals = [deal["id"] for deal in house.sandbox.deals() if deal["owner"] not in HUNTERS]
    found: dict[str, object] = {
        "webhooks": house.sandbox.ask("GET", "")["webhooks_pending"],
        "events": events.pending,
        "writes": writes.pending + writes.scheduled,
        "deals": sorted(set(open_deals) & set(ready)),
    }
    return {what: left for what, left in found.items() if left}


def _effects(house: HouseOfProcesses, deal: str) -> Counter[str]:
    """What was done to a deal through the API."""
    seen = house.sandbox.deal(deal)
    owners = [line for line in seen["history"] if line["field"] == "hubspot_owner_id" and line["by"] == "app"]
    tasks = [task for task in seen["tasks"] if task["by"] == "app"]
    notes = [note for note in seen["notes"] if note["by"] == "app"]
    return Counter(owner=len(owners), task=len(tasks), note=len(notes))


def _check_the_books(house: HouseOfProcesses, count: int) -> None:
    now = house.runtime.now()
    with house.runtime.store.read() as tx:
        assert (inbox.counts(tx, now).dead, outbox.counts(tx, now).dead) == (0, 0)
        assert [h.status for h in handoffs.listing(tx)] == [HandoffStatus.PENDING] * count

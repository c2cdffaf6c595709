"""Waking in the background: at once when all is well, together when it is not, and never in anybody's way."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator

import pytest

from web.background_wake import MOST_WAITING, BackgroundWake

from .serving import until


class Broker:
    """The other side; it takes its time, and may fail."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.patience = threading.Event()
        self.patience.set()
        self.fails = False

    def deals(self, deal_ids: Collection[str]) -> None:
        self.sent.append(list(deal_ids))
        assert self.patience.wait(20)
        if self.fails:
            raise ConnectionResetError

    def poll(self, connection: str) -> None:
        self.sent.append([f"poll {connection}"])

    def backfill(self, connection: str) -> None:
        self.sent.append([f"backfill {connection}"])


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def wake(broker: Broker) -> Iterator[BackgroundWake]:
    wake = BackgroundWake(broker)
    wake.start()
    yield wake
    broker.patience.set()
    wake.stop(20)


def test_deals_are_woken(wake: BackgroundWake, broker: Broker) -> None:
    wake.deals(["a", "b"])

    until(lambda: broker.sent == [["a", "b"]], "nobody was woken")


def test_a_slow_broker_keeps_nobody_waiting_and_gets_each_deal_once(
    wake: BackgroundWake, broker: Broker
) -> None:
    broker.patience.clear()
    wake.deals(["first"])
    until(lambda: broker.sent == [["first"]], "nobody was woken")

    for _ in range(1000):
        wake.deals(["a", "b"])
    assert broker.sent == [["first"]], "somebody waited for the broker"

    broker.patience.set()
    until(lambda: broker.sent == [["first"], ["a", "b"]], "the rest was not woken together")


def test_what_piles_up_is_bounded(wake: BackgroundWake, broker: Broker) -> None:
    broker.patience.clear()
    wake.deals(["first"])
    until(lambda: broker.sent == [["first"]], "nobody was woken")
    for number in range(MOST_WAITING):
        wake.deals([f"{number}", f"{number}-twin"])
    broker.patience.set()

    until(lambda: len(broker.sent) == 2, "the rest was not woken")
    assert len(broker.sent[1]) == MOST_WAITING


def test_a_failing_broker_ends_nothing(wake: BackgroundWake, broker: Broker) -> None:
    broker.fails = True
    wake.deals(["a"])
    until(lambda: broker.sent == [["a"]], "nobody was woken")
    broker.fails = False
    wake.deals(["b"])

    until(lambda: broker.sent == [["a"], ["b"]], "after a failure nobody is woken any more")


def test_the_end_sends_what_waits(broker: Broker) -> None:
    wake = BackgroundWake(broker)
    wake.deals(["a"])
    wake.start()
    wake.stop(20)

    assert broker.sent == [["a"]]


def test_polls_and_backfills_go_straight_through(wake: BackgroundWake, broker: Broker) -> None:
    wake.poll("hubspot")
    wake.backfill("hubspot")

    assert broker.sent == [["poll hubspot"], ["backfill hubspot"]]

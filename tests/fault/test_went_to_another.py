"""A completed task accepts a hand-off. One thing excuses the conveyor that did not notice; much else does not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from store.ledger import Entry

from .simulation.crm import Made
from .simulation.line_crm import WholeCrm
from .simulation.line_in_time import went_to_another

HANA, HUGO = "hana@acme.example", "hugo@acme.example"
KEY, TASK = f"handoff:1:{HANA}", "m2"
START = datetime(2026, 3, 12, 10, tzinfo=UTC)
DONE = START + timedelta(minutes=5)
OFFERED = Entry("d", START, "handoff_offered", "conveyor", "", data={"owner": HANA})


def later(kind: str, **data: str) -> Entry:
    """What the ledger says an hour after."""
    return Entry("d", START + timedelta(hours=1), kind, "conveyor", "", data=data)


RECEIPT = later("written", write="task", answer=TASK)
CLOSED = later("written", write="close_task", answer=TASK)
GIVEN, LATE = later("owner_changed", owner=HUGO), later("handoff_late", owner=HUGO)


@pytest.fixture
def crm() -> WholeCrm:
    """A CRM that made the receiver's task, which they completed."""
    made = WholeCrm("middle", 3, lambda: START, random.Random(1))
    made.made = {KEY: ("m1", START)}
    made.tasks = {TASK: Made(KEY, "m1", "", done=True)}
    return made


@pytest.mark.parametrize(
    ("own", "excused"),
    [
        ([OFFERED, GIVEN, RECEIPT], True),
        ([OFFERED, LATE, RECEIPT], False),  # a late step has to wait until it is known
        ([OFFERED, RECEIPT, GIVEN], False),  # it was known, and done
        ([OFFERED, RECEIPT, GIVEN, CLOSED], False),  # that we closed it is no receipt
        ([OFFERED, RECEIPT], False),
        ([OFFERED, GIVEN], False),
    ],
)
def test_only_people_who_were_faster_than_the_receipt_excuse_it(
    own: list[Entry], excused: bool, crm: WholeCrm
) -> None:
    assert went_to_another(crm, KEY, DONE, HANA, own) is excused


def test_who_completes_it_after_it_was_passed_on_accepts_nothing(crm: WholeCrm) -> None:
    assert went_to_another(crm, KEY, START + timedelta(hours=2), HANA, [OFFERED, RECEIPT, LATE])

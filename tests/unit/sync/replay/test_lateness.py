"""Whether a hand-off of the past would have been late, and what nobody can tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Handoff, HandoffStatus, Ref
from sync.replay.lateness import Answer, answered
from sync.replay.verdict import Verdict

from ..core.building import OLENA, PETAR
from ..core.line import house

RULES = house()
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)  # ten o'clock in Sofia: due at two in the afternoon, by the rule
DUE = MONDAY + timedelta(hours=4)
REF = Ref("crm", "1")


def handoff(**changes: object) -> Handoff:
    values: dict[str, object] = {
        "id": "h1",
        "deal_id": "d1",
        "rule": "Scout to hunter",
        "file": "conveyor.yaml",
        "line": 1,
        "from_section": "leads",
        "to_section": "sales",
        "from_stage": "qualification",
        "from_member": OLENA,
        "to_member": PETAR,
        "status": HandoffStatus.PENDING,
        "offered_at": MONDAY,
    }
    return Handoff(**{**values, **changes})  # type: ignore[arg-type]


def moved(hours: float, by: str) -> Verdict:
    return Verdict(REF, MONDAY + timedelta(hours=hours), "meeting", "proposal", by, "moved")


HANDED = Verdict(REF, MONDAY, "qualification", "meeting", OLENA, "handed_off", handoffs=(handoff(),))


def answer(*, later: list[Verdict], real: list[Handoff], hours: float) -> Answer:
    now = MONDAY + timedelta(hours=hours)
    [found] = answered(HANDED, later, real, RULES, now)
    assert found.rule == "Scout to hunter"
    return found.answer


@pytest.mark.parametrize(
    ("real", "hours", "expected"),
    [
        (handoff(status=HandoffStatus.ACCEPTED, closed_at=DUE - timedelta(hours=1)), 90, "in_time"),
        (handoff(status=HandoffStatus.ACCEPTED, closed_at=DUE + timedelta(hours=1)), 90, "late"),
        (handoff(status=HandoffStatus.RETURNED, closed_at=DUE - timedelta(hours=1)), 90, "in_time"),
        (handoff(), 3, "open"),
        (handoff(), 90, "late"),
        (handoff(late_steps=1, since=DUE), 90, "late"),
    ],
)
def test_a_real_hand_off_knows_when_it_was_answered(real: Handoff, hours: float, expected: str) -> None:
    assert answer(later=[], real=[real], hours=hours) == expected


@pytest.mark.parametrize(
    ("later", "hours", "expected"),
    [
        ([moved(1, PETAR)], 90, "in_time"),
        ([moved(1, OLENA)], 90, "unclear"),
        ([moved(30, PETAR)], 90, "unclear"),  # they may have done its task in time
        ([], 90, "unclear"),
        ([], 3, "open"),
    ],
)
def test_else_only_a_move_by_the_receiving_role_tells(
    later: list[Verdict], hours: float, expected: str
) -> None:
    assert answer(later=later, real=[], hours=hours) == expected


def test_the_deadline_is_that_of_whoever_received() -> None:
    rules = house(
        ("petar@acme.example, roles: [hunter]", "petar@acme.example, roles: [hunter], timezone: Asia/Tokyo")
    )
    tomorrow = MONDAY + timedelta(
        hours=17
    )  # ten in the morning in Tokyo, where it was five when the deal came
    accepted = handoff(status=HandoffStatus.ACCEPTED, closed_at=tomorrow)
    [found] = answered(HANDED, [], [accepted], rules, tomorrow + timedelta(days=9))
    assert (found.receiver, found.answer) == (PETAR, "in_time")
    assert answer(later=[], real=[accepted], hours=300) == "late"

"""Deals that come back over a boundary whose hand-off is closed already."""

from __future__ import annotations

from dataclasses import replace

from mapping.model import CreateDeal, DealStatus, EventKind, Missing
from sync.core.case import Case, OpenWrite, WriteState
from sync.core.decide import decide

from .building import HANA, HUGO, OLENA, PETAR, SAM, account, asked, moved, shown, standing
from .carrying import settled
from .line import house, two_houses
from .reading import changes

RULES = house()


def lost_before_it_was_accepted() -> Case:
    """A deal that was handed to Petar, and that Hana gave up before he did anything."""
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    case = settled(moved(case, "lost", HANA, lost_reason="no budget"), RULES)
    assert [(h.status, h.to_member) for h in case.handoffs] == [("returned", PETAR)]
    return case


def test_a_lost_deal_that_comes_back_is_with_who_gave_it_again() -> None:
    outcome = decide(moved(lost_before_it_was_accepted(), "qualification", PETAR), RULES)
    assert (outcome.deal.stage, outcome.deal.section, outcome.deal.owner) == ("qualification", "leads", OLENA)
    assert changes(outcome)["owner"] == account(OLENA)
    assert outcome.handoffs == (), "what was returned stays returned"


def test_a_lost_deal_that_goes_on_stays_with_its_receiver() -> None:
    outcome = decide(moved(lost_before_it_was_accepted(), "meeting", PETAR), RULES)
    assert (outcome.deal.section, outcome.deal.owner) == ("sales", PETAR)


MEETING = "      - {crm: Meeting, id: MEETING, is: meeting}"
TWO_WITHOUT_A_WAY_BACK = two_houses()
TWO = two_houses((MEETING, f"      - {{crm: Back, id: BACK, is: qualified}}\n{MEETING}"))


def test_back_in_the_first_crm_nobody_moves_who_has_it_there_all_along() -> None:
    """The loop breaker keeps the conveyor from moving the deal; its record there shows who gave it, and keeps it."""
    case = moved(standing(TWO, "qualified", SAM), "door", SAM, "NORTH")
    case = settled(settled(case, TWO), TWO)
    fought = replace(case.deal, moved_at=(case.now,) * TWO.conveyor.safety.moves)
    outcome = decide(moved(replace(case, deal=fought), "back", HUGO, "SOUTH"), TWO)
    assert (outcome.deal.home, outcome.deal.owner) == ("north", SAM)
    assert set(changes(outcome, "north")) == {"stage"}


def test_a_deal_that_comes_back_to_nowhere_is_gone() -> None:
    """Its first record was deleted before the second was made, and then it was returned."""
    case = moved(standing(TWO_WITHOUT_A_WAY_BACK, "qualified", SAM), "door", SAM, "NORTH")
    outcome = decide(case, TWO_WITHOUT_A_WAY_BACK)
    [create] = [write for write in outcome.writes if isinstance(write.body, CreateDeal)]
    handed = replace(
        case,
        deal=outcome.deal,
        links=outcome.links,
        handoffs=outcome.handoffs,
        records={"north": Missing(shown(case, "north").ref, "deleted")},
        writes=(OpenWrite(7, create, WriteState.PENDING),),
        events=(),
    )
    back = decide(
        asked(handed, EventKind.MANUAL, action="return", reason="not ready"), TWO_WITHOUT_A_WAY_BACK
    )
    assert back.deal.status is DealStatus.DELETED
    assert [handoff.status for handoff in back.handoffs] == ["returned"]
    assert (back.writes, back.supersede) == ((), (7,))

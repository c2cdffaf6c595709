"""A hand-off that comes to somebody for the second time."""

from __future__ import annotations

from mapping.model import CloseTask, HandoffStatus
from sync.core.decide import decide

from .building import HANA, OLENA, PETAR, account, given_to, later, moved, standing, task_done
from .carrying import settled
from .line import house
from .reading import bodies, only_handoff, tasks

RULES = house()


def test_who_gets_it_back_is_asked_again_and_accepts_by_that_task() -> None:
    """The first task was closed when somebody else had the hand-off: nobody could do it any more."""
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    assert only_handoff(case).to_member == PETAR
    case = settled(given_to(case, HANA, OLENA), RULES)
    back = given_to(case, PETAR, OLENA)
    outcome = decide(back, RULES)
    assert [task.owner for task in tasks(outcome)] == [account(PETAR)]
    assert len(bodies(outcome, CloseTask)) == 1, "Hana's"

    case = settled(back, RULES)
    assert decide(later(case), RULES).writes == ()
    case = settled(task_done(case, f"handoff:{only_handoff(case).id}:{PETAR}"), RULES)
    assert only_handoff(case).status is HandoffStatus.ACCEPTED

"""A record that we create without an owner: whom the CRM fills in there is nobody's choice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import Actor, HandoffStatus, UpdateDeal
from sync.core.case import Case
from sync.core.decide import decide

from .building import HUGO, OURS, SAM, account, later, moved, person, shown, standing
from .carrying import settled
from .line import two_houses
from .reading import bodies, kinds, open_handoffs, tasks

RULES = two_houses()


def waiting_in_the_south() -> Case:
    """A deal that went through the door while nobody has an account behind it: created there without an owner."""
    case = standing(RULES, "qualified", SAM)
    known = {**case.directories, "south": replace(case.directories["south"], accounts={})}
    case = settled(moved(replace(case, directories=known), "door", SAM, "NORTH"), RULES)
    assert [h.status for h in open_handoffs(case)] == [HandoffStatus.WAITING]
    assert (case.deal.home, shown(case).values["owner"]) == ("south", None)
    return case


def owned_by(case: Case, account_id: str | None, actor: Actor) -> Case:
    """The CRM shows this owner now."""
    case = later(case)
    record = shown(case)
    changed = replace(
        record, values={**record.values, "owner": account_id}, version="filled", modified_by=actor
    )
    return replace(case, records={**case.records, "south": changed})


@pytest.mark.parametrize("account_id", ["a-stranger", account(HUGO)])
def test_whom_the_crm_fills_in_is_neither_a_violation_nor_a_choice(account_id: str) -> None:
    outcome = decide(owned_by(waiting_in_the_south(), account_id, OURS), RULES)
    assert ([k for k in kinds(outcome) if k != "undone"], outcome.deal.correction) == ([], None)
    assert (tasks(outcome), bodies(outcome, UpdateDeal), outcome.handoffs) == ([], [], ())
    assert outcome.deal.owner == SAM, "it waits with its previous owner"


def test_a_person_who_takes_it_is_taken_at_their_word() -> None:
    case = owned_by(waiting_in_the_south(), account(HUGO), person(HUGO))
    outcome = decide(case, RULES)
    assert (outcome.deal.owner, kinds(outcome)) == (HUGO, ["owner_changed"])

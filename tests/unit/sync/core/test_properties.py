"""What holds whatever people do: random histories of one deal, each decided and carried out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.model import (
    DealStatus,
    HandoffStatus,
    Missing,
    UpdateDeal,
    Values,
)
from mapping.ruleset import Ruleset
from sync.core.case import Case
from sync.core.decide import decide

from .building import (
    IVAN,
    MARIA,
    account,
    at,
    person,
    shown,
    standing,
)
from .histories import (
    ENFORCE,
    OBSERVE,
    PATIENT_ENFORCE,
    ROLES,
    SECTIONS,
    Deed,
    deeds,
    histories,
    houses,
    lived,
    moves,
    quick,
    right_moves,
)
from .reading import changes, open_handoffs

Key = TypeVar("Key")
Item = TypeVar("Item")


# Rest


@quick(100)
@given(houses, histories)
def test_once_carried_out_nothing_more_is_wanted(rules: Ruleset, history: list[Deed]) -> None:
    for _, _, outcome, left in lived(standing(rules), history, rules):
        again = decide(left, rules)
        assert (again.writes, again.entries, again.handoffs, again.turns) == ((), (), (), ())
        assert replace(again.deal, updated_at=None) == replace(outcome.deal, updated_at=None)


@quick(100)
@given(histories, st.randoms(use_true_random=False))
def test_the_same_case_has_the_same_outcome_in_whatever_order_it_comes(
    history: list[Deed], shuffler: random.Random
) -> None:
    for _, case, outcome, _ in lived(standing(ENFORCE), history, ENFORCE):
        assert decide(case, ENFORCE) == outcome
        assert decide(_shuffled_case(case, shuffler), ENFORCE) == outcome


def _shuffled_case(case: Case, shuffler: random.Random) -> Case:
    record = case.records["crm"]
    if not isinstance(record, Missing):
        tasks = _shuffled(record.tasks, shuffler)
        record = replace(record, values=_shuffled(record.values, shuffler), tasks=tasks)
    link = case.links["crm"]
    link = replace(
        link,
        seen=_shuffled(link.seen, shuffler),
        sent=_shuffled(link.sent, shuffler),
        tasks=_shuffled(link.tasks, shuffler),
    )
    pools = {role: _shuffled(pool, shuffler) for role, pool in (case.pools or {}).items()}
    return replace(
        case,
        deal=replace(case.deal, fields=_shuffled(case.deal.fields, shuffler)),
        records={"crm": record},
        links={"crm": link},
        pools=_shuffled(pools, shuffler),
        directories=_shuffled(case.directories, shuffler),
    )


def _shuffled(items: Mapping[Key, Item], shuffler: random.Random) -> dict[Key, Item]:
    pairs = list(items.items())
    shuffler.shuffle(pairs)
    return dict(pairs)


@quick(100)
@given(histories)
def test_observe_writes_nothing_ever(history: list[Deed]) -> None:
    for _, _, outcome, _ in lived(standing(OBSERVE), history, OBSERVE):
        assert (outcome.writes, outcome.handoffs, outcome.deal.moved_at) == ((), (), ())


# What enforce promises


def meets_the_hand_off(fields: Values) -> bool:
    """The requirements of `Scout to hunter`, in other words than the rules'."""
    if fields.get("source") == "referral":
        return True
    budget = fields.get("budget")
    reached = bool(fields.get("contact_phone") or fields.get("contact_email"))
    return bool(fields.get("decision_maker")) and reached and int(str(budget or 0)) >= 1000


def is_with_the_farmer(case: Case) -> bool:
    """Whether winning the deal handed it on."""
    return any(h.to_section == "care" and h.status is not HandoffStatus.RETURNED for h in case.handoffs)


@quick(100)
@given(histories)
def test_in_enforce_no_deal_crosses_a_boundary_without_requirements_or_role(history: list[Deed]) -> None:
    rules = PATIENT_ENFORCE
    each = [replace(deed, looked_at=True) for deed in history if deed.name != "config"]
    for deed, case, outcome, left in lived(standing(rules), each, rules):
        before, after = case.deal, outcome.deal
        if before.stage == after.stage:
            continue
        assert deed.name == "move"
        assert shown(left).values["stage"] == at(deed.stage), "what stands is not put back"
        role = ROLES.get(deed.by) if isinstance(deed.by, str) else None
        if role == "head":
            continue
        if (before.section, after.section) == ("leads", "sales"):
            assert meets_the_hand_off(after.fields)
        assert (before.section, after.section) not in (("leads", "care"), ("care", "leads"))
        handed_on = before.stage == "won" and is_with_the_farmer(case)
        assert role in (None, "farmer" if handed_on else SECTIONS[before.section or ""])


@quick(100)
@given(histories)
def test_who_does_not_get_through_is_put_back_in_the_crm(history: list[Deed]) -> None:
    mapping = PATIENT_ENFORCE.mappings["crm"]
    for deed, _, outcome, left in lived(standing(PATIENT_ENFORCE), history, PATIENT_ENFORCE):
        if (
            outcome.deal.status in (DealStatus.OPEN, DealStatus.WON, DealStatus.LOST)
            and deed.name != "delete"
        ):
            stage = shown(left).values["stage"]
            assert isinstance(stage, list)
            assert mapping.stage_by_id[(stage[0], stage[1])].means == outcome.deal.stage


def _leaves_the_owner_open(deed: Deed) -> bool:
    """Deeds after which the owner is not the line's to say: of head, off the line, without an owner ...

    ... and the return of a won deal: who had it before the last hand-off but one is not loaded.
    """
    off_the_line = deed.name in ("config", "delete") or deed.stage in ("old", "odd")
    ownerless = deed.name == "own" and deed.owner is None
    returns_won = deed.by == MARIA and deed.name == "move" and deed.stage != "onboarding"
    return deed.by == IVAN or off_the_line or ownerless or returns_won


@quick(100)
@given(histories)
def test_in_enforce_a_deal_is_owned_by_the_role_that_works_on_it(history: list[Deed]) -> None:
    rules = PATIENT_ENFORCE
    judged = [deed for deed in history if not _leaves_the_owner_open(deed)]
    for _, _, outcome, left in lived(standing(rules), judged, rules):
        for handoff in outcome.handoffs:
            if handoff.status is HandoffStatus.ACCEPTED:
                assert ROLES[handoff.to_member or ""] == SECTIONS[handoff.to_section]
        deal = outcome.deal
        if deal.owner is not None and deal.status in (DealStatus.OPEN, DealStatus.WON):
            works = "care" if deal.stage == "won" and is_with_the_farmer(left) else deal.section
            assert ROLES[deal.owner] == SECTIONS[works or ""]


@quick(80)
@given(histories)
def test_every_hand_off_is_open_accepted_or_returned_and_one_is_open_at_most(history: list[Deed]) -> None:
    for _, case, outcome, left in lived(standing(ENFORCE), history, ENFORCE):
        assert len(open_handoffs(left)) <= 1
        for handoff in outcome.handoffs:
            assert (handoff.closed_at is None) == (handoff.status in ("waiting", "pending"))
            assert (handoff.to_member is None) == (handoff.status == "waiting")
        closed = {h.id for h in case.handoffs if h.status is HandoffStatus.RETURNED}
        assert not closed & {h.id for h in outcome.handoffs}, "what was returned stays returned"


@quick(80)
@given(histories)
def test_no_open_task_of_ours_has_lost_its_reason(history: list[Deed]) -> None:
    for deed, _, outcome, left in lived(standing(ENFORCE), history, ENFORCE):
        if (
            outcome.deal.status not in (DealStatus.OPEN, DealStatus.WON, DealStatus.LOST)
            or deed.name == "delete"
        ):
            continue
        reasons = {f"handoff:{h.id}:{h.to_member}" for h in open_handoffs(left)}
        reasons |= {f"handoff:{h.id}:reason" for h in left.handoffs if h.asks_reason}
        correction = outcome.deal.correction
        for found in (correction, correction and correction.asked_before):
            if found:
                reasons.add(f"correction:{found.key}:task")
        assert set(left.links["crm"].tasks) <= reasons


# Never a fight


@quick(80)
@given(st.lists(st.one_of(right_moves, moves, deeds), min_size=6, max_size=12))
def test_our_own_moves_within_the_window_never_exceed_the_limit(history: list[Deed]) -> None:
    limit, window = ENFORCE.conveyor.safety.moves, timedelta(hours=1)
    at_moments = []
    for _, case, outcome, _ in lived(standing(ENFORCE), history, ENFORCE):
        if {"stage", "owner"} & set(changes(outcome)):
            at_moments.append(case.now)
        recent = [moment for moment in at_moments if case.now - moment < window]
        assert len(recent) <= limit
        assert len(outcome.deal.moved_at) <= limit


@quick(100)
@given(histories)
def test_a_persons_edit_is_never_overwritten_unseen(history: list[Deed]) -> None:
    for _, case, outcome, _ in lived(standing(ENFORCE), history, ENFORCE):
        for write in outcome.writes:
            if isinstance(write.body, UpdateDeal):
                assert dict(write.body.seen) == {n: shown(case).values.get(n) for n in write.body.changes}
                assert not {"budget", "title", "amount"} & set(write.body.changes), "fields are the people's"


def test_the_deeds_reach_what_matters() -> None:
    """The properties would hold of a deal that never moves: these histories do all that they are about."""
    said: Counter[str] = Counter()

    @quick(100)
    @given(histories)
    def live(history: list[Deed]) -> None:
        for _, _, outcome, _ in lived(standing(ENFORCE), history, ENFORCE):
            said.update(entry.kind for entry in outcome.entries)

    live()
    kinds = {
        "moved",
        "returned_by_rule",
        "handoff_offered",
        "handoff_accepted",
        "handoff_returned",
        "loop_breaker",
    }
    assert kinds | {"exception", "owner_changed", "unmapped", "gone", "restored", "undone"} <= set(said), said


@pytest.mark.parametrize("email", list(ROLES))
def test_the_tests_know_the_team(email: str) -> None:
    assert ENFORCE.team[email].roles == (ROLES[email],)
    assert person(email).user_id == account(email)

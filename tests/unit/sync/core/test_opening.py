"""The customer's next deal: opened by winning, and by growth in its time; linked, handed over, never twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mapping.model import Aspect, CreateDeal, Event, EventKind, HandoffStatus, Person
from mapping.ruleset import Ruleset
from sync.core.case import Case, Opening, Outcome
from sync.core.decide import decide

from .building import HANA, MARIA, MILA, NOW, OLENA, PETAR, account, asked, at, moved, shown, standing
from .carrying import carry_out, settled
from .line import house
from .reading import bodies, kinds, notes, tasks

OPENS = ("is: onboarding, write_back: false", "is: onboarding")
CARRY = ("    on: won\n", "    on: won\n    accept_within: 1d\n    carry: [amount]\n")
RULES = house(OPENS, CARRY)


def won(rules: Ruleset = RULES, **fields: str | None) -> tuple[Case, Outcome]:
    """Petar wins a deal."""
    case = moved(standing(rules, "negotiation", PETAR, **fields), "won", PETAR)
    return case, decide(case, rules)


def only(outcome: Outcome) -> Opening:
    """The one deal that is opened."""
    [opening] = outcome.openings
    return opening


def begun(opening: Opening, case: Case) -> Case:
    """The new deal as it is found first: without a record."""
    return replace(
        case,
        deal=opening.deal,
        links={opening.link.connection: opening.link},
        handoffs=(opening.handoff,) if opening.handoff else (),
        records={},
        events=(Event(1, EventKind.LOOK),),
        known_keys=frozenset(),
    )


def test_winning_opens_the_next_deal_and_hands_that_one_over() -> None:
    _, outcome = won()
    opening = only(outcome)
    deal, handoff = opening.deal, opening.handoff
    assert handoff is not None
    assert (deal.stage, deal.section, deal.owner, deal.journey) == ("onboarding", "care", MARIA, "d1")
    assert (handoff.deal_id, handoff.to_member, handoff.from_member) == (deal.id, MARIA, PETAR)
    assert (handoff.status, handoff.due_at is not None) == (HandoffStatus.PENDING, True)
    assert (outcome.deal.stage, outcome.deal.owner) == ("won", PETAR), "the won deal stays as it is"
    assert (outcome.handoffs, outcome.writes) == ((), ())
    assert [turn.member for turn in outcome.turns] == [MARIA]
    assert kinds(outcome) == ["moved", "handoff_offered"]


def test_the_next_deal_takes_along_who_the_customer_is_and_what_is_carried() -> None:
    _, outcome = won(budget="2000")
    fields = only(outcome).deal.fields
    assert fields["title"] == "Roof for Nova - Onboarding"
    assert (fields["amount"], fields["currency"]) == ("5000", "EUR")
    assert (fields["contact_email"], fields["company"]) == ("nina@nova.example", "Nova")
    assert "budget" not in fields


def test_contact_and_company_are_read_first() -> None:
    case, _ = won()
    blind = replace(case, records={"crm": replace(shown(case), known=frozenset({Aspect.HISTORY}))})
    assert decide(blind, RULES).needs.aspects == {Aspect.PEOPLE}


def test_it_is_opened_once_however_often_the_deal_is_won() -> None:
    case, outcome = won()
    case = carry_out(case, outcome)
    back = settled(moved(case, "negotiation", PETAR), RULES)
    assert decide(moved(back, "won", PETAR), RULES).openings == ()


def test_the_new_deal_is_created_in_its_crm_and_its_receiver_gets_the_task_there() -> None:
    case, outcome = won()
    case = begun(only(outcome), case)
    first = decide(case, RULES)
    [create] = bodies(first, CreateDeal)
    assert (create.values["stage"], create.values["owner"]) == (at("onboarding"), account(MARIA))
    assert (create.deal_key, create.company) == (case.deal.id, "Nova")
    assert create.contact == Person("Nina Nova", "nina@nova.example", None)
    case = carry_out(case, first)
    second = decide(case, RULES)
    assert [task.owner for task in tasks(second)] == [account(MARIA)]
    assert "Opened by the conveyor: Hunter to farmer: the deal was won." in notes(second)
    case = carry_out(case, second)
    assert decide(case, RULES).writes == ()


def test_where_nobody_can_receive_the_new_deal_waits() -> None:
    rules = house(
        OPENS,
        CARRY,
        *((f"{name}, roles: [farmer]", f"{name}, roles: [farmer], capacity: 0") for name in (MARIA, MILA)),
    )
    case, outcome = won(rules)
    opening = only(outcome)
    assert opening.handoff is not None
    assert (opening.deal.owner, opening.handoff.status) == (None, HandoffStatus.WAITING)
    assert kinds(outcome)[-1] == "handoff_waiting"
    later = decide(replace(begun(opening, case)), RULES)
    assert later.deal.owner == MARIA


def test_a_return_gives_the_new_deal_back_and_moves_nothing() -> None:
    case, outcome = won()
    case = settled(begun(only(outcome), case), RULES)
    case = settled(case, RULES)
    returned = decide(asked(case, EventKind.MANUAL, action="return", reason="wrong fit"), RULES)
    assert (returned.deal.stage, returned.deal.owner) == ("onboarding", PETAR)


def test_a_boundary_crossed_straight_into_won_hands_over_the_deal_itself() -> None:
    rules = house(OPENS, ("    on: won\n", ""), ("from: sales\n    to: care", "from: leads\n    to: care"))
    outcome = decide(moved(standing(rules), "won", OLENA), rules)
    assert outcome.openings == ()
    assert [handoff.rule for handoff in outcome.handoffs] == ["Scout to hunter"]


def test_in_observe_nothing_is_opened() -> None:
    rules = house(OPENS, CARRY, ("mode: enforce", "mode: observe"))
    assert won(rules)[1].openings == ()


# Growth

GROWTH = (
    "safety: {moves",
    "growth:\n  - {open: onboarding, before: contract_end, by: 60d}\n"
    "  - {open: onboarding, after: won, by: 30d}\nsafety: {moves",
)
A_MONTH_LATER = datetime(2026, 4, 3, 7, 1, tzinfo=UTC)  # the same local time, an hour earlier in summer
FIELDS = (
    "lost_reason: lost_reason_field",
    "lost_reason: lost_reason_field\n  contract_end: contract_end_field",
)
AGAIN = house(OPENS, GROWTH, FIELDS)


def rings(case: Case, moment: datetime) -> Case:
    return replace(case, now=moment, events=(*case.events, Event(77, EventKind.TIMER)))


def test_growth_opens_a_deal_in_time_and_once() -> None:
    case, outcome = won(AGAIN, contract_end="2026-12-31")
    assert outcome.look_again_at == A_MONTH_LATER, "the first of the two moments"
    case = carry_out(case, outcome)
    case = rings(case, NOW + timedelta(days=31))
    outcome = decide(case, AGAIN)
    assert only(outcome).deal.owner in (MARIA, MILA)
    assert only(outcome).deal.because == "30 days after Roof for Nova was won"
    assert outcome.look_again_at == datetime(2026, 11, 1, 7, tzinfo=UTC), "sixty days of the calendar before"
    case = carry_out(case, outcome)
    assert decide(rings(case, NOW + timedelta(days=40)), AGAIN).openings == ()
    renewal = decide(rings(case, datetime(2026, 11, 1, 7, tzinfo=UTC)), AGAIN)
    assert only(renewal).deal.because == "contract end of Roof for Nova is 31 Dec 2026"


def test_a_contract_that_was_prolonged_comes_up_again() -> None:
    case, outcome = won(AGAIN, contract_end="2026-03-05")
    case = carry_out(case, outcome)
    record = shown(case)
    longer = replace(record, values={**record.values, "contract_end": "2027-03-05"}, version="x")
    outcome = decide(rings(replace(case, records={"crm": longer}), NOW + timedelta(days=2)), AGAIN)
    assert outcome.openings == ()
    assert outcome.look_again_at == A_MONTH_LATER


def test_who_has_the_customer_gets_what_grows() -> None:
    case, outcome = won(AGAIN, contract_end=None)
    opening = only(outcome)
    owned = begun(replace(opening, deal=replace(opening.deal, owner=MILA)), case)
    grown = replace(
        owned, deal=replace(owned.deal, fields={**owned.deal.fields, "contract_end": "2026-04-01"})
    )
    assert only(decide(grown, AGAIN)).deal.owner == MILA


def test_growth_waits_for_somebody_who_can_take_the_deal() -> None:
    full = tuple(
        (f"{name}, roles: [farmer]", f"{name}, roles: [farmer], capacity: 0") for name in (MARIA, MILA)
    )
    case, outcome = won(AGAIN, contract_end=None)
    case = rings(carry_out(case, outcome), A_MONTH_LATER)
    waits = decide(case, house(OPENS, GROWTH, FIELDS, *full))
    assert (waits.openings, waits.deal.opened, waits.look_again_at) == (
        (),
        case.deal.opened,
        A_MONTH_LATER + timedelta(hours=1),
    )
    assert only(decide(case, AGAIN)).deal.owner in (MARIA, MILA)


def test_growth_reads_the_customer_first_also_when_nothing_was_looked_at() -> None:
    case, outcome = won(AGAIN, contract_end=None)
    unseen = replace(rings(carry_out(case, outcome), A_MONTH_LATER), records={})
    assert decide(unseen, AGAIN).needs.aspects == {Aspect.PEOPLE}


@pytest.mark.parametrize("value", ["soon", "", None, "31.12.2026"])
def test_what_is_no_date_opens_nothing(value: str | None) -> None:
    rules = house(
        OPENS, FIELDS, (GROWTH[0], GROWTH[1].replace("  - {open: onboarding, after: won, by: 30d}\n", ""))
    )
    outcome = won(rules, contract_end=value)[1]
    assert (len(outcome.openings), outcome.look_again_at) == (1, None), "only what winning opens"


def test_nothing_is_opened_for_deals_that_were_won_before() -> None:
    case = standing(AGAIN, "won", PETAR, contract_end="2026-03-01")
    assert decide(rings(case, NOW + timedelta(days=400)), AGAIN).openings == ()


def test_winning_ends_a_hand_off_that_was_not_accepted_yet() -> None:
    case = settled(moved(standing(RULES), "meeting", OLENA), RULES)
    outcome = decide(moved(case, "won", HANA), RULES)
    [ended] = outcome.handoffs
    assert (ended.status, ended.reason) == (HandoffStatus.RETURNED, "the deal was won")
    assert only(outcome).handoff is not None
    assert outcome.deal.owner == PETAR, "who sold it is not changed by that"

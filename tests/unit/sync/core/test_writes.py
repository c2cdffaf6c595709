"""Which writes follow: the smallest change, compared with what was seen, and none that is on its way already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import UpdateDeal, Value
from sync.core.case import Case, OpenWrite, Outcome, WriteState
from sync.core.decide import decide

from .building import OLENA, PETAR, account, at, edited, later, moved, shown, standing
from .carrying import settled
from .line import house
from .reading import bodies, changes, notes, tasks

RULES = house()


def put_back() -> tuple[Case, Outcome]:
    """A deal that is about to be put back: the case before, and what was decided."""
    case = moved(standing(RULES, budget=None), "meeting", OLENA)
    return case, decide(case, RULES)


def decided(case: Case, outcome: Outcome, state: WriteState, attempts: int = 0) -> Case:
    """The case once the outcome is stored and its writes have come this far."""
    writes = tuple(OpenWrite(n, w, state, attempts) for n, w in enumerate(outcome.writes))
    keys = frozenset(w.key for w in outcome.writes if not isinstance(w.body, UpdateDeal))
    return replace(
        later(case),
        deal=outcome.deal,
        links=outcome.links,
        handoffs=outcome.handoffs,
        events=(),
        writes=writes,
        known_keys=keys,
    )


def test_an_update_names_what_was_seen_of_what_it_changes() -> None:
    _, outcome = put_back()
    [update] = bodies(outcome, UpdateDeal)
    assert (update.seen, update.changes) == ({"stage": at("meeting")}, {"stage": at("qualification")})


@pytest.mark.parametrize("state", [WriteState.PENDING, WriteState.PARKED])
def test_what_waits_or_was_refused_is_not_planned_again(state: WriteState) -> None:
    case, outcome = put_back()
    again = decide(decided(case, outcome, state), RULES)
    assert (again.writes, again.supersede, again.settle, again.entries) == ((), (), (), ())


def test_a_note_that_was_refused_is_not_made_again_but_a_given_up_update_is_wanted_again() -> None:
    case, outcome = put_back()
    again = decide(decided(case, outcome, WriteState.PAST), RULES)
    assert (changes(again), notes(again)) == ({"stage": at("qualification")}, [])


def test_what_is_no_longer_wanted_is_dropped() -> None:
    case, outcome = put_back()
    waiting = decided(case, outcome, WriteState.PENDING)
    back = decide(moved(waiting, "qualification", OLENA), RULES)
    dropped = [w.write.body.kind for w in waiting.writes if w.row_id in back.supersede]
    assert dropped == ["update", "note"], "its maker put it right before we did"
    assert back.writes == ()


@pytest.mark.parametrize("landed", [True, False])
def test_a_look_settles_an_update_that_is_on_its_way(landed: bool) -> None:
    # Given an update that was attempted and has no receipt
    case, outcome = put_back()
    case = decided(case, outcome, WriteState.SENDING, attempts=1)
    # When the record shows its effect, or does not
    if landed:
        record = shown(case)
        case = replace(
            case, records={"crm": replace(record, values={**record.values, "stage": at("qualification")})}
        )
    again = decide(case, RULES)
    # Then it is settled either way, is no move of a person, and is made again where it is still wanted
    assert again.settle == (0,)
    assert again.entries == ()
    assert changes(again) == ({} if landed else {"stage": at("qualification")})


def test_an_update_of_a_stalled_worker_that_lands_late_is_ours() -> None:
    case, outcome = put_back()
    case = decided(case, outcome, WriteState.PAST, attempts=1)
    record = shown(case)
    case = replace(
        case, records={"crm": replace(record, values={**record.values, "stage": at("qualification")})}
    )
    again = decide(case, RULES)
    assert (again.entries, again.writes, again.deal.stage) == ((), (), "qualification")


def test_a_value_that_nobody_tried_to_write_yet_is_a_persons() -> None:
    case, outcome = put_back()
    case = decided(case, outcome, WriteState.PENDING, attempts=0)
    again = decide(moved(case, "prospecting", OLENA), RULES)
    assert (again.deal.stage, [e.kind for e in again.entries]) == ("prospecting", ["moved"])


def test_the_echo_of_our_own_write_changes_nothing() -> None:
    case = settled(moved(standing(RULES, budget=None), "meeting", OLENA), RULES)
    echo = decide(replace(case, events=moved(standing(RULES), "qualification", OLENA).events), RULES)
    assert (echo.writes, echo.entries, echo.handoffs, echo.deal) == ((), (), (), case.deal)


# Fields that the CRM shows


def test_write_back_shows_section_and_deadline_and_clears_it() -> None:
    handed_over = decide(case := moved(standing(RULES), "meeting", OLENA), RULES)
    assert changes(handed_over)["write_back.section"] == "sales"
    assert changes(handed_over)["write_back.accept_by"] == "2026-03-04T12:01:00Z"
    case = settled(case, RULES)
    assert changes(decide(moved(case, "negotiation", PETAR), RULES)) == {"write_back.accept_by": None}


@pytest.mark.parametrize("typed", ["nonsense", None, "leads"])
def test_what_a_person_types_into_a_write_back_field_starts_no_argument(typed: Value) -> None:
    outcome = decide(edited(standing(RULES), OLENA, **{"write_back.section": typed}), RULES)
    assert (outcome.writes, outcome.entries) == ((), ())
    assert "write_back.section" not in outcome.deal.fields


def test_without_write_back_in_the_mapping_nothing_is_shown() -> None:
    rules = house(("write_back:\n  section: section_field\n  accept_by: accept_by_field\n", ""))
    assert changes(decide(moved(standing(rules), "meeting", OLENA), rules)) == {"owner": account(PETAR)}


def test_fields_that_people_edit_are_taken_over_and_not_written_back() -> None:
    outcome = decide(edited(standing(RULES), OLENA, budget="7000", title="Walls", contact_phone="1"), RULES)
    assert outcome.writes == ()
    fields = outcome.deal.fields
    assert (fields["budget"], fields["title"], fields["contact_phone"]) == ("7000", "Walls", "1")


def test_a_look_that_finds_nothing_new_leaves_the_deal_as_it_was() -> None:
    case = later(standing(RULES))
    outcome = decide(case, RULES)
    assert (outcome.deal, outcome.links) == (case.deal, case.links)


def test_a_deal_that_changed_says_when() -> None:
    case = edited(standing(RULES), OLENA, budget="7000")
    assert decide(case, RULES).deal.updated_at == case.now


def test_a_brief_shows_a_dash_for_what_is_not_filled_in() -> None:
    outcome = decide(moved(standing(RULES, amount=None, source="referral"), "meeting", OLENA), RULES)
    [task] = tasks(outcome)
    assert task.body.startswith("Roof for Nova for - EUR - decision maker CFO, phone -.")


def test_an_update_that_was_tried_in_vain_is_dropped_when_it_is_no_longer_wanted() -> None:
    case, outcome = put_back()
    waiting = decided(case, outcome, WriteState.PENDING, attempts=2)
    back = decide(moved(waiting, "qualification", OLENA), RULES)
    dropped = [w.write.body.kind for w in waiting.writes if w.row_id in back.supersede]
    assert dropped == ["update"], "it shows what we tried to write; the note on it stands"

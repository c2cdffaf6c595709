"""A line over two CRMs: the twin is created once, kept in step, and moved back when a person moves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mapping.model import (
    Aspect,
    CreateDeal,
    CreateNote,
    CreateTask,
    EventKind,
    HandoffStatus,
    Missing,
    Person,
    Record,
    Ref,
    Value,
)
from sync.core.case import Case, OpenWrite, WriteState
from sync.core.decide import decide
from sync.core.directory import Directory

from .building import HUGO, SAM, account, asked, at, later, moved, person, shown, standing
from .carrying import carry_out, settled
from .line import two_houses
from .reading import bodies, changes, handoff, kinds, open_handoffs

RULES = two_houses()
DOOR = "{crm: Handed over, id: DOOR, is: meeting}"
OFFER = "\n      - {crm: Offer, id: OFFER, is: proposal}"


def through_the_door(**fields: Value) -> Case:
    """A scout of the north moves a qualified deal onto the door to the south."""
    case = standing(RULES, "qualified", SAM, **fields)
    return moved(case, "door", SAM, "NORTH")


def twins() -> Case:
    """A deal that was handed over to the south, where Hugo was told of it."""
    case = settled(settled(through_the_door(), RULES), RULES)
    assert (decide(case, RULES).writes, case.deal.home) == ((), "south")
    return case


def in_crm(case: Case, connection: str, **edits: Value) -> Case:
    """A person edits the record of this CRM, which is then looked at."""
    case = later(case)
    record = shown(case, connection)
    edited = replace(
        record, values={**record.values, **edits}, modified_at=case.now, version=f"{record.version}!"
    )
    return replace(case, records={**case.records, connection: edited})


# Created once


def test_the_hand_off_creates_the_deal_with_its_key_contact_and_company() -> None:
    outcome = decide(through_the_door(), RULES)
    [create] = bodies(outcome, CreateDeal)
    assert create.deal_key == outcome.deal.id
    assert create.values == {
        "title": "Roof for Nova",
        "amount": "5000",
        "currency": "EUR",
        "budget": "2000",
        "stage": ["SOUTH", "MEETING"],
        "owner": account(HUGO),
    }
    assert (create.contact, create.company) == (Person("Nina Nova", "nina@nova.example", None), "Nova")
    assert (outcome.deal.home, outcome.deal.section, outcome.deal.owner) == ("south", "sales", HUGO)
    assert [(w.connection, w.remote_id) for w in outcome.writes if w.body is create] == [("south", None)]


def test_a_deal_that_lacks_something_is_moved_back_and_nothing_is_created() -> None:
    outcome = decide(through_the_door(budget=None), RULES)
    assert (bodies(outcome, CreateDeal), changes(outcome)) == ([], {"stage": at("qualified", "NORTH")})
    assert outcome.deal.home == "north"


def test_contact_and_company_are_read_before_the_deal_is_created() -> None:
    case = through_the_door()
    case = replace(case, records={"north": replace(shown(case), known=frozenset({Aspect.HISTORY}))})
    outcome = decide(case, RULES)
    assert (outcome.needs.aspects, outcome.writes) == (frozenset({Aspect.PEOPLE}), ())


def test_the_brief_goes_along() -> None:
    case = settled(through_the_door(), RULES)
    outcome = decide(case, RULES)
    assert {w.connection for w in outcome.writes if isinstance(w.body, CreateTask)} == {"south"}
    notes = {(w.connection, w.body.body) for w in outcome.writes if isinstance(w.body, CreateNote)}
    assert ("north", "Now in Meeting, south, with Hugo.") in notes
    assert ("south", "The same deal in north: 1.") in notes
    assert [task.owner for task in bodies(outcome, CreateTask)] == [account(HUGO)]
    assert [h.to_member for h in open_handoffs(case)] == [HUGO]


@pytest.mark.parametrize(
    ("state", "attempts"),
    [(WriteState.PENDING, 0), (WriteState.SENDING, 1), (WriteState.PENDING, 2), (WriteState.PARKED, 1)],
)
def test_a_create_on_its_way_is_never_planned_again(state: WriteState, attempts: int) -> None:
    case = through_the_door()
    outcome = decide(case, RULES)
    [create] = [w for w in outcome.writes if isinstance(w.body, CreateDeal)]
    waiting = replace(
        case,
        deal=outcome.deal,
        links=outcome.links,
        handoffs=outcome.handoffs,
        writes=(OpenWrite(7, create, state, attempts),),
        known_keys=frozenset({create.key}),
        events=(),
    )
    again = decide(waiting, RULES)
    assert bodies(again, CreateDeal) == []
    assert again.supersede == ()


@pytest.mark.parametrize("state", [WriteState.SENDING, WriteState.PENDING])
@pytest.mark.parametrize("gone", [False, True])
def test_a_create_whose_record_is_known_is_not_repeated_though_that_was_deleted(
    state: WriteState, gone: bool
) -> None:
    """A webhook told of the record before the receipt did: made again, the deal would have two."""
    case = twins()
    [create] = [w for w in decide(through_the_door(), RULES).writes if isinstance(w.body, CreateDeal)]
    record = Missing(Ref("south", "2"), "deleted") if gone else shown(case, "south")
    tied = replace(
        case,
        records={**case.records, "south": record},
        writes=(OpenWrite(7, create, state, attempts=1),),
    )
    outcome = decide(tied, RULES)
    assert outcome.settle == (7,)
    assert bodies(outcome, CreateDeal) == []


@pytest.mark.parametrize(("attempts", "superseded"), [(0, (7,)), (1, ())])
def test_a_create_that_is_no_longer_wanted_is_dropped_unless_it_was_tried(
    attempts: int, superseded: tuple[int, ...]
) -> None:
    case = through_the_door()
    outcome = decide(case, RULES)
    [create] = [w for w in outcome.writes if isinstance(w.body, CreateDeal)]
    gone = replace(
        case,
        deal=replace(outcome.deal, home="north"),
        links=outcome.links,
        records={"north": Missing(Ref("north", "1"), "deleted")},
        writes=(OpenWrite(7, create, WriteState.PENDING, attempts),),
    )
    assert decide(gone, RULES).supersede == superseded


def test_a_receiver_chosen_by_hand_needs_an_account_where_the_deal_goes() -> None:
    case = through_the_door()
    record = shown(case)
    case = replace(case, records={"north": replace(record, values={**record.values, "owner": account(HUGO)})})
    assert handoff(decide(case, RULES)).reason == "chosen by hand"
    nobody = replace(case, directories={**case.directories, "south": Directory()})
    assert handoff(decide(nobody, RULES)).status is HandoffStatus.WAITING


# Kept in step


@pytest.mark.parametrize(
    ("edits", "mirrored"),
    [
        ({"title": "Roof and walls"}, {"title": "Roof and walls"}),
        ({"budget": "3000", "amount": "1"}, {"budget": "3000", "amount": "1"}),
        ({"budget": None}, {"budget": None}),
        ({"contact_email": "new@nova.example", "source": "fair"}, {}),
    ],
)
@pytest.mark.parametrize(("edited_in", "other"), [("south", "north"), ("north", "south")])
def test_fields_that_both_have_are_kept_in_step(
    edits: dict[str, Value], mirrored: dict[str, Value], edited_in: str, other: str
) -> None:
    outcome = decide(in_crm(twins(), edited_in, **edits), RULES)
    assert (changes(outcome, other), changes(outcome, edited_in)) == (mirrored, {})


def test_a_field_that_only_one_of_them_has_stays_there() -> None:
    outcome = decide(in_crm(twins(), "north", only_north="x"), RULES)
    assert (outcome.writes, "only_north" in outcome.deal.fields) == ((), False)


def test_a_field_that_the_hosting_crm_never_showed_is_not_cleared_in_the_twin() -> None:
    case = twins()
    fields = {name: value for name, value in case.deal.fields.items() if name != "budget"}
    south = shown(case, "south")
    south = replace(south, values={name: v for name, v in south.values.items() if name != "budget"})
    case = replace(case, deal=replace(case.deal, fields=fields), records={**case.records, "south": south})
    assert decide(case, RULES).writes == ()


def test_the_twin_follows_the_stage_where_its_mapping_has_it() -> None:
    rules = two_houses((DOOR, DOOR + OFFER))
    case = settled(settled(through_the_door(), rules), rules)
    outcome = decide(moved(case, "proposal", HUGO, "SOUTH"), rules)
    assert changes(outcome, "north") == {"stage": ["NORTH", "OFFER"]}


def test_where_the_twins_mapping_does_not_have_the_stage_the_twin_stays() -> None:
    outcome = decide(moved(twins(), "proposal", HUGO, "SOUTH"), RULES)
    assert (outcome.deal.stage, changes(outcome, "north")) == ("proposal", {})


def test_a_person_who_moves_the_twin_is_put_back() -> None:
    outcome = decide(in_crm(twins(), "north", stage=at("qualified", "NORTH")), RULES)
    assert (outcome.deal.stage, outcome.deal.home) == ("meeting", "south")
    assert changes(outcome, "north") == {"stage": at("door", "NORTH")}
    assert changes(outcome, "south") == {}
    [note] = bodies(outcome, CreateNote)
    assert note.body == "Moved back: this deal goes on in south, with Hugo."


def test_in_warn_a_moved_twin_is_told_and_left_until_the_deal_moves_on() -> None:
    rules = two_houses((DOOR, DOOR + OFFER), ("mode: enforce", "mode: warn"))
    case = settled(settled(through_the_door(), rules), rules)
    case = in_crm(case, "north", stage=at("qualified", "NORTH"))
    outcome = decide(case, rules)
    assert (changes(outcome, "north"), kinds(outcome)) == ({}, ["twin_astray"])
    assert [note.body for note in bodies(outcome, CreateNote)] == [
        "Please move it back: this deal goes on in south, with Hugo."
    ]
    case = settled(case, rules)
    assert decide(case, rules).writes == ()
    onwards = decide(moved(case, "proposal", HUGO, "SOUTH"), rules)
    assert changes(onwards, "north") == {"stage": ["NORTH", "OFFER"]}


def test_the_owner_of_the_twin_is_its_own() -> None:
    outcome = decide(in_crm(twins(), "north", owner=account(HUGO)), RULES)
    assert (outcome.writes, outcome.deal.owner) == ((), HUGO)


def test_a_twin_that_is_gone_is_left_alone() -> None:
    case = twins()
    case = settled(
        replace(case, records={**case.records, "north": Missing(Ref("north", "1"), "deleted")}), RULES
    )
    assert case.links["north"].gone
    outcome = decide(in_crm(case, "south", title="Walls"), RULES)
    assert (outcome.writes, outcome.deal.fields["title"]) == ((), "Walls")


def edited_in_both(north: Value, south: Value, *, north_at: int | None, name: str = "title") -> Case:
    """Both records edited between two looks, the one in the north so many minutes after the one in the south."""
    case = twins()
    at_south = case.now
    at_north = None if north_at is None else case.now + timedelta(minutes=north_at)
    edits = {"north": (north, at_north), "south": (south, None if north_at is None else at_south)}
    records: dict[str, Record | Missing] = {}
    for connection, (value, moment) in edits.items():
        record = shown(case, connection)
        values = {**record.values, name: value}
        records[connection] = replace(record, values=values, modified_at=moment)
    return replace(case, records=records)


@pytest.mark.parametrize(
    ("north_at", "stands"),
    [(1, "north"), (-1, "south"), (0, "south"), (None, "south")],
)
def test_of_two_different_edits_at_once_the_later_one_stands_and_the_conflict_is_entered(
    north_at: int | None, stands: str
) -> None:
    outcome = decide(edited_in_both("north", "south", north_at=north_at), RULES)
    assert (outcome.deal.fields["title"], kinds(outcome)) == (stands, ["conflict"])
    lost = "north" if stands == "south" else "south"
    assert (changes(outcome, lost), changes(outcome, stands)) == ({"title": stands}, {})


@pytest.mark.parametrize("south", ["1200.5", "1200.50"])
def test_the_same_edit_in_both_is_no_conflict(south: str) -> None:
    outcome = decide(edited_in_both("1200.5", south, north_at=1, name="amount"), RULES)
    assert kinds(outcome) == []


# Rounding


@pytest.mark.parametrize(
    ("rounded", "wrote"),
    [("1234.57", "1234.567"), ("1235", "1234.567"), ("Roof  for Nova ", "Roof for Nova"), ("", None)],
)
def test_a_twin_that_rounds_is_not_corrected_for_ever(rounded: str, wrote: Value) -> None:
    name = "title" if wrote == "Roof for Nova" else "amount"

    def shows(field: str, value: Value) -> Value:
        return rounded if field == name and value == wrote else value

    case = twins()
    if name == "title":
        case = settled(in_crm(case, "south", title="Walls"), RULES)
    case = in_crm(case, "south", **{name: wrote})
    outcome = decide(case, RULES)
    assert changes(outcome, "north") == {name: wrote}
    case = carry_out(case, outcome, shows)
    assert shown(case, "north").values[name] == rounded
    for _ in range(2):
        again = decide(case, RULES)
        assert (again.writes, again.entries, again.deal.fields[name]) == ((), (), wrote)
        case = carry_out(case, again)


# There and back


def test_a_deal_that_is_returned_goes_home() -> None:
    rules = two_houses(
        (
            "{crm: Meeting, id: MEETING, is: meeting}",
            "{crm: Meeting, id: MEETING, is: meeting}\n      - {crm: Back, id: BACK, is: qualified}",
        )
    )
    case = settled(settled(through_the_door(), rules), rules)
    outcome = decide(moved(case, "back", HUGO, "SOUTH"), rules)
    assert (outcome.deal.home, outcome.deal.section, outcome.deal.owner) == ("north", "leads", SAM)
    assert changes(outcome, "north")["stage"] == at("qualified", "NORTH")
    assert handoff(outcome).status == "returned"
    again = decide(carry_out(case, outcome), rules)
    assert bodies(again, CreateDeal) == []


def test_an_event_of_the_twin_does_not_judge_the_deal() -> None:
    case = in_crm(twins(), "north", stage=at("fresh", "NORTH"))
    assert decide(asked(case, EventKind.POLL), RULES).handoffs == ()
    assert person(SAM).user_id == account(SAM)


# Never a fight


def test_a_twin_that_is_put_back_is_entered_and_counted() -> None:
    case = twins()
    outcome = decide(in_crm(case, "north", stage=at("qualified", "NORTH")), RULES)
    assert kinds(outcome) == ["twin_put_back"]
    assert len(outcome.deal.moved_at) == len(case.deal.moved_at) + 1


def test_a_robot_that_keeps_moving_the_twin_is_left_alone_after_some_rounds() -> None:
    case, put_back = twins(), 0
    for _ in range(10):
        case = in_crm(case, "north", stage=at("fresh", "NORTH"))
        outcome = decide(case, RULES)
        put_back += "stage" in changes(outcome, "north")
        case = carry_out(case, outcome)
    assert put_back == 2, "the hand-off was the first of three moves"
    assert shown(case, "north").values["stage"] == at("fresh", "NORTH")
    assert case.deal.correction is not None
    assert case.deal.correction.kind == "loop"


def test_the_first_right_move_brings_the_twin_back_into_step() -> None:
    rules = two_houses((DOOR, DOOR + OFFER))
    case = settled(settled(through_the_door(), rules), rules)
    for _ in range(4):
        case = settled(in_crm(case, "north", stage=at("fresh", "NORTH")), rules)
    outcome = decide(moved(case, "proposal", HUGO, "SOUTH"), rules)
    assert changes(outcome, "north") == {"stage": ["NORTH", "OFFER"]}


def test_a_twin_that_moves_where_the_deal_stands_anyway_is_no_matter() -> None:
    case = settled(in_crm(twins(), "north", stage=at("odd", "NORTH")), RULES)
    outcome = decide(in_crm(case, "north", stage=at("door", "NORTH")), RULES)
    assert (outcome.entries, outcome.writes, outcome.deal.moved_at) == ((), (), case.deal.moved_at)


def test_a_deal_that_is_returned_to_a_deleted_record_goes_on_where_people_still_see_it() -> None:
    rules = two_houses(
        (
            "{crm: Meeting, id: MEETING, is: meeting}",
            "{crm: Meeting, id: MEETING, is: meeting}\n      - {crm: Back, id: BACK, is: qualified}",
        )
    )
    case = settled(settled(through_the_door(), rules), rules)
    gone = Missing(Ref("north", "1"), "deleted")
    case = settled(replace(case, records={**case.records, "north": gone}), rules)
    case = moved(case, "back", HUGO, "SOUTH")
    outcome = decide(case, rules)
    assert (outcome.deal.home, outcome.deal.section, outcome.deal.owner) == ("south", "leads", SAM)
    assert "stage" not in changes(outcome, "south")
    assert decide(carry_out(case, outcome), rules).deal.stage == "qualified"

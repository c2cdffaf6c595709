"""What is known of a deal's past: when it was looked at, which values it had then, which moves were our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Deal, Link, Ref, StageMove
from sync.core.directory import Directory
from sync.replay.grouping import Group, groups
from sync.replay.known import Known, Look

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REF = Ref("crm", "1")
ANN = Actor(ActorKind.PERSON, "a-ann")
PEOPLE = Directory({"a-ann": "ann@acme.example"}, {"ann@acme.example": "a-ann"})


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def move(minutes: float, stage: str, actor: Actor = ANN) -> StageMove:
    return StageMove(at(minutes), ["P", stage], actor)


def known(*looks: Look, met: float | None = 0, edited: dict[str, datetime] | None = None) -> Known:
    deal = Deal(
        "d1",
        "d1",
        "crm",
        fields={"budget": "5000", "title": "Roof"},
        created_at=at(-1000),
        edited_at=edited or {},
    )
    link = Link("crm", "1", "d1", modified_at=at(500))
    met_at = None if met is None else at(met)
    return Known(REF, deal, link, looks=looks, met_at=met_at, watched_since=at(-100))


def look(minutes: float, moves: int = 1, actor: str | None = None) -> Look:
    return Look(at(minutes), moves, actor, None)


def test_moves_that_were_judged_at_one_look_stay_together() -> None:
    moves = [move(1, "B"), move(2, "C"), move(10, "D")]
    found = groups(known(look(3, moves=2), look(11)), moves, PEOPLE)
    assert found == [Group((moves[0], moves[1]), at(3)), Group((moves[2],), at(11))]


def test_each_look_is_given_as_many_moves_as_it_judged() -> None:
    # A CRM that tells whole seconds: the second move seems to come before the first look
    moves = [move(1, "B"), move(1, "C")]
    found = groups(known(look(1.01), look(1.02)), moves, PEOPLE)
    assert [group.looked_at for group in found if isinstance(group, Group)] == [at(1.01), at(1.02)]


def test_what_nobody_looked_at_is_judged_move_by_move() -> None:
    moves = [move(-50, "B"), move(-40, "C")]
    assert groups(known(look(3)), moves, PEOPLE) == [Group((m,), m.at) for m in moves]
    never_met = Known(REF)
    assert groups(never_met, moves, PEOPLE) == [Group((m,), m.at) for m in moves]


def test_who_moved_it_is_taken_from_the_look_where_the_history_names_nobody() -> None:
    anonymous = [move(1, "B", UNKNOWN_ACTOR), move(2, "C", UNKNOWN_ACTOR)]
    [group] = groups(known(look(3, moves=2, actor="ann@acme.example")), anonymous, PEOPLE)
    assert isinstance(group, Group)
    assert [each.actor for each in group.moves] == [UNKNOWN_ACTOR, ANN]  # only the last one is known


def test_our_own_writes_are_told_from_moves_of_people_to_the_same_stage() -> None:
    by_hand, ours = move(1, "A"), move(2, "A", UNKNOWN_ACTOR)
    seen = Known(REF, met_at=at(0), written=((at(2.01), ["P", "A"]),))
    assert [each.actor.kind for each in seen.with_ours([by_hand, move(1.5, "B"), ours])] == [
        ActorKind.PERSON,
        ActorKind.PERSON,
        ActorKind.OURS,
    ]


def test_a_value_of_then_is_known_unless_it_was_seen_to_change_since() -> None:
    deal = known(edited={"budget": at(30)})
    assert deal.values_at(at(60)) == {"budget": "5000", "title": "Roof"}
    assert deal.values_at(at(20)) == {"title": "Roof"}


def test_before_the_deal_was_met_only_what_was_not_touched_since_is_known() -> None:
    deal = known(met=100)
    assert deal.values_at(at(50)) == {}
    assert deal.values_at(at(500)) == {"budget": "5000", "title": "Roof"}
    assert Known(REF).values_at(at(50)) == {}

"""Who does what: by the deals that people own and the moves that they make; and the structure that follows."""

from __future__ import annotations

from collections import Counter

from connectors.base import RemotePipeline, RemoteStage, RemoteUser
from sync.drafting.line import line_of_template
from sync.drafting.people import Activity, PersonGuess, Workplace, guess_people
from sync.drafting.structure import guess_structure
from sync.drafting.templates import TEMPLATES

LEAD, TALK, WON, KEEP = ("1", "lead"), ("1", "talk"), ("1", "won"), ("2", "keep")
PLACES = {LEAD: "lead_generation", TALK: "conversion", WON: "conversion", KEEP: "retention"}
THREE = line_of_template(TEMPLATES["three-tier"])
WORKPLACE = Workplace(PLACES, THREE.roles_of, THREE.head)
PIPELINES = (
    RemotePipeline(
        "1",
        "Sales",
        (
            RemoteStage("lead", "New lead", "open"),
            RemoteStage("talk", "Negotiation", "open"),
            RemoteStage("won", "Won", "won"),
        ),
    ),
    RemotePipeline("2", "Account management", (RemoteStage("keep", "Upsell", "open"),)),
)


def user(id: str, name: str, email: str | None = "", *, active: bool = True) -> RemoteUser:
    told = f"{name.lower()}@acme.example" if email == "" else email
    return RemoteUser(id, told, name, active, (f"also-{id}",))


USERS = [user("1", "Olena"), user("2", "Petar"), user("3", "Maria")]


def by_email(people: list[PersonGuess]) -> dict[str, tuple[str, ...]]:
    return {person.email.split("@")[0]: person.roles for person in people}


def test_roles_follow_from_the_deals_people_own() -> None:
    owned = {("1", LEAD): 9, ("2", TALK): 5, ("2", WON): 3, ("3", KEEP): 7}
    people, left = guess_people(USERS, Activity(24, owned), WORKPLACE)
    assert by_email(people) == {"olena": ("scout",), "petar": ("hunter",), "maria": ("farmer",)}
    assert not any(person.unsure for person in people) and left == []


def test_moves_count_by_whatever_id_the_history_names() -> None:
    owned = {("2", TALK): 8, ("3", KEEP): 8}
    people, _ = guess_people(USERS, Activity(16, owned, {("also-1", LEAD): 6}), WORKPLACE)
    assert by_email(people)["olena"] == ("scout",)


def test_little_or_mixed_evidence_is_unsure() -> None:
    owned = {("1", LEAD): 1, ("2", TALK): 5, ("2", LEAD): 4, ("3", KEEP): 9}
    people, _ = guess_people(USERS, Activity(19, owned), WORKPLACE)
    assert [person.unsure for person in people] == [True, True, False]


def test_who_moves_other_peoples_deals_everywhere_may_lead() -> None:
    owned = {("1", LEAD): 9, ("2", TALK): 8, ("3", KEEP): 7}
    moved = {("4", LEAD): 5, ("4", TALK): 5}
    activity = Activity(24, owned, moved, Counter({"4": 10}))
    people, _ = guess_people([*USERS, user("4", "Ivan")], activity, WORKPLACE)
    assert people[-1].roles == ("head",) and people[-1].unsure


def test_whoever_does_nothing_there_cannot_be_named_or_is_a_program_is_left_out_with_the_reason() -> None:
    owned = {("1", LEAD): 9, ("2", TALK): 8, ("3", KEEP): 7}
    others = [
        user("5", "Idle"),
        user("6", "Nomail", None),
        user("7", "Gone", active=False),
        user("8", "Data", "api@acme.example"),
    ]
    people, left = guess_people([*USERS, *others], Activity(24, owned), WORKPLACE)
    assert set(by_email(people)) == {"olena", "petar", "maria"}
    assert len(left) == 3
    assert any("Idle" in line and "owns no deal" in line for line in left)
    assert any("Nomail" in line and "no usable e-mail" in line for line in left)
    assert any("Data" in line and "called like a program" in line for line in left)


def test_every_role_is_somebodys_and_a_stopgap_says_so() -> None:
    people, _ = guess_people(USERS, Activity(9, {("1", LEAD): 9}), WORKPLACE)
    roles = {role for person in people for role in person.roles}
    assert roles == {"scout", "hunter", "farmer"}
    assert "stopgap" in people[0].reason and people[0].unsure


def test_without_any_deals_everybody_is_everything_and_unsure() -> None:
    people, left = guess_people(USERS, Activity(), WORKPLACE)
    assert all(person.roles == ("scout", "hunter", "farmer") and person.unsure for person in people)
    assert left == []


def structure(owned: dict[tuple[str, tuple[str, str]], int]) -> str:
    return guess_structure(PIPELINES, USERS, Activity(sum(owned.values()), owned)).template.name


def test_the_structure_follows_from_who_keeps_to_what() -> None:
    assert structure({("1", LEAD): 9, ("2", TALK): 8, ("3", KEEP): 7}) == "three-tier"
    assert structure({("1", LEAD): 9, ("1", TALK): 8, ("3", KEEP): 9}) == "two-tier-hunter-farmer"
    assert structure({("1", LEAD): 9, ("2", TALK): 8, ("2", KEEP): 9}) == "two-tier-scout-hunter"
    assert structure({("1", LEAD): 9, ("1", TALK): 8, ("1", KEEP): 9}) == "one-tier"


def test_with_few_deals_the_structure_is_a_guess_by_heads() -> None:
    assert structure({("1", LEAD): 1}) == "three-tier"
    assert guess_structure(PIPELINES, USERS[:1], Activity()).template.name == "one-tier"
    assert guess_structure(PIPELINES, USERS[:2], Activity()).confidence < 0.5

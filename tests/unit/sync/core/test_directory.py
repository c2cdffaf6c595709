"""Who is who: account ids of a CRM and members of the team."""

from __future__ import annotations

import pytest

from mapping.model import Actor, ActorKind
from sync.core.directory import Account, build, member_of

from .building import OLENA, PETAR
from .line import house

RULES = house(
    (
        "email: petar@acme.example, roles: [hunter]}",
        'email: petar@acme.example, roles: [hunter], accounts: {crm: "17"}}',
    )
)
ACCOUNTS = [
    Account("1", "Olena@Acme.example", "Olena", True, aliases=("user-1",)),
    Account("2", OLENA, "Olena's old account", False),
    Account("17", "somebody@else.example", "Petar", True),
    Account("18", PETAR, "Petar's second account", True),
    Account("19", "guest@else.example", "Guest", True),
    Account("20", None, "A robot", True),
]
DIRECTORY = build("crm", ACCOUNTS, RULES)


@pytest.mark.parametrize(
    ("account", "email"),
    [
        ("1", OLENA),
        ("user-1", OLENA),
        ("2", OLENA),
        ("17", PETAR),
        ("18", PETAR),
        ("19", "guest@else.example"),
        ("20", None),
        ("none such", None),
        (None, None),
        (["1"], None),
    ],
)
def test_whose_account_it_is(account: str | list[str] | None, email: str | None) -> None:
    assert DIRECTORY.email(account) == email


def test_a_member_owns_deals_under_an_active_account_of_their_own() -> None:
    assert DIRECTORY.account(OLENA) == "1"


def test_the_account_that_a_member_names_comes_before_their_e_mail() -> None:
    assert DIRECTORY.account(PETAR) == "17"


def test_a_named_account_counts_before_the_crm_was_asked_for_its_users() -> None:
    early = build("crm", [], RULES)
    assert (early.account(PETAR), early.email("17"), early.account(OLENA)) == ("17", PETAR, None)


def test_somebody_off_the_team_owns_nothing() -> None:
    assert (DIRECTORY.account("guest@else.example"), DIRECTORY.account(None)) == (None, None)


@pytest.mark.parametrize(
    ("actor", "member"),
    [
        (Actor(ActorKind.PERSON, "1"), OLENA),
        (Actor(ActorKind.PERSON, "19"), None),
        (Actor(ActorKind.PERSON, None), None),
        (Actor(ActorKind.INTEGRATION, "1"), None),
        (Actor(ActorKind.AUTOMATION, "1"), None),
        (Actor(ActorKind.OURS, "1"), None),
        (Actor(ActorKind.UNKNOWN, "1"), None),
    ],
)
def test_only_a_person_of_the_team_is_a_member(actor: Actor, member: str | None) -> None:
    assert member_of(actor, DIRECTORY, RULES) == member


def test_without_a_directory_nobody_is_guessed() -> None:
    assert member_of(Actor(ActorKind.PERSON, "1"), None, RULES) is None

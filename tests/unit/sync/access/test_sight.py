"""What each viewer may read: by a condition in the database and by a look at one deal, which must agree."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select

from mapping.model import Deal, DealStatus, Handoff, HandoffStatus
from store import deals, handoffs, ledger
from store.database import Store
from store.schema import deals as deals_table
from store.schema import handoffs as handoffs_table
from store.schema import ledger as ledger_table
from sync.access.sight import Sight
from sync.access.viewer import Profile, Viewer, viewer_for
from sync.views.deals import DealView
from sync.views.handoffs import view

from .house import CONFIG, START

ME, OTHER = "me@acme.example", "other@acme.example"
VIEWERS = [
    Viewer(ME, Profile.ADMIN, None),
    Viewer(ME, Profile.HEAD, None),
    *(
        Viewer(ME, profile, frozenset(sections))
        for profile in (Profile.SPECIALIST, Profile.EXTERNAL)
        for sections in ((), ("conversion",), ("lead_generation", "retention"))
    ),
]


def all_deals() -> list[tuple[Deal, tuple[Handoff, ...]]]:
    """Every place, status, owner and kind of hand-off together."""
    found: list[tuple[Deal, tuple[Handoff, ...]]] = []
    places = ("lead_generation", "conversion", None)
    given = (None, *product(HandoffStatus, (ME, OTHER, None), (ME, OTHER)))
    for section, status, owner, handed in product(places, DealStatus, (ME, OTHER, None), given):
        id = f"d{len(found):04}"
        deal = Deal(id, id, "hubspot", status, section, "a stage", owner)
        found.append((deal, () if handed is None else (a_handoff(id, *handed),)))
    return found


def a_handoff(id: str, status: HandoffStatus, to: str | None, giver: str) -> Handoff:
    place = ("lead_generation", "conversion", "qualification")
    return Handoff(f"h-{id}", id, "rule", "conveyor.yaml", 1, *place, giver, to, status, START)


@pytest.fixture
def filled(store: Store) -> Store:
    """On SQLite and on PostgreSQL."""
    entry = ledger.Entry(None, START, "moved", "conveyor", "moved")
    with store.begin() as tx:
        for deal, own in all_deals():
            deals.save(tx, deal, None)
            ledger.add(tx, [replace(entry, deal_id=deal.id)])
            for handoff in own:
                handoffs.save(tx, handoff)
        ledger.add(tx, [entry])
    return store


def test_the_database_and_a_look_at_one_deal_agree_on_every_case(filled: Store) -> None:
    for viewer in VIEWERS:
        sight = Sight.of(viewer)
        looked = {deal.id for deal, own in all_deals() if sight.sees(deal, own)}
        with filled.read() as tx:
            found = set(tx.scalars(select(deals_table.c.id).where(sight.deals())))
            assert sight.seen(tx, [deal.id for deal, _ in all_deals()]) == found
            told = set(tx.scalars(select(ledger_table.c.deal_id).where(sight.ledger())))
        assert found == looked, viewer
        assert told == (found | {None} if viewer.sees_all else found), viewer


def test_hand_offs_are_those_of_deals_that_are_seen_and_open_ones_of_ones_own(filled: Store) -> None:
    for viewer in VIEWERS:
        sight = Sight.of(viewer)
        with filled.read() as tx:
            found = set(tx.scalars(select(handoffs_table.c.id).where(sight.handoffs())))
        for deal, own in all_deals():
            for handoff in own:
                is_open = handoff.status in (HandoffStatus.WAITING, HandoffStatus.PENDING)
                names_me = ME in (handoff.to_member, handoff.from_member)
                seen = sight.sees(deal, own) and (names_me or viewer.profile is not Profile.EXTERNAL)
                given = is_open and handoff.from_member == ME
                assert (handoff.id in found) == (seen or given or viewer.sees_all), (viewer, deal, handoff)


def test_who_sees_all_sees_all(filled: Store) -> None:
    assert all(Sight.of(VIEWERS[0]).sees(deal, own) for deal, own in all_deals())


@pytest.mark.parametrize("status", [DealStatus.UNMAPPED, DealStatus.IGNORED, DealStatus.DELETED])
def test_what_stands_nowhere_on_the_line_is_for_heads_and_admins(status: DealStatus) -> None:
    deal = Deal("d", "d", "hubspot", status, "conversion", "proposal", ME)
    to_me = [a_handoff("d", HandoffStatus.PENDING, ME, OTHER)]
    sees = [viewer.profile for viewer in VIEWERS if Sight.of(viewer).sees(deal, to_me)]
    assert sees == [Profile.ADMIN, Profile.HEAD]


def test_an_external_account_sees_its_own_and_nothing_of_its_colleagues() -> None:
    sight = Sight.of(Viewer(ME, Profile.EXTERNAL, frozenset({"conversion"})))
    deal = Deal("d", "d", "hubspot", DealStatus.OPEN, "conversion", "proposal", OTHER)
    assert not sight.sees(deal)
    assert sight.sees(replace(deal, owner=ME))
    assert sight.sees(deal, [a_handoff("d", HandoffStatus.PENDING, ME, OTHER)])
    assert not sight.sees(deal, [a_handoff("d", HandoffStatus.ACCEPTED, ME, OTHER)])


def test_a_masked_deal_says_where_it_stands_and_nothing_of_the_customer() -> None:
    shown: DealView = {
        "deal": "hubspot:1", "connection": "hubspot", "external_id": "1", "title": "Kitchen", "pipeline": "Sales",
        "pipeline_id": "default", "crm_stage": "Won", "crm_stage_id": "won", "section": "conversion", "stage": "won",
        "status": "won", "owner": OTHER, "crm_owner": None, "amount": "900", "currency": "EUR",
        "fields": {"contact_email": "rosa@client.example"}, "stage_since": None, "updated_at": None,
        "journey": "j", "linked": [], "url": "https://crm.example.com/1",
    }  # fmt: skip
    specialist = Sight.of(Viewer(ME, Profile.SPECIALIST, frozenset({"retention"})))
    hidden = specialist.masked(shown)
    assert [name for name in hidden if hidden.get(name) != shown.get(name)] == [
        "title", "amount", "currency", "fields", "url",
    ]  # fmt: skip
    assert Sight.of(VIEWERS[0]).masked(shown) == shown


def test_a_masked_hand_off_says_whether_it_was_taken() -> None:
    handoff = replace(
        a_handoff("d", HandoffStatus.PENDING, OTHER, ME), reason="too small", defects=("budget",)
    )
    specialist = Sight.of(Viewer(ME, Profile.SPECIALIST, frozenset({"retention"})))
    details = specialist.masked_handoff(view(handoff, "hubspot:1"))["details"]
    assert (details["reason"], details["missing"], details["candidates"]) == (None, [], [])


def test_a_specialist_works_in_the_sections_of_their_roles() -> None:
    from mapping.loader import load_ruleset

    rules = load_ruleset(CONFIG)
    by_email = {
        email: viewer_for(email, Profile.SPECIALIST, rules).sections
        for email in [*rules.team, "else@acme.example"]
    }
    assert by_email == {
        "olena@acme.example": {"lead_generation"},
        "petar@acme.example": {"conversion"},
        "ivan@acme.example": {"conversion"},
        "maria@acme.example": {"retention"},
        "else@acme.example": frozenset(),
    }
    assert viewer_for("olena@acme.example", Profile.SPECIALIST, None).sections == frozenset()
    assert viewer_for("olena@acme.example", Profile.ADMIN, rules).sections is None


@pytest.mark.parametrize(
    ("profile", "may"),
    [
        (Profile.ADMIN, ["sees_all", "may_change_rules", "may_operate", "may_report", "may_export"]),
        (Profile.HEAD, ["sees_all", "may_operate", "may_report", "may_export"]),
        (Profile.SPECIALIST, ["may_report", "may_export"]),
        (Profile.EXTERNAL, []),
    ],
)
def test_what_a_profile_may(profile: Profile, may: list[str]) -> None:
    viewer = Viewer(ME, profile, None if "sees_all" in may else frozenset({"conversion"}))
    names = ("sees_all", "may_change_rules", "may_operate", "may_report", "may_export")
    assert [name for name in names if getattr(viewer, name)] == may
    to_other = a_handoff("d", HandoffStatus.PENDING, OTHER, ME)
    assert viewer.may_act_on(to_other) == viewer.sees_all
    assert viewer.may_act_on(replace(to_other, to_member=ME))

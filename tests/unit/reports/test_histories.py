"""Single stories whose counting is not plain: found deals, old rows, lost and parked ones, deals that were opened."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mapping.model import DealStatus, Value
from reports.report import report
from reports.scope import scope_of
from reports.table import Cell, Report, Row
from store import deals, rulesets
from store.database import Store, open_store

from .history import Written, at, deal, written
from .line import HANA, MARIA, OLENA, PETAR, rules

HOUR, DAY = 3600, 9 * 3600
WEEK = scope_of("week", at(16, 10), "Europe/Sofia", ago=1)  # from Monday 9 to Sunday 15 November


@pytest.fixture
def store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    """One kind of database: that both count alike is shown with a whole week."""
    opened = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'store.db')}")
    yield opened
    opened.close()


def told(store: Store, *stories: Written) -> Report:
    written(list(stories), store)
    with store.read() as tx:
        return report(tx, rules(), WEEK, at(16, 10))


def row(report: Report, table: str, **key: Cell) -> Row:
    [found] = [r for r in report.table(table).rows if all(r[name] == value for name, value in key.items())]
    return found


def flow(report: Report, stage: str) -> tuple[Cell, ...]:
    """Stood before, came, went on, back, lost, otherwise, stand now."""
    found = row(report, "funnel", stage=stage)
    return tuple(found[name] for name in ("stood", "came", "forward", "back", "lost", "other", "stand"))


def test_a_deal_that_the_backfill_found_in_the_period_stood_there_before(store: Store) -> None:
    found = told(store, deal("old").found(at(10), "meeting", PETAR))
    assert flow(found, "meeting") == (1, 0, 0, 0, 0, 0, 1)
    assert row(found, "summary", figure="New on the line")["value"] == 0


def test_a_found_deal_that_stands_outside_of_the_line_counts_nowhere(store: Store) -> None:
    parked = deal("parked").say(
        at(10), "first_seen", to=None, section=None, owner=PETAR, connection="hubspot"
    )
    found = told(store, parked, deal("won").found(at(2), "won", PETAR))
    assert all(flow(found, stage) == (0,) * 7 for stage in ("fresh", "meeting", "onboarding"))


def test_rows_from_before_all_this_was_written_down(store: Store) -> None:
    """They say where a move went, and nothing of stages at first sight, owners, amounts and touches."""
    old = deal("old", "800").found(at(2), "fresh", OLENA).moved(at(10, 10), "qualified", OLENA)
    old.moved(at(11, 12), "meeting", OLENA)
    old.entries = [replace(entry, data=_as_before(entry.data)) for entry in old.entries]
    found = told(store, old)
    assert flow(found, "fresh") == (1, 0, 1, 0, 0, 0, 0)
    assert flow(found, "qualified") == (0, 1, 1, 0, 0, 0, 0)
    qualified = row(found, "funnel", stage="qualified")
    assert (qualified["stays"], qualified["median"], qualified["moves"]) == (1, 11 * HOUR, 0)
    assert row(found, "work_by_person", person=OLENA)["left"] == 2


def _as_before(data: Mapping[str, Value]) -> dict[str, Value]:
    kept = {name: value for name, value in data.items() if name in ("from", "to", "from_status")}
    return kept if "from" in kept else {}


def test_a_deal_without_any_move_stands_where_it_stands_today_if_no_row_says_more(store: Store) -> None:
    old = deal("old").found(at(2), "proposal", PETAR)
    old.entries = [replace(old.entries[0], data={})]
    assert flow(told(store, old), "proposal") == (1, 0, 0, 0, 0, 0, 1)


def test_an_old_row_of_a_deal_that_never_stood_on_the_line_counts_nowhere(store: Store) -> None:
    parked = deal("parked").say(at(10), "first_seen").say(at(11), "returned_by_rule", PETAR, rule="Sales")
    parked.deal = replace(parked.deal, status=DealStatus.UNMAPPED, updated_at=at(11))
    found = told(store, parked)
    assert {r["section"] for r in found.table("sections").rows} == {"leads", "sales", "care"}
    assert not any(r["left"] or r["stood"] or r["stand"] for r in found.table("funnel").rows)


def test_a_lost_deal_stays_in_its_section_and_comes_back_when_it_is_opened_again(store: Store) -> None:
    again = (
        deal("again", "100")
        .placed(at(9), "meeting", PETAR)
        .moved(at(9, 12), "lost", PETAR)
        .moved(at(10, 12), "proposal", PETAR)
    )
    found = told(store, again)
    assert flow(found, "meeting") == (0, 1, 0, 0, 1, 0, 0)
    assert flow(found, "proposal") == (0, 1, 0, 0, 0, 0, 1)
    sales = row(found, "sections", section="sales")
    assert (sales["came"], sales["lost"], sales["stand"]) == (2, 1, 1)


def test_a_deal_that_is_gone_left_without_a_move(store: Store) -> None:
    gone = deal("gone").placed(at(9), "meeting", PETAR).say(at(10), "gone", connection="hubspot")
    twin = deal("twin").placed(at(9), "meeting", PETAR).say(at(10), "gone", connection="zoho")
    back = deal("back").placed(at(9), "meeting", PETAR).say(at(10), "gone", connection="hubspot")
    found = told(store, gone, twin, back.say(at(11), "restored"))
    assert flow(found, "meeting") == (0, 4, 0, 0, 0, 2, 2)


def test_a_parked_deal_is_not_on_the_line_until_it_goes_on(store: Store) -> None:
    parked = deal("parked").placed(at(9), "meeting", PETAR).say(at(10), "unmapped")
    found = told(store, parked.moved(at(11), "proposal", PETAR))
    # it came back on `meeting` in the moment of its move
    assert flow(found, "meeting") == (0, 2, 1, 0, 0, 1, 0)
    assert flow(found, "proposal") == (0, 1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize("status", [DealStatus.IGNORED, DealStatus.DELETED])
def test_a_deal_that_left_the_line_without_a_word_did_so_when_it_was_last_saved(
    store: Store, status: DealStatus
) -> None:
    silent = deal("silent").placed(at(9), "meeting", PETAR)
    silent.deal = replace(silent.deal, status=status, updated_at=at(11))
    assert flow(told(store, silent), "meeting") == (0, 1, 0, 0, 0, 1, 0)


def test_new_rules_that_place_a_deal_elsewhere_move_nothing(store: Store) -> None:
    placed = deal("placed").placed(at(2), "meeting", PETAR).placed(at(10), "proposal", PETAR)
    found = told(store, placed)
    assert flow(found, "meeting") == (1, 0, 0, 0, 0, 1, 0)
    assert row(found, "funnel", stage="meeting")["conversion"] == 0.0


def test_a_stage_that_the_line_has_no_more_is_told_by_its_name(store: Store) -> None:
    gone = deal("gone").placed(at(9), "meeting", PETAR)
    gone.say(
        at(10),
        "moved",
        PETAR,
        from_="meeting",
        to="dreaming",
        from_status="open",
        section="sales",
        owner=PETAR,
    )
    found = told(store, gone)
    assert flow(found, "dreaming") == (0, 1, 0, 0, 0, 0, 1)
    assert flow(found, "meeting") == (0, 1, 0, 0, 0, 1, 0)


def test_winning_opens_a_deal_that_comes_onto_the_line_by_itself(store: Store) -> None:
    won = deal("won", "400").placed(at(9), "proposal", PETAR).moved(at(10), "won", PETAR)
    data = {"section": "care", "owner": MARIA, "connection": "zoho", "amount": "400", "currency": "EUR"}
    won.say(at(10), "handoff_offered", handoff="h", opened="next", to="onboarding", **data)
    following = deal("next", "400", home="zoho", journey="won")
    following.deal = following.deal.__class__(
        "next",
        "won",
        "zoho",
        DealStatus.OPEN,
        "care",
        "onboarding",
        MARIA,
        following.deal.fields,
        placed=True,
    )
    found = told(store, won, following)
    assert flow(found, "onboarding") == (0, 1, 0, 0, 0, 0, 1)
    assert row(found, "summary", figure="New on the line")["value"] == 2
    [month] = found.table("outcomes").rows
    assert (month["customers"], month["bought"]) == (1, 1)


def test_the_four_outcomes(store: Store) -> None:
    def buys(
        name: str, amount: str, journey: str | None = None, day: int = 9, source: str = "web"
    ) -> Written:
        bought = deal(name, amount, journey=journey, source=source, created=at(day, month=10))
        return bought.placed(at(day, month=10), "proposal", PETAR).moved(at(day + 1, month=10), "won", PETAR)

    stories = [
        buys("once", "100"),
        buys("more", "100"),
        buys("more-2", "150", "more", day=15),
        buys("again", "100"),
        buys("again-2", "90", "again", day=15),
        buys("dollars", "100"),
        deal("dollars-2", "999", "USD", journey="dollars", created=at(15, month=10))
        .placed(at(15, month=10), "proposal", PETAR)
        .moved(at(16, month=10), "won", PETAR),
        deal("brought", source="Referral", created=at(20, month=10)).placed(at(20, month=10), "fresh", OLENA),
        deal("november", created=at(9)).placed(at(9), "fresh", OLENA),
        deal("bought-before", "50", created=at(3, month=9)).found(at(2), "won", PETAR),
    ]
    rows = told(store, *stories).table("outcomes").rows
    names = ("cohort", "customers", "bought", "bought_share", "bought_more", "came_again", "referred")
    assert [tuple(r[name] for name in names) for r in rows] == [
        ("2026-09", 1, 1, 1.0, 0, 0, 0),
        ("2026-10", 5, 4, 0.8, 1, 3, 1),
        ("2026-11", 1, 0, 0.0, 0, 0, 0),
    ]


def test_money_is_never_added_across_currencies(store: Store) -> None:
    stories = [
        deal(name, amount, currency).placed(at(9), "proposal", PETAR).moved(at(10), "won", PETAR)
        for name, amount, currency in (("a", "10.10", "EUR"), ("b", "20.20", "EUR"), ("c", "5", "USD"))
    ]
    found = told(store, *stories)
    assert [(r["currency"], r["won"], r["amount"]) for r in found.table("won").rows] == [
        ("EUR", 2, "30.30"),
        ("USD", 1, "5.00"),
    ]
    assert row(found, "quota", person=PETAR)["quota_won"] == "30.30", "its quota is in EUR"


def test_a_follow_up_that_nobody_kept_in_time(store: Store) -> None:
    def asked(name: str) -> Written:
        return deal(name).placed(at(2), "fresh", OLENA).say(at(9), "follow_up", owner=OLENA)

    late = asked("late").say(at(11), "followed_up", owner=OLENA)
    moved = asked("moved").moved(at(9, 17), "qualified", OLENA)
    never = asked("never")
    section = row(told(store, late, moved, never), "work_by_section", section="leads")
    assert (section["asked"], section["kept"], section["kept_share"]) == (3, 1, 0.3333)


def test_a_withdrawn_hand_off_is_neither_accepted_nor_returned(store: Store) -> None:
    handed = deal("lost").placed(at(9), "qualified", OLENA).moved(at(9, 10), "meeting", OLENA)
    handed.handed_over(at(9, 10), PETAR).moved(at(9, 12), "lost", PETAR).withdrawn(at(9, 12))
    found = row(told(store, handed), "handoffs", handoff="Scout to hunter")
    names = ("offered", "accepted", "returned", "withdrawn", "open", "acceptance")
    assert tuple(found[name] for name in names) == (1, 0, 0, 1, 0, None)


def test_a_practice_that_fades(store: Store) -> None:
    asked = deal("asked").placed(at(2), "onboarding", MARIA).moved(at(3), "referral", MARIA)
    [practice] = told(store, asked).table("practices").rows
    # ten working days between 3 and 15 November, and it should happen within five
    assert (practice["times"], practice["times_before"], practice["fades"]) == (0, 1, "overdue")
    assert practice["last_at"] == "2026-11-03T07:00:00Z"


def test_where_it_jams(store: Store) -> None:
    standing = [deal(f"s{n}").placed(at(9), "meeting", PETAR) for n in range(6)]
    quick = [
        deal(f"q{n}").placed(at(9), "fresh", OLENA).moved(at(9, 11), "qualified", OLENA) for n in range(8)
    ]
    leaving = deal("l").placed(at(9), "meeting", PETAR).moved(at(10), "proposal", PETAR)
    rows = told(store, *standing, *quick, leaving).table("bottleneck").rows
    found = {str(r["stage"]): (r["stand"], r["over_norm"], r["left"], r["clears_in"]) for r in rows}
    # the week has 45 working hours, in which one left: six of them need six such weeks
    assert found["meeting"] == (6, 6, 1, 6 * 45 * HOUR)
    assert found["qualified"] == (8, 0, 0, None)
    assert [r["stage"] for r in rows if r["verdict"]] == ["qualified"], "from there nothing left at all"


def test_before_and_after_a_change_of_the_rules(store: Store) -> None:
    with store.begin() as tx:
        for text, when in (("one", at(1)), ("one", at(3)), ("two", at(10))):
            rulesets.activate(tx, text, {"x": text}, by="ivan", message=f"{text}!", now=when)
    before = deal("b").placed(at(9), "fresh", OLENA).moved(at(9, 11), "qualified", OLENA)
    after = deal("a").placed(at(9), "fresh", OLENA).moved(at(11), "lost", OLENA)
    rows = told(store, before, after).table("versions").rows
    names = ("version", "message", "when", "left", "forward", "conversion")
    assert [tuple(r[name] for name in names) for r in rows] == [
        (3, "two!", "before", 1, 1, 1.0),
        (3, "two!", "after", 1, 0, 0.0),
    ]
    assert [r["days"] for r in rows] == [9.0, 5.6], "the rules were the same since 1 November"
    with store.read() as tx:
        own = report(tx, rules(), replace(WEEK, sections=frozenset({"sales"})), at(16, 10))
    told_of_it = {r["message"] for r in own.table("versions").rows}
    assert told_of_it == {None}, "a message speaks of the whole line, not of one's own section"


def test_an_empty_house_has_a_report(store: Store) -> None:
    found = told(store)
    assert len(found.table("funnel").rows) == 6
    assert found.table("outcomes").rows == found.table("handoffs").rows == ()
    assert {r["value"] for r in found.table("summary").rows} <= {0, None}


def test_amounts_that_are_no_numbers_are_nothing(store: Store) -> None:
    odd = [
        deal(f"o{n}", amount).placed(at(9), "proposal", HANA).moved(at(10), "won", HANA)
        for n, amount in enumerate(("a lot", "NaN", "", "12.5"))
    ]
    [won] = told(store, *odd).table("won").rows
    assert (won["won"], won["amount"]) == (4, "12.50")


def test_nothing_is_written(store: Store) -> None:
    written([deal("one").placed(at(9), "fresh", OLENA)], store)
    with store.read() as tx:
        before = deals.load(tx, ["one"])
        report(tx, rules(), WEEK, at(16))
        assert deals.load(tx, ["one"]) == before


def test_a_scope_that_ends_in_the_future_is_told_as_far_as_it_has_come(store: Store) -> None:
    handed = deal("due").placed(at(9), "qualified", OLENA).moved(at(9, 10), "meeting", OLENA)
    written([handed.handed_over(at(9, 10), PETAR, due=at(9, 14))], store)
    with store.read() as tx:
        found = report(tx, rules(), WEEK, at(9, 12))
    assert (found.until, row(found, "handoffs", handoff="Scout to hunter")["late"]) == (
        "2026-11-09T10:00:00Z",
        0,
    )

"""Counts, money and pages of deals, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import true

from mapping.model import Deal, DealStatus, EventKind, Handoff, HandoffStatus, Link, Value
from store import deals, handoffs, inbox, ledger, line, links
from store.database import Store
from store.inbox import NewEvent
from store.ledger import Entry
from store.line import Wanted
from store.schema import deals as table

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ANYTHING = true()
EVERYTHING = Wanted()


def save(store: Store, id: str, stage: str | None = "proposal", **values: object) -> None:
    given = {
        "status": DealStatus.OPEN,
        "section": "conversion",
        "updated_at": NOW,
        "home": "hubspot",
        **values,
    }
    fields: dict[str, Value] = given.pop("fields", {})  # type: ignore[assignment]
    deal = Deal(id, id, stage=stage, fields={"title": f"Deal {id}", **fields}, **given)  # type: ignore[arg-type]
    with store.begin() as tx:
        deals.save(tx, deal, None)
        links.save(tx, [Link(deal.home, f"9{id}", id)])


def offer(
    store: Store, deal_id: str, due_at: datetime | None, status: HandoffStatus = HandoffStatus.PENDING
) -> None:
    made = Handoff(
        f"h-{deal_id}", deal_id, "Scout to hunter", "conveyor.yaml", 1, "lead_generation", "conversion",
        "qualification", None, None, status, NOW, due_at,
    )  # fmt: skip
    with store.begin() as tx:
        handoffs.save(tx, made)


def counted(
    store: Store, wanted: Wanted = EVERYTHING
) -> dict[str | None, tuple[int, int, dict[str, Decimal]]]:
    with store.read() as tx:
        found = line.figures(tx, ANYTHING, wanted, NOW)
    return {each.stage: (each.deals, each.late, dict(each.money)) for each in found}


def page(store: Store, wanted: Wanted = EVERYTHING, skip: int = 0, most: int = 10) -> list[str]:
    with store.read() as tx:
        return line.page(tx, ANYTHING, wanted, NOW, skip=skip, most=most)


def test_money_is_summed_for_each_stage_and_currency(store: Store) -> None:
    save(store, "1", fields={"amount": "10.50", "currency": "EUR"})
    save(store, "2", fields={"amount": "5", "currency": "EUR"})
    save(store, "3", fields={"amount": "7", "currency": "BGN"})
    save(store, "4", fields={"amount": ""})
    save(store, "5", stage="meeting")

    assert counted(store) == {
        "proposal": (4, 0, {"EUR": Decimal("15.5"), "BGN": Decimal("7.0")}),
        "meeting": (1, 0, {}),
    }


def test_a_deal_is_late_while_its_open_hand_off_is_past_its_deadline(store: Store) -> None:
    for number, (due, status) in enumerate(
        (
            (-1, HandoffStatus.PENDING),
            (1, HandoffStatus.PENDING),
            (-1, HandoffStatus.ACCEPTED),
            (None, HandoffStatus.WAITING),
        )
    ):
        save(store, str(number))
        offer(store, str(number), None if due is None else NOW + timedelta(hours=due), status)

    assert counted(store) == {"proposal": (4, 1, {})}
    assert page(store, Wanted(late=True)) == ["0"]


def test_deleted_and_ignored_deals_are_not_on_the_line(store: Store) -> None:
    save(store, "1", status=DealStatus.DELETED)
    save(store, "2", status=DealStatus.IGNORED)
    save(store, "3", status=DealStatus.UNMAPPED, section=None, stage=None)

    assert counted(store) == {None: (1, 0, {})}
    assert page(store, Wanted(status=DealStatus.IGNORED)) == ["2"]


def test_deals_are_filtered_by_home_owner_place_and_text(store: Store) -> None:
    save(store, "1", owner="petar@acme.example", fields={"title": "Кухня за хотел"})
    save(store, "2", home="zoho", fields={"title": "Office chairs 100%"})
    save(store, "3", stage="meeting", fields={"title": 'The "blue" van'})

    for wanted, found in (
        (Wanted(connection="zoho"), ["2"]),
        (Wanted(owner="petar@acme.example"), ["1"]),
        (Wanted(section="conversion", stage="meeting"), ["3"]),
        (Wanted(text="КУХНЯ"), ["1"]),
        (Wanted(text="кухня"), ["1"]),
        (Wanted(text="OFFICE"), ["2"]),
        (Wanted(text="100%"), ["2"]),
        (Wanted(text="10_%"), []),
        (Wanted(text='"blue"'), ["3"]),
        (Wanted(text="hubspot:91"), ["1"]),
        (Wanted(text="92"), ["2"]),
    ):
        assert page(store, wanted) == found, wanted
        assert sum(number for number, _, _ in counted(store, wanted).values()) == len(found), wanted


def test_who_waits_by_a_deadline_comes_first_then_the_longest_untouched(store: Store) -> None:
    for id, hours in (("old", 30), ("new", 1), ("late", 2), ("soon", 3)):
        save(store, id, updated_at=NOW - timedelta(hours=hours))
    offer(store, "soon", NOW + timedelta(hours=1))
    offer(store, "late", NOW - timedelta(hours=1))
    save(store, "won long ago", stage="won", status=DealStatus.WON, updated_at=NOW - timedelta(days=90))
    save(store, "won today", stage="won", status=DealStatus.WON)

    assert page(store, Wanted(stage="proposal")) == ["late", "soon", "old", "new"]
    assert page(store, Wanted(stage="won")) == ["won today", "won long ago"]
    assert page(store, Wanted(stage="proposal"), skip=1, most=2) == ["soon", "old"]
    with store.read() as tx:
        assert line.first_of_stages(tx, ANYTHING, Wanted(), NOW, 3) == [
            "late",
            "soon",
            "old",
            "won today",
            "won long ago",
        ]


def test_nothing_is_counted_that_may_not_be_shown(store: Store) -> None:
    save(store, "1", owner="petar@acme.example")
    save(store, "2", owner="maria@acme.example")
    offer(store, "2", NOW - timedelta(hours=1))
    shown = table.c.owner == "petar@acme.example"

    with store.read() as tx:
        assert [each.deals for each in line.figures(tx, shown, Wanted(), NOW)] == [1]
        assert [each.late for each in line.figures(tx, shown, Wanted(), NOW)] == [0]
        assert line.first_of_stages(tx, shown, Wanted(), NOW, 5) == ["1"]
        assert line.page(tx, shown, Wanted(text="Deal"), NOW, skip=0, most=5) == ["1"]
        assert line.owners(tx, shown) == ["petar@acme.example"]


def test_the_mark_changes_with_whatever_happens(store: Store) -> None:
    def mark() -> tuple[int, ...]:
        with store.read() as tx:
            return line.change_mark(tx, NOW)

    marks = [mark()]
    with store.begin() as tx:
        ledger.add(tx, [Entry("1", NOW, "moved", "conveyor", "Moved.")])
    marks.append(mark())
    with store.begin() as tx:
        inbox.add(tx, [NewEvent(EventKind.LOOK, "1")], NOW)
    marks.append(mark())
    with store.begin() as tx:
        inbox.done(tx, [event.id for event in inbox.due(tx, ["1"], NOW)["1"]], NOW)
    marks.append(mark())

    assert len(set(marks)) == 4
    assert mark() == marks[-1]

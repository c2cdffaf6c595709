"""Deals: saved, listed and counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mapping.model import Correction, Deal, DealStatus, Link, Ref
from store import deals, leases, schema
from store.database import Store

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)

FULL = Deal(
    id="d1",
    journey="j1",
    home="hubspot-eu",
    status=DealStatus.OPEN,
    section="sales",
    stage="offer",
    owner="ann@example.com",
    fields={"title": "Ünïcode ✓", "amount": "1000.00", "company": None, "tags": ["a", "b"]},
    placed=True,
    stage_since=NOW - timedelta(days=3),
    created_at=NOW - timedelta(days=9),
    updated_at=NOW,
    correction=Correction(
        key="k",
        kind="role",
        subject="sales",
        rule="sales to service",
        file="conveyor.yaml",
        line=12,
        mode="enforce",
        message="Moved back.",
        actor=None,
        puts_back=True,
        back_to=["p", "s"],
    ),
    moved_at=(NOW - timedelta(hours=1), NOW),
)


def test_a_deal_is_kept_as_it_is(store: Store) -> None:
    with store.begin() as tx:
        deals.save(tx, FULL, "hash")
    with store.read() as tx:
        assert deals.load(tx, ["d1", "d2"]) == {"d1": FULL}


def test_saving_counts_revisions_and_leaves_the_lease_alone(store: Store) -> None:
    with store.begin() as tx:
        deals.save(tx, FULL, "one")
        assert leases.acquire(tx, "d1", "me", NOW, 60)
        deals.save(tx, replace(FULL, stage="won", status=DealStatus.WON), "two")
    columns = schema.deals.c
    with store.read() as tx:
        row = tx.execute(select(columns.revision, columns.ruleset, columns.stage, columns.lease_token)).one()
    assert tuple(row) == (2, "two", "won", "me")


def test_a_page_of_a_backfill(store: Store) -> None:
    page = [
        (replace(FULL, id=f"d{n}", journey=f"d{n}"), Link("hubspot-eu", str(n), f"d{n}", seen={"title": "A"}))
        for n in range(3)
    ]
    with store.begin() as tx:
        deals.insert_many(tx, page, "hash")
        deals.insert_many(tx, [], "hash")
    with store.read() as tx:
        assert [(row.deal, row.links) for row in deals.listing(tx)] == [
            (deal, (link,)) for deal, link in page
        ]
        assert deals.find_by_ref(tx, Ref("hubspot-eu", "2")) == page[2][0]
        assert deals.find_by_ref(tx, Ref("hubspot-eu", "3")) is None
    with pytest.raises(IntegrityError), store.begin() as tx:
        deals.insert_many(tx, page[:1], "hash")


class TestListing:
    """Filters and order of a listing."""

    @pytest.fixture(autouse=True)
    def _deals(self, store: Store) -> None:
        variants = {
            "a": FULL,
            "b": replace(FULL, owner="bob@example.com"),
            "c": replace(FULL, status=DealStatus.WON, stage="won"),
            "d": replace(FULL, section="service", stage="care"),
            "e": replace(FULL, owner=None, section=None, stage=None, status=DealStatus.UNMAPPED),
        }
        page = [
            (replace(deal, id=name), Link("bitrix" if name in "ab" else "hubspot-eu", name, name))
            for name, deal in variants.items()
        ]
        with store.begin() as tx:
            deals.insert_many(tx, page, None)
            deals.save(tx, replace(FULL, id="f", status=DealStatus.LOST), None)

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({}, "abcdef"),
            ({"connection": "bitrix"}, "ab"),
            ({"section": "sales"}, "abcf"),
            ({"status": DealStatus.OPEN}, "abd"),
            ({"owner": "bob@example.com"}, "b"),
            ({"status": DealStatus.OPEN, "section": "service", "connection": "hubspot-eu"}, "d"),
            ({"limit": 2}, "ab"),
            ({"connection": "hubspot-eu", "limit": 2}, "cd"),
        ],
    )
    def test_filters(self, store: Store, filters: dict[str, str], expected: str) -> None:
        with store.read() as tx:
            rows = list(deals.listing(tx, **filters))  # type: ignore[arg-type]
        assert [row.deal.id for row in rows] == list(expected)
        assert all(len(row.links) == (row.deal.id != "f") for row in rows)

    def test_open_deals_are_counted_by_owner(self, store: Store) -> None:
        with store.read() as tx:
            assert deals.open_counts(tx) == {"ann@example.com": 2, "bob@example.com": 1}

    def test_deals_are_counted_by_stage(self, store: Store) -> None:
        with store.read() as tx:
            counts = deals.counts_by_stage(tx)
        assert set(counts) == {
            deals.StageCount("sales", "offer", DealStatus.OPEN, 2),
            deals.StageCount("sales", "offer", DealStatus.LOST, 1),
            deals.StageCount("sales", "won", DealStatus.WON, 1),
            deals.StageCount("service", "care", DealStatus.OPEN, 1),
            deals.StageCount(None, None, DealStatus.UNMAPPED, 1),
        }

    def test_a_listing_need_not_be_read_to_its_end(self, store: Store) -> None:
        with store.read() as tx:
            assert next(deals.listing(tx)).deal.id == "a"
        with store.begin() as tx:
            deals.save(tx, replace(FULL, id="g"), None)

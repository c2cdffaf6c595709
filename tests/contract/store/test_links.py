"""Links: every record has one deal from its first event on, also when two find it at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from mapping.model import (
    CreateNote,
    Deal,
    DealStatus,
    EventKind,
    Handoff,
    HandoffStatus,
    Link,
    Ref,
    Write,
)
from store import deals, handoffs, inbox, ledger, links, outbox
from store.database import Store
from store.inbox import NewEvent

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REF = Ref("hubspot-eu", "42")


def test_an_unknown_record_gets_a_placeholder(store: Store) -> None:
    with store.begin() as tx:
        found = links.ensure(tx, [REF], NOW)
    deal_id = links.deal_id_for(REF)
    assert found == {REF: deal_id}
    assert len(deal_id) == 24
    with store.read() as tx:
        placeholder = deals.load(tx, [deal_id])[deal_id]
        assert links.load(tx, [deal_id]) == {deal_id: (Link("hubspot-eu", "42", deal_id),)}
        assert links.find(tx, [REF, Ref("hubspot-eu", "43")]) == {REF: (deal_id, None)}
    assert (placeholder.journey, placeholder.home) == (deal_id, "hubspot-eu")
    assert (placeholder.status, placeholder.placed) == (DealStatus.UNMAPPED, False)
    assert placeholder.created_at is None


def test_names_of_deals_follow_the_order_of_numbers_and_are_never_the_same() -> None:
    numbers = [9, 10, 99, 173595202427, 9223372036854775807, 9999999999999999999]
    others = ["0", "09", "-9", "9.0", "٩", "99999999999999999999", "deal_9", ""]
    named = [links.deal_id_for(Ref("hubspot-eu", str(number))) for number in numbers]
    all_names = [*named, *(links.deal_id_for(Ref("hubspot-eu", other)) for other in others)]
    all_names += [links.deal_id_for(Ref("hubspot-eu", "9"), 1), links.deal_id_for(Ref("hubspot-us", "9"))]
    assert named == sorted(named)
    assert len(set(all_names)) == len(all_names)
    assert {len(name) for name in all_names} == {24}


def test_ensure_is_safe_to_repeat_and_takes_many(store: Store) -> None:
    some = [Ref("hubspot-eu", str(number)) for number in range(700)]
    more = [*some, *[Ref("bitrix", str(number)) for number in range(700)]]
    with store.begin() as tx:
        first = links.ensure(tx, some, NOW)
        assert links.ensure(tx, [], NOW) == {}
    with store.begin() as tx:
        second = links.ensure(tx, more, NOW)
    assert len(set(second.values())) == 1400
    assert {ref: second[ref] for ref in some} == first
    with store.read() as tx:
        assert len(deals.load(tx, second.values())) == 1400


def test_the_same_remote_id_elsewhere_is_another_record(store: Store) -> None:
    with store.begin() as tx:
        found = links.ensure(tx, [Ref("a", "bc"), Ref("ab", "c"), Ref("a", "b")], NOW)
    assert len(set(found.values())) == 3


def test_threads_that_find_the_same_records_agree(store: Store) -> None:
    refs = [Ref("hubspot-eu", str(number)) for number in range(60)]
    barrier = threading.Barrier(4)

    def ensure(offset: int) -> dict[Ref, str]:
        barrier.wait(10)
        with store.begin() as tx:
            return links.ensure(tx, refs[offset:] + refs[:offset], NOW)

    with ThreadPoolExecutor(4) as pool:
        first, *others = [future.result(60) for future in [pool.submit(ensure, n * 15) for n in range(4)]]
    assert all(other == first for other in others)
    with store.read() as tx:
        rows = list(deals.listing(tx))
    assert sorted(row.deal.id for row in rows) == sorted(first.values())


def test_a_record_that_came_apart_from_a_merge_gets_a_deal_of_its_own(store: Store) -> None:
    """Its usual name is still taken by the deal that now lives on under the survivor's id."""
    with store.begin() as tx:
        deal_id = links.ensure(tx, [REF], NOW)[REF]
        links.save(tx, [Link("hubspot-eu", "77", deal_id)])
    with store.begin() as tx:
        found = links.ensure(tx, [REF, Ref("hubspot-eu", "77")], NOW)
    assert found[Ref("hubspot-eu", "77")] == deal_id
    assert found[REF] == links.deal_id_for(REF, attempt=1)
    with store.read() as tx:
        assert set(deals.load(tx, found.values())) == set(found.values())


def test_a_link_is_kept_as_it_is(store: Store) -> None:
    with store.begin() as tx:
        deal_id = links.ensure(tx, [REF], NOW)[REF]
        link = Link(
            "hubspot-eu",
            "42",
            deal_id,
            seen={"title": "Żółw", "amount": "10.50", "stage": ["p", "s"], "n": 3, "b": True, "gone": None},
            sent={"owner": "7"},
            version="v1",
            modified_at=NOW + timedelta(microseconds=1),
            stage_at=NOW,
            tasks={"key": "9"},
            url="https://example.com/42",
            gone=True,
        )
        links.save(tx, [Link("hubspot-eu", "42", deal_id), link])
        links.save(tx, [Link("bitrix", None, deal_id)])
    with store.read() as tx:
        assert links.load(tx, [deal_id, "none"]) == {
            deal_id: (Link("bitrix", None, deal_id), link),
            "none": (),
        }
        assert links.find(tx, [REF]) == {REF: (deal_id, "v1")}


def test_one_record_cannot_have_two_deals(store: Store) -> None:
    with store.begin() as tx:
        links.ensure(tx, [REF], NOW)
        other = links.ensure(tx, [Ref("bitrix", "1")], NOW)[Ref("bitrix", "1")]
    with pytest.raises(IntegrityError), store.begin() as tx:
        links.save(tx, [Link("hubspot-eu", "42", other)])


def test_a_link_without_a_deal_is_refused(store: Store) -> None:
    with pytest.raises(IntegrityError), store.begin() as tx:
        links.save(tx, [Link("hubspot-eu", "42", "nobody")])


class TestAdopt:
    """A record turns out to belong to a deal that we know."""

    def test_the_receipt_of_our_create(self, store: Store) -> None:
        created, stray = self._created_and_stray(store)
        with store.begin() as tx:
            links.adopt(tx, REF, created)
            links.adopt(tx, REF, created)
        with store.read() as tx:
            assert links.find(tx, [REF]) == {REF: (created, None)}
            own = links.load(tx, [created])[created]
            assert own == (
                Link("bitrix", "1", created),
                Link("hubspot-eu", "42", created, sent={"title": "A"}),
            )
            assert set(deals.load(tx, [created, stray])) == {created}
            assert [event.kind for event in inbox.due(tx, [created], NOW)[created]] == [EventKind.WEBHOOK]
            assert [entry.deal_id for entry in ledger.story(tx, [stray])] == [stray]

    def test_what_the_stray_deal_began_ends_with_it(self, store: Store) -> None:
        created, stray = self._created_and_stray(store)
        with store.begin() as tx:
            outbox.add(tx, [Write("n", stray, "hubspot-eu", "42", CreateNote("hello"))], NOW)
            handoff = Handoff(
                "h", stray, "r", "f", 1, "a", "b", "s", None, None, HandoffStatus.WAITING, offered_at=NOW
            )
            handoffs.save(tx, handoff)
            links.adopt(tx, REF, created)
        with store.read() as tx:
            assert outbox.open_rows(tx, [stray], attempted_since=NOW) == {}
            assert handoffs.counts(tx, NOW).offered == 0

    def test_a_deal_without_a_link_there(self, store: Store) -> None:
        with store.begin() as tx:
            other = links.ensure(tx, [Ref("bitrix", "1")], NOW)[Ref("bitrix", "1")]
            stray = links.ensure(tx, [REF], NOW)[REF]
            link = Link("hubspot-eu", "42", stray, seen={"title": "A"}, version="v1")
            links.save(tx, [link])
            links.adopt(tx, REF, other)
        with store.read() as tx:
            assert links.load(tx, [other])[other][1] == replace(link, deal_id=other)
            assert stray not in deals.load(tx, [stray])

    def test_a_record_nobody_has_seen_yet(self, store: Store) -> None:
        with store.begin() as tx:
            other = links.ensure(tx, [Ref("bitrix", "1")], NOW)[Ref("bitrix", "1")]
            links.adopt(tx, REF, other)
        with store.read() as tx:
            assert links.find(tx, [REF]) == {REF: (other, None)}

    def test_a_deal_that_is_tied_to_another_record_there(self, store: Store) -> None:
        with store.begin() as tx:
            found = links.ensure(tx, [REF, Ref("hubspot-eu", "43")], NOW)
        with pytest.raises(links.AlreadyLinked, match="hubspot-eu:43"), store.begin() as tx:
            links.adopt(tx, REF, found[Ref("hubspot-eu", "43")])

    def test_a_deal_with_further_records_stays(self, store: Store) -> None:
        with store.begin() as tx:
            stray = links.ensure(tx, [REF], NOW)[REF]
            links.save(tx, [Link("close", "5", stray)])
            other = links.ensure(tx, [Ref("bitrix", "1")], NOW)[Ref("bitrix", "1")]
            inbox.add(
                tx, [NewEvent(EventKind.WEBHOOK, stray, name, "x") for name in ("hubspot-eu", "close")], NOW
            )
            links.adopt(tx, REF, other)
        with store.read() as tx:
            assert links.load(tx, [stray])[stray] == (Link("close", "5", stray),)
            moved, stayed = inbox.due(tx, [other], NOW)[other], inbox.due(tx, [stray], NOW)[stray]
        assert ([e.connection for e in moved], [e.connection for e in stayed]) == (["hubspot-eu"], ["close"])

    def test_an_event_that_is_coming_in_is_not_left_behind(self, store: Store) -> None:
        """Between finding the deal of a record and adding its event nobody may adopt the record."""
        created, stray = self._created_and_stray(store)
        found, adopted = threading.Event(), threading.Event()

        def take_in() -> None:
            with store.begin() as tx:
                deal_id = links.ensure(tx, [REF], NOW)[REF]
                found.set()
                adopted.wait(0.3)  # the other thread cannot get any further, or we would have lost
                inbox.add(tx, [NewEvent(EventKind.WEBHOOK, deal_id, REF.connection, REF.remote_id)], NOW)

        def adopt() -> None:
            assert found.wait(10)
            with store.begin() as tx:
                links.adopt(tx, REF, created)
            adopted.set()

        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(take_in), pool.submit(adopt)]:
                future.result(60)
        with store.read() as tx:
            assert len(inbox.due(tx, [created], NOW)[created]) == 2
            assert inbox.due(tx, [stray], NOW) == {}

    def _created_and_stray(self, store: Store) -> tuple[str, str]:
        """A deal whose create has no receipt yet, and the placeholder that its record got meanwhile."""
        with store.begin() as tx:
            created = links.ensure(tx, [Ref("bitrix", "1")], NOW)[Ref("bitrix", "1")]
            links.save(tx, [Link("hubspot-eu", None, created, sent={"title": "A"})])
            stray = links.ensure(tx, [REF], NOW)[REF]
            inbox.add(tx, [NewEvent(EventKind.WEBHOOK, stray, REF.connection, REF.remote_id)], NOW)
            ledger.add(tx, [ledger.Entry(stray, NOW, "seen", "conveyor", "Seen.")])
        return created, stray


def test_two_open_creates_have_no_record_yet(store: Store) -> None:
    with store.begin() as tx:
        for name in ("a", "b"):
            deals.save(tx, Deal(name, name, "bitrix"), None)
        links.save(tx, [Link("hubspot-eu", None, "a"), Link("hubspot-eu", None, "b")])
    with store.read() as tx:
        assert links.load(tx, ["a", "b"])["b"] == (Link("hubspot-eu", None, "b"),)

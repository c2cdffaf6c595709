"""Small parts: pages that overlap, cursors, numbers for keys, creates whose outcome is not known."""

from __future__ import annotations

import pytest

from connectors.copper import listing
from connectors.copper.activities import reference
from connectors.copper.create import deal_number
from connectors.copper.listing import OVERLAP, TAIL, Place, slice_behind
from connectors.copper.unsure import MOST_WAITS, Unsure
from connectors.copper.update import to_body
from connectors.errors import RateLimited, Transient, Unreadable


def test_a_page_overlaps_the_one_before_a_little() -> None:
    for behind in [*range(1, 1200), 9_999, 50_001, 99_999]:
        size, number = slice_behind(behind)
        begin = (number - 1) * size
        assert 100 <= size <= 200
        assert begin == 0 or OVERLAP <= behind - begin < TAIL
        assert begin + size - behind >= (1 if behind < 200 else 120)


def test_a_cursor_comes_back_as_it_was() -> None:
    place = Place(since=1_700_000_000, behind=400, tail=("1", "2"), began=1_700_000_100)
    assert listing.place_of(place.text()) == place
    assert listing.place_of(Place().text()) == Place()


@pytest.mark.parametrize("cursor", ["", "yesterday", "[]", '{"since": "soon"}', '{"after": 5}'])
def test_a_foreign_cursor_is_unreadable(cursor: str) -> None:
    with pytest.raises(Unreadable):
        listing.place_of(cursor)


def test_keys_have_small_numbers_and_short_references() -> None:
    assert deal_number("deal-1") == deal_number("deal-1") != deal_number("deal-2")
    assert all(0 <= deal_number(f"deal-{each}") < 10**9 for each in range(100))
    assert reference("key") != reference("key2")
    assert "key" not in reference("key")


def test_custom_fields_are_a_list_of_their_own() -> None:
    assert to_body({"name": "x", "126240": 5}) == {
        "name": "x",
        "custom_fields": [{"custom_field_definition_id": 126240, "value": 5}],
    }
    assert to_body({"name": "x"}) == {"name": "x"}


def test_a_create_without_answer_is_waited_for_a_few_times() -> None:
    unsure = Unsure()
    unsure.wait("key")
    with pytest.raises(Unreadable), unsure.sending("key"):
        raise Unreadable
    for _ in range(MOST_WAITS):
        with pytest.raises(Transient, match="not to be seen"):
            unsure.wait("key")
    unsure.wait("key")
    unsure.wait("another key")


@pytest.mark.parametrize("error", [Transient(uncertain=False), RateLimited()])
def test_what_was_never_sent_is_not_waited_for(error: Exception) -> None:
    unsure = Unsure()
    with pytest.raises(type(error)), unsure.sending("key"):
        raise error
    unsure.wait("key")

"""A listing goes on, or ends in an error."""

from __future__ import annotations

import pytest

from connectors.errors import Unreadable
from connectors.paging import Onward


def test_new_places_are_gone_to() -> None:
    onward: Onward[str | None] = Onward("deals", None)
    assert [onward.to(place) for place in ("a", "b", "c")] == ["a", "b", "c"]


@pytest.mark.parametrize("places", [["a", "a"], ["a", "b", "a"], [None]], ids=["stuck", "circle", "start"])
def test_no_place_is_gone_to_twice(places: list[str | None]) -> None:
    onward: Onward[str | None] = Onward("deals", None)
    for place in places[:-1]:
        onward.to(place)
    with pytest.raises(Unreadable, match="listing of deals"):
        onward.to(places[-1])

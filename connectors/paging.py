"""Sees to it that a listing goes on: a CRM that answers the same page again and again must not keep us for ever."""

from __future__ import annotations

from typing import Generic, TypeVar

from connectors.errors import Unreadable

Place = TypeVar("Place", bound=str | int | None)


class Onward(Generic[Place]):
    """The places that one listing has been at: cursors, page numbers or last ids. For one listing, one thread."""

    def __init__(self, listed: str, start: Place) -> None:
        self._listed = listed  # for the admin: `HubSpot's deals`
        self._been: set[Place] = {start}

    def to(self, place: Place) -> Place:
        """The place to go on from; `Unreadable` if this listing has been there."""
        if place in self._been:
            raise Unreadable(
                f"The listing of {self._listed} came back to a page that it had given before; what was read is "
                "kept, and the rest is read again later."
            )
        self._been.add(place)
        return place

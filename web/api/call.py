"""One call of the API as its operation gets it, and the pages that lists come in."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import BaseModel, ConfigDict, Field

from mapping.model import Values
from sync.access import deeds
from sync.access.sight import Sight
from sync.access.viewer import Viewer
from sync.runtime import Runtime
from web.api.problems import Problem


class Nothing(BaseModel):
    """An operation that is given nothing but its address."""

    model_config = ConfigDict(extra="forbid")


class Paged(Nothing):
    """What every list takes."""

    limit: int = Field(100, ge=1, le=500, description="At most so many items.")
    cursor: str | None = Field(
        None, description="`next` of the page before; leave it out for the first page."
    )


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and the variable parts of the address."""

    runtime: Runtime
    viewer: Viewer
    path: Mapping[str, str]
    address: str  # where the request came from

    @property
    def sight(self) -> Sight:
        """What they may read."""
        return Sight.of(self.viewer)

    def note(self, action: str, subject: str, data: Values | None = None) -> None:
        """Note for the audit what was done."""
        deeds.note(self.runtime, self.viewer, action, subject, address=self.address, data=data)


NO_CURSOR = Problem(
    HTTPStatus.BAD_REQUEST,
    "invalid",
    "cursor: this is not the `next` of a page of this list. Leave it out to begin anew.",
)


def to_cursor(*place: str) -> str:
    """Where a page ended, as one opaque word."""
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def from_cursor(cursor: str, parts: int) -> list[str]:
    """Where a page ended, in so many parts. Raises `Problem` for what is no cursor of this list."""
    try:
        place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise NO_CURSOR from error
    if not isinstance(place, list) or len(place) != parts or not all(isinstance(each, str) for each in place):
        raise NO_CURSOR
    return place

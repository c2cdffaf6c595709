"""Finds out how a portal reads a date in a filter: some drop the condition when the date has an offset.

The portal's own newest record is the probe (docs/connectors/bitrix24.md#date-filter).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from connectors.base import Lane
from connectors.bitrix24.client import Client, Command
from connectors.bitrix24.listing import rows_of
from connectors.bitrix24.portal import DEAL
from connectors.errors import Rejected, Unreadable

Style = Literal["iso", "plain"]
FUTURE = timedelta(days=400)
SLACKS_S = (60, 86_400)  # a portal that shifts the times it shows still answers within a day


@dataclass(frozen=True, slots=True)
class DateFilter:
    """How to write a date in a filter, and how far back from what was seen to ask, in seconds."""

    style: Style
    slack_s: int

    def since(self, newest: str) -> str:
        """The filter value for everything that changed since a shown time, with the slack."""
        return written(datetime.fromisoformat(newest) - timedelta(seconds=self.slack_s), self.style)


def written(moment: datetime, style: Style) -> str:
    """A moment in one of the two styles, both in the server's zone, which the shown times carry."""
    text = moment.isoformat(timespec="seconds")
    return text if style == "iso" else text[:19].replace("T", " ")


def find_date_filter(client: Client, newest: str, lane: Lane) -> DateFilter:
    """The first way of asking that finds the newest record and finds nothing in the future.

    Raises Unreadable if there is none: without a working filter every poll would read all deals.
    """
    now = datetime.fromisoformat(newest)
    ways = list(_ways())
    commands = {f"f{style}": _probe(written(now + FUTURE, style)) for style in ("iso", "plain")}
    commands |= {f"n{place}": _probe(way.since(newest)) for place, way in enumerate(ways)}
    replies = client.batch(commands, lane)
    for place, way in enumerate(ways):
        answers = (f"f{way.style}", f"n{place}")
        if any(isinstance(replies.errors.get(name), Rejected) for name in answers):
            continue
        if not rows_of(replies[answers[0]].result) and rows_of(replies[answers[1]].result):
            return way
    raise Unreadable(
        "This portal honours no known way of asking for recently changed deals (a filter by updatedTime); "
        "polling cannot work. Webhooks and the full backfill are not affected."
    )


def _ways() -> Iterator[DateFilter]:
    for slack_s in SLACKS_S:
        for style in ("iso", "plain"):
            yield DateFilter(style, slack_s)


def _probe(since: str) -> Command:
    return Command(
        "crm.item.list",
        {
            "entityTypeId": DEAL,
            "select": ["id"],
            "filter": {">=updatedTime": since},
            "order": {"id": "ASC"},
            "start": -1,
        },
    )

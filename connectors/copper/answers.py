"""Distrusts what Copper sends until it has the documented shape. Knows shapes, not what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from connectors.errors import Unreadable
from connectors.http import Answer

Item = Mapping[str, object]
"""A record as Copper shows it: a JSON object whose numbers with a point are decimals."""

LAST_SECOND = 253402300799  # the end of the year 9999


def read(answer: Answer) -> object:
    """The body as plain data, numbers exactly as they were sent; `Unreadable` if it is no whole JSON document."""
    try:
        return json.loads(answer.body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            f"Copper answered {answer.status} with something that is not JSON ({len(answer.body)} bytes); "
            "a proxy may have answered in its place.",
            status=answer.status,
        ) from error


def item_of(data: object) -> Item:
    """A single record, which comes as a bare object; `Unreadable` if it is anything else."""
    if not isinstance(data, dict):
        raise Unreadable("Copper's answer is not the record that was asked for.")
    return data


def rows_of(data: object) -> list[Item]:
    """A list answer, which comes as a bare array of objects; `Unreadable` if it is anything else."""
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise Unreadable("Copper's answer is not the list that was asked for.")
    return data


def id_text(raw: object) -> str | None:
    """An id, which comes as a number, as text; `None` for nothing, `Unreadable` for anything else."""
    if raw is None:
        return None
    text = str(raw)
    if isinstance(raw, bool) or not text.isascii() or not text.isdigit():
        raise Unreadable("Copper sent something else where the number of a record was due.")
    return text


def own_id(item: Item) -> str:
    """The id of a record; `Unreadable` if it has none."""
    key = id_text(item.get("id"))
    if key is None:
        raise Unreadable("Copper sent a record without an id.")
    return key


def seconds(raw: object) -> int | None:
    """A time in Unix seconds as it is sent; `None` for nothing, `Unreadable` for anything else."""
    if raw is None:
        return None
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= LAST_SECOND:
        raise Unreadable("Copper sent something else where a time in Unix seconds was due.")
    return raw


def moment(raw: object) -> datetime | None:
    """A time in Unix seconds as aware UTC; `None` for nothing."""
    at = seconds(raw)
    return None if at is None else datetime.fromtimestamp(at, UTC)


def is_deleted(item: Item) -> bool:
    """Whether this is only the stub that Copper keeps of something deleted."""
    return item.get("is_deleted") is True

"""Lists all deals in the order in which they were created, which no edit changes; resumable after each page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from connectors.base import Lane, Page
from connectors.close.client import Client
from connectors.close.read import ReadingOf
from connectors.close.walk import Walk, pages
from connectors.errors import Unreadable

Cursor = TypeVar("Cursor", bound=BaseModel)

CREATED = "date_created"


def everything(client: Client, reading_of: ReadingOf, cursor: str | None, lane: Lane) -> Iterator[Page]:
    """Pages of all deals; the first says how many there are."""
    start = read_cursor(Walk, cursor) if cursor else Walk()
    total = None
    for step in pages(client, lane, CREATED, start):
        by, total = reading_of(lane), step.total if start.at is None and total is None else None
        yield Page(tuple(by.record(row) for row in step.fresh), cursor_text(step.walk), total=total)


def read_cursor(kind: type[Cursor], text: str) -> Cursor:
    """A cursor of ours; `Unreadable` for any other text."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise Unreadable(
            "The stored cursor is not one of ours; read this connection again from the start."
        ) from error


def cursor_text(cursor: BaseModel) -> str:
    """A cursor as the engine keeps it."""
    return cursor.model_dump_json(exclude_defaults=True)

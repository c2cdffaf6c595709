"""Many rows in one statement, the fastest way each database has. Values are as the driver takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import Connection, Table

T = TypeVar("T")

BATCH = 5000
"""How many values a statement may list; both databases refuse more than 32,766 parameters."""


def insert(
    tx: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    conflict: str = "",
) -> int:
    """Insert rows, with an ON CONFLICT clause if need be; return how many were stored."""
    if not rows:
        return 0
    if tx.dialect.name == "postgresql":
        return _insert_json(tx, table, columns, rows, conflict)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks}) {conflict}"
    return tx.exec_driver_sql(sql, list(rows)).rowcount


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Split into lists that fit into one statement."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _insert_json(
    tx: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], conflict: str
) -> int:
    # One statement and one parameter however many rows: half the time and a third of our CPU of executemany.
    types = ", ".join(f"{name} {kind}" for name, kind in _types(table, columns))
    names = ", ".join(columns)
    sql = f"INSERT INTO {table.name} ({names}) SELECT * FROM json_to_recordset(%s::json) AS new({types}) {conflict}"
    stored = 0
    for batch in batches(rows):
        values = to_json([dict(zip(columns, row, strict=True)) for row in batch]).decode()
        stored += tx.exec_driver_sql(sql, (values,)).rowcount
    return stored


@cache
def _types(table: Table, columns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, table.c[name].type.compile()) for name in columns)

"""Many rows in one statement, the fastest way each database has. Values are as the driver takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Table

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
        return _insert_arrays(tx, table, columns, rows, conflict)
    marks = ", ".join("?" * len(columns))
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks}) {conflict}"
    return tx.exec_driver_sql(sql, list(rows)).rowcount


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Split into lists that fit into one statement."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _insert_arrays(
    tx: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], conflict: str
) -> int:
    # One array a column: one statement however many rows, which the server parses once.
    arrays = ", ".join(_array_types(table, columns, tx.dialect))
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {conflict}"
    stored = 0
    for batch in batches(rows):
        stored += tx.exec_driver_sql(sql, tuple(list(column) for column in zip(*batch, strict=True))).rowcount
    return stored


@cache
def _array_types(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, ...]:
    return tuple(f"%s::{table.c[name].type.compile(dialect)}[]" for name in columns)

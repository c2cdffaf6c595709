"""Many rows in one statement, the fastest way each database has. Values are as the driver takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from typing import Any, TypeVar

from pydantic_core import to_json
from sqlalchemy import BindParameter, Connection, Table, bindparam

T = TypeVar("T")

BATCH = 5000
"""How many values a statement may list; both databases refuse more than 32,766 parameters."""

AMONG: BindParameter[Any] = bindparam("among", expanding=True)
"""The values of an IN, for statements that are built once, because building one costs more than running it."""


_MOST_ROWS, _STEP = 128, 8
"""Of one statement for SQLite: few sizes, so that it finds most texts parsed already, and few statements."""


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
    return _insert_values(tx, table, columns, rows, conflict)


def select_among(
    tx: Connection, select: str, values: Sequence[str], among: Sequence[str], lock: str = ""
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a SELECT that ends in `IN`: `values` are its parameters, `among` what may be in there.

    Its texts are the same for any number of values, which spares the database and SQLAlchemy most of the work.
    """
    if tx.dialect.name == "postgresql":
        sql = select.replace("?", "%s").removesuffix("IN") + f"= ANY(%s) {lock}"
        yield from tx.exec_driver_sql(sql, (*values, list(among)))
        return
    for some in _portions(among):
        yield from tx.exec_driver_sql(f"{select} ({', '.join('?' * len(some))})", (*values, *some))


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Split into lists that fit into one statement."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def _insert_values(
    tx: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], conflict: str
) -> int:
    # A fifth faster than executemany, which also takes and gives the interpreter's lock for each row: a
    # thread that writes and one that computes would hinder each other.
    into = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES "
    marks = f"({', '.join('?' * len(columns))})"
    stored = 0
    for some in _portions(rows):
        sql = f"{into}{', '.join([marks] * len(some))} {conflict}"
        stored += tx.exec_driver_sql(sql, tuple(chain.from_iterable(some))).rowcount
    return stored


def _portions(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split into the most rows, then a multiple of the step, then the rest."""
    start = 0
    while rest := len(rows) - start:
        size = min(rest - rest % _STEP, _MOST_ROWS) or rest
        yield rows[start : start + size]
        start += size


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

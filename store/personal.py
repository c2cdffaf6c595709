"""Reads and rewrites the texts of any table, for finding what stands anywhere about one person.

Knows no meaning of a text: what is to be done with it is for `sync.forgetting`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, Text, and_, delete, select, update

from store import bulk
from store.schema import deals, metadata

Texts = RowMapping
"""A row's key and texts by the names of its columns."""

TABLES: Mapping[str, Table] = {table.name: table for table in metadata.sorted_tables}


def text_columns(table: str) -> tuple[str, ...]:
    """Return the names of all columns of a table that hold text."""
    return tuple(column.name for column in TABLES[table].columns if isinstance(column.type, Text))


def deal_column(table: str) -> str | None:
    """Return the column that says which deal a row belongs to, if there is one."""
    if table == deals.name:
        return "id"
    return "deal_id" if "deal_id" in TABLES[table].columns else None


def everything(tx: Connection, table: str) -> Iterator[Texts]:
    """Stream all rows of a table; read it inside the transaction."""
    with tx.execute(select(*_columns(table)).execution_options(yield_per=1000)) as rows:
        yield from rows.mappings()


def of_deals(tx: Connection, table: str, deal_ids: Collection[str]) -> list[Texts]:
    """Return the rows of these deals."""
    of = TABLES[table].c[deal_column(table) or ""]
    found = (select(*_columns(table)).where(of.in_(batch)) for batch in bulk.batches(deal_ids))
    return [row for query in found for row in tx.execute(query).mappings()]


def of_no_deal(tx: Connection, table: str) -> list[Texts]:
    """Return the rows of a table that belong to no deal."""
    name = deal_column(table)
    query = select(*_columns(table))
    query = query if name is None else query.where(TABLES[table].c[name].is_(None))
    return list(tx.execute(query).mappings())


def rewrite(tx: Connection, table: str, row: Texts, texts: Mapping[str, str | None]) -> None:
    """Replace some texts of a row; a deal counts it as a save."""
    values: dict[str, object] = dict(texts)
    if table == deals.name:
        values["revision"] = deals.c.revision + 1
    tx.execute(update(TABLES[table]).where(_is(table, row)).values(**values))


def remove(tx: Connection, table: str, row: Texts) -> None:
    """Delete a row, and what hangs on it."""
    tx.execute(delete(TABLES[table]).where(_is(table, row)))


def _columns(table: str) -> list[ColumnElement[Any]]:
    own = TABLES[table]
    return [column for column in own.columns if column.primary_key or isinstance(column.type, Text)]


def _is(table: str, row: Texts) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in TABLES[table].primary_key.columns))

"""Puts a report together: all tables over one stretch of time, from one reading of the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from mapping.ruleset import Ruleset
from reports.counted import Counted
from reports.counting import count
from reports.definitions import TABLES
from reports.handoff_tables import handoff_lists, handoff_tables
from reports.line_tables import line_tables, summary_table
from reports.money_tables import money_tables
from reports.scope import Scope
from reports.table import PEOPLE, Report, Table
from reports.work_tables import rules_table, work_tables


def report(tx: Connection, rules: Ruleset, scope: Scope, now: datetime) -> Report:
    """Count everything for a scope, in a reading transaction; writes nothing.

    A scope that ends later than `now` is told as far as it has come.
    """
    scope = replace(scope, until=max(scope.since, min(scope.until, now)))
    counted = count(tx, rules, scope)
    tables = {table.name: table for table in _tables(tx, counted)}
    since, until = scope.compared_with
    return Report(
        line=rules.conveyor.name,
        period=scope.name,
        since=_iso(scope.since),
        until=_iso(scope.until),
        compared_since=_iso(since),
        compared_until=_iso(until),
        timezone=rules.conveyor.timezone,
        made_at=_iso(now),
        day_s=counted.clock.day_s,
        scope=_limits(scope),
        tables=tuple(tables[name] for name in TABLES),
        titles=_titles(rules, tables.values()),
    )


def _tables(tx: Connection, counted: Counted) -> Iterable[Table]:
    yield summary_table(counted)
    yield from work_tables(counted)
    yield rules_table(counted)
    yield from handoff_tables(counted)
    yield from money_tables(counted)
    yield from line_tables(tx, counted)
    yield from handoff_lists(tx, counted)


def _titles(rules: Ruleset, tables: Iterable[Table]) -> dict[str, dict[str, str]]:
    """What people call what stands in the tables; of people only those who do."""
    conveyor = rules.conveyor
    told = {row.get(name) for table in tables for row in table.rows for name in PEOPLE}
    return {
        "section": {name: section.title for name, section in conveyor.section_by_name.items()},
        "stage": {name: stage.title for name, stage in conveyor.stages.items()},
        "role": {name: role.title for name, role in conveyor.roles.items()},
        "person": {member.email: member.name for member in rules.team.values() if member.email in told},
    }


def _limits(scope: Scope) -> dict[str, Any]:
    return {
        "sections": None if scope.sections is None else sorted(scope.sections),
        "members": None if scope.members is None else sorted(scope.members),
        "connection": scope.connection,
        "source": scope.source,
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Reports: the numbers of a period with their charts, the table behind each, and the same as CSV."""

from __future__ import annotations

from typing import get_args

from starlette.responses import PlainTextResponse, Response

from reports.brief import brief
from reports.charts import CHARTS, chart
from reports.renderings import Edition, as_csv, is_number
from reports.report import report
from reports.scope import PeriodName, Scope, scope_of
from reports.table import Report
from web.console.languages import language_of
from web.console.page import HEADERS
from web.console.visit import NotShown, Visit

PERIODS: tuple[PeriodName, ...] = get_args(PeriodName)
LONGEST_AGO = 100


def show(visit: Visit) -> Response:
    """`GET /reports`."""
    found, period, ago = _report(visit)
    language = language_of(visit.request)
    edition = Edition(found, language)
    return visit.page(
        "reports.html",
        current="reports",
        report=found,
        charts={name: svg for name in CHARTS if (svg := chart(name, found, language)) is not None},
        tables=[brief(table) for table in found.tables],
        cell=edition.cell,
        is_number=is_number,
        period=period,
        periods=PERIODS,
        ago=ago,
    )


def as_file(visit: Visit) -> Response:
    """`GET /reports.csv`: one table, or all."""
    if not visit.viewer.may_export:
        raise NotShown("This account takes nothing out.")
    found, period, _ = _report(visit)
    table = visit.query.get("table") or None
    if table is not None and table not in {each.name for each in found.tables}:
        raise NotShown(f"There is no table {table!r}.")
    name = f"{table or 'report'}-{period}.csv"
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return PlainTextResponse(as_csv(found, table), headers=headers, media_type="text/csv")


def _report(visit: Visit) -> tuple[Report, PeriodName, int]:
    wanted = visit.query.get("period")
    period: PeriodName = next((each for each in PERIODS if each == wanted), "week")
    given = visit.query.get("ago", "0")
    ago = min(int(given), LONGEST_AGO) if given.isdecimal() and len(given) < 5 else 0
    scope = _scope(visit, period, ago)
    now = visit.runtime.now()
    with visit.runtime.store.read() as tx:
        return report(tx, visit.rules, scope, now), period, ago


def _scope(visit: Visit, period: PeriodName, ago: int) -> Scope:
    """The period, and of the sections that the viewer sees the one that was asked for, or all."""
    seen, wanted = visit.sight.sections, visit.query.get("section") or None
    sections = frozenset({wanted}) if wanted else seen
    if wanted and seen is not None and wanted not in seen:
        raise NotShown(f"There is no section {wanted!r} for this viewer.")
    return scope_of(
        period,
        visit.runtime.now(),
        visit.rules.conveyor.timezone,
        ago=ago,
        sections=sections,
        connection=visit.query.get("connection") or None,
    )

"""What the weekly review begins with: what got better, what got worse, where the line jams, what is late."""

from __future__ import annotations

from mapping.phrases import Phrase, counted, phrase
from reports.line_tables import BETTER, BOTTLENECK, WORSE
from reports.renderings import Edition
from reports.table import Row

MOST = 8

Headline = tuple[str, Phrase, list[Phrase]]
"""Its name, its title, and its sentences."""


def headlines(edition: Edition) -> list[Headline]:
    """Those that have something to say."""
    report = edition.report
    rows = report.table("summary").rows
    stuck = [row for row in report.table("bottleneck").rows if row["verdict"] == BOTTLENECK]
    found: tuple[Headline, ...] = (
        ("better", phrase("Better"), [_compared(edition, row) for row in rows if row["change"] == BETTER]),
        ("worse", phrase("Worse"), [_compared(edition, row) for row in rows if row["change"] == WORSE]),
        ("bottleneck", phrase("Bottleneck"), [_stuck(edition, row) for row in stuck]),
        ("late-now", phrase("Late now"), [_late(edition, row) for row in report.table("late").rows]),
    )
    return [(name, title, _first(texts)) for name, title, texts in found if texts]


def _first(texts: list[Phrase]) -> list[Phrase]:
    rest = len(texts) - MOST
    return [*texts[:MOST], phrase("{count} more", count=rest)] if rest > 0 else texts


def _compared(edition: Edition, row: Row) -> Phrase:
    table = edition.report.table("summary")
    now, before = (edition.cell(row, table.column(name)) for name in ("value", "before"))
    figure = edition.name(row, "figure")
    return phrase("{figure}: {now}, before {before}", figure=figure, now=now, before=before)


def _stuck(edition: Edition, row: Row) -> Phrase:
    clears = edition.report.table("bottleneck").column("clears_in")
    pace = phrase("and none of them left")
    if row["clears_in"] is not None:
        pace = phrase("enough for {time} at this pace", time=edition.cell(row, clears))
    return counted(
        "{stage}: {count} deal stands there, {pace}",
        "{stage}: {count} deals stand there, {pace}",
        count=int(row["stand"] or 0),
        stage=edition.name(row, "stage"),
        pace=pace,
    )


def _late(edition: Edition, row: Row) -> Phrase:
    by = edition.report.table("late").column("late_by")
    return phrase(
        "{deal}, {handoff}, waits for {person}, {time} late",
        deal=edition.name(row, "title") or edition.name(row, "deal"),
        handoff=edition.name(row, "handoff"),
        person=edition.name(row, "to_person") or phrase("somebody"),
        time=edition.cell(row, by),
    )

"""Reports in their reader's language: every word of ours is said, names stay, JSON and CSV stay as they are."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from mapping.file_types import Language
from mapping.languages import ENGLISH, Untranslated, template
from mapping.phrases import Phrase, in_language, phrase
from reports.charts import CHARTS, chart
from reports.columns import COLUMNS
from reports.definitions import GENERAL, TABLES
from reports.meanings import MEANINGS
from reports.pack import pack
from reports.renderings import Edition, as_csv, shown
from reports.report import report
from reports.scope import PERIODS, PeriodName, scope_between, scope_of
from reports.table import Cell, Column, Report, Row
from store.database import open_store

from .history import Written, at, deal, written
from .line import HANA, OLENA, PETAR, rules

OTHERS = sorted(set(get_args(Language)) - {ENGLISH})
OURS = ("figure", "change", "verdict", "fades", "when")
"""The columns whose words are ours."""

LATIN = re.compile("[A-Za-z]+")
WIDE = "\N{NO-BREAK SPACE}"


def stories() -> Iterator[Written]:
    for number in range(10):
        told = deal(f"d{number}", "1500", source="web", created=at(2)).placed(at(2), "qualified", OLENA)
        hour = 8 + number
        told.moved(at(9, hour), "meeting", OLENA, touches=2).handed_over(at(9, hour), PETAR, due=at(9, 17))
        yield told.accepted(at(10)).moved(at(11), "won", PETAR) if number % 2 else told
    back = deal("back", created=at(9)).placed(at(9), "meeting", OLENA).handed_over(at(9), HANA)
    yield back.returned(at(10), "no budget")
    dropped = deal("dropped", created=at(9)).placed(at(9), "meeting", OLENA).handed_over(at(9), HANA)
    yield dropped.returned(at(11), phrase("{person} did not accept in time", person="Hana V."))
    yield deal("alone", created=at(9)).placed(at(9), "meeting", None).moved(at(10), "proposal", None)
    for number in range(30):
        old = deal(f"o{number}", "100", created=at(1, month=6)).placed(at(1, month=6), "proposal", PETAR)
        yield old.moved(at(1 + number, month=7), "won", PETAR)


@pytest.fixture(scope="module")
def week(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("languages") / "store.db")
    store = open_store(f"sqlite:///{file}")
    written(list(stories()), store)
    with store.read() as tx:
        found = report(tx, rules(), scope_of("week", at(16, 10), "Europe/Sofia", ago=1), at(16, 10))
    store.close()
    return found


def words() -> Iterator[tuple[str, str]]:
    """Every text that a report has of itself, with where it stands."""
    yield "general", GENERAL
    for table in TABLES.values():
        yield f"{table.name}: title", table.title
        yield f"{table.name}: definition", table.definition
    for column in COLUMNS.values():
        yield f"{column.name}: title", column.title
        yield f"{column.name}: words", column.words


def unsaid(text: object, language: str) -> Iterator[str]:
    """The messages of a phrase, and of those in it, that a language has no words for."""
    if not isinstance(text, Phrase):
        return
    try:
        template(text.message, text.many, text.fillings.get("count"), language)
    except Untranslated:
        yield text.message
    for filling in text.fillings.values():
        for each in filling if isinstance(filling, tuple) else (filling,):
            yield from unsaid(each, language)


def names(found: Report) -> set[str]:
    """The words that nobody translates: what people and CRMs call things, and how the files spell their options."""
    titles = [title for named in found.titles.values() for title in named.values()]
    cells = [
        cell
        for table in found.tables
        for row in table.rows
        for cell in row.values()
        if not isinstance(cell, Phrase)
    ]
    codes = [
        str(filling)
        for text in MEANINGS.values()
        if isinstance(text, Phrase)
        for filling in text.fillings.values()
    ]
    texts = [
        found.line,
        found.timezone,
        "CRM",
        *titles,
        *codes,
        *(cell for cell in cells if isinstance(cell, str)),
    ]
    return {word for text in texts for word in LATIN.findall(text)}


def said(page: str) -> Iterator[str]:
    """What a page says, also in its titles."""
    body = re.sub(r"(?s)<style>.*?</style>", "", page)
    yield from re.findall(r">([^<]+)<", body)
    yield from re.findall(r' title="([^"]*)"', body)


def test_every_text_of_a_report_can_be_said_in_each_language() -> None:
    for place, text in words():
        assert isinstance(text, Phrase), place
        assert not [missing for language in OTHERS for missing in unsaid(text, language)], place


def test_figures_and_words_in_cells_can_be_said_in_each_language(week: Report) -> None:
    cells = [row[name] for table in week.tables for row in table.rows for name in OURS if row.get(name)]
    found = [*cells, *(table.note for table in week.tables if table.note), week.period]
    assert {"better", "bottleneck", "Follow-ups kept"} <= {str(each) for each in found}
    for each in found:
        assert isinstance(each, Phrase), each
        assert not [missing for language in OTHERS for missing in unsaid(each, language)]


def test_rows_without_a_name_can_be_said_in_each_language(week: Report) -> None:
    people = {row["person"] for row in week.table("work_by_person").rows}
    sources = {row["source"] for row in week.table("work_by_source").rows}
    waiting = {row["stage"] for row in week.table("bottleneck").rows}
    unnamed = [each for each in (*people, *sources, *waiting) if isinstance(each, Phrase)]
    assert {"(nobody)", "(none)", "waiting: Scout to hunter"} <= set(unnamed)
    assert not [missing for each in unnamed for language in OTHERS for missing in unsaid(each, language)]


def english(text: str, own: set[str]) -> list[str]:
    """The English words of a text, but for names; the last one of a label may be cut short."""
    cut = text.partition("…")[0] if text.endswith("…") else ""
    found = [word for word in LATIN.findall(text) if word not in own]
    return [word for word in found if not (cut.endswith(word) and any(name.startswith(word) for name in own))]


@pytest.mark.parametrize("language", OTHERS)
def test_the_review_says_nothing_in_english(week: Report, language: str) -> None:
    page, own = pack(week, language), names(week)
    assert page.startswith(f'<!doctype html>\n<html lang="{language}">')
    for text in said(page):
        assert not english(text, own), text
    for table in TABLES.values():
        assert str(table.definition) not in page


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_describes_itself_in_the_language_of_its_reader(
    week: Report, name: str, language: str
) -> None:
    root, own = ET.fromstring(chart(name, week, language) or ""), names(week)
    assert all(element.text for element in root[:2])
    for element in root.iter():
        assert not english(element.text or "", own), element.text


@pytest.mark.parametrize(
    ("kind", "value", "cases", "text"),
    [
        ("share", 0.6667, 3, "2 із 3"),
        ("share", 0.6667, 6, "67%"),
        ("percent", None, None, ""),
        ("duration", 1800, None, "30 хв"),
        ("duration", 3 * 3600, None, "3,0 год"),
        ("duration", 27 * 3600, None, "3,0 дн"),
        ("count", 12345, None, f"12{WIDE}345"),
        ("money", "1234567.80", None, f"1{WIDE}234{WIDE}568"),
        ("number", 2.25, None, "2,2"),
        ("time", "2026-11-15T22:00:00Z", None, "15 лист. 2026 р., 22:00"),
        ("text", "web", None, "web"),
        ("text", phrase("(nobody)"), None, "(ніхто)"),
    ],
)
def test_a_cell_as_ukrainian_readers_write_it(kind: str, value: Cell, cases: int | None, text: str) -> None:
    column = Column("x", "X", kind, "", "n" if cases is not None else None)  # type: ignore[arg-type]
    assert shown({"x": value, "n": cases}, column, 9 * 3600, language="uk") == text


@pytest.mark.parametrize(
    ("period", "ago", "name"),
    [
        ("day", 1, "15 лист. 2026 р."),
        ("week", 1, "46-й тиждень 2026 року, з 9 лист. 2026 р."),
        ("month", 0, "листопад 2026 р., станом на зараз"),
        ("quarter", 1, "3-й квартал 2026 року"),
        ("year", 1, "2025"),
    ],
)
def test_what_a_period_is_called(period: PeriodName, ago: int, name: str) -> None:
    assert period in PERIODS
    assert in_language(scope_of(period, at(16, 10), "Europe/Sofia", ago=ago).name, "uk") == name


def test_what_a_stretch_of_days_is_called() -> None:
    scope = scope_between(at(2).date(), at(9).date(), "Europe/Sofia")
    assert str(scope.name) == "2026-11-02 to 2026-11-08"
    assert in_language(scope.name, "bg") == "2.11.2026 г. – 8.11.2026 г."


def test_a_reason_of_the_house_names_nobody_and_can_be_said(week: Report) -> None:
    reasons = {row["reason"] for row in week.table("return_reasons").rows}
    [ours] = [reason for reason in reasons if isinstance(reason, Phrase)]
    assert str(ours) == "the receiver did not accept in time"
    assert in_language(ours, "uk").count("отримувач") == 1


def test_people_and_places_keep_their_names(week: Report) -> None:
    edition, table = Edition(week, "ru"), week.table("work_by_person")
    [row] = [row for row in table.rows if row["person"] == PETAR]
    assert edition.cell(row, table.column("person")) == "Petar D."
    assert edition.heading.startswith("Counted line: 46-я неделя 2026 года")


def test_scripts_read_the_same_in_every_language(week: Report) -> None:
    rows: list[Row] = week.as_json()["tables"]["summary"]["rows"]
    assert [row["figure"] for row in rows][:2] == ["New on the line", "Won"]
    assert as_csv(week, "summary").startswith(
        "figure,value,cases,before,cases_before,change,unit\nNew on the line,"
    )

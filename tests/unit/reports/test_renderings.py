"""One report, several renderings: CSV, charts and the review hold the same numbers, and nothing from elsewhere."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.brief import brief
from reports.charts import CHARTS, chart
from reports.columns import COLUMNS
from reports.definitions import TABLES
from reports.pack import pack
from reports.renderings import as_csv, shown
from reports.report import report
from reports.scope import scope_of
from reports.table import Cell, Column, Report
from store.database import open_store

from .history import Written, at, deal, written
from .line import HANA, OLENA, PETAR, rules

EVIL = '=HYPERLINK("http://evil.example")<script>alert(1)</script>'


def stories() -> Iterator[Written]:
    for number in range(8):
        told = deal(f"d{number}", "1500", source="web", created=at(2)).placed(at(2), "qualified", OLENA)
        hour = 9 + number
        told.moved(at(9, hour), "meeting", OLENA, touches=2).handed_over(at(9, hour), PETAR, due=at(9, 17))
        yield told.accepted(at(10)).moved(at(11), "won", PETAR) if number % 2 else told
    back = deal("back", created=at(9), source=EVIL).placed(at(9), "meeting", OLENA).handed_over(at(9), HANA)
    yield back.returned(at(10), EVIL)
    for number in range(30):
        old = deal(f"o{number}", "100", created=at(1, month=6)).placed(at(1, month=6), "proposal", PETAR)
        yield old.moved(at(1 + number, month=7), "won", PETAR)


@pytest.fixture(scope="module")
def week(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    file = shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("renderings") / "store.db")
    store = open_store(f"sqlite:///{file}")
    written(list(stories()), store)
    with store.read() as tx:
        found = report(tx, rules(), scope_of("week", at(16, 10), "Europe/Sofia", ago=1), at(16, 10))
    store.close()
    return found


def test_json_has_every_table_and_is_plain(week: Report) -> None:
    read = json.loads(json.dumps(week.as_json()))
    assert list(read["tables"]) == list(TABLES)
    assert read["tables"]["funnel"]["rows"] == list(week.table("funnel").rows)


def test_every_row_has_just_the_columns_of_its_table(week: Report) -> None:
    for table in week.tables:
        for row in table.rows:
            assert list(row) == [column.name for column in table.columns]


def test_csv_has_the_same_cells(week: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(week, "funnel"))))
    assert [row["stage"] for row in rows] == [row["stage"] for row in week.table("funnel").rows]
    assert [row["came"] for row in rows] == [str(row["came"]) for row in week.table("funnel").rows]
    whole = as_csv(week)
    assert [line[2:] for line in whole.splitlines() if line.startswith("# ")] == list(TABLES)


def test_no_cell_is_a_formula_for_a_spreadsheet(week: Report) -> None:
    for table in week.tables:
        for row in csv.reader(io.StringIO(as_csv(week, table.name))):
            assert not [cell for cell in row if cell[:1] in "=+@" and cell]
    assert "'=HYPERLINK" in as_csv(week, "return_reasons")


@pytest.mark.parametrize(
    ("kind", "value", "cases", "text"),
    [
        ("share", 0.6667, 3, "2 of 3"),
        ("share", 0.6667, 6, "67%"),
        ("share", None, 0, ""),
        ("percent", 0.0288, None, "3%"),
        ("duration", 1800, None, "30 min"),
        ("duration", 3 * 3600, None, "3.0 h"),
        ("duration", 27 * 3600, None, "3.0 d"),
        ("count", 12345, None, "12\N{NARROW NO-BREAK SPACE}345"),
        ("money", "1234567.80", None, "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}568"),
        ("number", 2.25, None, "2.2"),
        ("time", "2026-11-15T22:00:00Z", None, "2026-11-15 22:00"),
        ("text", "web", None, "web"),
    ],
)
def test_a_cell_as_people_read_it(kind: str, value: Cell, cases: int | None, text: str) -> None:
    column = Column("x", "X", kind, "", "n" if cases is not None else None)  # type: ignore[arg-type]
    assert shown({"x": value, "n": cases}, column, 9 * 3600) == text


def test_times_are_told_by_the_clock_of_the_line() -> None:
    column = Column("x", "X", "time", "")
    assert shown({"x": "2026-11-15T22:00:00Z"}, column, 1, "Europe/Sofia") == "2026-11-16 00:00"


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_stands_in_any_page(week: Report, name: str) -> None:
    drawn = chart(name, week)
    assert drawn is not None
    root = ET.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert not tags & {"script", "style", "image", "use", "a", "foreignObject"}
    attributes = {name.rpartition("}")[2] for element in root.iter() for name in element.attrib}
    assert not attributes & {"style", "href", "onclick", "onload"}
    assert not [value for element in root.iter() for value in element.attrib.values() if "//" in value]
    labels = root.attrib["aria-labelledby"].split()
    assert (root.attrib["role"], len(labels)) == ("img", 2)
    assert {root[0].attrib["id"], root[1].attrib["id"]} == set(labels)
    assert all(element.text for element in root[:2])
    colours = {element.attrib["fill"] for element in root.iter() if "fill" in element.attrib}
    assert all(colour == "none" or colour.startswith("var(--chart-") for colour in colours)


def test_bars_tell_their_values(week: Report) -> None:
    texts = {element.text for element in ET.fromstring(chart("funnel", week) or "").iter()}
    row = next(row for row in week.table("funnel").rows if row["stage"] == "meeting")
    assert {str(row["came"]), str(row["forward"])} <= texts


def test_where_there_is_nothing_to_draw_there_is_no_chart(migrated_sqlite: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'store.db')}")
    with store.read() as tx:
        empty = report(tx, rules(), scope_of("week", at(16, 10), "Europe/Sofia"), at(16, 10))
    store.close()
    assert {chart(name, empty) for name in CHARTS} == {None}
    assert "At a glance" in pack(empty)


class _Page(HTMLParser):
    """Gathers what a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [
            value or "" for name, value in attrs if name in ("src", "href", "action", "srcset", "xlink:href")
        ]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def test_the_review_is_one_file_that_needs_nothing(week: Report) -> None:
    text = pack(week)
    page = _Page(text)
    assert not set(page.tags) & {"script", "link", "iframe", "img", "object", "form"}
    assert page.links == []
    assert not re.findall(r"@import|url\(", text)
    assert page.tags.count("h1") == 1
    assert page.tags.count("svg") == len(CHARTS)


def test_the_review_begins_with_what_changed_and_where_it_jams(week: Report) -> None:
    words = _Page(pack(week)).words
    for title in ("At a glance", "Better", "Hand-offs", "People", "Quota and forecast", "The four outcomes"):
        assert title in words
    assert "Petar D." in words, "people are told by name"
    assert any(word.startswith("Won: 4, before 0") for word in words)


def test_what_people_typed_stays_text(week: Report) -> None:
    assert "<script>alert" not in pack(week)
    assert "&lt;script&gt;" in pack(week)


def test_what_is_shown_briefly_is_part_of_the_whole() -> None:
    for table in TABLES.values():
        few = brief(table)
        assert {column.name for column in few.columns} <= {column.name for column in table.columns}


def test_every_definition_is_used_and_says_something() -> None:
    used = {column.name for table in TABLES.values() for column in table.columns}
    assert used == set(COLUMNS)
    for table in TABLES.values():
        assert table.definition.endswith(".")
        for column in table.columns:
            assert column.words.endswith(".")
            assert column.of is None or column.of in {each.name for each in table.columns}


def test_drawing_leaves_no_import_hook_behind(week: Report) -> None:
    assert any(chart(name, week) for name in CHARTS)
    assert [hook for hook in sys.meta_path if type(hook).__module__.startswith("pygal")] == []

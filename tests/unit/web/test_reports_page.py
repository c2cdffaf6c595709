"""The Reports page in its reader's language: titles, definitions, columns, cells and charts; the CSV as ever."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from mapping.phrases import in_language
from reports.definitions import TABLES
from store.database import open_store

from .serving import Served, apply_example, make_runtime, serving

OTHERS = ("bg", "ru", "uk")


@pytest.fixture
def served(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Served]:
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'store.db')}")
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture
def head(served: Served) -> requests.Session:
    return served.sign_in("admin@acme.example")


def test_in_english_a_table_says_what_it_means(served: Served, head: requests.Session) -> None:
    page = head.get(served.url + "/reports?language=en").text
    for table in TABLES.values():
        assert f">{table.title}</h2>" in page
        assert table.definition in page
    assert ", so far ·" in page


@pytest.mark.parametrize("language", OTHERS)
def test_a_table_says_it_in_the_language_of_its_reader(
    served: Served, head: requests.Session, language: str
) -> None:
    page = head.get(f"{served.url}/reports?language={language}").text
    assert f'<html lang="{language}"' in page
    assert 'lang="en"' not in page.partition("<main")[2].partition("</main>")[0]
    for table in TABLES.values():
        assert f">{in_language(table.title, language)}</h2>" in page
        assert in_language(table.definition, language) in page
        assert str(table.definition) not in page


def test_the_csv_is_the_same_in_every_language(served: Served, head: requests.Session) -> None:
    texts = [
        head.get(f"{served.url}/reports.csv?table=summary&language={each}").text for each in ("en", "uk")
    ]
    assert texts[0] == texts[1]
    assert texts[0].startswith("figure,value,cases,before,")

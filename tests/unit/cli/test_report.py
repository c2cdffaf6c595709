"""`conveyor report`: the same numbers as text, JSON, CSV and HTML; what may be asked for, and what may not."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import Result

from mapping.model import Deal, DealStatus, Link, Value
from store import deals, ledger, links
from store.database import open_store

NOW = datetime.now(UTC)
DAY = f"{NOW:%Y-%m-%d}"

Conveyor = Callable[..., Result]


@pytest.fixture
def reported(conveyor: Conveyor, tmp_path: Path) -> Conveyor:
    """A house in which Olena moved three deals on just now."""
    assert conveyor("apply").exit_code == 0
    store = open_store(f"sqlite:///{tmp_path / 'home' / 'conveyor.db'}")
    with store.begin() as tx:
        for number in range(3):
            name = f"d{number}"
            standing: dict[str, Value] = {"section": "lead_generation", "owner": "olena@acme.example"}
            standing |= {"connection": "hubspot", "amount": "100", "currency": "EUR"}
            begin, move = NOW - timedelta(minutes=2), NOW - timedelta(minutes=1)
            data: dict[str, Value] = {"from": "prospecting", "to": "qualification", "touches": 1, **standing}
            deals.save(
                tx, Deal(name, name, "hubspot", DealStatus.OPEN, "lead_generation", "qualification"), None
            )
            links.save(tx, [Link("hubspot", f"10{number}", name)])
            placed = ledger.Entry(
                name, begin, "placed", "conveyor", "x", data={"to": "prospecting", **standing}
            )
            ledger.add(tx, [placed, ledger.Entry(name, move, "moved", "olena@acme.example", "x", data=data)])
    store.close()
    return conveyor


def test_the_same_numbers_in_every_rendering(reported: Conveyor) -> None:
    since = ("--since", f"{NOW - timedelta(days=1):%Y-%m-%d}")
    table = json.loads(reported("report", *since, "--json").stdout)["tables"]["funnel"]
    [row] = [row for row in table["rows"] if row["stage"] == "prospecting"]
    assert (row["came"], row["forward"], row["conversion"], row["touches"]) == (3, 3, 1.0, 1.0)
    text = reported("report", *since, "--format", "csv", "--table", "funnel").stdout
    [line] = [line for line in csv.DictReader(io.StringIO(text)) if line["stage"] == "prospecting"]
    assert (line["came"], line["forward"], line["conversion"]) == ("3", "3", "1.0")
    shown = reported("report", *since).stdout
    told = next(
        line.split() for line in shown.splitlines() if line.startswith("Lead generation  Prospecting")
    )
    assert told[3:7] == ["0", "3", "3", "0"]
    assert "3 of 3" in " ".join(told), "of so few no share is told"
    assert "Olena K." in shown
    assert "Funnel and conveyor" in reported("report", *since, "--format", "html").stdout


def test_a_period_and_one_that_is_over(reported: Conveyor) -> None:
    assert "so far, until" in reported("report").stdout.splitlines()[0]
    over = json.loads(reported("report", "--period", "month", "--ago", "1", "--json").stdout)
    first = datetime.now(ZoneInfo("Europe/Sofia")).replace(day=1)  # months begin where the line is
    assert over["period"]["name"] == f"{first - timedelta(days=2):%B %Y}"


def test_it_is_written_into_a_file(reported: Conveyor, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    result = reported("report", "--period", "week", "--format", "html", "--output", str(file))
    assert (result.exit_code, result.stdout) == (0, f"Written to {file}.\n")
    assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_it_is_told_in_the_language_that_is_asked_for(reported: Conveyor) -> None:
    assert "Funnel and conveyor" in reported("report").stdout
    text = reported("report", "--language", "uk").stdout
    assert "Воронка і конвеєр" in text
    assert "Prospecting" in text, "stages keep their names"
    page = reported("report", "--format", "html", "--language", "ru").stdout
    assert '<html lang="ru">' in page
    assert "Воронка и конвейер" in page


def test_the_review_is_in_the_language_of_the_line(reported: Conveyor, config: Path) -> None:
    file = config / "conveyor.yaml"
    file.write_text(f"language: bg\n{file.read_text()}")
    assert reported("apply").exit_code == 0
    assert '<html lang="bg">' in reported("report", "--format", "html").stdout
    assert "Funnel and conveyor" in reported("report").stdout, "on a terminal it stays English"


def test_only_one_section_person_or_connection(reported: Conveyor) -> None:
    def stages(*options: str) -> dict[str, int]:
        rows = json.loads(reported("report", "--json", *options).stdout)["tables"]["work_by_section"]["rows"]
        return {row["section"]: row["left"] for row in rows if row["left"]}

    assert stages("--section", "conversion") == stages("--member", "Petar@acme.example") == {}
    assert stages("--connection", "zoho") == stages("--source", "web") == {}
    everything = {"lead_generation": 3}
    assert stages("--section", "conversion", "--section", "lead_generation") == everything
    assert stages("--member", "olena@acme.example", "--connection", "hubspot") == everything


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--section", "conversio"),
            "There is no section 'conversio'. There are: lead_generation, conversion",
        ),
        (("--connection", "sap"), "There is no connection 'sap'."),
        (("--table", "funnels"), "There is no table 'funnels'."),
        (("--until", DAY), "--until needs --since"),
        (("--since", DAY, "--until", DAY), "is no day at all"),
        (("--format", "html", "--table", "funnel"), "always the whole review"),
        (("--output", "report.txt"), "--output takes --format json, csv or html"),
        (("--format", "csv", "--language", "uk"), "JSON and CSV are the same in all languages"),
        (("--json", "--language", "uk"), "JSON and CSV are the same in all languages"),
        (("--language", "fr"), "'fr' is not one of"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(reported: Conveyor, options: tuple[str, ...], said: str) -> None:
    result = reported("report", *options)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_file_that_cannot_be_written(reported: Conveyor, tmp_path: Path) -> None:
    result = reported("report", "--format", "csv", "--output", str(tmp_path / "nowhere" / "x.csv"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def test_without_rules_there_is_nothing_to_report(conveyor: Conveyor) -> None:
    assert conveyor("report").exit_code != 0

"""Every sentence that a plan can say is a phrase, down to its last part: only what people wrote stays as it is.

Two sets of rules differ in all that can differ, and a forecast has something of everything.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from mapping.editing import Plain, read_plain_data
from mapping.loader import load_files
from mapping.phrases import Phrase, phrase
from mapping.ruleset import Ruleset
from sync.planning import brake, first_sight
from sync.planning.brake import Brake
from sync.planning.changes import rule_changes
from sync.planning.forecast import Forecast, Placement
from sync.planning.kept import Kept, outdated
from sync.planning.plan import Plan
from sync.planning.standpoint import Standpoint
from sync.planning.telling import told

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent / "plan_phrases"
SCHEMA = """
reassign escalate return won lost open ignored anywhere observe warn enforce week month quarter year judge allow
before after round robin least loaded weighted same as person true false
"""
"""Words in the files that are no person's own: said, they are part of a sentence."""

TIGHT = Brake(1, 1)


@cache
def rules(name: str) -> Ruleset:
    return load_files(texts(name))


@cache
def texts(name: str) -> dict[str, str]:
    folder = HERE / name
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}


def forecast(number: int) -> Forecast:
    """A forecast with so many of everything."""
    return Forecast(
        Standpoint(1, (), 0, 0),
        on_the_line=100,
        affected=number,
        placements={
            ("meeting", "unmapped"): Placement(number, {"EUR": Decimal(1000), "USD": Decimal(5)}),
            ("unmapped", "meeting"): Placement(number),
            ("ignored", "meeting"): Placement(number),
        },
        moved=number,
        violations=number,
        unmapped=number,
        missing=number,
        told=number,
        unclear=number,
        opened=number,
        handoffs=Counter(opened=number, given=number, due=number, closed=number),
        first_sight=Counter(dict.fromkeys(("found", "lacks", "owner", "unclear"), number)),
        undone=number,
        left=[("hubspot:17", phrase("deals stand elsewhere now"))],
        state="here",
    )


def plan(number: int = 3, limits: Brake = TIGHT) -> Plan:
    return Plan(None, rules("one"), rules("other"), [], forecast(number), limits)


def said() -> Iterator[Phrase]:
    """All that plans of these rules say."""
    one, other = rules("one"), rules("other")
    yield from rule_changes(one, other)
    yield from rule_changes(other, one)
    yield from rule_changes(None, other)
    commented = {**texts("one"), "team.yaml": texts("one")["team.yaml"] + "# why\n"}
    yield from rule_changes(one, load_files(commented))
    for number in (0, 1, 3):
        yield from told(plan(number, Brake(None, None) if number == 1 else TIGHT))
    refusal = plan().refusal
    assert refusal is not None
    yield refusal
    yield from outdated(plan(), Kept("other", 7, "there"))


def parts(text: object) -> Iterator[str]:
    """A phrase, and the texts that it was made of, down to the last."""
    if isinstance(text, tuple):
        for one in text:
            yield from parts(one)
    if isinstance(text, str):
        yield text
    if isinstance(text, Phrase):
        for filling in text.fillings.values():
            yield from parts(filling)


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def written(value: Plain) -> Iterator[str]:
    """All names and values of a file."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from written(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from written(inner)
    else:
        yield str(value)


def of_people() -> set[str]:
    """The words that an admin brought along."""
    files = (text for name in ("one", "other") for text in texts(name).values())
    values = (word for text in files for word in written(read_plain_data(text)))
    return {word for value in values for word in words(value)} - words(SCHEMA) | {
        "cases",
        "yaml",
        "eur",
        "usd",
    }


def messages(file: Path) -> Iterator[str]:
    """Every sentence, or part of one, that stands in the code of a file."""
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Call(
                func=ast.Name(id="phrase" | "counted"), args=[ast.Constant(value=str(message)), *_]
            ):
                yield message


def test_all_that_is_no_phrase_was_written_by_people() -> None:
    known = of_people()
    for sentence in said():
        assert isinstance(sentence, Phrase), sentence
        for text in parts(sentence):
            if not isinstance(text, Phrase) and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                assert words(text) <= known, f"{text!r} in {sentence!r}"


def test_every_sentence_in_the_code_is_said_here() -> None:
    """So that none escapes the test above."""
    files = [*(ROOT / "sync/planning").glob("*.py"), ROOT / "mapping/condition_words.py"]
    said_here = {text.message for sentence in said() for text in parts(sentence) if isinstance(text, Phrase)}
    assert {message for file in files for message in messages(file)} - said_here == set()


def test_a_brake_says_what_it_lets_pass() -> None:
    assert [str(each.words) for each in (Brake(None, None), Brake(1, None), Brake(5, 10))] == [
        "any number of deals",
        "1 deal",
        "5 deals or 10 % of the line",
    ]
    assert brake.refusal(forecast(0), TIGHT) is None


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"found": 5}, ["5 deals stand where they were found, without judgement."]),
        (
            {"found": 5, "lacks": 1, "unclear": 2},
            [
                "5 deals stand where they were found, without judgement. By these rules 1 of them lacks something "
                "that was asked for on the way there; of 2 only the CRM knows."
            ],
        ),
        ({}, []),
    ],
)
def test_first_sight_says_nothing_of_what_is_not(seen: dict[str, int], expected: list[str]) -> None:
    made = plan()
    made = replace(made, forecast=replace(made.forecast, first_sight=Counter(seen)))
    assert [sentence for sentence in told(made) if "found, without" in sentence] == expected
    assert first_sight.FOUND == "found"

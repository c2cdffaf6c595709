"""Edits by machine: what was meant stands there, in the file's own style, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from textwrap import dedent

import pytest

from mapping.editing import CannotEdit, add_item, add_key, remove, set_value

STAGES = """\
# What it means.
pipelines:   # in the CRM's order
  - pipeline: {crm: Sales, id: "1"}
    stages:
      - {crm: New,      id: "11", is: first}
      # the next one matters
      - {crm: Talk,     id: "12", is: second}   # said so by Olga
      - {crm: Deal won, id: "13", is: won, write_back: false}

  - {pipeline: {crm: Old, id: "2"}, ignore: true}
fields:                # of the line
  budget: budget__c    # in thousands
  'why': "lost reason"
"""
LINE = """\
name: Acme
roles:
  scout: {title: Lead hunter}
handoffs:
  - name: Scout to hunter
    requires:
      - amount
    brief: |
      Call {title}.
      Soon.
    # the end
  # of it
growth: []

"""


def edit(before: str, how: Callable[[str], str]) -> list[str]:
    """The lines that an edit takes away and brings, each with its sign; others stay in their order."""
    after = how(before)
    old, new = before.split("\n"), after.split("\n")
    head = next(
        (i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return [f"-{line}" for line in old[head : len(old) - tail]] + [
        f"+{line}" for line in new[head : len(new) - tail]
    ]


STAGE = ("pipelines", 0, "stages")

ROWS: dict[str, tuple[str, Callable[[str], str], list[str]]] = {
    "a value keeps its comment": (
        STAGES,
        lambda text: set_value(text, ("fields", "budget"), "budget_2"),
        ["-  budget: budget__c    # in thousands", "+  budget: budget_2    # in thousands"],
    ),
    "a value keeps its quotes": (
        STAGES,
        lambda text: set_value(text, ("fields", "why"), "gone"),
        ["-  'why': \"lost reason\"", "+  'why': \"gone\""],
    ),
    "a value within braces": (
        STAGES,
        lambda text: set_value(text, (*STAGE, 1, "crm"), "Talk, then think"),
        [
            '-      - {crm: Talk,     id: "12", is: second}   # said so by Olga',
            '+      - {crm: "Talk, then think",     id: "12", is: second}   # said so by Olga',
        ],
    ),
    "of a table only what differs": (
        STAGES,
        lambda text: set_value(text, (*STAGE, 1), {"crm": "Talk", "id": "12", "ignore": True}),
        [
            '-      - {crm: Talk,     id: "12", is: second}   # said so by Olga',
            '+      - {crm: Talk,     id: "12", ignore: true}   # said so by Olga',
        ],
    ),
    "tables on the way are made": (
        STAGES,
        lambda text: set_value(text, ("write_back", "section"), "conveyor_section"),
        ["+write_back: {section: conveyor_section}"],
    ),
    "a line under the others, aligned": (
        STAGES,
        lambda text: add_item(
            text, STAGE, {"crm": "Hm", "id": "14", "is": "second"}, index=2, comment="unsure"
        ),
        ['+      - {crm: Hm,       id: "14", is: second}  # unsure'],
    ),
    "a line before the first": (
        STAGES,
        lambda text: add_item(text, STAGE, {"crm": "Zero", "id": "0", "ignore": True}, index=0),
        ['+      - {crm: Zero,     id: "0",  ignore: true}'],
    ),
    "a line above the comment of the next": (
        STAGES,
        lambda text: add_item(text, STAGE, {"crm": "Hm", "id": "14", "is": "first"}, index=1),
        ['+      - {crm: Hm,       id: "14", is: first}'],
    ),
    "a line at the end, before the empty one": (
        STAGES,
        lambda text: add_item(text, STAGE, {"crm": "Lost", "id": "14", "is": "lost"}),
        ['+      - {crm: Lost,     id: "14", is: lost}'],
    ),
    "a line goes with its comment, not with that above": (
        STAGES,
        lambda text: remove(text, (*STAGE, 1)),
        ['-      - {crm: Talk,     id: "12", is: second}   # said so by Olga'],
    ),
    "a key within braces goes": (
        STAGES,
        lambda text: remove(text, (*STAGE, 2, "is")),
        [
            '-      - {crm: Deal won, id: "13", is: won, write_back: false}',
            '+      - {crm: Deal won, id: "13", write_back: false}',
        ],
    ),
    "the last key within braces goes": (
        STAGES,
        lambda text: remove(text, (*STAGE, 2, "write_back")),
        [
            '-      - {crm: Deal won, id: "13", is: won, write_back: false}',
            '+      - {crm: Deal won, id: "13", is: won}',
        ],
    ),
    "a whole pipeline goes": (
        STAGES,
        lambda text: remove(text, ("pipelines", 1)),
        ['-  - {pipeline: {crm: Old, id: "2"}, ignore: true}'],
    ),
    "the first key of an entry of lines": (
        LINE,
        lambda text: remove(text, ("handoffs", 0, "name")),
        ["-  - name: Scout to hunter", "-    requires:", "+  - requires:"],
    ),
    "the only entry goes": (
        LINE,
        lambda text: remove(text, ("handoffs", 0, "requires", 0)),
        ["-    requires:", "-      - amount", "+    requires: []"],
    ),
    "a text of several lines gets others": (
        LINE,
        lambda text: set_value(text, ("handoffs", 0, "brief"), "Write.\n\n  Or call.\n"),
        ["-      Call {title}.", "-      Soon.", "+      Write.", "+", "+        Or call."],
    ),
    "a text of several lines becomes a short one": (
        LINE,
        lambda text: set_value(text, ("handoffs", 0, "brief"), "Call."),
        ["-    brief: |", "-      Call {title}.", "-      Soon.", "+    brief: Call."],
    ),
    "a key behind a text of several lines": (
        LINE,
        lambda text: add_key(text, ("handoffs", 0), "accept_within", "4h", "of working time"),
        ["+    accept_within: 4h  # of working time"],
    ),
    "a list in brackets is filled": (
        LINE,
        lambda text: add_item(text, ("growth",), {"open": "renewal", "after": "won"}),
        ["-growth: []", "+growth: [{open: renewal, after: won}]"],
    ),
    "an entry of lines beside one of lines": (
        LINE,
        lambda text: add_item(text, ("handoffs",), {"name": "Two", "remind_at": ["50%"]}, comment="new"),
        ["+  # new", "+  - name: Two", "+    remind_at: [50%]"],
    ),
    "a word that is none": (
        LINE,
        lambda text: set_value(text, ("name",), "no"),
        ["-name: Acme", '+name: "no"'],
    ),
    "a number as a text": (
        LINE,
        lambda text: set_value(text, ("name",), "17"),
        ["-name: Acme", '+name: "17"'],
    ),
    "what is there already": (LINE, lambda text: set_value(text, ("name",), "Acme"), []),
}


@pytest.mark.parametrize("name", ROWS)
def test_only_these_lines_change(name: str) -> None:
    before, how, lines = ROWS[name]
    assert edit(before, how) == lines


def test_braces_over_several_lines() -> None:
    before = dedent("""\
        days: [
          mon,   # first
          tue    # second
        ]  # all
        """)
    assert add_item(before, ("days",), "wed", comment="new") == dedent("""\
        days: [
          mon,   # first
          tue,    # second
          wed
        ]  # all; new
        """)
    assert remove(before, ("days", 0)) == dedent("""\
        days: [
             # first
          tue    # second
        ]  # all
        """)


def test_a_file_without_a_last_newline_and_one_with_those_of_dos() -> None:
    assert add_key("a: 1", (), "b", 2) == "a: 1\nb: 2"
    assert add_key("\ufeffa: 1  # one\r\nc:\r\n  - x\r\n", (), "b", "x\ny\n") == (
        "\ufeffa: 1  # one\r\nc:\r\n  - x\r\nb: |\r\n  x\r\n  y\r\n"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x 1\nb: *x\n", "line 1: the anchor &x"),
        ("a: 1\na: 2\n", "line 2: duplicate key 'a'"),
        ("a:\n\t- 1\n", "line 2: a tab"),
        ("a: [\n", "line 2: "),
        ("", "line 1: this file is empty"),
    ],
)
def test_a_text_in_doubt_is_left_alone(text: str, why: str) -> None:
    with pytest.raises(CannotEdit, match=why):
        set_value(text, ("a",), 3)


@pytest.mark.parametrize(
    "how",
    [
        lambda text: set_value(text, ("roles", 0), "x"),
        lambda text: set_value(text, ("name", "x"), "y"),
        lambda text: set_value(text, ("name",), None),
        lambda text: set_value(text, ("name",), Decimal("NaN")),
        lambda text: set_value(text, ("name",), "\ud800"),
        lambda text: add_key(text, (), "name", "twice"),
        lambda text: add_key(text, ("growth",), "x", "y"),
        lambda text: add_item(text, ("roles",), "x"),
        lambda text: add_item(text, ("growth",), "x", index=1),
        lambda text: remove(text, ("gone",)),
        lambda text: remove(text, ()),
    ],
)
def test_what_has_no_place_is_refused(how: Callable[[str], str]) -> None:
    with pytest.raises(CannotEdit):
        how(LINE)


def test_what_a_machine_could_break_is_left_to_a_person() -> None:
    with pytest.raises(CannotEdit, match="by hand"):
        add_key("a: [b: 1]\n", ("a", 0), "c", 2)

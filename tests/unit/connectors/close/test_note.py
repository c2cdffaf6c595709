"""The title and our key in a deal's note."""

from __future__ import annotations

import pytest

from connectors.close import note
from connectors.errors import Rejected

LONG = "They asked for time to think. " * 20


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (None, "Acme"),
        ("", "Acme"),
        ("Renewal", "Renewal"),
        ("\n  Renewal  \nmore", "Renewal"),
        (LONG, "Acme"),
        ("Conveyor deal: key-1", "Acme"),
        ("Renewal\n\nConveyor deal: key-1", "Renewal"),
    ],
)
def test_the_first_line_is_the_title_else_the_name_of_the_lead(text: str | None, title: str) -> None:
    assert note.title_of(text, "Acme") == title


@pytest.mark.parametrize("text", [None, "", "Old", "Old\nwhat people wrote", LONG, "Conveyor deal: key-1"])
def test_a_new_title_leaves_all_else(text: str | None) -> None:
    changed = note.with_title(text, "New title")
    assert note.title_of(changed, "Acme") == "New title"
    assert note.key_of(changed) == note.key_of(text)
    kept = [line for line in (text or "").split("\n") if line != "Old"]
    assert changed.split("\n")[1:] == [line for line in kept if line]


def test_a_title_is_one_line_of_some_length() -> None:
    assert note.with_title("", "one\ntwo") == "one two"
    with pytest.raises(Rejected, match="250"):
        note.with_title("", "x" * 251)


def test_our_key_is_found_again() -> None:
    assert note.key_of(note.with_key("Renewal\nmore", "key-1")) == "key-1"
    assert note.key_of(note.with_key("", "key-1")) == "key-1"
    assert note.key_of("They said: Conveyor deal: key-1 is odd") is None
    assert note.key_of(None) is None

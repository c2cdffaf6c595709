"""What a write says about people is not said aloud while it is carried out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Thread
from urllib.parse import quote, quote_plus

import pytest

from connectors import privacy
from connectors.http import short
from mapping.model import CloseTask, CreateDeal, CreateNote, CreateTask, Person, UpdateDeal, Value, WriteBody

PERSON = Person("Ада Lovelace-King", "ada@acme.example", "12 34 56")
BODIES: dict[str, tuple[WriteBody, list[str]]] = {
    "update": (
        UpdateDeal({}, {"title": "Roof of Ada", "decision_maker": "Ada L."}),
        ["Roof of Ada", "Ada L."],
    ),
    "create": (
        CreateDeal("key", {"title": "Roof"}, PERSON, "Analytical & Sons"),
        ["Roof", "Ада", "Lovelace-King", "ada@acme.example", "12 34 56", "Analytical & Sons"],
    ),
    "task": (
        CreateTask("Call Ada", "about\nher roof", None, datetime.now(UTC)),
        ["Call Ada", "about", "her roof"],
    ),
    "note": (CreateNote("Ada said:\n<no>"), ["Ada said:", "<no>"]),
}


@pytest.mark.parametrize(("body", "texts"), BODIES.values(), ids=BODIES)
def test_names_and_texts_are_hidden_in_every_form(body: WriteBody, texts: list[str]) -> None:
    with privacy.about(body):
        for text in texts:
            for form in (text, json.dumps(text)[1:-1], quote(text), quote_plus(text)):
                assert short(f"The value '{form}' is not valid.") == "The value '[private]' is not valid."


def test_what_an_admin_has_to_know_is_said() -> None:
    changes: dict[str, Value] = {
        "stage": ["default", "won"],
        "owner": "4711",
        "amount": "1500",
        "contract_end": "2027-03-28",
        "x": "ab",
    }
    said = "won 4711 1500 2027-03-28 ab and Rooftop"
    with privacy.about(UpdateDeal({"title": "and"}, {**changes, "title": "Roof"})):
        assert short(said) == said


def test_it_ends_with_the_write_and_holds_for_its_thread_only() -> None:
    said: list[str] = []
    with privacy.about(CreateNote("Roof")):
        other = Thread(target=lambda: said.append(short("Roof")))
        other.start()
        other.join()
        with privacy.about(CloseTask("1")):
            said.append(short("Roof"))
        said.append(short("Roof"))
    assert [*said, short("Roof")] == ["Roof", "Roof", "[private]", "Roof"]

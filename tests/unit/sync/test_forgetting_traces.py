"""Texts and documents without a person: what is theirs goes, what only looks like it stays."""

from __future__ import annotations

from typing import Any

import pytest

from sync.forgetting.traces import Person, learn

ADA = Person("ada@nova.example", contact=frozenset({"Ada Buyer", "+1 555"}))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Write to ADA@nova.example.", "Write to forgotten."),
        ("handoff:h1:ada@nova.example", "handoff:h1:forgotten"),
        ("nada@nova.example, ada@nova.example.org", "nada@nova.example, ada@nova.example.org"),
        ("x.ada@nova.example", "x.ada@nova.example"),
        ("Call\nada buyer, +1 555", "Call\nforgotten, forgotten"),
        ("Nada Buyers", "Nada Buyers"),
        ("+1 5556", "+1 5556"),
    ],
)
def test_sentences(before: str, after: str) -> None:
    assert ADA.out_of_text(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"owner": "ada@nova.example"}, {"owner": None}),
        ({"seen": {"title": "For Ada Buyer", "amount": "5"}}, {"seen": {"amount": "5"}}),
        (
            {"fields": {"contact_email": "Ada@Nova.example", "company": "Nova", "source": "fair"}},
            {"fields": {"source": "fair"}},
        ),
        ({"fields": {"contact_email": "b@nova.example", "company": "Nova"}}, None),
        (
            {"contact": {"email": "ada@nova.example"}, "company": "Nova", "kind": "create"},
            {"contact": None, "company": None, "kind": "create"},
        ),
        ([{"id": "1", "email": "ada@nova.example"}, {"id": "2"}], [{"id": "2"}]),
        (
            {"text": "By Ada Buyer", "message": "By {person}", "fillings": {"person": "Ada Buyer"}},
            {"text": "By forgotten", "message": "By {person}", "fillings": {"person": "forgotten"}},
        ),
        (  # what its fillings are called means nothing
            {
                "summary": {
                    "message": "{fields} {owner} {rule} {count}",
                    "many": "{fields} {owner} {rule} {count}",
                    "fillings": {
                        "fields": [{"text": "Ada Buyer", "message": "{x}", "fillings": {"x": "Ada Buyer"}}],
                        "owner": "ada@nova.example",
                        "rule": "Ada Buyer",
                        "count": 2,
                    },
                }
            },
            {
                "summary": {
                    "message": "{fields} {owner} {rule} {count}",
                    "many": "{fields} {owner} {rule} {count}",
                    "fillings": {
                        "fields": [{"text": "forgotten", "message": "{x}", "fillings": {"x": "forgotten"}}],
                        "owner": "forgotten",
                        "rule": "forgotten",
                        "count": 2,
                    },
                }
            },
        ),
        ({"tasks": {"t:ada@nova.example": "7"}, "number": 7, "none": None}, None),
    ],
)
def test_documents(before: Any, after: Any) -> None:
    expected = {"tasks": {"t:forgotten": "7"}, "number": 7, "none": None} if "tasks" in before else before
    assert ADA.out_of(before) == (expected if after is None else after)


def test_a_contact_called_like_a_word_of_ours_breaks_nothing() -> None:
    person = Person("x@nova.example", contact=frozenset({"open", "meeting"}))
    deal = {"status": "open", "stage": "meeting", "because": "An open meeting"}
    assert person.out_of(deal) == {**deal, "because": "An forgotten forgotten"}


def test_what_somebody_is_called_is_learnt_beside_the_email() -> None:
    document = {
        "fields": {"contact_email": "Ada@nova.example", "contact_name": "Ada Buyer", "contact_phone": "1"},
        "directory": [
            {"id": "1", "email": "ADA@nova.example", "name": "Ada Staff"},
            {"id": "2", "name": "Bob"},
        ],
        "contact": {"email": "ada@nova.example", "name": None, "phone": "+1 555"},
    }
    names, contact = learn("ada@nova.example", document)
    assert (set(names), set(contact)) == ({"Ada Staff"}, {"Ada Buyer", "+1 555"})

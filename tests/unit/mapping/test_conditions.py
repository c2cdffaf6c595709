"""Conditions: met, unmet in words, or unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mapping.conditions import Finding, Unmet, evaluate, fields_of
from mapping.model import Value
from mapping.ruleset import AllOf, AnyOf, Check, Condition

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
PHONE, EMAIL = Check("contact_phone"), Check("contact_email")


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("x", True),
        ("0", True),
        (0, True),
        (False, True),
        (["a"], True),
        (None, False),
        ("", False),
        (" ", False),
        ([], False),
    ],
)
def test_filled_in(value: Value, filled: bool) -> None:
    assert evaluate(Check("lost_reason"), {"lost_reason": value}).met is filled


@pytest.mark.parametrize(
    ("test", "operand", "value", "met"),
    [
        ("at_least", "1000", "1000", True),
        ("at_least", "1000", "1000.00", True),
        ("at_least", "1000", "999.99", False),
        ("at_least", "1000", 1000, True),
        ("at_least", "0.3", 0.3, True),
        ("at_least", "0", "0", True),
        ("at_least", "1000", " 2000 ", True),
        ("at_least", "1000", "1,000", False),
        ("at_least", "1000", "a lot", False),
        ("at_least", "1000", "NaN", False),
        ("at_least", "1", True, False),
        ("at_most", "10", "10", True),
        ("at_most", "10", "10.01", False),
        ("at_most", "10", "-Infinity", False),
        ("one_of", ("referral", "Fair"), "fair", True),
        ("one_of", ("referral",), "web", False),
        ("one_of", ("1000",), "1000.0", True),
        ("one_of", ("true",), True, True),
        ("one_of", ("b",), ["a", "b"], True),
        ("none_of", ("other",), "price", True),
        ("none_of", ("other",), "Other", False),
        ("none_of", ("b",), ["a", "b"], False),
        ("matches", r"^\+\d+$", "+359888", True),
        ("matches", r"^\+\d+$", "0888", False),
        ("matches", r"(a+)+$", "a" * 50_000 + "b", False),
        ("before", "2026-12-31", "2026-12-30", True),
        ("before", "2026-12-31", "2026-12-31", False),
        ("before", "2026-12-31", "2026-12-30T23:59:59Z", True),
        ("before", "2026-12-31", "2026-12-30T23:30:00-02:00", False),
        ("before", "2026-12-31", "soon", False),
        ("after", "2026-12-31", "2027-01-01", True),
        ("after", "2026-12-31", "soon", False),
        ("after", "30d", "2026-07-16", True),
        ("after", "30d", "2026-07-15", False),
        ("before", "2h", "2026-06-15T13:59:00Z", True),
        ("before", "2h", "2026-06-15T14:00:00Z", False),
    ],
)
def test_one_test(test: str, operand: str | tuple[str, ...], value: Value, met: bool) -> None:
    assert evaluate(Check("field", ((test, operand),)), {"field": value}, NOW).met is met


@pytest.mark.parametrize(
    ("condition", "values", "words"),
    [
        (Check("decision_maker"), {"decision_maker": None}, "decision maker must be filled in"),
        (Check("budget", (("at_least", "1000"),)), {"budget": "5"}, "budget must be at least 1000"),
        (Check("budget", (("at_least", "1000"),)), {"budget": ""}, "budget must be at least 1000"),
        (
            Check("budget", (("at_least", "10"), ("at_most", "20"))),
            {"budget": "x"},
            "budget must be between 10 and 20",
        ),
        (
            Check("budget", (("at_least", "10"), ("at_most", "20"))),
            {"budget": "30"},
            "budget must be at most 20",
        ),
        (Check("source", (("one_of", ("referral",)),)), {"source": "web"}, "source must be referral"),
        (Check("source", (("one_of", ("a", "b")),)), {"source": "web"}, "source must be a or b"),
        (Check("reason", (("none_of", ("other",)),)), {"reason": "other"}, "reason must not be other"),
        (Check("reason", (("none_of", ("a", "b")),)), {"reason": "a"}, "reason must not be a or b"),
        (Check("reason", (("none_of", ("other",)),)), {"reason": ""}, "reason must be filled in"),
        (Check("phone", (("matches", "^[0-9]+$"),)), {"phone": "x"}, "phone must match ^[0-9]+$"),
        (Check("end", (("before", "2026-12-31"),)), {"end": "2027-01-01"}, "end must be before 31 Dec 2026"),
        (Check("end", (("after", "30d"),)), {"end": "2026-06-16"}, "end must be later than 30 days from now"),
        (
            AnyOf((PHONE, EMAIL)),
            {"contact_phone": "", "contact_email": None},
            "contact phone or contact email must be filled in",
        ),
        (
            AnyOf((PHONE, Check("budget", (("at_least", "5"),)))),
            {"contact_phone": "", "budget": "1"},
            "contact phone must be filled in or budget must be at least 5",
        ),
    ],
)
def test_what_is_lacking_in_words(condition: Condition, values: dict[str, Value], words: str) -> None:
    finding = evaluate(condition, values, NOW)
    assert finding.met is False
    assert [unmet.words for unmet in finding.missing] == [words]


def test_the_question_comes_along() -> None:
    check = Check("budget", (("at_least", "1000"),), "What can they spend?")
    expected = (Unmet("budget", "budget must be at least 1000", "What can they spend?"),)
    assert evaluate(check, {"budget": "1"}).missing == expected
    assert evaluate(AnyOf((PHONE, check)), {"contact_phone": "", "budget": "1"}).missing[0].ask == check.ask


@pytest.mark.parametrize(
    ("condition", "values", "finding"),
    [
        (PHONE, {}, Finding(None, (), frozenset({"contact_phone"}))),
        (AnyOf((PHONE, EMAIL)), {"contact_phone": "1"}, Finding(True)),
        (AnyOf((PHONE, EMAIL)), {"contact_phone": ""}, Finding(None, (), frozenset({"contact_email"}))),
        (AllOf((PHONE, EMAIL)), {"contact_phone": "1"}, Finding(None, (), frozenset({"contact_email"}))),
        (
            AllOf((PHONE, EMAIL)),
            {"contact_phone": ""},
            Finding(
                False,
                (Unmet("contact_phone", "contact phone must be filled in"),),
                frozenset({"contact_email"}),
            ),
        ),
        (AllOf(()), {}, Finding(True)),
        (Check("end", (("after", "30d"),)), {"end": "2026-07-16"}, Finding(None, (), frozenset({"end"}))),
    ],
)
def test_a_field_that_was_not_read_is_unknown(
    condition: Condition, values: dict[str, Value], finding: Finding
) -> None:
    assert evaluate(condition, values) == finding


def test_the_fields_of_a_condition() -> None:
    nested = AllOf((Check("budget"), AnyOf((PHONE, AllOf((EMAIL,))))))
    assert fields_of(nested) == {"budget", "contact_phone", "contact_email"}
    assert fields_of(AllOf(())) == frozenset()

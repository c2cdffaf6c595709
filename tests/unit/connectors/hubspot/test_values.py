"""HubSpot's strings and the house's values, there and back. Their forms: docs/connectors/hubspot.md#values"""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubspot.values import Property, moment, number, same
from mapping.model import Value

OPTIONS = {"a": "Alpha", "b": "Beta", "x": "Same", "y": "Same", "q": "q"}
CHOICE = Property("c", "Choice", "enumeration", options=OPTIONS)
CHOICES = Property("m", "Choices", "enumeration", multiple=True, options=OPTIONS)
PROBABILITY = "0.40000000000000002220446049250313080847263336181640625"


def shown(kind: str, raw: str) -> Value:
    """A stored text of a plain type as a value."""
    return Property("p", "P", kind).shown(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("15000", "15000"),
        ("15000.00", "15000"),
        ("0", "0"),
        ("-0.0", "0"),
        ("007", "7"),
        ("-12.50", "-12.5"),
        ("1E+3", "1000"),
        (".5", "0.5"),
        ("99999999999999999999999999999.99", "99999999999999999999999999999.99"),
        (PROBABILITY, PROBABILITY),
        ("1E+999999999", "1E+999999999"),
        ("NaN", "NaN"),
        ("lots", "lots"),
    ],
)  # fmt: skip
def test_numbers_are_normal_and_never_rounded(raw: str, value: str) -> None:
    assert shown("number", raw) == value


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**30), max_value=10**30))
def test_a_number_keeps_its_value_and_is_normal_already(value: Decimal) -> None:
    normal = number(str(value))
    assert Decimal(normal) == value
    assert number(normal) == normal


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("date", "2026-12-31", "2026-12-31"),
        ("date", "2026-12-31T00:00:00Z", "2026-12-31"),
        ("date", "1798675200000", "2026-12-31"),
        ("datetime", "2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z"),
        ("datetime", "2026-03-12T07:36:06.332Z", "2026-03-12T07:36:06.332Z"),
        ("datetime", "2026-03-12T07:36:06.000Z", "2026-03-12T07:36:06Z"),
        ("datetime", "2026-03-12T09:36:06.5+02:00", "2026-03-12T07:36:06.500Z"),
        ("datetime", "1773300966332", "2026-03-12T07:36:06.332Z"),
        ("datetime", "soon", "soon"),
        ("bool", "true", True),
        ("bool", "False", False),
        ("bool", "maybe", "maybe"),
        ("string", " a\nb ", " a\nb "),
        ("phone_number", "+359 2 1", "+359 2 1"),
        ("something new", "x", "x"),
    ],
)
def test_a_type_says_how_a_text_is_shown(kind: str, raw: str, value: Value) -> None:
    assert shown(kind, raw) == value


@pytest.mark.parametrize("kind", ["string", "number", "date", "datetime", "bool", "enumeration"])
def test_nothing_is_none_and_is_stored_as_the_empty_text(kind: str) -> None:
    nothing = Property("p", "P", kind)
    assert nothing.shown("") is None
    assert nothing.shown(None) is None
    assert nothing.store(None) == ""


def test_a_choice_is_shown_by_its_label_where_that_is_not_ambiguous() -> None:
    assert [CHOICE.shown(raw) for raw in ("a", "b", "x", "q", "gone")] == ["Alpha", "Beta", "x", "q", "gone"]


def test_a_choice_is_stored_by_label_or_value() -> None:
    assert [CHOICE.store(value) for value in ("Alpha", "alpha", "a", "x", "new")] == [
        "a",
        "a",
        "a",
        "x",
        "new",
    ]


def test_several_choices_are_a_list() -> None:
    assert CHOICES.shown("a;b;gone") == ["Alpha", "Beta", "gone"]
    assert CHOICES.store(["Alpha", "b"]) == "a;b"
    assert CHOICES.store([]) == ""


def test_an_option_is_known_by_either_of_its_names() -> None:
    for value in (None, "a", "Alpha", "alpha", ["b", "Alpha"], []):
        assert CHOICES.knows(value)
    for value in ("gone", ["a", "gone"]):
        assert not CHOICES.knows(value)
    assert Property("owner", "Owner", "enumeration").knows("4711")
    assert Property("p", "P", "string").knows("anything")


def test_the_order_of_several_choices_means_nothing() -> None:
    assert same(["a", "b"], ["b", "a"])
    assert not same(["a"], ["b"])
    assert not same(True, 1)
    assert same(None, None)


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (3, "3"), (1.5, "1.5"), ("", "")]
)
def test_plain_values_are_stored_as_text(value: Value, text: str) -> None:
    assert Property("p", "P", "string").store(value) == text


@settings(deadline=None)
@given(st.text())
def test_what_people_type_as_a_time_is_never_an_error(raw: str) -> None:
    assert isinstance(moment(raw), str)


@settings(deadline=None)
@given(st.text())
def test_what_people_type_as_a_number_is_never_an_error(raw: str) -> None:
    assert isinstance(number(raw), str)

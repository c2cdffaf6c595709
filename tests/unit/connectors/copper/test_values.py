"""Values between Copper's JSON and plain ones."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.copper import fields, values
from connectors.copper.dates import Calendar
from connectors.copper.fields import Field, NotRead, Unknown
from connectors.errors import Rejected, Unreadable
from mapping.model import Value

PACIFIC = Calendar(ZoneInfo("America/Los_Angeles"), "MDY")
REASONS = {"79": "Price", "81": "Timing", "83": "timing", "85": "Twin", "87": "Twin"}


def of(kind: str, **more: object) -> Field:
    """A field of that type."""
    return Field("126240", "A field", kind, custom=True, **more)  # type: ignore[arg-type]


LIST = of("Dropdown", options=REASONS)
LISTS = of("MultiSelect", options=REASONS)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (of("String"), "text", "text"),
        (of("String"), "", None),
        (of("Text"), None, None),
        (of("URL"), "https://acme.example", "https://acme.example"),
        (of("Float"), 7, "7"),
        (of("Float"), Decimal("3.0"), "3"),
        (of("Float"), 0, "0"),
        (of("Currency"), Decimal("19999.90"), "19999.9"),
        (of("Currency"), Decimal("12345678901234.56789"), "12345678901234.56789"),
        (of("Percentage"), 95, "95"),
        (of("Checkbox"), True, True),
        (of("Checkbox"), False, False),
        (of("Date"), 1754031600, "2025-08-01"),
        (of("Date"), "1754031600", "2025-08-01"),
        (of("Date"), "8/1/2025", "2025-08-01"),
        (of("Date"), "31/8/2025", "2025-08-31"),
        (of("CloseDate"), "1/23/2017", "2017-01-23"),
        (of("CloseDate"), "1/2/2017", "2017-01-02"),
        (of("Moment"), 1496776255, "2017-06-06T19:10:55Z"),
        (LIST, 79, "Price"),
        (LIST, 99, "99"),
        (LIST, 85, "85"),  # a name that two options share could not be written back
        (LISTS, [79, 81], ["Price", "Timing"]),
        (LISTS, [], None),
        (of("Connect"), [27140359, {"id": 5, "type": "person"}], ["27140359", "5"]),
        (of("Connect"), [], None),
        (of("Tags"), ["one", "two"], ["one", "two"]),
        (of("Priority"), "None", None),
        (of("Priority"), "High", "High"),
        (of("Id"), 27140359, "27140359"),
        (of("Later type"), "text", "text"),
    ],
)
def test_reading(kind: Field, raw: object, value: Value) -> None:
    assert values.read(kind, raw, PACIFIC) == value


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        (of("String"), "text", "text"),
        (of("String"), None, None),
        (of("Float"), "1000.00", 1000),
        (of("Float"), "19999.9", 19999.9),
        (of("Float"), "0", 0),
        (of("Float"), None, None),
        (of("Percentage"), "95", 95),
        (of("Checkbox"), True, True),
        (of("Checkbox"), "false", False),
        (of("Checkbox"), None, False),
        (of("Date"), "2025-08-01", 1754031600),
        (of("Date"), "2025-08-01T23:30:00Z", 1754031600),
        (of("Date"), "2025-08-02T06:30:00Z", 1754031600),  # still the day before at the account's
        (of("Date"), "2025-08-01T06:30:00", 1754031600),
        (of("Date"), None, None),
        (of("CloseDate"), "2017-01-23", "1/23/2017"),
        (LIST, "Price", 79),
        (LIST, "price", 79),
        (LIST, "79", 79),
        (LIST, "timing", 83),
        (LIST, "85", 85),
        (LIST, None, None),
        (LISTS, ["Price", "Timing"], [79, 81]),
        (LISTS, "Price", [79]),
        (LISTS, None, []),
        (of("Connect"), ["27140359"], [27140359]),
        (of("Connect"), None, []),
        (of("Tags"), ["one"], ["one"]),
        (of("Tags"), None, []),
        (of("Priority"), None, "None"),
        (of("Id"), "5", 5),
    ],
)
def test_writing(kind: Field, value: Value, raw: object) -> None:
    written = values.write(kind, value, PACIFIC)
    assert written == raw
    assert type(written) is type(raw)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (of("Float"), "many"),
        (of("Float"), "NaN"),
        (of("Float"), "123456789012345.67"),  # a double would round it
        (of("Date"), "soon"),
        (of("CloseDate"), "soon"),
        (of("Checkbox"), "perhaps"),
        (of("Id"), "someone@secret.example"),
        (of("Connect"), ["someone@secret.example"]),
        (of("String"), "x" * 256),
        (of("String"), ["x", "y"]),
        (of("String", writable=False), "x"),
    ],
)
def test_what_a_field_cannot_hold_is_rejected_by_its_name(kind: Field, value: Value) -> None:
    with pytest.raises(Rejected, match="A field") as caught:
        values.write(kind, value, PACIFIC)
    assert "secret.example" not in str(caught.value)


@pytest.mark.parametrize(("kind", "value"), [(LIST, "Luck"), (LIST, "TIMING"), (LISTS, ["Price", "Luck"])])
def test_an_option_that_is_not_there_may_be_new(kind: Field, value: Value) -> None:
    with pytest.raises(Unknown, match="Price, Timing"):
        values.write(kind, value, PACIFIC)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (of("Float"), "many"),
        (of("Float"), True),
        (of("String"), 7),
        (of("Checkbox"), "yes"),
        (of("Date"), "soon"),
        (of("Date"), 10**30),
        (of("Moment"), "soon"),
        (of("Tags"), "one"),
        (LIST, "Price"),
        (of("Id"), -2),
    ],
)
def test_what_does_not_fit_its_type_is_unreadable(kind: Field, raw: object) -> None:
    with pytest.raises(Unreadable):
        values.read(kind, raw, PACIFIC)


def test_a_close_date_that_could_be_two_days_is_left_alone() -> None:
    unsure = Calendar(ZoneInfo("UTC"))
    for text in ("1/2/2017", "the 1st"):
        with pytest.raises(NotRead):
            values.read(of("CloseDate"), text, unsure)
    assert values.read(of("CloseDate"), "2/2/2017", unsure) == "2017-02-02"
    with pytest.raises(Rejected, match="order of day and month"):
        values.write(of("CloseDate"), "2017-01-23", unsure)


def test_a_day_needs_the_zone_of_the_account() -> None:
    with pytest.raises(Rejected, match="time zone"):
        values.write(of("Date"), "2025-08-01", Calendar(None))


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_amounts_come_back_as_they_were_written(amount: Decimal) -> None:
    text = fields.decimal_text(amount)
    written = values.write(of("Float"), text, PACIFIC)
    assert values.read(of("Float"), Decimal(repr(written)), PACIFIC) == text


@pytest.mark.parametrize(
    ("kind", "raw", "knows"),
    [
        (LIST, 79, True),
        (LIST, 99, False),
        (LIST, None, True),
        (LISTS, [79, 99], False),
        (of("Float"), 99, True),
    ],
)
def test_an_unknown_option_is_a_reason_to_ask_again(kind: Field, raw: object, knows: bool) -> None:
    assert values.knows(kind, raw) is knows


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["a", "b"], ["b", "a"], True),
        (["a"], ["a", "b"], False),
        (None, [], True),
        ("", None, True),
        ("1", True, False),
        (1, True, False),
        (False, None, False),
        ("a", "a", True),
    ],
)
def test_sameness(one: Value, other: Value, same: bool) -> None:
    assert fields.same(one, other) is same

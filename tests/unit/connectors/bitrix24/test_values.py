"""Values between Bitrix24's dialects and plain ones."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.bitrix24 import values
from connectors.bitrix24.values import Field
from connectors.errors import Rejected, Unreadable
from mapping.model import Value

REASONS = {"79": "Price", "81": "Timing", "83": "timing"}


def of(kind: str, **more: object) -> Field:
    """A field of that type."""
    return Field("ufCrm_1", kind, "UF_CRM_1", "A field", **more)  # type: ignore[arg-type]


LIST = of("enumeration", options=REASONS)
LISTS = of("enumeration", options=REASONS, multiple=True)
AMOUNT = of("double", zero_is_empty=True)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (of("string"), "text", "text"),
        (of("string"), "", None),
        (of("string"), None, None),
        (of("string"), False, None),
        (of("integer"), 7, "7"),
        (of("integer"), "07", "7"),
        (of("double"), 1000.0, "1000"),
        (of("double"), "19999.90", "19999.9"),
        (of("double"), 1e16, "10000000000000000"),
        (of("double"), 0, "0"),
        (of("double"), -0.0, "0"),
        (AMOUNT, 0, None),
        (AMOUNT, "0.00", None),
        (of("money"), "300|RUB", "300"),
        (of("money"), "300.50|RUB", "300.5"),
        (of("boolean"), "Y", True),
        (of("boolean"), "N", False),
        (of("boolean"), 1, True),
        (of("boolean"), False, False),
        (of("date"), "2024-07-23", "2024-07-23"),
        (of("date"), "2024-07-23T00:00:00+02:00", "2024-07-23"),
        (of("date"), "2024-07-23T02:00:00+02:00", "2024-07-23"),
        (of("date"), "2024-07-22T19:00:00-05:00", "2024-07-23"),
        (of("datetime"), "2024-07-23T18:19:21+02:00", "2024-07-23T16:19:21Z"),
        (LIST, 79, "Price"),
        (LIST, "79", "Price"),
        (LIST, 0, None),
        (LIST, 99, "99"),
        (LISTS, [79, 81], ["Price", "Timing"]),
        (LISTS, [], None),
        (LISTS, False, None),
        (LISTS, {"1": 79, "2": 81}, ["Price", "Timing"]),
        (of("employee"), 6, "6"),
        (of("employee"), 0, None),
        (of("crm", multiple=True), ["C_12", "D_5"], ["C_12", "D_5"]),
        (of("boolean", multiple=True), ["Y", "N"], ["Y", "N"]),
    ],
)
def test_reading(kind: Field, raw: object, value: Value) -> None:
    assert values.read(kind, raw) == value


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        (of("string"), "text", "text"),
        (of("string"), None, ""),
        (of("double"), "1000.00", 1000),
        (of("double"), "19999.9", 19999.9),
        (of("double"), None, ""),
        (AMOUNT, None, 0),
        (of("money"), "300", "300|EUR"),
        (of("money"), None, ""),
        (of("boolean"), True, "Y"),
        (of("boolean"), False, "N"),
        (of("date"), "2024-07-23", "2024-07-23"),
        (of("datetime"), "2024-07-23T16:19:21Z", "2024-07-23T16:19:21+00:00"),
        (LIST, "Price", 79),
        (LIST, "price", 79),
        (LIST, "79", 79),
        (LIST, "timing", 83),
        (LIST, None, ""),
        (LISTS, ["Price", "Timing"], [79, 81]),
        (LISTS, "Price", [79]),
        (LISTS, None, []),
        (of("employee"), "6", 6),
    ],
)
def test_writing(kind: Field, value: Value, raw: object) -> None:
    assert values.write(kind, value, "EUR") == raw


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (of("double"), "many"),
        (of("double"), "NaN"),
        (of("date"), "soon"),
        (of("datetime"), "soon"),
        (of("employee"), "someone@secret.example"),
        (LIST, "Luck"),
        (LIST, "TIMING"),  # two options differ in case only
        (LIST, ["Price", "Timing"]),
        (of("string", read_only=True), "x"),
    ],
)
def test_what_a_field_cannot_hold_is_rejected_by_its_name(kind: Field, value: Value) -> None:
    with pytest.raises(Rejected, match="A field") as caught:
        values.write(kind, value)
    assert "secret.example" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "raw"), [(of("double"), "many"), (of("date"), "soon"), (LIST, "Price"), (of("user"), "Ann")]
)
def test_what_does_not_fit_its_type_is_unreadable(kind: Field, raw: object) -> None:
    with pytest.raises(Unreadable):
        values.read(kind, raw)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_amounts_come_back_as_they_were_written(amount: Decimal) -> None:
    text = values.decimal_text(amount)
    assert values.read(of("double"), values.write(of("double"), text)) == text


@given(st.datetimes().map(lambda moment: values.utc_text(moment.astimezone())))
def test_times_come_back_as_they_were_written(text: str) -> None:
    assert values.read(of("datetime"), values.write(of("datetime"), text)) == text


@given(st.dates(), st.integers(-11, 14))
def test_a_day_is_the_same_in_every_zone(day: object, hours: int) -> None:
    sign = "-" if hours < 0 else "+"
    assert values.read(of("date"), f"{day}T00:00:00{sign}{abs(hours):02}:00") == str(day)


@pytest.mark.parametrize(
    ("kind", "raw", "known"),
    [
        (LIST, 79, True),
        (LIST, 99, False),
        (LIST, None, True),
        (LISTS, [79, 99], False),
        (of("string"), "99", True),
    ],
)
def test_new_options_of_a_list_are_noticed(kind: Field, raw: object, known: bool) -> None:
    assert values.knows(kind, raw) is known

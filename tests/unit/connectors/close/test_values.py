"""Values in both directions, by type."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.close import values
from connectors.close.values import Field
from connectors.errors import Rejected, Unreadable
from mapping.model import Value


def field(
    kind: str, *, multiple: bool = False, writable: bool = True, choices: tuple[str, ...] = ()
) -> Field:
    return Field("custom.cf_x", "cf_x", "A field", kind, multiple, writable, choices)


@pytest.mark.parametrize(
    ("kind", "raw", "shown"),
    [
        ("money", 50000, "500"),
        ("money", -1250, "-12.5"),
        ("money", 1, "0.01"),
        ("money", 0, "0"),
        ("money", 9999999999999, "99999999999.99"),
        ("number", 7, "7"),
        ("number", Decimal("1200.50"), "1200.5"),
        ("number", Decimal("0.1"), "0.1"),
        ("number", Decimal("-0.0"), "0"),
        ("date", "2026-07-01", "2026-07-01"),
        ("date", "2026-07-01T00:00:00+00:00", "2026-07-01"),
        ("datetime", "2026-06-19T12:04:53.517000+00:00", "2026-06-19T12:04:53.517Z"),
        ("datetime", "2026-06-19T15:04:53+03:00", "2026-06-19T12:04:53Z"),
        ("datetime", "2026-06-19T12:04:53", "2026-06-19T12:04:53Z"),
        ("text", "Смета", "Смета"),
        ("textarea", "a\nb", "a\nb"),
        ("hidden", "x", "x"),
        ("choices", "Price", "Price"),
        ("user", "user_1", "user_1"),
        ("contact", "cont_1", "cont_1"),
        ("custom_object", "co_1", "co_1"),
        ("text", "", None),
        ("text", None, None),
        ("choices", [], None),
    ],
)
def test_a_raw_value_is_shown_plainly(kind: str, raw: object, shown: Value) -> None:
    assert values.read(field(kind), raw) == shown


def test_several_values_are_a_list() -> None:
    several = field("choices", multiple=True)
    assert values.read(several, ["Price", "Timing"]) == ["Price", "Timing"]
    assert values.read(several, "Price") == ["Price"]
    assert values.read(several, []) is None
    assert values.read(several, None) is None


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("money", "many"), ("number", "1e9999999"), ("number", "NaN"), ("date", "soon"), ("datetime", "soon")],
)
def test_what_does_not_fit_its_type_is_unreadable(kind: str, raw: object) -> None:
    with pytest.raises(Unreadable, match="A field"):
        values.read(field(kind), raw)


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        ("money", "500", 50000),
        ("money", "-12.5", -1250),
        ("money", "0.005", 1),
        ("money", "99999999999.99", 9999999999999),
        ("number", "7", 7),
        ("number", "1200.50", 1200.5),
        ("date", "2026-07-01", "2026-07-01"),
        ("date", "2026-07-01T23:00:00Z", "2026-07-01"),
        ("datetime", "2026-06-19T12:04:53Z", "2026-06-19T12:04:53+00:00"),
        ("text", True, "Yes"),
        ("text", "x", "x"),
        ("user", "user_1", "user_1"),
        ("text", None, None),
        ("number", "", None),
        ("choices", [], None),
    ],
)
def test_a_plain_value_is_written_as_close_takes_it(kind: str, value: Value, raw: object) -> None:
    written = values.write(field(kind), value)
    assert written == raw
    assert type(written) is type(raw)


def test_a_choice_is_one_of_the_list_in_any_case() -> None:
    reason = field("choices", choices=("Price", "Timing"))
    assert values.write(reason, "price") == "Price"
    with pytest.raises(Rejected, match="Price, Timing"):
        values.write(reason, "Luck")
    assert values.write(field("choices", multiple=True, choices=("Price",)), "PRICE") == ["Price"]
    assert values.write(field("choices", choices=("Yes", "No")), True) == "Yes"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("money", "many"),
        ("number", "many"),
        ("date", "soon"),
        ("datetime", "soon"),
        ("user", "a@b.example"),
        ("text", ["a"]),
    ],
)
def test_what_a_field_cannot_hold_is_rejected_by_its_name(kind: str, value: Value) -> None:
    with pytest.raises(Rejected, match="A field") as caught:
        values.write(field(kind), value)
    assert "a@b.example" not in str(caught.value)


def test_a_field_that_nobody_may_write_is_rejected() -> None:
    with pytest.raises(Rejected, match="A field"):
        values.write(field("text", writable=False), "x")


def test_times_without_an_offset_are_utc() -> None:
    assert values.moment_of("2019-01-15T12:48:23.395000") == datetime(2019, 1, 15, 12, 48, 23, 395000, UTC)
    assert (
        values.exact_text(values.moment_of("2019-01-15T14:48:23.395000+02:00"))
        == "2019-01-15T12:48:23.395000Z"
    )
    assert values.moment(None) is None
    with pytest.raises(Unreadable):
        values.moment("soon")

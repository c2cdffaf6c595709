"""Values of every type, from Zoho and back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.errors import Rejected, Unreadable
from connectors.zoho import values
from connectors.zoho.fields import Field
from mapping.model import Value

LIST = Field("Why", "Why", "picklist", options={"-None-": "-None-", "p": "Price", "t1": "Same", "t2": "Same"})
SEVERAL = Field("Whys", "Whys", "multiselectpicklist", options=LIST.options)


def kind(data_type: str, **more: object) -> Field:
    """A field of that type."""
    return Field("F", "F", data_type, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "raw", "shown"),
    [
        (kind("text"), "x", "x"),
        (kind("text"), "", None),
        (kind("currency"), Decimal("99999999999.99"), "99999999999.99"),
        (kind("currency"), 1500, "1500"),
        (kind("double"), Decimal("1500.500"), "1500.5"),
        (kind("integer"), 0, "0"),
        (kind("bigint"), "9007199254740993", "9007199254740993"),
        (kind("percent"), Decimal("-0.0"), "0"),
        (kind("boolean"), False, False),
        (kind("boolean"), "true", True),
        (kind("date"), "2027-01-31", "2027-01-31"),
        (kind("datetime"), "2026-03-29T03:30:00+03:00", "2026-03-29T00:30:00Z"),
        (kind("datetime"), "2026-10-25T03:30:00+02:00", "2026-10-25T01:30:00Z"),
        (LIST, "p", "Price"),
        (LIST, "-None-", None),
        (LIST, "t1", "t1"),
        (LIST, "gone", "gone"),
        (SEVERAL, ["p", "t2"], ["Price", "t2"]),
        (SEVERAL, "p;t2", ["Price", "t2"]),
        (SEVERAL, [], None),
        (kind("lookup"), {"id": "7328395000000710010", "name": "P"}, "7328395000000710010"),
        (kind("userlookup"), {"id": "7328395000000562001", "name": "P"}, "7328395000000562001"),
        (kind("lookup"), "7328395000000710010", "7328395000000710010"),
        (kind("richtext"), "x" * 900, "x" * 500),
        (kind("formula"), Decimal("3.50"), "3.5"),
        (kind("formula"), True, True),
        (kind("autonumber"), "D-7", "D-7"),
        (kind("fileupload"), [{"file_Name": "offer.pdf", "id": "1"}], ["offer.pdf"]),
        (kind("datetime"), None, None),
    ],
)
def test_a_raw_value_is_shown_plainly(field: Field, raw: object, shown: Value) -> None:
    assert values.read(field, raw) == shown
    assert type(values.read(field, raw)) is type(shown)


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (kind("currency"), "much"),
        (kind("date"), "soon"),
        (kind("datetime"), "soon"),
        (kind("lookup"), {"id": "x y"}),
        (kind("integer"), True),
    ],
)
def test_what_does_not_fit_its_type_is_unreadable(field: Field, raw: object) -> None:
    with pytest.raises(Unreadable):
        values.read(field, raw)


@pytest.mark.parametrize(
    ("field", "value", "raw"),
    [
        (kind("text"), "x", "x"),
        (kind("text"), None, None),
        (kind("text"), "", None),
        (kind("currency"), "99999999999.99", 99999999999.99),
        (kind("currency"), "1500.0", 1500),
        (kind("integer"), "7", 7),
        (kind("bigint"), "9007199254740993", "9007199254740993"),
        (kind("boolean"), True, True),
        (kind("boolean"), "false", False),
        (kind("date"), "2027-01-31T00:00:00Z", "2027-01-31"),
        (kind("datetime"), "2026-03-29T00:30:00.123Z", "2026-03-29T00:30:00+00:00"),
        (LIST, "Price", "p"),
        (LIST, "price", "p"),
        (LIST, "t2", "t2"),
        (SEVERAL, ["Price", "t1"], ["p", "t1"]),
        (SEVERAL, "Price", ["p"]),
        (SEVERAL, [], None),
        (kind("lookup"), "7328395000000710010", {"id": "7328395000000710010"}),
        (kind("picklist"), "EUR", "EUR"),
    ],
)
def test_a_plain_value_is_written_as_zoho_takes_it(field: Field, value: Value, raw: object) -> None:
    written = values.write(field, value)
    assert written == raw
    assert type(written) is type(raw)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (kind("currency"), "much", "currency"),
        (kind("currency"), "12345678901234567890.12", "digits"),
        (kind("integer"), "1.5", "integer"),
        (kind("boolean"), "maybe", "boolean"),
        (kind("lookup"), "Acme", "lookup"),
        (kind("text"), ["a", "b"], "one value"),
        (kind("formula"), "1", "not let us write"),
        (kind("text", writable=False), "1", "not let us write"),
        (LIST, "Luck", "Price"),
        (LIST, "Same", "t1"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_with_its_name(field: Field, value: Value, said: str) -> None:
    with pytest.raises(Rejected, match=said) as caught:
        values.write(field, value)
    assert field.name in str(caught.value)

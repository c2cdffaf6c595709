"""Values between Close's JSON and the house's plain ones: decimal strings, days, UTC times, labels. Pure.

Both directions go by the field's type as the custom field schema names it (docs/connectors/close.md#values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from connectors.errors import Rejected, Unreadable
from connectors.http import short
from mapping.model import Value

LARGEST = 60  # digits before the point; a number beyond is nobody's amount
CENTS = 2


class UnknownChoice(Rejected):
    """The field has no such choice, as far as we know: an admin may have added it since."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a deal; `key` is its name in Close's JSON, `name` what a mapping calls it."""

    key: str
    name: str
    label: str
    type: str
    multiple: bool = False
    writable: bool = True
    choices: tuple[str, ...] = ()


# --- from Close ---


def read(field: Field, raw: object) -> Value:
    """A raw value as a plain one, an empty one as `None`; `Unreadable` if it does not fit its type."""
    if field.multiple:
        parts = raw if isinstance(raw, list) else [raw]
        return [str(shown) for part in parts if (shown := _read_one(field, part)) is not None] or None
    return _read_one(field, raw[0] if isinstance(raw, list) and raw else raw)


def _read_one(field: Field, raw: object) -> Value:
    if raw is None or raw == "" or raw == []:
        return None
    try:
        return _READ.get(field.type, str)(raw)
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(f"The field {field.label} holds no readable {field.type}.") from error


def _money(raw: object) -> str:
    return decimal_text(Decimal(str(raw)).scaleb(-CENTS))


def _day(raw: object) -> str:
    return date.fromisoformat(str(raw)[:10]).isoformat()


def _moment(raw: object) -> str:
    return utc_text(moment_of(raw))


def decimal_text(raw: object) -> str:
    """A number as a decimal string without trailing zeros; raises InvalidOperation for anything else."""
    number = Decimal(str(raw).strip())
    if not number.is_finite() or abs(number.adjusted()) > LARGEST:
        raise InvalidOperation("no amount")
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


_READ: Mapping[str, Callable[[object], str]] = {
    "money": _money,
    "number": decimal_text,
    "date": _day,
    "datetime": _moment,
}


# --- to Close ---


def write(field: Field, value: Value) -> object:
    """A plain value as Close takes it, `None` to empty the field; `Rejected`, naming it, if it cannot hold it."""
    if not field.writable:
        raise Rejected(f"Close does not let anybody write the field {field.label}.")
    if value is None or value == "" or value == []:
        return None
    if field.multiple:
        return [_write_one(field, part) for part in (value if isinstance(value, list) else [value])]
    if isinstance(value, list):
        raise Rejected(f"The field {field.label} holds one value, not {len(value)}.")
    return _write_one(field, value)


def _write_one(field: Field, value: str | int | float | bool) -> object:
    try:
        return _WRITE.get(field.type, _as_text)(field, value)
    except (ValueError, InvalidOperation) as error:
        raise Rejected(f"The field {field.label} takes a {field.type}; this value is none.") from error


def _as_text(field: Field, value: object) -> str:
    return {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)


def _as_cents(field: Field, value: object) -> int:
    exact = Decimal(decimal_text(value)).scaleb(CENTS)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _as_number(field: Field, value: object) -> int | float:
    number = Decimal(decimal_text(value))
    return int(number) if number == number.to_integral_value() else float(number)


def _as_day(field: Field, value: object) -> str:
    return date.fromisoformat(str(value)[:10]).isoformat()


def _as_moment(field: Field, value: object) -> str:
    return moment_of(value).isoformat()


def _as_choice(field: Field, value: object) -> str:
    wanted = _as_text(field, value)
    if wanted in field.choices or not field.choices:
        return wanted
    found = [choice for choice in field.choices if choice.casefold() == wanted.casefold()]
    if len(found) != 1:
        listed = short(", ".join(field.choices))
        raise UnknownChoice(f"The field {field.label} has no choice {short(wanted, 60)!r}; it has: {listed}.")
    return found[0]


def _as_user(field: Field, value: object) -> str:
    if not is_user(value):
        raise Rejected(f"The field {field.label} takes a user of Close by id (user_...).")
    return str(value)


_WRITE: Mapping[str, Callable[[Field, object], object]] = {
    "money": _as_cents,
    "number": _as_number,
    "date": _as_day,
    "datetime": _as_moment,
    "choices": _as_choice,
    "user": _as_user,
}


# --- parts ---


def is_user(value: object) -> bool:
    """Whether a value is the id of a user."""
    return isinstance(value, str) and value.startswith("user_") and value.replace("_", "").isalnum()


def text_of(raw: object) -> str | None:
    """A text that says something, else `None`."""
    return raw if isinstance(raw, str) and raw.strip() else None


def moment_of(raw: object) -> datetime:
    """A moment in UTC; one without an offset is UTC (docs/connectors/close.md#times). Raises ValueError."""
    moment = datetime.fromisoformat(str(raw))
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment(raw: object) -> datetime | None:
    """A moment in UTC; `None` for nothing, `Unreadable` for what is no time."""
    if not raw:
        return None
    try:
        return moment_of(raw)
    except ValueError as error:
        raise Unreadable("Close sent something else where a time was due.") from error


def utc_text(moment: datetime) -> str:
    """A moment as `2026-07-23T16:19:21Z`, with milliseconds where there are any."""
    precision = "milliseconds" if moment.microsecond // 1000 else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def exact_text(moment: datetime) -> str:
    """A moment to the microsecond, as filters take it: a plus sign would have to be escaped."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

"""Values between Bitrix24's dialects and plain ones: decimal strings, days, UTC times, labels. Pure.

Both directions go by the field's type as `crm.item.fields` names it (docs/connectors/bitrix24.md#values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from connectors.bitrix24 import php
from connectors.errors import Rejected, Unreadable
from connectors.http import short
from mapping.model import Value


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a deal; `name` is what `crm.item.*` calls it, `original` what people know it by."""

    name: str
    type: str
    original: str = ""
    label: str = ""
    multiple: bool = False
    read_only: bool = False
    zero_is_empty: bool = False  # an amount that was never given is 0
    options: Mapping[str, str] = field(default_factory=dict)  # option id -> label


class UnknownOption(Rejected):
    """A list field has no such option, as far as we know the field."""


# --- from Bitrix24 ---


def read(kind: Field, raw: object) -> Value:
    """A raw value as a plain one, an empty one as `None`; `Unreadable` if it does not fit its type."""
    if kind.multiple:
        parts = list(php.as_map(raw).values()) if isinstance(raw, list | dict) else [raw]
        shown = [_read_one(kind, part) for part in parts]
        return [_text_of(part) for part in shown if part is not None] or None
    return _read_one(kind, raw[0] if isinstance(raw, list) and raw else raw)


def knows(kind: Field, raw: object) -> bool:
    """Whether the field's list has the options that a raw value names; true for what is no list."""
    if kind.type != "enumeration":
        return True
    keys = (id_text(part) for part in (raw if isinstance(raw, list) else [raw]))
    return all(key in kind.options for key in keys if key not in (None, "0"))


def _read_one(kind: Field, raw: object) -> str | bool | None:
    if raw is None or raw in ("", [], {}) or (raw is False and kind.type != "boolean"):
        return None  # PHP shows what is empty in all of these ways
    try:
        return _READ.get(kind.type, _read_text)(kind, raw)
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(f"The field {kind.label or kind.name} holds no readable {kind.type}.") from error


def _text_of(value: str | bool) -> str:
    return {True: "Y", False: "N"}[value] if isinstance(value, bool) else value


def _read_text(kind: Field, raw: object) -> str:
    return str(raw)


def _read_number(kind: Field, raw: object) -> str | None:
    number = decimal_text(raw)
    return None if kind.zero_is_empty and number == "0" else number


def _read_money(kind: Field, raw: object) -> str | None:
    return _read_number(kind, str(raw).partition("|")[0] or "0")


def _read_flag(kind: Field, raw: object) -> bool:
    return str(raw).upper() in ("Y", "1", "TRUE")


def _read_day(kind: Field, raw: object) -> str:
    """The day. A day may come as a time: local midnight, or UTC midnight seen from the server's zone."""
    moment = datetime.fromisoformat(str(raw))
    if moment.tzinfo is not None and moment.astimezone(UTC).time() == time.min:
        moment = moment.astimezone(UTC)
    return moment.date().isoformat()


def _read_time(kind: Field, raw: object) -> str:
    return utc_text(moment_of(raw))


def _read_option(kind: Field, raw: object) -> str | None:
    key = id_text(raw)
    return None if key is None or key == "0" else kind.options.get(key, key)


def _read_id(kind: Field, raw: object) -> str | None:
    key = id_text(raw)
    return None if key == "0" else key


_READ: Mapping[str, Callable[[Field, object], str | bool | None]] = {
    "integer": _read_number,
    "double": _read_number,
    "money": _read_money,
    "boolean": _read_flag,
    "date": _read_day,
    "datetime": _read_time,
    "enumeration": _read_option,
    "user": _read_id,
    "employee": _read_id,
}


# --- to Bitrix24 ---


def write(kind: Field, value: Value, currency: str | None = None) -> object:
    """A plain value as `crm.item.*` takes it; `Rejected`, naming the field, if the field cannot hold it.

    `currency` completes an amount for a money field.
    """
    if kind.read_only:
        raise Rejected(f"Bitrix24 does not let anybody write the field {kind.label or kind.name}.")
    if kind.multiple:
        parts = value if isinstance(value, list) else [value]
        return [_write_one(kind, part, currency) for part in parts if part not in (None, "")]
    if isinstance(value, list):
        raise Rejected(f"The field {kind.label or kind.name} holds one value, not {len(value)}.")
    return _write_one(kind, value, currency)


def _write_one(kind: Field, value: str | int | float | bool | None, currency: str | None) -> object:
    if value is None or value == "":
        return 0 if kind.zero_is_empty else ""
    if kind.type == "money":
        return f"{decimal_text(value)}|{currency or ''}"
    try:
        return _WRITE.get(kind.type, _write_text)(kind, value)
    except (ValueError, InvalidOperation) as error:
        raise Rejected(
            f"The field {kind.label or kind.name} takes a {kind.type}; this value is none."
        ) from error


def _write_text(kind: Field, value: object) -> object:
    return _text_of(value) if isinstance(value, bool) else str(value)


def _write_number(kind: Field, value: object) -> object:
    number = Decimal(decimal_text(value))
    return int(number) if number == number.to_integral_value() else float(number)


def _write_flag(kind: Field, value: object) -> object:
    return "Y" if value is True or str(value).upper() in ("Y", "1", "TRUE") else "N"


def _write_day(kind: Field, value: object) -> object:
    return date.fromisoformat(str(value)[:10]).isoformat()


def _write_time(kind: Field, value: object) -> object:
    return offset_text(moment_of(value))


def _write_option(kind: Field, value: object) -> object:
    wanted = str(value)
    for key, label in kind.options.items():
        if wanted in (label, key):
            return int(key)
    found = [key for key, label in kind.options.items() if label.casefold() == wanted.casefold()]
    if len(found) != 1:
        raise UnknownOption(
            f"The list {kind.label or kind.name} has no option {short(wanted, 60)!r}; it has: "
            + ", ".join(kind.options.values())
        )
    return int(found[0])


def _write_id(kind: Field, value: object) -> object:
    return int(str(value))


_WRITE: Mapping[str, Callable[[Field, object], object]] = {
    "integer": _write_number,
    "double": _write_number,
    "boolean": _write_flag,
    "date": _write_day,
    "datetime": _write_time,
    "enumeration": _write_option,
    "user": _write_id,
    "employee": _write_id,
}


# --- parts ---


def id_text(raw: object) -> str | None:
    """An id of either dialect as text, `7` and `"07"` alike; `None` for nothing, `Unreadable` for words."""
    if raw is None or raw == "":
        return None
    try:
        return str(int(str(raw)))
    except ValueError:
        raise Unreadable("Bitrix24 sent something else where the number of a record was due.") from None


def user_id(raw: object) -> str | None:
    """The id of a user; `None` for nobody and for the portal itself, which is user 0."""
    key = id_text(raw)
    return None if key == "0" else key


def decimal_text(raw: object) -> str:
    """A number as a decimal string without trailing zeros; raises InvalidOperation for anything else."""
    number = Decimal(str(raw).strip())
    if not number.is_finite():
        raise InvalidOperation(f"{number} is no amount")
    text = format(number.normalize(), "f")
    return "0" if text == "-0" else text


def moment_of(raw: object) -> datetime:
    """A moment from ISO 8601; one without an offset is taken as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(str(raw))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def utc_text(moment: datetime) -> str:
    """A moment as `2024-07-23T16:19:21Z`."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def offset_text(moment: datetime) -> str:
    """A moment with an explicit offset: without one, Bitrix24 reads it in a zone that it does not name."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()

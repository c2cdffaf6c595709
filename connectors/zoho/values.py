"""Values between Zoho's JSON and plain ones: decimal strings, days, UTC times, labels, ids. Pure.

Both directions go by the field's `data_type` (docs/connectors/zoho.md#values).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from connectors.errors import Rejected, Unreadable
from connectors.http import short
from connectors.zoho.fields import NOTHING, Field, NoSuchOption
from mapping.model import Value

CUT = 500  # lists show so many characters of a rich text
ID = re.compile(r"\d{1,19}")
UNLISTED = frozenset({"subform", "multiselectlookup", "multiuserlookup", "multi_module_lookup"})
"""Types that only a single read shows: a list could never say whether they changed."""


# --- from Zoho ---


def read(kind: Field, raw: object) -> Value:
    """A raw value as a plain one, an empty one as `None`; `Unreadable` if it does not fit its type."""
    if raw is None or raw in ("", [], {}):
        return None
    try:
        return _READ.get(kind.type, _read_other)(kind, raw)
    except (ValueError, InvalidOperation) as error:
        raise Unreadable(f"Zoho's field {kind.name} holds no readable {kind.type}.") from error


def _read_other(kind: Field, raw: object) -> Value:
    """By its JSON alone: text, formulas and what we do not know."""
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, int | Decimal):
        return decimal_text(raw)
    if isinstance(raw, list):
        return [_name(each) for each in raw]
    return _name(raw)


def _name(raw: object) -> str:
    if isinstance(raw, Mapping):
        found = (raw.get(key) for key in ("name", "file_Name", "File_Name__s", "id"))
        return next((str(each) for each in found if each), "")
    return str(raw)


def _read_rich(kind: Field, raw: object) -> Value:
    return str(raw)[:CUT]


def _read_number(kind: Field, raw: object) -> Value:
    return decimal_text(raw)


def _read_flag(kind: Field, raw: object) -> Value:
    return raw if isinstance(raw, bool) else str(raw).lower() == "true"


def _read_day(kind: Field, raw: object) -> Value:
    return date.fromisoformat(str(raw)[:10]).isoformat()


def _read_time(kind: Field, raw: object) -> Value:
    return utc_text(moment(raw))


def _read_option(kind: Field, raw: object) -> Value:
    return None if raw == NOTHING else kind.labels.get(str(raw), str(raw))


def _read_options(kind: Field, raw: object) -> Value:
    """A list in a record, `;`-joined in the answer of a query."""
    parts = raw if isinstance(raw, list) else str(raw).split(";")
    chosen = [str(part).strip() for part in parts]
    return [kind.labels.get(part, part) for part in chosen if part and part != NOTHING] or None


def _read_link(kind: Field, raw: object) -> Value:
    return id_of(raw)


_READ: Mapping[str, Callable[[Field, object], Value]] = {
    "integer": _read_number,
    "bigint": _read_number,
    "long": _read_number,
    "double": _read_number,
    "currency": _read_number,
    "percent": _read_number,
    "boolean": _read_flag,
    "date": _read_day,
    "datetime": _read_time,
    "picklist": _read_option,
    "multiselectpicklist": _read_options,
    "lookup": _read_link,
    "ownerlookup": _read_link,
    "userlookup": _read_link,
    "richtext": _read_rich,
}


def knows(kind: Field, raw: object) -> bool:
    """Whether a list has the options that a raw value names; true for what is no list."""
    if kind.type not in ("picklist", "multiselectpicklist") or not kind.options or not raw:
        return True
    parts = raw if isinstance(raw, list) else [raw] if kind.type == "picklist" else str(raw).split(";")
    return all(str(part) in kind.options for part in parts)


# --- to Zoho ---


def write(kind: Field, value: Value) -> object:
    """A plain value as Zoho takes it, `None` to clear; `Rejected`, naming the field, if it cannot hold it."""
    if not kind.writable or kind.type in _READ_ONLY:
        raise Rejected(f"Zoho does not let us write the field {kind.name} ({kind.label}); map another one.")
    if value is None or value in ("", []):
        return None
    if isinstance(value, list) and kind.type != "multiselectpicklist":
        raise Rejected(f"The field {kind.name} holds one value, not {len(value)}.")
    try:
        return _WRITE.get(kind.type, _write_text)(kind, value)
    except (ValueError, InvalidOperation) as error:
        raise Rejected(f"The field {kind.name} takes a {kind.type}; this value is none.") from error


def _write_text(kind: Field, value: Value) -> object:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _write_whole(kind: Field, value: Value) -> object:
    number = Decimal(decimal_text(value))
    if number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def _write_big(kind: Field, value: Value) -> object:
    return str(_write_whole(kind, value))  # beyond 2^53 a JSON number would be rounded on the way


def _write_number(kind: Field, value: Value) -> object:
    number = Decimal(decimal_text(value))
    if number == number.to_integral_value():
        return int(number)
    if Decimal(repr(float(number))) != number:
        raise Rejected(f"The field {kind.name} cannot hold all digits of this number.")
    return float(number)


def _write_flag(kind: Field, value: Value) -> object:
    known = {"true": True, "false": False}
    text = str(value).lower()
    if text not in known:
        raise ValueError("no boolean")
    return known[text]


def _write_day(kind: Field, value: Value) -> object:
    return date.fromisoformat(str(value)[:10]).isoformat()


def _write_time(kind: Field, value: Value) -> object:
    return offset_text(moment(value))


def _write_option(kind: Field, value: Value) -> object:
    return _option(kind, value)


def _write_options(kind: Field, value: Value) -> object:
    return [_option(kind, each) for each in (value if isinstance(value, list) else [value])]


def _option(kind: Field, value: Value) -> str:
    # Zoho takes unknown words without a word and keeps them: they are refused here.
    actual = kind.actual(str(value)) if kind.options else str(value)
    if actual is None:
        has = ", ".join(kind.labels.values())
        raise NoSuchOption(f"The field {kind.name} has no option {short(str(value), 60)!r}; it has: {has}.")
    return actual


def _write_link(kind: Field, value: Value) -> object:
    if not ID.fullmatch(str(value)):
        raise ValueError("no id")
    return {"id": str(value)}


_WRITE: Mapping[str, Callable[[Field, Value], object]] = {
    "integer": _write_whole,
    "bigint": _write_big,
    "long": _write_big,
    "double": _write_number,
    "currency": _write_number,
    "percent": _write_number,
    "boolean": _write_flag,
    "date": _write_day,
    "datetime": _write_time,
    "picklist": _write_option,
    "multiselectpicklist": _write_options,
    "lookup": _write_link,
    "ownerlookup": _write_link,
    "userlookup": _write_link,
}
_READ_ONLY = frozenset(
    {"formula", "autonumber", "rollup_summary", "fileupload", "imageupload", "profileimage", "richtext"}
)


# --- parts ---


def id_of(raw: object) -> str | None:
    """The id of a lookup in any of its forms, as text; `None` for nothing. `Unreadable` if it has none."""
    found = raw.get("id") if isinstance(raw, Mapping) else raw
    if found in (None, ""):
        return None
    if not ID.fullmatch(str(found)):
        raise Unreadable("Zoho sent something else where the id of a record was due.")
    return str(found)


def decimal_text(raw: object) -> str:
    """A number as a decimal string without trailing zeros; raises InvalidOperation for anything else."""
    if isinstance(raw, bool):
        raise InvalidOperation("a flag is no number")
    number = Decimal(str(raw).strip())
    if not number.is_finite():
        raise InvalidOperation(f"{number} is no amount")
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def moment(raw: object) -> datetime:
    """A time in the API user's zone as UTC; one without an offset is taken as UTC. Raises ValueError."""
    at = datetime.fromisoformat(str(raw))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def utc_text(at: datetime) -> str:
    """A time as `2024-07-23T16:19:21Z`."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def offset_text(at: datetime) -> str:
    """A time as Zoho takes it: with an offset and without milliseconds, which it refuses."""
    return at.astimezone(UTC).replace(microsecond=0).isoformat()

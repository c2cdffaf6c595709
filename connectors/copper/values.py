"""Values between Copper's JSON and plain ones: decimal strings, days, UTC times, labels. Pure.

Both directions go by the field's type (docs/connectors/copper.md#values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from connectors.copper import dates
from connectors.copper.answers import id_text, moment
from connectors.copper.dates import Calendar
from connectors.copper.fields import Field, NotRead, Unknown, decimal_text
from connectors.errors import Rejected, Unreadable
from connectors.http import short
from mapping.model import Value

STRING_LENGTH = 255  # of a custom field of type String
NO_PRIORITY = "None"
MOST_DIGITS = 15  # that a JSON number keeps in every program it passes through


# --- from Copper ---


def read(kind: Field, raw: object, calendar: Calendar) -> Value:
    """A raw value as a plain one, an empty one as `None`.

    Raises Unreadable if it does not fit its type, NotRead if only the account's settings could tell.
    """
    if raw is None or raw in ("", []):
        return None
    try:
        return _READ.get(kind.type, _read_text)(kind, raw, calendar)
    except NotRead:
        raise
    except (ValueError, InvalidOperation, OverflowError, OSError) as error:
        raise Unreadable(f"The field {kind.label} in Copper holds no readable {kind.type}.") from error


def knows(kind: Field, raw: object) -> bool:
    """Whether the field has the options that a raw value names; true for what has no options."""
    if kind.type not in ("Dropdown", "MultiSelect"):
        return True
    keys = (id_text(part) for part in (raw if isinstance(raw, list) else [raw]))
    return all(key in kind.options for key in keys if key is not None)


def _read_text(kind: Field, raw: object, calendar: Calendar) -> Value:
    if not isinstance(raw, str):
        raise ValueError("no text")
    return raw


def _read_number(kind: Field, raw: object, calendar: Calendar) -> Value:
    if isinstance(raw, bool):
        raise ValueError("no number")
    return decimal_text(raw)


def _read_flag(kind: Field, raw: object, calendar: Calendar) -> Value:
    if not isinstance(raw, bool):
        raise ValueError("no flag")
    return raw


def _read_day(kind: Field, raw: object, calendar: Calendar) -> Value:
    """A day: an instant by all samples, `mm/dd/yyyy` by one page of the vendor's."""
    if isinstance(raw, str) and not raw.isdigit():
        return Calendar(calendar.zone, dates.order_of(raw) or "MDY").read(raw).isoformat()  # type: ignore[union-attr]
    return calendar.day_at(int(str(raw))).isoformat()


def _read_close_date(kind: Field, raw: object, calendar: Calendar) -> Value:
    try:
        day = calendar.read(str(raw))
    except ValueError as error:
        raise NotRead(kind.label) from error
    if day is None:
        raise NotRead(kind.label)
    return day.isoformat()


def _read_moment(kind: Field, raw: object, calendar: Calendar) -> Value:
    at = moment(raw)
    return None if at is None else dates.utc_text(at)


def _read_option(kind: Field, raw: object, calendar: Calendar) -> Value:
    key = id_text(raw)
    return None if key is None else kind.labels.get(key, key)


def _read_options(kind: Field, raw: object, calendar: Calendar) -> Value:
    keys = [id_text(part) for part in (raw if isinstance(raw, list) else [raw])]
    return [kind.labels.get(key, key) for key in keys if key is not None] or None


def _read_links(kind: Field, raw: object, calendar: Calendar) -> Value:
    """Ids of connected records; whether they come bare or inside objects is not documented."""
    parts = raw if isinstance(raw, list) else [raw]
    keys = [id_text(part.get("id") if isinstance(part, dict) else part) for part in parts]
    return [key for key in keys if key is not None] or None


def _read_tags(kind: Field, raw: object, calendar: Calendar) -> Value:
    if not isinstance(raw, list):
        raise ValueError("no list of tags")
    return [str(tag) for tag in raw]


def _read_priority(kind: Field, raw: object, calendar: Calendar) -> Value:
    return None if raw == NO_PRIORITY else str(raw)


def _read_id(kind: Field, raw: object, calendar: Calendar) -> Value:
    return id_text(raw)


_READ: Mapping[str, Callable[[Field, object, Calendar], Value]] = {
    "Float": _read_number,
    "Currency": _read_number,
    "Percentage": _read_number,
    "Checkbox": _read_flag,
    "Date": _read_day,
    "CloseDate": _read_close_date,
    "Moment": _read_moment,
    "Dropdown": _read_option,
    "MultiSelect": _read_options,
    "Connect": _read_links,
    "Tags": _read_tags,
    "Priority": _read_priority,
    "Id": _read_id,
}


# --- to Copper ---


def write(kind: Field, value: Value, calendar: Calendar) -> object:
    """A plain value as Copper takes it; `Rejected`, naming the field, if the field cannot hold it."""
    if not kind.writable:
        raise Rejected(f"Copper does not let anybody write the field {kind.label} - map another one.")
    if isinstance(value, list) and kind.type not in _SEVERAL:
        raise Rejected(f"The field {kind.label} in Copper holds one value, not {len(value)}.")
    if value is None or value in ("", []):
        return _NOTHING.get(kind.type)
    try:
        return _WRITE.get(kind.type, _write_text)(kind, value, calendar)
    except (ValueError, InvalidOperation, OverflowError) as error:
        reason = f": {error}" if kind.type in ("Date", "CloseDate") else ""
        raise Rejected(
            f"The field {kind.label} in Copper takes a {kind.type}; this value is none{reason}."
        ) from error


def _write_text(kind: Field, value: Value, calendar: Calendar) -> object:
    text = str(value)
    if kind.type == "String" and len(text) > STRING_LENGTH:
        raise Rejected(f"The field {kind.label} in Copper holds {STRING_LENGTH} characters, not {len(text)}.")
    return text


def _write_number(kind: Field, value: Value, calendar: Calendar) -> object:
    number = Decimal(decimal_text(value))
    if number == number.to_integral_value():
        return int(number)
    if len(number.as_tuple().digits) > MOST_DIGITS:
        raise Rejected(
            f"The field {kind.label}: a number of more than {MOST_DIGITS} digits would be rounded."
        )
    return float(number)


def _write_flag(kind: Field, value: Value, calendar: Calendar) -> object:
    known = {"true": True, "1": True, "y": True, "false": False, "0": False, "n": False}
    found = known.get(str(value).lower())
    if found is None:
        raise ValueError("no flag")
    return found


def _write_day(kind: Field, value: Value, calendar: Calendar) -> object:
    return calendar.midnight(dates.as_date(value, calendar.zone))


def _write_close_date(kind: Field, value: Value, calendar: Calendar) -> object:
    return calendar.written(dates.as_date(value, calendar.zone))


def _write_option(kind: Field, value: Value, calendar: Calendar) -> object:
    wanted = str(value)
    if wanted in kind.options:
        return int(wanted)
    exact = [key for key, label in kind.labels.items() if label == wanted]
    found = exact or [key for key, label in kind.labels.items() if label.casefold() == wanted.casefold()]
    if len(found) != 1:
        known = ", ".join(kind.options.values()) or "none"
        raise Unknown(
            f"The list {kind.label} in Copper has no option {short(wanted, 60)!r}; it has: {known}."
        )
    return int(found[0])


def _write_options(kind: Field, value: Value, calendar: Calendar) -> object:
    return [_write_option(kind, part, calendar) for part in _parts(value)]


def _write_links(kind: Field, value: Value, calendar: Calendar) -> object:
    return [int(part) for part in _parts(value)]


def _write_tags(kind: Field, value: Value, calendar: Calendar) -> object:
    return _parts(value)


def _write_id(kind: Field, value: Value, calendar: Calendar) -> object:
    return int(str(value))


def _parts(value: Value) -> list[str]:
    return value if isinstance(value, list) else [str(value)]


_WRITE: Mapping[str, Callable[[Field, Value, Calendar], object]] = {
    "Float": _write_number,
    "Currency": _write_number,
    "Percentage": _write_number,
    "Checkbox": _write_flag,
    "Date": _write_day,
    "CloseDate": _write_close_date,
    "Dropdown": _write_option,
    "MultiSelect": _write_options,
    "Connect": _write_links,
    "Tags": _write_tags,
    "Id": _write_id,
}
_SEVERAL = frozenset({"MultiSelect", "Connect", "Tags"})
_NOTHING: Mapping[str, object] = {
    "Checkbox": False,
    "MultiSelect": [],
    "Connect": [],
    "Tags": [],
    "Priority": NO_PRIORITY,
}
"""How nothing is written where it is not null."""

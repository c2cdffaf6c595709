"""HubSpot's strings to the house's plain values and back, by property type. No I/O.

Facts: docs/connectors/hubspot.md#values
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from mapping.model import Value

Show = Callable[[str], Value]

PLAIN_NUMBER = re.compile(r"(?:0|-?[1-9]\d{0,40})")
EPOCH_MS = re.compile(r"-?\d{10,15}")
UTC_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
HUGE = 60  # digits; a number beyond is shown as it is written


def number(raw: str) -> str:
    """`15000.00` -> `15000`; digits are never rounded; what is no number stays as it is."""
    if PLAIN_NUMBER.fullmatch(raw):
        return raw
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return raw
    if not value.is_finite() or abs(value.adjusted()) > HUGE:
        return raw
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def day(raw: str) -> str:
    """A date as `YYYY-MM-DD`; HubSpot also writes it as midnight UTC."""
    if EPOCH_MS.fullmatch(raw):
        return datetime.fromtimestamp(int(raw) / 1000, UTC).date().isoformat()
    return raw[:10]


def moment(raw: str) -> str:
    """A time as ISO 8601 UTC with `Z`, milliseconds where there are any; also from epoch milliseconds."""
    if UTC_MOMENT.fullmatch(raw):
        return raw.replace(".000Z", "Z")
    try:
        at = datetime.fromtimestamp(int(raw) / 1000, UTC) if EPOCH_MS.fullmatch(raw) else instant(raw)
    except (ValueError, OverflowError, OSError):
        return raw
    return iso(at)


def instant(raw: str) -> datetime:
    """An ISO 8601 time as aware UTC; `ValueError` if it is none."""
    at = datetime.fromisoformat(raw)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def iso(at: datetime) -> str:
    """A time in the form that HubSpot reads and the house keeps."""
    precision = "milliseconds" if at.microsecond // 1000 else "seconds"
    return at.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def flag(raw: str) -> Value:
    """A boolean; what is neither stays as it is."""
    return {"true": True, "false": False}.get(raw.lower(), raw)


BY_TYPE: Mapping[str, Show] = {"number": number, "date": day, "datetime": moment, "bool": flag}


@dataclass(frozen=True)
class Property:
    """A deal property as the account's catalogue has it, and how its values are shown and stored."""

    name: str
    label: str
    type: str
    multiple: bool = False
    writable: bool = True
    options: Mapping[str, str] = field(default_factory=dict)  # stored value -> label

    @property
    def show(self) -> Show | None:
        """How a stored text that is not empty is shown; `None` if as it is."""
        if self.type != "enumeration":
            return BY_TYPE.get(self.type)
        labels = self._labels()
        if self.multiple:
            return lambda raw: [labels.get(each, each) for each in raw.split(";") if each]
        return (lambda raw: labels.get(raw, raw)) if labels else None

    def store(self, value: Value) -> str:
        """The text that HubSpot keeps for a value; nothing is the empty text."""
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list):
            return ";".join(self._stored(each) for each in value)
        return self._stored(str(value)) if self.type == "enumeration" else str(value)

    def shown(self, raw: str | None) -> Value:
        """The value that a stored text stands for."""
        return (self.show or str)(raw) if raw else None

    def knows(self, value: Value) -> bool:
        """Whether a value to store is among the options; true where there is no list of them."""
        if self.type != "enumeration" or not self.options or value is None:
            return True
        chosen = value if isinstance(value, list) else [str(value)]
        return all(self._stored(each) in self.options for each in chosen)

    def _labels(self) -> dict[str, str]:
        # A label that two options share could not be written back, so these show their stored values.
        counts = Counter(self.options.values())
        return {
            value: label for value, label in self.options.items() if label != value and counts[label] == 1
        }

    def _stored(self, shown: str) -> str:
        if shown in self.options:
            return shown
        folded = {label.casefold(): value for value, label in self._labels().items()}
        return folded.get(shown.casefold(), shown)


TITLE = Property("dealname", "Deal Name", "string")
AMOUNT = Property("amount", "Amount", "number")
CURRENCY = Property("deal_currency_code", "Currency", "enumeration")
SOURCE = Property("hs_object_source_label", "Record source", "string", writable=False)
CREATED = Property("createdate", "Create Date", "datetime", writable=False)
OWNER = Property("hubspot_owner_id", "Deal owner", "enumeration")

STANDARD: Mapping[str, Property] = {
    "title": TITLE,
    "amount": AMOUNT,
    "currency": CURRENCY,
    "source": SOURCE,
    "created_at": CREATED,
}
"""The house's standard fields that live on the deal itself."""


def same(one: Value, other: Value) -> bool:
    """Whether two shown values are the same; the order of several choices means nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    return one == other and isinstance(one, bool) == isinstance(other, bool)

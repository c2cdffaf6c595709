"""The fields of deals, contacts and companies under both of their names, and how their values are typed.

Values are kept typed: ids and numbers as numbers, moments as Unix seconds, days as `YYYY-MM-DD`.
"""

import re
from dataclasses import dataclass, field
from datetime import timezone
from typing import Any, Final

from . import clock
from .errors import invalid_value, not_iterable
from .php import is_true, values_of

DEAL: Final = 2
CONTACT: Final = 3
COMPANY: Final = 4

_INTEGERS: Final = frozenset(
    {"integer", "user", "crm_company", "crm_contact", "crm_category", "crm_lead", "crm_quote", "enumeration"}
)
_DOUBLES: Final = frozenset({"double"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `legacy` is its name in the UPPER_CASE methods, `original` the name of a custom one."""

    name: str
    type: str = "string"
    legacy: str | None = None
    title: str = ""
    read_only: bool = False
    multiple: bool = False
    default: Any = None
    original: str = ""
    options: tuple[tuple[int, str], ...] = ()
    mandatory: bool = False

    @property
    def upper_name(self) -> str:
        """The name that identifies the field whatever its camelCase form is."""
        return self.original or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).upper()

    def typed(self, value: Any, zone: timezone) -> Any:
        """Return the value as it is kept; raises RestError when the field cannot take it."""
        if not self.multiple:
            return self._one(value, zone)
        if not isinstance(value, list | dict) and value not in (None, ""):
            raise not_iterable(value)
        return [self._one(part, zone) for part in values_of(value)]

    def _one(self, value: Any, zone: timezone) -> Any:
        if value is None or value == "":
            return self.default
        try:
            return self._cast(value, zone)
        except (TypeError, ValueError, OverflowError) as problem:
            raise invalid_value(self.name) from problem

    def _cast(self, value: Any, zone: timezone) -> Any:
        if self.type in _INTEGERS:
            return self._option(int(value))
        if self.type in _DOUBLES:
            return float(value)
        if self.type == "boolean":
            return "Y" if is_true(value) else "N"
        if self.type == "date":
            return clock.read_date(str(value))
        return clock.read(str(value), zone) if self.type == "datetime" else str(value)

    def _option(self, value: int) -> int:
        if self.options and value not in dict(self.options):
            raise ValueError(value)
        return value

    def shown(self, value: Any, zone: timezone) -> Any:
        """Return the value as `crm.item.*` answers it: numbers as numbers."""
        if value is None:
            return None
        if self.type == "datetime":
            return clock.show(value, zone)
        if self.type == "date":
            return clock.show_date(value, zone)
        if self.type in _DOUBLES and not self.multiple:
            return int(value) if value == int(value) else value
        return value

    def shown_legacy(self, value: Any, zone: timezone) -> Any:
        """Return the value as `crm.deal.*` answers it: everything a string."""
        if value is None or isinstance(value, list):
            return value
        if self.type in _DOUBLES and not self.original:
            return f"{value:.2f}"
        return str(self.shown(value, zone))

    def described(self) -> dict[str, Any]:
        """Return the entry of this field in `crm.item.fields`."""
        entry: dict[str, Any] = {
            "type": self.type,
            "isRequired": self.mandatory,
            "isReadOnly": self.read_only,
            "isImmutable": False,
            "isMultiple": self.multiple,
            "isDynamic": bool(self.original),
            "title": self.title or self.upper_name.replace("_", " ").capitalize(),
            "upperName": self.upper_name,
        }
        if self.options:
            entry["items"] = [{"ID": str(key), "VALUE": text} for key, text in self.options]
        return entry


@dataclass(slots=True)
class Schema:
    """The fields of one kind of record, found by either name."""

    by_name: dict[str, Field] = field(default_factory=dict)
    by_legacy: dict[str, Field] = field(default_factory=dict)
    by_upper: dict[str, Field] = field(default_factory=dict)

    def add(self, new: Field) -> None:
        """Add a field, or replace the one of that name."""
        self.by_name[new.name] = new
        if not new.original:
            self.by_upper[new.upper_name] = new
        if new.legacy:
            self.by_legacy[new.legacy] = new

    def add_custom(self, original: str, type: str = "string", **more: Any) -> Field:
        """Add a custom field under the camelCase name this CRM would give it."""
        name = camel_case(original)
        if self.by_name.get(name, Field(name, original=original)).original != original:
            name = original
        new = Field(name, type, legacy=original, original=original, **more)
        self.add(new)
        return new

    def find(self, name: str) -> Field | None:
        """Return the field of that name in either dialect."""
        return self.by_name.get(name) or self.by_legacy.get(name)


def camel_case(original: str) -> str:
    """Return the crm.item name of a custom field by the vendor's rule (docs/connectors/bitrix24.md).

    Letters only, or digits only after an object number: regular. Anything mixed keeps its tail untouched.
    """
    tail = original.removeprefix("UF_CRM_")
    number, _, rest = tail.rpartition("_") if re.fullmatch(r"\d+_\d+", tail) else ("", "", "")
    if number:
        return f"ufCrm{number}_{rest}"
    match = re.fullmatch(r"(?:(\d+)_)?([A-Z]+(?:_[A-Z]+)*)", tail)
    if match is None:
        return f"ufCrm_{tail}"
    words = "".join(word.capitalize() for word in match[2].split("_"))
    return f"ufCrm{match[1] or ''}{words}"

"""Custom field definitions, and how a value of each type is written, read and shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from .errors import Invalid

STRING_LENGTH: Final = 255
# Definitions are available on these, named in the singular.
AVAILABLE_ON: Final = ("lead", "person", "company", "opportunity", "project", "task")
OPTIONS_NEEDED: Final = {"Dropdown": 1, "MultiSelect": 2}


@dataclass(frozen=True)
class Option:
    """One choice of a Dropdown or MultiSelect."""

    id: int
    name: str
    rank: int


@dataclass(frozen=True)
class Definition:
    """One custom field; `key` is its field key, which the control API calls the field's name."""

    id: int
    name: str
    data_type: str
    available_on: tuple[str, ...]
    key: str
    is_filterable: bool = True
    options: tuple[Option, ...] = ()
    currency: str | None = None
    connected_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the definition as the API shows it; some keys are there for some types only."""
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "canonical_name": self.key,
            "data_type": self.data_type,
            "available_on": list(self.available_on),
            "is_filterable": self.is_filterable,
        }
        if self.data_type in OPTIONS_NEEDED:
            shown["options"] = [
                {"id": each.id, "name": each.name, "rank": each.rank} for each in self.options
            ]
        if self.data_type == "Currency":
            shown["currency"] = self.currency
        if self.data_type == "Connect":
            shown["connected_id"] = self.connected_id
        return shown

    @property
    def unset(self) -> Any:
        """Return the value of a record in which nobody filled this field."""
        if self.data_type in ("MultiSelect", "Connect"):
            return []
        return False if self.data_type == "Checkbox" else None

    def checked(self, value: Any, zone: ZoneInfo) -> Any:
        """Return a written value as it is kept; raises Invalid."""
        if value is None:
            return self.unset
        return _CHECKS[self.data_type](self, value, zone)

    def computed(self, value: Any) -> Any:
        """Return what `computed_value` shows: the names of options instead of their ids."""
        names = {option.id: option.name for option in self.options}
        if self.data_type == "Dropdown":
            return names.get(value)
        if self.data_type == "MultiSelect":
            return [names[each] for each in value if each in names]
        return value

    def option(self, name: Any) -> int | None:
        """Return the id of the option of that name."""
        return next((option.id for option in self.options if option.name == name), None)


def midnight(day: date, zone: ZoneInfo) -> int:
    """Return the Unix seconds of the beginning of a day."""
    return int(datetime.combine(day, time(), zone).timestamp())


def _string(definition: Definition, value: Any, zone: ZoneInfo) -> str | None:
    if not isinstance(value, str):
        raise Invalid("is not a string", malformed=True)
    if definition.data_type == "String" and len(value) > STRING_LENGTH:
        raise Invalid(f"is too long (maximum is {STRING_LENGTH} characters)")
    return value or None


def _float(definition: Definition, value: Any, zone: ZoneInfo) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("is not a number", malformed=True)
    return float(value)


def _percentage(definition: Definition, value: Any, zone: ZoneInfo) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("is not an integer", malformed=True)
    return value


def _checkbox(definition: Definition, value: Any, zone: ZoneInfo) -> bool:
    if not isinstance(value, bool):
        raise Invalid("is not a boolean", malformed=True)
    return value


def _date(definition: Definition, value: Any, zone: ZoneInfo) -> int:
    """Take Unix seconds or `mm/dd/yyyy`, the two documented forms; kept is the local midnight of that day."""
    if isinstance(value, str):
        try:
            return midnight(datetime.strptime(value, "%m/%d/%Y").date(), zone)  # noqa: DTZ007
        except ValueError as error:
            raise Invalid("is not a date", malformed=True) from error
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("is not a date", malformed=True)
    return midnight(datetime.fromtimestamp(value, zone).date(), zone)


def _option(definition: Definition, value: Any, zone: ZoneInfo) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("is not the id of an option", malformed=True)
    if value not in {option.id for option in definition.options}:
        raise Invalid("is not included in the list")
    return value


def _options(definition: Definition, value: Any, zone: ZoneInfo) -> list[int]:
    if not isinstance(value, list):
        raise Invalid("is not a list", malformed=True)
    return [_option(definition, each, zone) for each in value]


def _connections(definition: Definition, value: Any, zone: ZoneInfo) -> list[int]:
    if not isinstance(value, list) or not all(type(each) is int for each in value):
        raise Invalid("is not a list of ids", malformed=True)
    return list(dict.fromkeys(value))


_CHECKS: Final[dict[str, Callable[[Definition, Any, ZoneInfo], Any]]] = {
    "String": _string,
    "Text": _string,
    "URL": _string,
    "Float": _float,
    "Currency": _float,
    "Percentage": _percentage,
    "Checkbox": _checkbox,
    "Date": _date,
    "Dropdown": _option,
    "MultiSelect": _options,
    "Connect": _connections,
}
DATA_TYPES: Final = tuple(_CHECKS)


@dataclass
class Definitions:
    """All definitions of an account; `revision` moves with every change, for caches of rendered records."""

    by_id: dict[int, Definition] = field(default_factory=dict)
    revision: int = 0
    next_id: int = 126_240
    next_option: int = 167_772
    _on: dict[str, list[Definition]] = field(default_factory=dict)

    def put(self, definition: Definition) -> Definition:
        """Keep a definition, new or changed."""
        self.by_id[definition.id] = definition
        self.revision += 1
        self._on.clear()
        return definition

    def add(
        self,
        name: str,
        data_type: str,
        available_on: tuple[str, ...],
        *,
        key: str | None = None,
        options: tuple[str, ...] = (),
        filterable: bool = True,
        currency: str | None = None,
    ) -> Definition:
        """Make a definition with the next id."""
        made = Definition(
            self.next_id,
            name,
            data_type,
            available_on,
            key or name.lower().replace(" ", "_"),
            filterable,
            self.new_options(options),
            currency,
        )
        self.next_id += 17
        return self.put(made)

    def new_options(self, names: tuple[str, ...], known: tuple[Option, ...] = ()) -> tuple[Option, ...]:
        """Make options with the next ids; one that is `known` by its name keeps its id."""
        ids = {option.name: option.id for option in known}
        for name in names:
            if name not in ids:
                ids[name], self.next_option = self.next_option, self.next_option + 1
        return tuple(Option(ids[name], name, rank) for rank, name in enumerate(names))

    def on(self, singular: str) -> list[Definition]:
        """Return the definitions that are available on that kind of record."""
        if singular not in self._on:
            self._on[singular] = [each for each in self.by_id.values() if singular in each.available_on]
        return self._on[singular]

    def find(self, name: str, singular: str = "opportunity") -> Definition | None:
        """Return a definition by key, name or id in text."""
        return next((each for each in self.on(singular) if name in (each.key, each.name, str(each.id))), None)

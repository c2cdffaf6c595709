"""Custom field definitions by API: list, get, create, change."""

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler

from .custom_fields import AVAILABLE_ON, DATA_TYPES, OPTIONS_NEEDED, Definition
from .errors import Problem, invalid, no_path, no_record, unrecognized
from .portal import Portal, json_of

_WRITABLE = ("name", "data_type", "available_on", "is_filterable", "currency", "options")


class DefinitionCalls:
    """The calls on custom field definitions."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._definitions = portal.account.definitions

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/custom_field_definitions", self.listed),
            ("POST", "/custom_field_definitions", self.create),
            ("GET", "/custom_field_definitions/{id}", self.get),
            ("PUT", "/custom_field_definitions/{id}", self.update),
        ]

    def listed(self, call: Call) -> Response:
        """Return all definitions; there are no pages."""
        self._portal.lint(call)
        return json_of([each.as_json() for each in self._definitions.by_id.values()])

    def get(self, call: Call) -> Response:
        """Return one definition."""
        self._portal.lint(call)
        return json_of(self._find(call).as_json())

    def create(self, call: Call) -> Response:
        """Make a definition."""
        given = self._read(call)
        lines = [f"{name}: can't be blank" for key, name in _NEEDED if not given.get(key)]
        if lines:
            raise invalid(Problem(lines, malformed=True))
        self._check(given, given["data_type"])
        made = self._definitions.add(
            given["name"],
            given["data_type"],
            tuple(given.get("available_on") or ("opportunity",)),
            options=tuple(each["name"] for each in given.get("options") or ()),
            filterable=bool(given.get("is_filterable", False)),
            currency=given.get("currency"),
        )
        self._portal.note_write("custom_field_definition", made.id, "create", {})
        return json_of(made.as_json())

    def update(self, call: Call) -> Response:
        """Change a definition; its type stays."""
        known = self._find(call)
        given = self._read(call)
        if given.get("data_type", known.data_type) != known.data_type:
            raise invalid(Problem(["Data type: cannot be changed"]))
        self._check(given, known.data_type)
        changes: dict[str, Any] = {
            key: given[key] for key in ("name", "is_filterable", "currency") if key in given
        }
        if "available_on" in given:
            changes["available_on"] = tuple(given["available_on"])
        if "options" in given:
            kept = {option.name: option for option in known.options}
            new = self._definitions.new_options(
                tuple(each["name"] for each in given["options"] if each["name"] not in kept)
            )
            by_name = kept | {option.name: option for option in new}
            changes["options"] = tuple(
                replace(by_name[each["name"]], rank=rank) for rank, each in enumerate(given["options"])
            )
        made = self._definitions.put(replace(known, **changes))
        self._portal.note_write("custom_field_definition", made.id, "update", {})
        return json_of(made.as_json())

    def _find(self, call: Call) -> Definition:
        if not call.params["id"].isdigit():
            raise no_path()
        found = self._definitions.by_id.get(int(call.params["id"]))
        if found is None:
            raise no_record()
        return found

    def _read(self, call: Call) -> dict[str, Any]:
        self._portal.lint(call)
        given = self._portal.body(call)
        if unknown := [name for name in given if name not in _WRITABLE]:
            raise invalid(Problem([unrecognized(unknown)], malformed=True))
        return given

    def _check(self, given: dict[str, Any], data_type: str) -> None:
        lines = []
        if data_type not in DATA_TYPES:
            lines.append("Data type: is not included in the list")
        available, options = given.get("available_on", []), given.get("options", [])
        if not isinstance(available, list) or not set(available) <= set(AVAILABLE_ON):
            lines.append("Available on: is not included in the list")
        named = isinstance(options, list) and all(
            isinstance(each, dict) and each.get("name") for each in options
        )
        needed = OPTIONS_NEEDED.get(data_type, 0) if "options" in given or "data_type" in given else 0
        if not named or len(options) < needed:
            lines.append(f"Options: at least {needed} needed, each with a name")
        if lines:
            raise invalid(Problem(lines, malformed=True))


_NEEDED = (("name", "Name"), ("data_type", "Data type"))

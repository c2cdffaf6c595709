"""Conditions of notification channels: which changed fields are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem, at

FIELDS_MAX = 10


class Condition:
    """Which changed fields a channel wants: nested pairs of fields, joined by and / or."""

    def __init__(self, core: Core, given: Any, path: str) -> None:
        self._core = core
        self._given = [] if given is None else given
        self._path = f"{path}.notification_condition"
        self._count = 0

    def wanted(self, module: str) -> Callable[[Sequence[str]], bool]:
        """Return the test of changed field names; raise Problem for a wrong condition."""
        for given in self._given if isinstance(self._given, list) else [None]:
            if not isinstance(given, dict) or given.get("type") != "field_selection":
                raise self._wrong("type")
            if self._is_of(given.get("module"), module):
                return self._group(given.get("field_selection"), module)
        return lambda names: True

    def _is_of(self, named: Any, module: str) -> bool:
        if not isinstance(named, dict):
            raise self._wrong("module")
        if named.get("api_name") != module:
            return False
        if named.get("id") != str(self._core.org.modules[module].id):
            places = [at(f"{self._path}.module", name) for name in ("api_name", "id")]
            raise Problem("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": places})
        return True

    def _group(self, given: Any, module: str) -> Callable[[Sequence[str]], bool]:
        """Return the test of a field, or of a group of at most two members."""
        if not isinstance(given, dict):
            raise self._wrong("field_selection")
        if "group" not in given:
            return self._field(given.get("field"), module)
        members, operator = given["group"], given.get("group_operator")
        if not isinstance(members, list) or len(members) > 2 or operator not in ("and", "or"):
            raise self._wrong("group")
        tests = [self._group(member, module) for member in members]
        join = all if operator == "and" else any
        return lambda names: join(test(names) for test in tests)

    def _field(self, given: Any, module: str) -> Callable[[Sequence[str]], bool]:
        self._count += 1
        named = given if isinstance(given, dict) else {}
        known = self._core.org.modules[module].fields.get(str(named.get("api_name")))
        if known is None or str(known.id) != named.get("id") or self._count > FIELDS_MAX:
            raise self._wrong("field")
        return lambda names: known.name in names

    def _wrong(self, name: str) -> Problem:
        return Problem("INVALID_DATA", at(self._path, name))

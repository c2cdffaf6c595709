"""Reads the body of a create or update into values: unknown attributes, wrong types, what is missing, doubles."""

from collections.abc import Mapping
from typing import Any

from .account import Account
from .custom_fields import Definition
from .errors import Invalid, Problem, label, unrecognized
from .kinds import COMPANY, LEAD, OPPORTUNITY, PERSON, Kind
from .tables import Values, Version

CUSTOM = "custom_fields"


def check(
    account: Account, kind: Kind, given: Mapping[str, Any], record: Version | None, *, by_api: bool = True
) -> Values:
    """Return the values to write, custom fields as `{id: value}`; `record` is what is updated, None if new.

    Raises Problem with every line that Copper would say. Only the API insists on a primary contact.
    """
    checking = _Checking(account, kind, record, by_api)
    checking.names(given)
    for name, value in given.items():
        checking.attribute(name, value)
    checking.blanks(given)
    if kind is LEAD:
        checking.lead_status()
    if kind in (PERSON, COMPANY):
        checking.doubles()
    if checking.lines:
        raise Problem(checking.lines, malformed=checking.malformed)
    return checking.values


class _Checking:
    def __init__(self, account: Account, kind: Kind, record: Version | None, by_api: bool) -> None:
        self._account = account
        self._insists = by_api and account.settings.requires_contact
        self._kind = kind
        self._record = record
        self.values: Values = {}
        self.lines: list[str] = []
        self.malformed = False

    def names(self, given: Mapping[str, Any]) -> None:
        known = {*self._kind.writable, CUSTOM}
        if unknown := [name for name in given if name not in known]:
            self.lines.append(unrecognized(unknown))
            self.malformed = True

    def attribute(self, name: str, value: Any) -> None:
        if name == CUSTOM:
            self._custom(value)
        elif check := self._kind.writable.get(name):
            try:
                self.values[name] = check(value, self._account)
            except Invalid as error:
                self._problem(label(name), error)

    def blanks(self, given: Mapping[str, Any]) -> None:
        required = list(self._kind.required)
        if self._kind is OPPORTUNITY and self._insists:
            required.append("primary_contact_id")
        for name in required:
            is_given = name in given
            if is_given and name not in self.values:
                continue
            blank = self.values.get(name) is None or not str(self.values[name]).strip()
            if blank and (is_given or self._record is None):
                self.lines.append(f"{label(name)}: can't be blank")

    def lead_status(self) -> None:
        statuses = self._account.directories.lead_statuses
        if "status_id" in self.values:
            self.values["status"] = statuses.get(self.values["status_id"])
        elif "status" in self.values:
            ids = {name: id for id, name in statuses.items()}
            self.values["status_id"] = ids.get(self.values["status"])
            if self.values["status_id"] is None:
                self.lines.append("Status: is invalid")

    def doubles(self) -> None:
        own = None if self._record is None else self._record.id
        for each in self.values.get("emails", ()):
            if self._account.unique["emails"].get(each["email"], own) != own:
                self.lines.append("Email: has already been taken")
        domain = (self.values.get("email_domain") or "").lower()
        if domain and self._account.unique["email_domain"].get(domain, own) != own:
            self.lines.append("Email domain: has already been taken")

    def _custom(self, given: Any) -> None:
        if not isinstance(given, list):
            return self._problem("Custom fields", Invalid("is not a list", malformed=True))
        kept: dict[int, Any] = {}
        for entry in given:
            try:
                definition = self._definition(entry)
                kept[definition.id] = definition.checked(entry["value"], self._account.zone)
            except Invalid as error:
                self._problem("Custom fields", error)
        self.values[CUSTOM] = kept
        return None

    def _definition(self, entry: Any) -> Definition:
        wanted = {"custom_field_definition_id", "value"}
        if not isinstance(entry, dict) or set(entry) - {"computed_value"} != wanted:
            raise Invalid("custom_field_definition_id and value are needed", malformed=True)
        id = entry["custom_field_definition_id"]
        definition = self._account.definitions.by_id.get(id) if type(id) is int else None
        if definition is None or self._kind.singular not in definition.available_on:
            raise Invalid("custom field definition is invalid", malformed=True)
        return definition

    def _problem(self, name: str, error: Invalid) -> None:
        self.lines.append(f"{name}: {error.text}")
        self.malformed = self.malformed or error.malformed

"""Custom fields as resources: schemas in the order of the user interface, and the definitions themselves."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.clock import now_ms
from sandbox.close.custom_fields import (
    MULTIPLE_TYPES,
    OBJECT_TYPES,
    TYPES,
    CustomField,
    checked_choices,
)
from sandbox.close.event_log import EventLog
from sandbox.close.organization import Organization
from sandbox.close.refusals import NOT_A_CHOICE, invalid, missing
from sandbox.close.request import Request, plain_list
from sandbox.close.routing import Route
from sandbox.close.values import (
    Check,
    Invalid,
    boolean,
    embedded,
    list_of,
    one_of,
    optional_text,
    text,
)

MAX_LIMIT = 1000
SHARED = "shared"


class FieldDefinitions:
    """The handlers."""

    def __init__(self, organization: Organization, log: EventLog) -> None:
        self._organization = organization
        self._log = log

    def routes(self) -> list[Route]:
        """Return the route table."""
        one, many = "/custom_field/{type}/{id}/", "/custom_field/{type}/"
        return [
            ("GET", "/custom_field_schema/{type}/", self.schema),
            ("GET", many, self.all),
            ("POST", many, self.create),
            ("GET", one, self.get),
            ("PUT", one, self.update),
            ("DELETE", one, self.delete),
        ]

    def schema(self, request: Request) -> Response:
        """Return all fields of an object type, shared ones too."""
        object_type = self._object_type(request, with_shared=False)
        fields = [each.as_json(self._organization.id) for each in self._organization.fields.of(object_type)]
        body = {
            "object_type": object_type,
            "name": object_type.replace("_", " ").capitalize(),
            "organization_id": self._organization.id,
            "fields": fields,
        }
        return json_answer(200, body)

    def all(self, request: Request) -> Response:
        """Return the fields that belong to one object type only, or the shared ones."""
        wanted = self._object_type(request)
        found = [each for each in self._organization.fields.all.values() if _belongs(each, wanted)]
        limit, skip = request.page(MAX_LIMIT)
        rows = [each.as_json(self._organization.id) for each in found[skip : skip + limit]]
        return plain_list(rows, has_more=len(found) > skip + limit)

    def get(self, request: Request) -> Response:
        """Return a field."""
        return json_answer(200, self._find(request).as_json(self._organization.id))

    def create(self, request: Request) -> Response:
        """Create a field."""
        request.need("manage_customizations")
        object_type = self._object_type(request)
        needed = ("name", "type", "associations") if object_type == SHARED else ("name", "type")
        given = request.cleaned(self._checks(object_type, new=True), needed)
        self._check_choices(given["type"], given)
        if given.get("accepts_multiple_values") and given["type"] not in MULTIPLE_TYPES:
            raise invalid({"accepts_multiple_values": NOT_A_CHOICE})
        field = self._defined(given, object_type, request.actor.user_id)
        self._organization.fields.add(field)
        shown = field.as_json(self._organization.id)
        self._log.created(request.actor, f"custom_fields.{object_type}", shown, None)
        return json_answer(200, shown)

    def _defined(self, given: dict[str, Any], object_type: str, user_id: str) -> CustomField:
        associated = tuple(each["object_type"] for each in given.get("associations", ()))
        return CustomField(
            self._organization.identifiers.new("cf"),
            given["name"],
            given["type"],
            associated or (object_type,),
            given.get("choices"),
            given.get("accepts_multiple_values", False),
            object_type == SHARED,
            given.get("description"),
            given.get("editable_with_roles", []),
            user_id,
            user_id,
        )

    def update(self, request: Request) -> Response:
        """Change a field; its type stays. Renaming a choice changes no values here."""
        request.need("manage_customizations")
        field = self._find(request)
        before = field.as_json(self._organization.id)
        given = request.cleaned(self._checks(self._object_type(request), new=False))
        self._check_choices(field.type, {"choices": field.choices, **given})
        for name, value in given.items():
            setattr(field, name, value)
        field.updated, field.updated_by = now_ms(), request.actor.user_id
        shown = field.as_json(self._organization.id)
        kind = f"custom_fields.{self._object_type(request)}"
        self._log.changed(request.actor, kind, before, shown, None)
        return json_answer(200, shown)

    def delete(self, request: Request) -> Response:
        """Delete a field and all its values."""
        request.need("manage_customizations")
        field = self._find(request)
        del self._organization.fields.all[field.id]
        for object_type in field.objects:
            table = self._organization.tables.get(object_type)
            for record in table.records.values() if table else ():
                if record.values.pop(field.key, None) is not None:
                    record.forget()
        kind = f"custom_fields.{self._object_type(request)}"
        self._log.deleted(request.actor, kind, field.as_json(self._organization.id), None)
        return json_answer(200, {})

    def _checks(self, object_type: str, *, new: bool) -> dict[str, Check]:
        checks: dict[str, Check] = {
            "name": text,
            "description": optional_text,
            "choices": list_of(text),
            "editable_with_roles": list_of(text),
        }
        if new:
            checks |= {"type": one_of(TYPES), "accepts_multiple_values": boolean}
        if new and object_type == SHARED:
            association = {
                "object_type": one_of(OBJECT_TYPES),
                "editable_with_roles": list_of(text),
                "required": boolean,
            }
            checks["associations"] = list_of(embedded(association, ("object_type",)))
        return checks

    def _check_choices(self, type_: str, given: dict[str, Any]) -> None:
        try:
            choices = checked_choices(type_, given.get("choices"))
        except Invalid as error:
            raise invalid({"choices": error.problem}) from error
        if "choices" in given:
            given["choices"] = choices

    def _object_type(self, request: Request, *, with_shared: bool = True) -> str:
        object_type = request.call.params["type"]
        if object_type not in OBJECT_TYPES and not (with_shared and object_type == SHARED):
            raise missing("CustomFieldSchema")
        return object_type

    def _find(self, request: Request) -> CustomField:
        field = self._organization.fields.all.get(request.id)
        if field is None or not _belongs(field, self._object_type(request)):
            raise missing("CustomField")
        return field


def _belongs(field: CustomField, wanted: str) -> bool:
    return field.shared if wanted == SHARED else not field.shared and wanted in field.objects

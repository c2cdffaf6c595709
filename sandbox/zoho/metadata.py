"""Metadata: org, users, modules, fields, layouts, pipelines, related lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.clock import now
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, answer, empty, invalid_param, missing_param, refused
from sandbox.zoho.fields import Field, field_row, layout_field_row, option_rows
from sandbox.zoho.modules import DEALS, HISTORY, Module
from sandbox.zoho.numbers import fixed
from sandbox.zoho.org import ORG_ID
from sandbox.zoho.people import User
from sandbox.zoho.pipelines import LAYOUT_ID, LAYOUT_NAME
from sandbox.zoho.reading import PAGE, Query, path_id
from sandbox.zoho.rows import layout_row, module_row, org_row, related_list_rows

USER_TYPES: dict[str, Callable[[User], bool]] = {
    "AllUsers": lambda user: True,
    "ActiveUsers": lambda user: user.active,
    "DeactiveUsers": lambda user: not user.active,
    "ConfirmedUsers": lambda user: True,
    "NotConfirmedUsers": lambda user: False,
    "DeletedUsers": lambda user: False,
    "ActiveConfirmedUsers": lambda user: user.active,
    "AdminUsers": lambda user: user.profile == "Administrator",
    "ActiveConfirmedAdmins": lambda user: user.active and user.profile == "Administrator",
    "CurrentUser": lambda user: False,
}


class Metadata:
    """Handlers of /org, /users and /settings."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [
            ("GET", "/crm/v8/org", self.org),
            ("GET", "/crm/v8/users", self.users),
            ("GET", "/crm/v8/users/{id}", self.user),
            ("GET", "/crm/v8/settings/modules", self.modules),
            ("GET", "/crm/v8/settings/modules/{module}", self.module),
            ("GET", "/crm/v8/settings/fields", self.fields),
            ("GET", "/crm/v8/settings/fields/{id}", self.field),
            ("GET", "/crm/v8/settings/layouts", self.layouts),
            ("GET", "/crm/v8/settings/layouts/{id}", self.layout),
            ("GET", "/crm/v8/settings/pipeline", self.pipelines),
            ("GET", "/crm/v8/settings/pipeline/{id}", self.pipeline),
            ("GET", "/crm/v8/settings/related_lists", self.related_lists),
        ]

    def org(self, call: Call) -> Response:
        """Return the org."""
        Query(call)
        settings = self._org.settings
        return answer(200, {"org": [org_row(ORG_ID, settings.multi_currency, settings.edition)]})

    def users(self, call: Call) -> Response:
        """Return users of one type."""
        query = Query(call, "type", "page", "per_page", "ids")
        page, size = query.number("page", 1), query.number("per_page", PAGE, PAGE)
        kind, ids = query.choice("type", USER_TYPES, "AllUsers"), query.ids("ids", 100)
        if kind == "CurrentUser":
            users = [self._org.people.api_user]
        else:
            users = [user for user in self._org.people if USER_TYPES[kind](user)]
        users = [user for user in users if not ids or user.id in ids]
        chosen = users[(page - 1) * size : page * size]
        if not chosen:
            return empty()
        more = page * size < len(users)
        info = {"per_page": size, "count": len(chosen), "page": page, "more_records": more}
        return answer(200, {"users": [user.as_json(self._zone(user.id)) for user in chosen], "info": info})

    def user(self, call: Call) -> Response:
        """Return one user."""
        Query(call)
        user = self._org.people.get(path_id(call))
        if user is None:
            return empty()
        return answer(200, {"users": [user.as_json(self._zone(user.id))]})

    def modules(self, call: Call) -> Response:
        """Return all modules."""
        Query(call, "status")
        modules = enumerate(self._org.modules.values(), 1)
        return answer(200, {"modules": [module_row(module, place) for place, module in modules]})

    def module(self, call: Call) -> Response:
        """Return one module by name or id."""
        Query(call)
        name = call.params["module"]
        for place, module in enumerate(self._org.modules.values(), 1):
            if name in (module.name, str(module.id)):
                return answer(200, {"modules": [module_row(module, place)]})
        raise refused("INVALID_MODULE", {"resource_path_index": 2})

    def fields(self, call: Call) -> Response:
        """Return the fields of a module."""
        query = Query(call, "module", "type", "include")
        module = self._module(query)
        kind = query.choice("type", ("all", "used", "unused"), "used")
        if kind == "unused":
            return empty()
        rows = [self._field_row(module, each) for each in self._org.fields(module).values()]
        return answer(200, {"fields": rows})

    def field(self, call: Call) -> Response:
        """Return one field by id."""
        query = Query(call, "module", "include")
        module, id = self._module(query), path_id(call)
        for each in self._org.fields(module).values():
            if each.id == id:
                return answer(200, {"fields": [self._field_row(module, each)]})
        return empty()

    def layouts(self, call: Call) -> Response:
        """Return the one layout of a module."""
        module = self._module(Query(call, "module"))
        return answer(200, {"layouts": [self._layout(module)]})

    def layout(self, call: Call) -> Response:
        """Return a layout by id."""
        module, id = self._module(Query(call, "module")), path_id(call)
        return answer(200, {"layouts": [self._layout(module)]}) if id == layout_id(module) else empty()

    def pipelines(self, call: Call) -> Response:
        """Return the pipelines of a layout of deals."""
        self._check_layout(Query(call, "layout_id"))
        if not self._org.settings.pipelines_enabled:
            return empty()
        rows = [each.as_json(each is self._org.pipelines.first()) for each in self._org.pipelines]
        return answer(200, {"pipeline": rows})

    def pipeline(self, call: Call) -> Response:
        """Return one pipeline."""
        self._check_layout(Query(call, "layout_id"))
        id = path_id(call)
        for each in self._org.pipelines if self._org.settings.pipelines_enabled else ():
            if each.id == id:
                return answer(200, {"pipeline": [each.as_json(each is self._org.pipelines.first())]})
        return empty()

    def related_lists(self, call: Call) -> Response:
        """Return the related lists of a module."""
        module = self._module(Query(call, "module", "layout_id"))
        rows = related_list_rows(module, self._org.modules[HISTORY])
        return answer(200, {"related_lists": rows}) if rows else empty()

    def _module(self, query: Query) -> Module:
        name = query.text("module")
        if name is None:
            raise missing_param("module")
        return self._core.module(name)

    def _check_layout(self, query: Query) -> None:
        text = query.text("layout_id")
        if text is None:
            raise missing_param("layout_id")
        if text != str(LAYOUT_ID):
            raise invalid_param("layout_id", INVALID_ID)

    def _zone(self, user_id: int) -> str:
        return self._org.zone.name if user_id == self._org.people.api_user.id else "Europe/Kyiv"

    def _field_row(self, module: Module, field: Field) -> dict[str, Any]:
        row = field_row(field, self._target(field), self._options(module, field))
        if self._org.is_hidden(module, field.name):
            row["visible"] = False
            row["profiles"] = [each | {"permission_type": "hidden"} for each in row["profiles"]]
        return row

    def _target(self, field: Field) -> int:
        target = self._org.modules.get(field.lookup or "")
        return target.id if target else fixed(1180, 2)

    def _options(self, module: Module, field: Field) -> list[dict[str, Any]]:
        if module.name in (DEALS, HISTORY) and field.name == "Stage":
            return [stage.as_option(place) for place, stage in enumerate(self._org.pipelines.stages(), 1)]
        if module.name == DEALS and field.name == "Pipeline":
            return [
                {
                    "display_value": each.display,
                    "sequence_number": place,
                    "reference_value": each.actual,
                    "actual_value": each.actual,
                    "id": str(each.id),
                    "type": "used",
                }
                for place, each in enumerate(self._org.pipelines, 1)
            ]
        return option_rows(field)

    def _layout(self, module: Module) -> dict[str, Any]:
        rows = []
        for place, field in enumerate(self._org.fields(module).values(), 1):
            row = layout_field_row(field, self._target(field), self._options(module, field), place)
            if module.name == DEALS and field.name == "Pipeline":
                row["pick_list_values"] = self._mapped(row["pick_list_values"])
            rows.append(row)
        moment = self._org.zone.iso(now())
        return layout_row(layout_id(module), LAYOUT_NAME, module, rows, moment)

    def _mapped(self, options: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return pipelines as a layout shows them: each with the stages it allows."""
        return [
            option
            | {
                "maps": [
                    {
                        "api_name": "Stage",
                        "id": str(self._org.modules[DEALS].fields["Stage"].id),
                        "pick_list_values": [stage.as_allowed() for stage in pipeline.stages],
                    }
                ]
            }
            for option, pipeline in zip(options, self._org.pipelines, strict=True)
        ]


def layout_id(module: Module) -> int:
    """Return the id of a module's layout."""
    return LAYOUT_ID if module.name == DEALS else module.id + 500

"""What hangs on a record: its notes and tasks, and the further contacts of a deal."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, Problem, answer, empty, outcome, refused, success
from sandbox.zoho.listing import SORTS, field_names
from sandbox.zoho.modules import CONTACTS, NOTES, TASKS
from sandbox.zoho.paging import Tokens, cut
from sandbox.zoho.reading import Query, path_id, read_json, rows
from sandbox.zoho.writing import Writing

PARAMETERS = ("fields", "page", "per_page", "page_token", "sort_by", "sort_order")


class Related:
    """Handlers of related lists."""

    def __init__(self, core: Core, tokens: Tokens, writing: Writing) -> None:
        self._core = core
        self._org = core.org
        self._tokens = tokens
        self._writing = writing

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [
            ("GET", "/crm/v8/{module}/{id}/Notes", self.notes),
            ("POST", "/crm/v8/{module}/{id}/Notes", self.add_notes),
            ("GET", "/crm/v8/{module}/{id}/Tasks", self.tasks),
            ("GET", "/crm/v8/Deals/{id}/Contact_Roles", self.roles),
            ("PUT", "/crm/v8/Deals/{id}/Contact_Roles/{contact}", self.add_role),
        ]

    def notes(self, call: Call) -> Response:
        """Return the notes of a record."""
        return self._children(call, NOTES)

    def tasks(self, call: Call) -> Response:
        """Return the tasks of a record."""
        return self._children(call, TASKS)

    def add_notes(self, call: Call) -> Response:
        """Add notes to a record."""
        table, record = self._core.table(call), self._core.record(call)
        if record is None:
            raise refused("INVALID_DATA", {"resource_path_index": 1}, message=INVALID_ID, reason="ordinary")
        parent = {"module": {"api_name": table.module.name}, "id": str(record.id)}
        return self._writing.create_below(call, self._org.tables[NOTES], {"Parent_Id": parent})

    def roles(self, call: Call) -> Response:
        """Return the further contacts of a deal with their roles."""
        query = Query(call, *PARAMETERS)
        names, id = field_names(query), path_id(call)
        if self._org.visible(self._org.deals, id) is None:
            return empty()
        contacts = [
            (contact, role)
            for contact_id, role in self._org.contact_roles[id].items()
            if (contact := self._org.tables[CONTACTS].get(contact_id))
        ]
        if not contacts:
            return empty()
        module = self._org.modules[CONTACTS]
        shown = self._core.showing.known(module, [name for name in names if name != "Contact_Role"])
        found = self._core.showing.records(module, [contact for contact, _ in contacts], shown)
        data = [{**row, "Contact_Role": role} for row, (_, role) in zip(found, contacts, strict=True)]
        wanted = self._tokens.wanted(query, id)
        return answer(200, {"data": data, "info": self._tokens.info(wanted, id, data, False)})

    def add_role(self, call: Call) -> Response:
        """Link a contact to a deal with a role."""
        Query(call)
        deal, contact = path_id(call), path_id(call, "contact")
        given = rows(read_json(call, "data"), "data", 1)[0]
        if self._org.deals.get(deal) is None or self._org.tables[CONTACTS].get(contact) is None:
            return outcome(
                "data", [Problem("INVALID_DATA", {"id": str(contact)}, INVALID_ID, "ordinary")], 200
            )
        self._org.contact_roles[deal][contact] = given.get("Contact_Role")
        return outcome("data", [success({"id": str(contact)}, "contact role added")], 200)

    def _children(self, call: Call, module: str) -> Response:
        query, parent = Query(call, *PARAMETERS), self._core.record(call)
        names = field_names(query)
        order = query.choice("sort_order", ("asc", "desc"), "desc")
        sort_by = query.choice("sort_by", SORTS, "id")
        bound = (call.path, tuple(names), sort_by, order)
        wanted = self._tokens.wanted(query, bound)
        if parent is None:
            return empty()
        table = self._org.tables[module]
        found = [child for id in self._org.children[parent.id][module] if (child := table.get(id))]
        keys: list[Any] = sorted(
            (each.modified if sort_by == "Modified_Time" else 0, each.id) for each in found
        )
        chosen, more = cut(keys, 0, wanted, descending=order == "desc")
        if not chosen:
            return empty()
        records = [record for _, id in chosen if (record := table.get(id))]
        shown = self._core.showing.known(table.module, names)
        info = {**self._tokens.info(wanted, bound, chosen, more), "sort_by": sort_by, "sort_order": order}
        return answer(200, {"data": self._core.showing.records(table.module, records, shown), "info": info})

"""Relations between records: bidirectional, by (id, type), with the limits that Copper documents."""

from typing import Any, Final

from starlette.responses import Response

from sandbox.call import Call, Handler

from .errors import about, invalid, no_path, not_related, refuse
from .kinds import BY_PLURAL, BY_SINGULAR, PERSON, TASK
from .portal import Portal, json_of
from .tables import Version

Node = tuple[str, int]
# Which types may be related to which.
ALLOWED: Final[dict[str, frozenset[str]]] = {
    "lead": frozenset({"task"}),
    "person": frozenset({"company", "opportunity", "task", "project"}),
    "company": frozenset({"opportunity", "person", "task", "project"}),
    "opportunity": frozenset({"company", "person", "task", "project"}),
    "project": frozenset({"company", "person", "opportunity", "task"}),
    "task": frozenset({"company", "person", "opportunity", "lead", "project"}),
}


class Relations:
    """The calls under `/<records>/{id}/related`."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/{plural}/{id}/related", self.show),
            ("GET", "/{plural}/{id}/related/{other}", self.show),
            ("POST", "/{plural}/{id}/related", self.add),
            ("DELETE", "/{plural}/{id}/related", self.remove),
        ]

    def show(self, call: Call) -> Response:
        """List what is related, of one type where the path names it."""
        self._portal.lint(call)
        kind, record = self._record(call)
        other = BY_PLURAL.get(call.params["other"]) if "other" in call.params else None
        if other is None and "other" in call.params:
            raise no_path()
        nodes = [*self._nodes(kind, record), *self._pointing((kind, record.id))]
        shown = [node for node in dict.fromkeys(nodes) if other is None or node[0] == other.singular]
        return json_of([{"id": id, "type": type} for type, id in shown])

    def add(self, call: Call) -> Response:
        """Relate a record to another."""
        one, other = self._pair(call)
        if other[0] not in ALLOWED[one[0]]:
            raise invalid(about("resource", "cannot be related", malformed=True))
        if self._is_full(one, other) or self._is_full(other, one):
            raise invalid(about("resource", "limit of related resources is reached"))
        account = self._portal.account
        account.relate(one, other)
        self._portal.note_write("relation", one[1], "create", {})
        return json_of({"added": True, "resource": {"id": other[1], "type": other[0]}})

    def remove(self, call: Call) -> Response:
        """Remove a relation, named in the body."""
        one, other = self._pair(call)
        if not self._portal.account.separate(one, other):
            raise not_related()
        self._portal.note_write("relation", one[1], "delete", {})
        return json_of({"removed": True, "resource": {"id": other[1], "type": other[0]}})

    def _record(self, call: Call) -> tuple[str, Version]:
        kind = BY_PLURAL.get(call.params["plural"])
        if kind is None:
            raise no_path()
        return kind.singular, self._portal.find(kind, call.params["id"])

    def _pair(self, call: Call) -> tuple[Node, Node]:
        self._portal.lint(call)
        kind, record = self._record(call)
        given = self._portal.body(call)
        resource = given.get("resource")
        if set(given) != {"resource"} or not isinstance(resource, dict) or set(resource) != {"id", "type"}:
            raise refuse(422, "Invalid input: resource is needed", "malformed")
        if resource["type"] not in BY_SINGULAR or type(resource["id"]) is not int:
            raise invalid(about("resource", "is invalid", malformed=True))
        if not self._portal.account.knows(resource["type"], resource["id"]):
            raise invalid(about("resource", "does not exist"))
        return (kind, record.id), (resource["type"], resource["id"])

    def _is_full(self, node: Node, target: Node) -> bool:
        """Say whether a record has what it can have: a task one relation, a person one company."""
        if node[0] not in ("task", "person") or (node[0] == "person" and target[0] != "company"):
            return False
        record = self._portal.account.tables[BY_SINGULAR[node[0]]].get(node[1])
        others = self._nodes(node[0], record) if record else []
        return any(each != target for each in others if node[0] == "task" or each[0] == "company")

    def _nodes(self, kind: str, record: Version) -> list[Node]:
        """Return what a record names in its attributes and what was related to it."""
        values = record.values
        nodes: list[Node] = []
        for name, type in (("primary_contact_id", "person"), ("company_id", "company")):
            if values.get(name) is not None:
                nodes.append((type, values[name]))
        resource: Any = values.get("related_resource")
        if resource and resource["id"] is not None:
            nodes.append((resource["type"], resource["id"]))
        return nodes + list(self._portal.account.related.get((kind, record.id), ()))

    def _pointing(self, node: Node) -> list[Node]:
        """Return what points to a record: its tasks, the deals of a person, the people of a company."""
        tables = self._portal.account.tables
        wanted = {"id": node[1], "type": node[0]}
        found = [
            ("task", task.id) for task in tables[TASK].all() if task.values["related_resource"] == wanted
        ]
        name = {"person": "primary_contact_id", "company": "company_id"}.get(node[0])
        if name is not None:
            deals = self._portal.account.deals.all()
            found += [("opportunity", deal.id) for deal in deals if deal.values[name] == node[1]]
        if node[0] == "company":
            people = tables[PERSON].all()
            found += [("person", each.id) for each in people if each.values["company_id"] == node[1]]
        return found

"""Single records: create, get, update, delete; a person by e-mail; up to ten people or leads in one call."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from sandbox.call import Call, Handler, compact_json

from .errors import BULK_SIZE, Problem, invalid, no_record, refuse, too_large
from .kinds import BY_PLURAL, LEAD, OPPORTUNITY, PERSON, Kind
from .leads import refuse_disabled
from .portal import COMPUTED, Portal, json_of, raw_json, wants_computed

# There is no bulk update of opportunities, and no bulk call for the other kinds.
BULK_CREATED: Final = (PERSON, LEAD, OPPORTUNITY)
BULK_UPDATED: Final = (PERSON, LEAD)


class Records:
    """The calls on single records of every kind."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes; fixed paths come before those with an id."""
        table: list[tuple[str, str, Handler]] = [("POST", "/people/fetch_by_email", self.fetch_by_email)]
        table += [
            ("POST", f"/{kind.plural}/bulk_create", self._bulk(kind, new=True)) for kind in BULK_CREATED
        ]
        table += [
            ("POST", f"/{kind.plural}/bulk_update", self._bulk(kind, new=False)) for kind in BULK_UPDATED
        ]
        for kind in BY_PLURAL.values():
            table += [
                ("POST", f"/{kind.plural}", self._of(kind, self.create)),
                ("GET", f"/{kind.plural}/{{id}}", self._of(kind, self.get)),
                ("PUT", f"/{kind.plural}/{{id}}", self._of(kind, self.update)),
                ("DELETE", f"/{kind.plural}/{{id}}", self._of(kind, self.delete)),
            ]
        return table

    def _of(self, kind: Kind, act: Any) -> Handler:
        def handler(call: Call) -> Response:
            refuse_disabled(self._portal, kind)
            self._portal.lint(call, (COMPUTED,))
            try:
                answer: Response = act(call, kind)
            except Problem as problem:
                raise invalid(problem) from problem
            return answer

        return handler

    def create(self, call: Call, kind: Kind) -> Response:
        """Create a record; 200, as everywhere."""
        record = self._portal.create(kind, self._portal.body(call))
        return self._portal.answer(call, kind, record)

    def get(self, call: Call, kind: Kind) -> Response:
        """Return a record as it is, not as the index knows it."""
        record = self._portal.find(kind, call.params["id"])
        return self._portal.answer(call, kind, record, read=True)

    def update(self, call: Call, kind: Kind) -> Response:
        """Change the attributes in the body and no others."""
        record = self._portal.find(kind, call.params["id"])
        given = self._portal.body(call)
        if given:
            record = self._portal.update(kind, record, given)
        return self._portal.answer(call, kind, record)

    def delete(self, call: Call, kind: Kind) -> Response:
        """Delete a record for good."""
        record = self._portal.writing(kind, self._portal.find(kind, call.params["id"]))
        self._portal.changes.delete(kind, record, self._portal.actor)
        self._portal.wrote(kind, record.id, "delete", {})
        return json_of({"id": record.id, "is_deleted": True})

    def fetch_by_email(self, call: Call) -> Response:
        """Return the person who has exactly this e-mail."""
        self._portal.lint(call, (COMPUTED,))
        given = self._portal.body(call)
        if set(given) != {"email"} or not isinstance(given["email"], str):
            raise refuse(422, "Invalid input: Validation errors: Email: can't be blank", "malformed")
        account = self._portal.account
        record = account.tables[PERSON].get(account.unique["emails"].get(given["email"]))
        if record is None:
            raise no_record()
        return self._portal.answer(call, PERSON, record)

    def _bulk(self, kind: Kind, *, new: bool) -> Handler:
        def handler(call: Call) -> Response:
            refuse_disabled(self._portal, kind)
            self._portal.lint(call, (COMPUTED,))
            given = self._portal.body(call)
            items = given.get(kind.plural)
            if set(given) != {kind.plural} or not isinstance(items, list):
                raise refuse(422, f"Invalid input: {kind.plural} is needed", "malformed")
            if len(items) > BULK_SIZE:
                raise too_large()
            act = self._create_one if new else self._update_one
            return raw_json(f"[{','.join(act(call, kind, item) for item in items)}]")

        return handler

    def _create_one(self, call: Call, kind: Kind, item: Any) -> str:
        try:
            record = self._portal.create(kind, _item(item))
        except Problem as problem:
            return compact_json(failed(problem))
        return self._portal.show(kind, record, computed=wants_computed(call))

    def _update_one(self, call: Call, kind: Kind, item: Any) -> str:
        try:
            given = dict(_item(item))
            id = given.pop("id", None)
            record = self._portal.account.tables[kind].get(id if type(id) is int else None)
            if record is None:
                return compact_json({**failed(Problem(["Id: not found"])), "id": id})
            record = self._portal.update(kind, record, given)
        except Problem as problem:
            return compact_json({**failed(problem), "id": item.get("id") if isinstance(item, dict) else None})
        return self._portal.show(kind, record, computed=wants_computed(call))


def _item(item: Any) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise Problem(["Base: invalid"], malformed=True)
    return item


def failed(problem: Problem) -> dict[str, Any]:
    """Return a failed item of a bulk call, which is a success as a whole."""
    message: dict[str, list[dict[str, str]]] = {}
    for line in problem.lines:
        name, _, text = line.partition(": ")
        message.setdefault(name.lower().replace(" ", "_"), []).append({"error": text})
    return {"success": False, "message": message}

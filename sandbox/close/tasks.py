"""The /task/ resource. A task belongs to a lead; an opportunity has none."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.actors import Actor
from sandbox.close.changes import Changes
from sandbox.close.clock import parse_ms, today
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.refusals import missing, refused
from sandbox.close.request import Request
from sandbox.close.routing import Route
from sandbox.close.shapes import task_view
from sandbox.close.values import Check, boolean, moment, one_of, reference, text

MAX_LIMIT = 1000
CREATED_TYPES = ("lead", "outgoing_call")
OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "": operator.eq,
    "__gt": operator.gt,
    "__gte": operator.ge,
    "__lt": operator.lt,
    "__lte": operator.le,
}


def _due(record: Record, tz_hours: float) -> int | None:
    return parse_ms(record.values["date"], tz_hours) if record.values["date"] else None


TIMES: dict[str, Callable[[Record, float], int | None]] = {
    "date": _due,
    "due_date": _due,
    "date_created": lambda record, tz_hours: record.created,
    "date_updated": lambda record, tz_hours: record.updated,
}
IN_BULK = ("assigned_to", "date", "is_complete")
TRUTH = {"true": True, "false": False, "1": True, "0": False}


class Tasks:
    """The handlers, and ticking off for the control API."""

    def __init__(self, organization: Organization, changes: Changes) -> None:
        self._organization = organization
        self._changes = changes

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/task/", self.all),
            ("POST", "/task/", self.create),
            ("PUT", "/task/", self.update_many),
            ("GET", "/task/{id}/", self.get),
            ("PUT", "/task/{id}/", self.update),
            ("DELETE", "/task/{id}/", self.delete),
        ]

    def all(self, request: Request) -> Response:
        """Return one page of tasks; those of type `lead` unless others are asked for."""
        records = self._matching(request)
        order = request.query.get("_order_by") or ""
        name = order.removeprefix("-")
        if name == "date":
            records.sort(key=lambda task: (task.values["date"] or "", task.number))
        elif name == "date_created":
            records.sort(key=lambda task: (task.created, task.number))
        return request.list(records[::-1] if order.startswith("-") else records, MAX_LIMIT)

    def get(self, request: Request) -> Response:
        """Return a task."""
        return request.show(self._find(request))

    def create(self, request: Request) -> Response:
        """Create a task."""
        lead = reference(lambda id: self._organization.exists("lead", id))
        contact = reference(lambda id: self._organization.exists("contact", id), nullable=True)
        more: dict[str, Check] = {"lead_id": lead, "contact_id": contact, "_type": one_of(CREATED_TYPES)}
        given = request.cleaned(self._checks(request) | more, ("_type", "lead_id"))
        values = {
            "contact_id": None,
            "text": "",
            "date": None,
            "assigned_to": request.actor.user_id,
            "is_complete": False,
            "priority": "medium",
        }
        return request.show(self._changes.create("task", values | given, request.actor))

    def update(self, request: Request) -> Response:
        """Change a task."""
        record = self._find(request)
        self.change(record, request.cleaned(self._checks(request)), request.actor)
        return request.show(record)

    def update_many(self, request: Request) -> Response:
        """Change the tasks of a list of ids in one way; return how many."""
        checks = {name: check for name, check in self._checks(request).items() if name in IN_BULK}
        given = request.cleaned(checks)
        if request.query.listed("id__in") is None:
            raise refused(400, "A filter is needed to update many tasks.")
        records = self._matching(request)
        for record in records:
            self.change(record, dict(given), request.actor)
        return json_answer(200, {"count": len(records)})

    def change(self, record: Record, given: dict[str, Any], actor: Actor) -> None:
        """Change a task; ticking it off is an event of its own kind."""
        completed = given.get("is_complete") is True and not record.values["is_complete"]
        values = {**record.values, **given}

        def change() -> None:
            record.values = values

        self._changes.update(record, change, actor, action="completed" if completed else "updated")

    def delete(self, request: Request) -> Response:
        """Delete a task."""
        self._changes.delete(self._find(request), request.actor)
        return json_answer(200, {})

    def _checks(self, request: Request) -> dict[str, Check]:
        users = self._organization.people.users
        return {
            "text": text,
            "date": moment(request.tz_hours),
            "assigned_to": reference(lambda id: id in users),
            "is_complete": boolean,
            "priority": one_of(("low", "medium", "high")),
        }

    def _matching(self, request: Request) -> list[Record]:
        query, table = request.query, self._organization.tables["task"]
        lead_id, ids = query.get("lead_id"), query.listed("id__in")
        records = table.of_lead(lead_id) if lead_id is not None else table.by_id.items()
        equals: dict[str, Any] = {
            "assigned_to": query.get("assigned_to"),
            "is_complete": TRUTH.get((query.get("is_complete") or "").lower()),
        }
        in_time = _time_tests(request)
        types = query.listed("_type__in") or [query.get("_type") or "lead"]
        view, id, day = query.get("view"), query.get("id"), today(request.tz_hours)
        return [
            record
            for record in records
            if (ids is None or record.id in ids)
            and id in (None, record.id)
            and ("all" in types or record.values["_type"] in types)
            and all(wanted in (None, record.values[name]) for name, wanted in equals.items())
            and (view is None or view == task_view(record.values, day))
            and all(test(record) for test in in_time)
            and request.sees(record)
        ]

    def _find(self, request: Request) -> Record:
        record = self._organization.get("task", request.id)
        if record is None or not request.sees(record):
            raise missing("Task")
        return record


def _time_tests(request: Request) -> list[Callable[[Record], bool]]:
    """Return the tests of the filters by date."""
    tests = []
    for name, moment_of in TIMES.items():
        for suffix, compare in OPERATORS.items():
            given = request.query.get(name + suffix)
            if given is not None:
                tests.append(_time_test(moment_of, compare, given, request.tz_hours))
    return tests


def _time_test(
    moment_of: Callable[[Record, float], int | None],
    compare: Callable[[int, int], bool],
    given: str,
    tz_hours: float,
) -> Callable[[Record], bool]:
    try:
        bound = parse_ms(given, tz_hours)
    except ValueError as error:
        raise refused(400, "Could not parse datetime") from error

    def test(record: Record) -> bool:
        moment_ms = moment_of(record, tz_hours)
        return moment_ms is not None and compare(moment_ms, bound)

    return test

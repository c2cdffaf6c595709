"""Notes and other activities: create, get, change, delete, search. What Copper logs itself is read only."""

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler

from . import values
from .activities import Activity, Parent, Type
from .errors import (
    BULK_SIZE,
    Invalid,
    Problem,
    about,
    invalid,
    no_path,
    no_record,
    refuse,
    too_large,
    unrecognized,
)
from .kinds import BY_SINGULAR, PARENTS
from .portal import Portal, json_of
from .records import failed
from .search import page_of

_SEARCH = frozenset(
    {
        "parent",
        "activity_types",
        "page_number",
        "page_size",
        "minimum_activity_date",
        "maximum_activity_date",
        "full_result",
    }
)
_WRITABLE = ("parent", "type", "details", "activity_date")


class ActivityCalls:
    """The calls on activities."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._activities = portal.account.activities

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        table: list[tuple[str, str, Handler]] = [
            ("POST", "/activities/search", self.search),
            ("POST", "/activities/bulk_create", self.bulk_create),
            ("POST", "/activities", self.create),
            ("GET", "/activities/{id}", self.get),
            ("PUT", "/activities/{id}", self.update),
            ("DELETE", "/activities/{id}", self.delete),
        ]
        return [(method, path, self._checked(handler)) for method, path, handler in table]

    def _checked(self, act: Handler) -> Handler:
        def handler(call: Call) -> Response:
            self._portal.lint(call)
            try:
                return act(call)
            except Problem as problem:
                raise invalid(problem) from problem

        return handler

    def search(self, call: Call) -> Response:
        """Return activities, the latest first; deleted ones as stubs."""
        given = self._portal.body(call)
        if unknown := sorted(given.keys() - _SEARCH):
            raise Problem([unrecognized(unknown)], malformed=True)
        number, size = page_of(given)
        parent = self._parent(given["parent"], exists=False) if given.get("parent") else None
        types = [self._type(each) for each in given.get("activity_types") or ()]
        since, until = (self._moment(given, f"{edge}_activity_date") for edge in ("minimum", "maximum"))
        found = self._activities.select(
            parent, types, since, until, self._portal.account.settings.search_lag_s
        )
        page = found[(number - 1) * size : number * size]
        deals = [str(each.parent[1]) for each in page if each.parent[0] == "opportunity"]
        self._portal.services.faults.shown(deals, listing=False)
        return json_of([each.as_json() for each in page])

    def create(self, call: Call) -> Response:
        """Log a note or another activity of a user type."""
        return json_of(self._create(self._portal.body(call)).as_json())

    def bulk_create(self, call: Call) -> Response:
        """Log up to ten activities; a failed one says so in its place."""
        given = self._portal.body(call)
        items = given.get("activities")
        if set(given) != {"activities"} or not isinstance(items, list):
            raise refuse(422, "Invalid input: activities is needed", "malformed")
        if len(items) > BULK_SIZE:
            raise too_large()
        return json_of([self._create_one(item) for item in items])

    def get(self, call: Call) -> Response:
        """Return an activity, a deleted one as a stub."""
        return json_of(self._find(call).as_json())

    def update(self, call: Call) -> Response:
        """Change text, type or time of an activity of a user type."""
        activity, given = self._writable(call), self._portal.body(call)
        self._check_names(given)
        if "details" in given:
            activity.details = self._details(given)
        if "activity_date" in given:
            at = self._moment(given, "activity_date")
            self._activities.move(activity, self._portal.account.now() if at is None else at)
        activity.date_modified = self._portal.account.now()
        self._portal.note_write("activity", activity.id, "update", {})
        return json_of(activity.as_json())

    def delete(self, call: Call) -> Response:
        """Delete an activity of a user type; a stub stays."""
        activity = self._writable(call)
        activity.deleted = True
        self._portal.note_write("activity", activity.id, "delete", {})
        return json_of(activity.as_json())

    def _create_one(self, item: Any) -> dict[str, Any]:
        try:
            return self._create(item if isinstance(item, dict) else {}).as_json()
        except Problem as problem:
            return failed(problem)

    def _create(self, given: dict[str, Any]) -> Activity:
        self._check_names(given)
        missing = [
            f"{name.capitalize()}: can't be blank" for name in ("parent", "type") if not given.get(name)
        ]
        if missing:
            raise Problem(missing, malformed=True)
        parent, type = self._parent(given["parent"], exists=True), self._type(given["type"])
        account, actor = self._portal.account, self._portal.actor
        known = account.directories.activity_type(*type)
        if type[0] != "user" or known is None or known.is_disabled:
            raise about("type", "is invalid", malformed=True)
        details, at = self._details(given), self._moment(given, "activity_date")
        made = self._activities.add(
            parent, type, actor.user_id, account.now(), details=details, at=at, via=actor.via
        )
        self._portal.changes.logged(
            BY_SINGULAR[parent[0]], parent[1], made.activity_date, interaction=known.count_as_interaction
        )
        self._portal.note_write("note" if type[1] == 0 else "activity", made.id, "create", {})
        return made

    def _find(self, call: Call) -> Activity:
        if not call.params["id"].isdigit():
            raise no_path()
        activity = self._activities.get(int(call.params["id"]))
        if activity is None:
            raise no_record()
        return activity

    def _writable(self, call: Call) -> Activity:
        activity = self._find(call)
        if activity.deleted or activity.type[0] != "user":
            raise refuse(422, "Invalid input: this activity cannot be changed")
        return activity

    def _check_names(self, given: dict[str, Any]) -> None:
        if unknown := [name for name in given if name not in _WRITABLE]:
            raise Problem([unrecognized(unknown)], malformed=True)

    def _details(self, given: dict[str, Any]) -> str:
        details = given.get("details")
        if not isinstance(details, str) or not details.strip():
            raise about("details", "can't be blank", malformed=not isinstance(details, str | None))
        return details

    def _moment(self, given: dict[str, Any], name: str) -> int | None:
        try:
            return values.whole(given.get(name), self._portal.account)
        except Invalid as error:
            raise about(name, error.text, malformed=True) from error

    def _parent(self, given: Any, *, exists: bool) -> Parent:
        kinds = (*PARENTS, "task")
        if not isinstance(given, dict) or given.get("type") not in kinds or type(given.get("id")) is not int:
            raise about("parent", "is invalid", malformed=True)
        if exists and not self._portal.account.knows(given["type"], given["id"]):
            raise about("parent", "does not exist")
        return given["type"], given["id"]

    def _type(self, given: Any) -> Type:
        """Take `{"id", "category"}`; further keys of a listed type do no harm."""
        if not isinstance(given, dict) or given.get("category") not in ("user", "system"):
            raise about("type", "is invalid", malformed=True)
        if type(given.get("id")) is not int:
            raise about("type", "is invalid", malformed=True)
        return given["category"], given["id"]

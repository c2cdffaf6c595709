"""`POST /<records>/search`: filters, order, pages, the cap. Answers come from the index, which may lag."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from starlette.responses import Response

from sandbox.call import Call, Handler, compact_json

from .custom_filters import tests_of
from .errors import Invalid, Problem, about, invalid, unrecognized
from .filters import FILTERS, NOBODY, Test, number_of, numbers_of
from .kinds import BY_PLURAL, COMPANY, LEAD, OPPORTUNITY, PERSON, PROJECT, TASK, Kind
from .leads import refuse_disabled
from .lookups import Name
from .portal import COMPUTED, Portal, raw_json, wants_computed
from .tables import Index, Values

PAGE_SIZE, LARGEST_PAGE = 20, 200
RESULTS_KEPT: Final = 8
_REFERENCES: Final = {"primary_contact_ids": "primary_contact_id", "company_ids": "company_id"}
PAGING: Final = ("page_number", "page_size", "sort_by", "sort_direction")
Key = Callable[[Values], Any]
_BOTH: Final = {"date_created": "date_created", "date_modified": "date_modified", "name": "name"}
# What each word of `sort_by` sorts by; the first one is the default.
SORTS: Final[dict[Kind, dict[str, str]]] = {
    OPPORTUNITY: {
        "name": "name",
        **_BOTH,
        "assignee": "assignee_id",
        "company_name": "company_name",
        "customer_source_id": "customer_source_id",
        "inactive_days": "date_modified",
        "interaction_count": "interaction_count",
        "last_interaction": "date_last_contacted",
        "monetary_value": "monetary_value",
        "monetary_unit": "monetary_unit",
        "primary_contact": "primary_contact_id",
        "priority": "priority",
        "stage": "pipeline_stage_id",
        "status": "status",
    },
    PERSON: {"first_name": "first_name", "last_name": "last_name", "title": "title", **_BOTH},
    COMPANY: {**_BOTH, "assignee": "assignee_id", "contact_type": "contact_type_id"},
    LEAD: {**_BOTH, "first_name": "first_name", "last_name": "last_name", "status": "status_id"},
    TASK: {
        "due_date": "due_date",
        "assigned_to": "assignee_id",
        "status": "status",
        "priority": "priority",
        "reminder_date": "reminder_date",
        "completed_date": "completed_date",
        **_BOTH,
    },
    PROJECT: {**_BOTH, "assigned_to": "assignee_id", "status": "status"},
}
DEFAULT_SORT: Final = {
    OPPORTUNITY: "name",
    PERSON: "first_name",
    COMPANY: "name",
    LEAD: "name",
    TASK: "due_date",
    PROJECT: "name",
}


def page_of(given: dict[str, Any]) -> tuple[int, int]:
    """Return page number and size; raises Problem."""
    sizes = {"page_number": 1, "page_size": PAGE_SIZE}
    for name in sizes:
        try:
            sizes[name] = int(number_of(given.get(name, sizes[name])))
        except Invalid as error:
            raise about(name, error.text, malformed=True) from error
    if sizes["page_number"] < 1:
        raise about("page_number", "must be greater than 0", malformed=True)
    if not 1 <= sizes["page_size"] <= LARGEST_PAGE:
        raise about("page_size", f"must be between 1 and {LARGEST_PAGE}", malformed=True)
    return sizes["page_number"], sizes["page_size"]


class Searches:
    """The search of every kind of record."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._results: dict[tuple[str, int, str], list[int]] = {}

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [("POST", f"/{kind.plural}/search", self._search(kind)) for kind in BY_PLURAL.values()]

    def _search(self, kind: Kind) -> Handler:
        return lambda call: self.search(call, kind)

    def search(self, call: Call, kind: Kind) -> Response:
        """Answer one page; parameters of the query are ignored, as Copper does."""
        refuse_disabled(self._portal, kind)
        self._portal.lint(call, (COMPUTED,))
        given = self._portal.body(call)
        try:
            number, size = page_of(given)
            ids = self._find(kind, given)
        except Problem as problem:
            raise invalid(problem) from problem
        settings = self._portal.account.settings
        start = (number - 1) * size
        page = ids[start : min(start + size, settings.search_cap)]
        if kind is OPPORTUNITY:
            self._portal.services.faults.shown([str(id) for id in page], listing=True)
        versions, computed = self._index(kind).versions, wants_computed(call)
        shown = (self._portal.show(kind, versions[id], computed=computed, listing=True) for id in page)
        return raw_json(f"[{','.join(shown)}]", {"X-PW-TOTAL": str(len(ids) + settings.total_excess)})

    def _index(self, kind: Kind) -> Index:
        return self._portal.account.tables[kind].index

    def _find(self, kind: Kind, given: dict[str, Any]) -> list[int]:
        """Return all matching ids in order; kept for the next pages as long as nothing changes."""
        index = self._index(kind)
        index.catch_up()
        conditions = {name: value for name, value in given.items() if name not in PAGING[:2]}
        settings = self._portal.account.settings
        seen_by = (settings.administrator, settings.user_email, settings.modified_inclusive)
        key = (kind.plural, index.revision, compact_json([conditions, seen_by]))
        if key not in self._results:
            if len(self._results) >= RESULTS_KEPT:
                del self._results[next(iter(self._results))]
            self._results[key] = self._select(kind, conditions)
        return self._results[key]

    def _select(self, kind: Kind, given: dict[str, Any]) -> list[int]:
        tests = self._tests(kind, given)
        by, descending = self._order(kind, given)
        index = self._index(kind)
        versions = index.versions
        found, ordered, met = self._candidates(index, given, by)
        rest = [test for name, test in tests if name not in met]
        if rest:
            found = [id for id in found if all(test(versions[id].values) for test in rest)]
        if by != ordered:
            found.sort(key=lambda id: _sortable(versions[id].values[by]))
        return found[::-1] if descending else found

    def _candidates(
        self, index: Index, given: dict[str, Any], by: str
    ) -> tuple[list[int], str, tuple[str, ...]]:
        """Return the ids that come into question, by what they are ordered already, and the filters they meet."""
        if "ids" in given:
            wanted = {int(number_of(id)) for id in given["ids"]}
            return sorted(wanted & index.versions.keys()), "date_created", ("ids",)
        if exact := self._exact(given):
            return index.having(*exact), "date_created", ()
        if "minimum_modified_date" in given or by == "date_modified":
            first = number_of(given.get("minimum_modified_date", 0))
            return index.modified_since(first), "date_modified", ("minimum_modified_date",)
        least = number_of(given.get("minimum_created_date", float("-inf")))
        most = number_of(given.get("maximum_created_date", float("inf")))
        met = ("minimum_created_date", "maximum_created_date")
        return index.created_between(least, most), "date_created", met

    def _exact(self, given: dict[str, Any]) -> tuple[Name, Iterable[Any]] | None:
        """Return an attribute or custom field of which the search names the very values."""
        if "name" in given:
            return "name", [given["name"]]
        for filter_, name in _REFERENCES.items():
            if filter_ in given:
                ids = numbers_of(given[filter_])
                return name, [None if id == NOBODY else id for id in ids]
        definitions = self._portal.account.definitions.by_id
        for entry in given.get("custom_fields", ()):
            if definitions[entry["custom_field_definition_id"]].data_type == "Float":
                return entry["custom_field_definition_id"], [float(number_of(entry["value"]))]
        return None

    def _order(self, kind: Kind, given: dict[str, Any]) -> tuple[str, bool]:
        by, direction = given.get("sort_by", DEFAULT_SORT[kind]), given.get("sort_direction", "asc")
        if by not in SORTS[kind]:
            raise about("sort_by", "is not included in the list", malformed=True)
        if direction not in ("asc", "desc"):
            raise about("sort_direction", "is not included in the list", malformed=True)
        return SORTS[kind][by], direction == "desc"

    def _tests(self, kind: Kind, given: dict[str, Any]) -> list[tuple[str, Test]]:
        known = FILTERS[kind]
        if unknown := [name for name in given if name not in (*known, *PAGING, "custom_fields")]:
            raise Problem([unrecognized(unknown)], malformed=True)
        account = self._portal.account
        tests: list[tuple[str, Test]] = []
        for name, value in given.items():
            try:
                if name == "custom_fields":
                    tests += [(name, test) for test in tests_of(account, kind, value)]
                elif name in known:
                    tests.append((name, known[name](value, account)))
            except Invalid as error:
                raise about(name, error.text, malformed=error.malformed) from error
        return tests + self._hidden(kind, given)

    def _hidden(self, kind: Kind, given: dict[str, Any]) -> list[tuple[str, Test]]:
        """Return the tests that nobody asked for: what the key may see, where the modified date begins."""
        settings, tests = self._portal.account.settings, []
        if "minimum_modified_date" in given and not settings.modified_inclusive:
            first = number_of(given["minimum_modified_date"])
            tests.append(("exclusive", lambda values: values["date_modified"] > first))
        if not settings.administrator:
            tests.append(("visible", lambda values: self._portal.sees(kind, values)))
        return tests


def _sortable(value: Any) -> tuple[bool, Any]:
    """Put what is empty last; words in any case alike."""
    return value is None, value.lower() if isinstance(value, str) else value or 0

"""Reading records: one, a page, by ids, deleted ones, how many. Queries are in coql.py and searching.py."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.core import Core
from sandbox.zoho.errors import INVALID_ID, answer, empty, missing_param, refused
from sandbox.zoho.modules import LEADS
from sandbox.zoho.paging import Tokens, Wanted, cut
from sandbox.zoho.reading import PAGE, Query, time_header
from sandbox.zoho.records import Deleted, Record, Table

FIELDS_MAX = 50
IDS_MAX = 50
SORTS = ("id", "Created_Time", "Modified_Time")
PARAMETERS = (
    "fields",
    "ids",
    "cvid",
    "converted",
    "territory_id",
    "include_child",
    "sort_by",
    "sort_order",
    "page",
    "per_page",
    "page_token",
)


def field_names(query: Query) -> list[str]:
    """Return the fields a listing must name."""
    names = query.names("fields")
    if not names:
        raise missing_param("fields")
    if len(names) > FIELDS_MAX:
        raise refused("LIMIT_EXCEEDED", {"param_name": "fields", "limit": FIELDS_MAX})
    return names


class Listing:
    """Handlers that read records of a module."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self._core = core
        self._org = core.org
        self._tokens = tokens

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [
            ("GET", "/crm/v8/{module}", self.page),
            ("GET", "/crm/v8/{module}/deleted", self.deleted),
            ("GET", "/crm/v8/{module}/actions/count", self.count),
            ("GET", "/crm/v8/{module}/{id}", self.one),
            ("GET", "/crm/v8/{module}/{id}/actions/fetch_full_data", self.one),
        ]

    def one(self, call: Call) -> Response:
        """Return one record with all fields or the chosen ones; an unknown one is 204."""
        query, record = Query(call, "fields"), self._core.record(call)
        if record is None and self._org.settings.missing_status == 400:
            raise refused("INVALID_DATA", {"id": call.params["id"]}, message=INVALID_ID, reason="ordinary")
        if record is None:
            return empty()
        names = query.names("fields")
        if len(names) > FIELDS_MAX:
            raise refused("LIMIT_EXCEEDED", {"param_name": "fields", "limit": FIELDS_MAX})
        showing, module = self._core.showing, record.module
        shown = showing.known(module, names) if names else showing.all_names(module)
        self._core.shown([record], listing=False)
        return answer(200, {"data": showing.records(module, [record], shown)})

    def page(self, call: Call) -> Response:
        """Return a page of a listing."""
        table, query = self._core.table(call), Query(call, *PARAMETERS)
        names = field_names(query)
        sort_by, order = (
            query.choice("sort_by", SORTS, "id"),
            query.choice("sort_order", ("asc", "desc"), "desc"),
        )
        if query.text("cvid") and query.text("sort_by"):
            pair = [{"param_name": "cvid"}, {"param_name": "sort_by"}]
            raise refused("AMBIGUITY_DURING_PROCESSING", {"ambiguity_due_to": pair})
        since = time_header(call, "If-Modified-Since")
        converted = query.choice("converted", ("true", "false", "both"), "false")
        bound = (table.module.name, tuple(names), sort_by, order, since, converted, tuple(query.names("ids")))
        wanted = self._tokens.wanted(query, bound)
        keys, more = self._keys(table, query, sort_by, order == "desc", since, converted, wanted)
        if not keys:
            return Response(status_code=204 if since is None else 304)
        records = [self._found(table, key) for key in keys]
        rows = self._core.showing.records(
            table.module, records, self._core.showing.known(table.module, names)
        )
        self._core.shown(records, listing=True)
        info = {"call": False, **self._tokens.info(wanted, bound, keys, more), "sort_by": sort_by}
        return answer(200, {"data": rows, "info": {**info, "sort_order": order, "email": False}})

    def count(self, call: Call) -> Response:
        """Return how many records there are."""
        Query(call)
        table = self._core.table(call)
        hidden = sum(id in self._org.hidden for id in table.ids) if self._org.hidden else 0
        return answer(200, {"count": len(table.ids) - hidden})

    def deleted(self, call: Call) -> Response:
        """Return deleted records, the latest first."""
        table, query = self._core.table(call), Query(call, "type", "page", "per_page")
        kind = query.choice("type", ("all", "recycle", "permanent"), "all")
        since = time_header(call, "If-Modified-Since")
        page, size = query.number("page", 1), query.number("per_page", PAGE, PAGE)
        rows = (
            []
            if kind == "permanent"
            else [each for each in table.deleted.values() if self._since(each.at, since)]
        )
        rows.reverse()
        chosen = rows[(page - 1) * size : page * size]
        if not chosen:
            return Response(status_code=204 if since is None else 304)
        more = page * size < len(rows)
        info = {"per_page": size, "count": len(chosen), "page": page, "more_records": more}
        return answer(200, {"data": [self._deleted_row(each) for each in chosen], "info": info})

    def _keys(
        self,
        table: Table,
        query: Query,
        sort_by: str,
        descending: bool,
        since: int | None,
        converted: str,
        wanted: Wanted,
    ) -> tuple[list[Any], bool]:
        by_time, low = sort_by == "Modified_Time", 0
        keys: Sequence[Any] = table.modified if by_time else table.ids
        ids = query.ids("ids", IDS_MAX)
        if ids:
            found = [record for id in sorted(set(ids)) if (record := table.get(id))]
            keys = (
                sorted((record.modified, record.id) for record in found)
                if by_time
                else [each.id for each in found]
            )
        if since is not None and by_time:
            low = bisect_left(keys, (since if self._inclusive else since + 1, 0))
        elif since is not None:
            keys = [id for id in keys if self._since(self._found(table, id).modified, since)]
        if self._org.hidden or table.module.name == LEADS:
            keys, low = [key for key in keys[low:] if self._passes(table, _id(key), converted)], 0
        return cut(keys, low, wanted, descending=descending)

    def _passes(self, table: Table, id: int, converted: str) -> bool:
        record = self._org.visible(table, id)
        if record is None:
            return False
        if table.module.name != LEADS or converted == "both":
            return True
        return bool(record.values.get("Converted__s")) == (converted == "true")

    @property
    def _inclusive(self) -> bool:
        return self._org.settings.since_is_inclusive

    def _since(self, at: int, since: int | None) -> bool:
        return since is None or at > since or (at == since and self._inclusive)

    def _found(self, table: Table, key: Any) -> Record:
        record = table.get(_id(key))
        assert record is not None
        return record

    def _deleted_row(self, gone: Deleted) -> dict[str, Any]:
        people = self._org.people
        return {
            "id": str(gone.record.id),
            "display_name": gone.record.name,
            "type": "recycle",
            "deleted_by": people.user(gone.by).short(),
            "created_by": people.user(gone.record.created_by).short(),
            "deleted_time": self._org.zone.iso(gone.at),
        }


def _id(key: Any) -> int:
    return int(key[1]) if isinstance(key, tuple) else int(key)

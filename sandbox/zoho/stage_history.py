"""The stages a deal went through: a row for each one entered, with who entered it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.clock import now
from sandbox.zoho.core import Core
from sandbox.zoho.errors import answer, empty
from sandbox.zoho.listing import field_names
from sandbox.zoho.modules import DEALS, HISTORY
from sandbox.zoho.paging import Tokens, cut
from sandbox.zoho.reading import Query
from sandbox.zoho.records import Entry, Record

DAY = 86_400
PARAMETERS = ("fields", "page", "per_page", "page_token", "sort_by", "sort_order")


class StageHistory:
    """Handler of Stage_History."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self._core = core
        self._org = core.org
        self._tokens = tokens

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        return [("GET", "/crm/v8/Deals/{id}/Stage_History", self.stages)]

    def stages(self, call: Call) -> Response:
        """Return the stages of a deal, by default the latest first."""
        query = Query(call, *PARAMETERS)
        names, order = field_names(query), query.choice("sort_order", ("asc", "desc"), "desc")
        call.params["module"] = DEALS
        record = self._core.record(call)
        bound = (call.path, tuple(names), order)
        wanted = self._tokens.wanted(query, bound)
        rows = {row["id"]: row for row in self._rows(record)} if record else {}
        keys, more = cut(sorted(rows), 0, wanted, descending=order == "desc")
        if not keys:
            return empty()
        shown = dict.fromkeys([*self._known(names), "id"])
        data = [{name: rows[key][name] for name in shown} for key in keys]
        return answer(200, {"data": data, "info": self._tokens.info(wanted, bound, keys, more)})

    def _known(self, names: Sequence[str]) -> list[str]:
        """Return the fields that the history has; others vanish, which is counted as wrong."""
        fields = self._org.modules[HISTORY].fields
        known = [name for name in names if name in fields]
        if len(known) < len(names):
            self._org.count_malformed()
        return known

    def _rows(self, record: Record) -> list[dict[str, Any]]:
        """Return a row for each stage entered; the last one has moved to nothing yet."""
        entered = [entry for entry in record.log if "Stage" in entry.changes]
        following: Sequence[Entry | None] = [*entered[1:], None]
        values: dict[str, Any] = {}
        snapshots: dict[int, dict[str, Any]] = {}
        for entry in record.log:
            values |= {name: after for name, (_, after) in entry.changes.items()}
            snapshots[entry.id] = dict(values)
        pairs = zip(entered, following, strict=True)
        return [self._row(entry, after, snapshots[entry.id]) for entry, after in pairs]

    def _row(self, entry: Entry, after: Entry | None, values: dict[str, Any]) -> dict[str, Any]:
        by, iso = self._org.people.user(entry.actor.user_id).reference(), self._org.zone.iso
        return {
            "id": str(entry.id),
            "Stage": values.get("Stage"),
            "Moved_To__s": after.changes["Stage"][1] if after else None,
            "Amount": values.get("Amount"),
            "Probability": values.get("Probability"),
            "Expected_Revenue": values.get("Expected_Revenue"),
            "Close_Date": values.get("Closing_Date"),
            "Stage_Duration_Calendar_Days": (after.at - entry.at) // DAY if after else None,
            "Created_Time": iso(entry.at),
            "Modified_Time": iso(entry.at),
            "Last_Activity_Time": iso(after.at if after else now()),
            "Created_By": by,
            "Modified_By": by,
            "Owner": by,
            "Tag": [],
            "Locked__s": False,
            "Description": None,
        }

"""One call of the API after the caller was recognised: query, body, paging and how answers are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from sandbox.call import Call, compact_json, json_answer
from sandbox.close.actors import Actor
from sandbox.close.organization import Fields, Organization
from sandbox.close.records import Record
from sandbox.close.refusals import forbidden, refused
from sandbox.close.values import Check, clean

DEFAULT_LIMIT = 100
MAX_SKIP = 250_000
NO_JSON = "Please send valid JSON with a 'Content-Type: application/json' header."


class Query:
    """The query parameters. Close ignores unknown ones; `unknown` names them, so that a typing error is seen."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._given = dict(pairs)
        self._known: set[str] = set()

    def get(self, name: str) -> str | None:
        """Return a parameter that this call knows."""
        self._known.add(name)
        return self._given.get(name)

    def listed(self, name: str) -> list[str] | None:
        """Return the items of a parameter with commas."""
        value = self.get(name)
        return None if value is None else [each for each in value.split(",") if each]

    def whole(self, name: str, default: int) -> int:
        """Return a number; raise the refusal of anything else."""
        text = self.get(name)
        if text is None:
            return default
        if not text.lstrip("-").isdigit():
            raise refused(400, f'{name} must be an integer (got "{text}" instead).')
        if int(text) < 0:
            raise refused(400, f'{name} must be a non-negative integer (got "{text}" instead).')
        return int(text)

    def unknown(self) -> list[str]:
        """Return the given parameters nobody asked for."""
        return sorted(self._given.keys() - self._known)

    def restart(self, pairs: Mapping[str, Any]) -> None:
        """Take the parameters from a body instead, where lists stand for commas."""
        for name, value in pairs.items():
            self._given[name] = ",".join(map(str, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass
class Request:
    """What a handler is given."""

    call: Call
    organization: Organization
    actor: Actor
    tz_hours: float
    permissions: frozenset[str]
    role: str
    query: Query = field(init=False)

    def __post_init__(self) -> None:
        """Read the query."""
        self.query = Query(self.call.query)

    @property
    def id(self) -> str:
        """Return the id in the path."""
        return self.call.params["id"]

    @property
    def strict(self) -> bool:
        """Say whether unknown keys of a body are refused."""
        return self.organization.settings.unknown_keys == "refuse"

    def fields(self) -> Fields:
        """Return the fields that `_fields` asks for."""
        names = self.query.listed("_fields")
        return None if names is None else frozenset(names)

    def body(self) -> dict[str, Any]:
        """Return the JSON object of the body; raise the refusal of anything else."""
        headers = self.call.headers
        if "chunked" in headers.get("transfer-encoding", ""):
            raise refused(400, "Chunked Transfer-Encoding is not supported.")
        if "json" not in headers.get("content-type", ""):
            raise refused(self.organization.settings.content_type_status, NO_JSON)
        try:
            given = self.call.json()
        except ValueError as error:
            raise refused(400, "The request contains invalid JSON.") from error
        if not isinstance(given, dict):
            raise refused(400, "JSON data must be a dict.")
        return given

    def cleaned(self, checks: Mapping[str, Check], required: Iterable[str] = ()) -> dict[str, Any]:
        """Return the checked values of the body."""
        return clean(self.body(), checks, required, strict=self.strict)

    def limit(self, most: int) -> int:
        """Return how many objects to show; raise the refusal of too many."""
        limit = self.query.whole("_limit", min(DEFAULT_LIMIT, most))
        if limit > most:
            raise refused(
                400,
                f"The limit you set is larger than the maximum limit for this resource (max_limit = {most}).",
            )
        return limit

    def page(self, most: int) -> tuple[int, int]:
        """Return how many objects to show and how many to leave out; raise the refusal of too many."""
        limit, skip = self.limit(most), self.query.whole("_skip", 0)
        if skip > MAX_SKIP:
            raise refused(
                400,
                "The skip you set is larger than the maximum skip for this resource "
                f"(max_skip = {MAX_SKIP}). Please refine your search query.",
            )
        return limit, skip

    def sees(self, record: Record) -> bool:
        """Say whether the caller may see an object: restricted users see only leads they have a deal on."""
        if "view_all_leads" in self.permissions:
            return True
        deals = self.organization.tables["opportunity"].of_lead(record.lead_id or "")
        return any(deal.values["user_id"] == self.actor.user_id for deal in deals)

    def need(self, permission: str) -> None:
        """Raise the refusal when the caller's role does not allow it."""
        if permission not in self.permissions:
            raise forbidden()

    def show(self, record: Record, status: int = 200) -> Response:
        """Return the answer with one object."""
        return raw_json(status, self.organization.render(record, self.fields()))

    def list(self, records: Sequence[Record], most: int, **more: Any) -> Response:
        """Return the answer with one page of objects."""
        limit, skip = self.page(most)
        fields = self.fields()
        texts = [self.organization.render(each, fields) for each in records[skip : skip + limit]]
        return listed(texts, len(records) > skip + limit, **more)


def raw_json(status: int, text: str) -> Response:
    """Return JSON text as an answer."""
    return Response(text.encode(), status, media_type="application/json")


def listed(texts: Sequence[str], has_more: bool, **more: Any) -> Response:
    """Return the envelope of a list around rendered objects."""
    rest = compact_json({"has_more": has_more, **more})
    return raw_json(200, f'{{"data":[{",".join(texts)}],{rest[1:]}')


def plain_list(rows: Sequence[dict[str, Any]], **more: Any) -> Response:
    """Return the envelope of a list that is never paged."""
    return json_answer(200, {"data": list(rows), **more})

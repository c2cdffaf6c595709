"""The one adapter around hubspot-api-client: typed single calls, its failures in our own words.

The library's api objects and exceptions never leave this file. Bulk reading does not come through here.
Facts: docs/connectors/hubspot.md#library
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from hubspot import HubSpot
from hubspot.crm.objects import SimplePublicObjectInput, SimplePublicObjectInputForCreate
from hubspot.crm.properties import PropertyCreate
from urllib3.exceptions import HTTPError

from connectors.errors import Unreadable
from connectors.http import TIMEOUT, Answer, classify, network_failure, twice_if_unsent
from connectors.hubspot.refusals import TABLE

T = TypeVar("T")
OWNERS_PAGE = 100
LINKS_PAGE = 500


@dataclass(frozen=True)
class Entity:
    """A CRM object of any kind as one typed call shows it."""

    id: str
    properties: Mapping[str, str | None]
    updated_at: datetime


class Library:
    """The library's api objects for one token, built when first needed and kept: each has its own pool."""

    def __init__(self, token: str, host: str) -> None:
        self.token = token
        self._hubspot = HubSpot(access_token=token, host=host, base_url=host, retry=False)

    @cached_property
    def _objects(self) -> Any:
        return self._hubspot.crm.objects.basic_api

    @cached_property
    def _owners(self) -> Any:
        return self._hubspot.crm.owners.owners_api

    @cached_property
    def _pipelines(self) -> Any:
        return self._hubspot.crm.pipelines.pipelines_api

    @cached_property
    def _properties(self) -> Any:
        return self._hubspot.crm.properties.core_api

    @cached_property
    def _links(self) -> Any:
        return self._hubspot.crm.associations.v4.basic_api

    def get(self, kind: str, id: str, properties: Sequence[str], id_property: str | None = None) -> Entity:
        """One object; `Missing` if there is none. A merged object comes back under its survivor's id."""
        named = {"id_property": id_property} if id_property else {}
        return _call(_entity, self._objects.get_by_id, kind, id, properties=list(properties), **named)

    def create(
        self, kind: str, properties: Mapping[str, str], links: Sequence[Mapping[str, object]]
    ) -> Entity:
        """Create an object together with its links."""
        body = SimplePublicObjectInputForCreate(properties=dict(properties), associations=list(links))
        return _call(_entity, self._objects.create, kind, body)

    def update(self, kind: str, id: str, properties: Mapping[str, str]) -> Entity:
        """Change properties; the answer holds only what changed and what is calculated from it."""
        body = SimplePublicObjectInput(properties=dict(properties))
        return _call(_entity, self._objects.update, kind, id, body)

    def linked(self, kind: str, id: str, to_kind: str, after: str | None) -> tuple[list[str], str | None]:
        """One page of the ids that an object is linked to, and where the next one starts."""
        more = {"after": after} if after else {}
        links, following = _call(_page, self._links.get_page, kind, id, to_kind, limit=LINKS_PAGE, **more)
        return [str(each.to_object_id) for each in links], following

    def link(self, kind: str, id: str, to_kind: str, to_id: str) -> None:
        """Link two objects in the default way; no harm if they are."""
        _call(_results, self._links.create_default, kind, id, to_kind, to_id)

    def owners(self, archived: bool, after: str | None) -> tuple[list[Any], str | None]:
        """One page of owners, and where the next one starts; those archived have left the company."""
        more = {"after": after} if after else {}
        return _call(_page, self._owners.get_page, limit=OWNERS_PAGE, archived=archived, **more)

    def pipelines(self) -> list[Any]:
        """All deal pipelines with their stages."""
        return _call(_results, self._pipelines.get_all, "deals")

    def properties(self) -> list[Any]:
        """All deal properties."""
        return _call(_results, self._properties.get_all, "deals")

    def create_property(self, definition: Mapping[str, object]) -> None:
        """Add a deal property."""
        _call(lambda made: made.name, self._properties.create, "deals", PropertyCreate(**definition))


def _call(read: Callable[[Any], T], method: Callable[..., Any], *arguments: object, **named: object) -> T:
    """What `read` finds in the answer of a call; a failure of either in our own words."""

    def once() -> T:
        try:
            return read(method(*arguments, **named, _request_timeout=TIMEOUT))
        except HTTPError as error:
            raise network_failure(error) from None
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise Unreadable("HubSpot's answer is not in its documented form.") from error
        except Exception as error:
            # Each of its packages has an ApiException of its own, with these attributes.
            answer = _answer(error)
            if answer is None:
                raise
            raise classify(answer, TABLE) or Unreadable(status=answer.status) from None

    return twice_if_unsent(once)


# The library makes an empty model of whatever it is given, of a proxy's HTML too: hence the checks below.


def _entity(found: Any) -> Entity:
    if not (isinstance(found.id, str) and isinstance(found.properties, dict)):
        raise TypeError("no object")
    return Entity(found.id, found.properties, found.updated_at.astimezone(UTC))


def _results(page: Any) -> list[Any]:
    if not isinstance(page.results, list):
        raise TypeError("no results")
    return page.results


def _page(page: Any) -> tuple[list[Any], str | None]:
    following = str(page.paging.next.after) if page.paging and page.paging.next else None
    return _results(page), following


def _answer(error: Exception) -> Answer | None:
    status, body = getattr(error, "status", None), getattr(error, "body", None)
    if not isinstance(status, int):
        return None
    raw = body if isinstance(body, bytes) else str(body or "").encode()
    return Answer(status or 599, getattr(error, "headers", None) or {}, raw)

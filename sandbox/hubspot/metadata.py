"""Pipelines, owners, properties and account details: what an integration reads before records."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import Call, Handler, Refusal, json_answer
from sandbox.contract import Pipeline, Stage
from sandbox.hubspot.account import User
from sandbox.hubspot.bodies import NewProperty
from sandbox.hubspot.errors import error, invalid, not_found
from sandbox.hubspot.kinds import DEALS, Kind
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.properties import Property
from sandbox.hubspot.reading import Query, kind_named, nothing, object_id, read_body
from sandbox.hubspot.values import iso

OWNERS_MAX = 500
UNIQUE_PROPERTIES_MAX = 10
EPOCH = iso(0)


class Metadata:
    """Handlers of pipelines, owners, properties and account-info."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        pipelines, properties = "/crm/v3/pipelines/{kind}", "/crm/v3/properties/{kind}"
        return [
            ("GET", pipelines, self.pipelines),
            ("GET", pipelines + "/{pipeline}", self.pipeline),
            ("GET", pipelines + "/{pipeline}/stages", self.stages),
            ("GET", "/crm/v3/owners", self.owners),
            ("GET", "/crm/v3/owners/{id}", self.owner),
            ("GET", properties, self.properties),
            ("POST", properties, self.create_property),
            ("GET", properties + "/{name}", self.one_property),
            ("DELETE", properties + "/{name}", self.archive_property),
            ("GET", "/account-info/v3/details", self.details),
            ("GET", "/account-info/v3/api-usage/daily/private-apps", self.usage),
        ]

    def pipelines(self, call: Call) -> Response:
        """Return all pipelines of an object type."""
        nothing(call)
        pipelines = self._portal.account.pipelines if self._kind(call) is DEALS else []
        rows = [self._pipeline(place, each) for place, each in enumerate(pipelines)]
        return json_answer(200, {"results": rows})

    def pipeline(self, call: Call) -> Response:
        """Return one pipeline."""
        nothing(call)
        return json_answer(200, self._found(call))

    def stages(self, call: Call) -> Response:
        """Return the stages of one pipeline."""
        nothing(call)
        return json_answer(200, {"results": self._found(call)["stages"]})

    def owners(self, call: Call) -> Response:
        """Return a page of owners, either the active or the archived ones."""
        query = Query(call, "limit", "after", "email", "archived")
        limit, after = query.number("limit", 100, 1, OWNERS_MAX), query.cursor()
        archived, email = query.flag("archived"), query.text("email")
        users = [
            user
            for id, user in sorted(self._portal.account.users.items())
            if id >= after and user.active is not archived and email in (None, user.email)
        ]
        answer: dict[str, Any] = {"results": [user.as_json() for user in users[:limit]]}
        if len(users) > limit:
            answer["paging"] = {"next": {"after": str(users[limit].owner_id)}}
        return json_answer(200, answer)

    def owner(self, call: Call) -> Response:
        """Return one owner by owner id or user id."""
        query = Query(call, "idProperty", "archived")
        id_property, archived = query.text("idProperty") or "id", query.flag("archived")
        if id_property not in ("id", "userId"):
            raise invalid(f"Unknown idProperty: {id_property}")
        id = object_id(call.params["id"])
        user = self._user(id, by_user_id=id_property == "userId")
        if user is None or user.active is archived:
            raise not_found()
        return json_answer(200, user.as_json())

    def properties(self, call: Call) -> Response:
        """Return all property definitions."""
        query = Query(call, "archived", "dataSensitivity", "locale", "properties")
        known = [] if query.flag("archived") else self._known(call).values()
        return json_answer(200, {"results": [each.as_json() for each in known]})

    def one_property(self, call: Call) -> Response:
        """Return one property definition."""
        Query(call, "archived", "dataSensitivity", "locale", "properties")
        return json_answer(200, self._property(call).as_json())

    def create_property(self, call: Call) -> Response:
        """Create a custom property."""
        nothing(call)
        kind, known = self._kind(call), self._known(call)
        body = read_body(call, NewProperty)
        if body.name in known:
            message = f"A property named '{body.name}' already exists."
            raise Refusal(error(409, message, category="OBJECT_ALREADY_EXISTS"))
        if body.group != kind.group:
            raise invalid(f"The property group {body.group} does not exist")
        if body.unique and sum(each.unique for each in known.values()) >= UNIQUE_PROPERTIES_MAX:
            raise invalid(f"At most {UNIQUE_PROPERTIES_MAX} properties can have unique values")
        definition = Property(
            body.name,
            body.label,
            body.type,
            body.field_type,
            body.group,
            tuple((option.value, option.label) for option in body.options),
            unique=body.unique,
            defined_by_hubspot=False,
        )
        self._portal.account.add_property(kind, definition)
        self._portal.services.journal.write("property", body.name, "create", {}, "app")
        return json_answer(201, definition.as_json())

    def archive_property(self, call: Call) -> Response:
        """Remove a custom property."""
        nothing(call)
        if self._property(call).defined_by_hubspot:
            raise invalid(f"{call.params['name']} is defined by HubSpot and cannot be archived")
        del self._known(call)[call.params["name"]]
        return Response(status_code=204)

    def details(self, call: Call) -> Response:
        """Return the account's settings."""
        nothing(call)
        account = {
            "portalId": self._portal.account.portal_id,
            "accountType": "STANDARD",
            "timeZone": "Europe/Sofia",
            "companyCurrency": "EUR",
            "additionalCurrencies": ["USD"],
            "utcOffset": "+02:00",
            "utcOffsetMilliseconds": 7_200_000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
        return json_answer(200, account)

    def usage(self, call: Call) -> Response:
        """Return how much of the day's calls are used."""
        nothing(call)
        return json_answer(200, {"results": [self._portal.access.usage()]})

    def _kind(self, call: Call) -> Kind:
        kind = kind_named(call.params["kind"])
        call.name = call.name.replace("{kind}", kind.name)
        return kind

    def _found(self, call: Call) -> dict[str, Any]:
        pipelines = self._portal.account.pipelines if self._kind(call) is DEALS else []
        for place, each in enumerate(pipelines):
            if each.id == call.params["pipeline"]:
                return self._pipeline(place, each)
        raise not_found()

    def _pipeline(self, place: int, pipeline: Pipeline) -> dict[str, Any]:
        stages = [self._stage(pipeline, *numbered) for numbered in enumerate(pipeline.stages)]
        return {
            "label": pipeline.label,
            "displayOrder": place,
            "id": pipeline.id,
            "stages": stages,
            "createdAt": EPOCH,
            "updatedAt": EPOCH,
            "archived": False,
        }

    def _stage(self, pipeline: Pipeline, place: int, stage: Stage) -> dict[str, Any]:
        probability = self._portal.account.probability(pipeline, stage)
        return {
            "label": stage.label,
            "displayOrder": place,
            "metadata": {"isClosed": str(stage.won or stage.lost).lower(), "probability": str(probability)},
            "id": stage.id,
            "createdAt": EPOCH,
            "updatedAt": EPOCH,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "archived": False,
        }

    def _user(self, id: int, *, by_user_id: bool) -> User | None:
        users = self._portal.account.users
        if not by_user_id:
            return users.get(id)
        return next((user for user in users.values() if user.user_id == id), None)

    def _known(self, call: Call) -> dict[str, Property]:
        return self._portal.account.tables[self._kind(call)].properties

    def _property(self, call: Call) -> Property:
        definition = self._known(call).get(call.params["name"])
        if definition is None:
            raise not_found()
        return definition

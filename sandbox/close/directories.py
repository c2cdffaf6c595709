"""Who and what there is: the caller, the organization, users, roles, pipelines and statuses."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.actors import Actor
from sandbox.close.clock import now_ms, offset_text
from sandbox.close.event_log import EventLog
from sandbox.close.organization import Organization, chosen
from sandbox.close.people import ROLES, User, role_json
from sandbox.close.pipelines import STATUS_TYPES, Pipeline, Status
from sandbox.close.refusals import invalid, missing, refused
from sandbox.close.request import Request, plain_list
from sandbox.close.routing import Route
from sandbox.close.values import embedded, list_of, one_of, reference, text

MAX_USERS = 1000
SHOWN_IN_ORDER = ("last_name", "first_name")


class Directories:
    """The handlers."""

    def __init__(self, organization: Organization, log: EventLog) -> None:
        self._organization = organization
        self._log = log

    def routes(self) -> list[Route]:
        """Return the route table."""
        statuses, pipelines = "/status/opportunity/", "/pipeline/"
        return [
            ("GET", "/me/", self.me),
            ("GET", "/organization/{id}/", self.organization),
            ("GET", "/user/", self.users),
            ("GET", "/user/{id}/", self.user),
            ("GET", "/role/", self.roles),
            ("GET", "/role/{id}/", self.role),
            ("GET", pipelines, self.pipelines),
            ("POST", pipelines, self.create_pipeline),
            ("GET", pipelines + "{id}/", self.pipeline),
            ("PUT", pipelines + "{id}/", self.update_pipeline),
            ("DELETE", pipelines + "{id}/", self.delete_pipeline),
            ("GET", statuses, self.statuses),
            ("POST", statuses, self.create_status),
            ("GET", statuses + "{id}/", self.status),
            ("PUT", statuses + "{id}/", self.rename_status),
            ("DELETE", statuses + "{id}/", self.delete_status),
            ("GET", "/status/lead/", self.lead_statuses),
        ]

    def me(self, request: Request) -> Response:
        """Return the caller with its memberships and organizations."""
        user = self._organization.people.users[request.actor.user_id]
        shown = user.as_json(self._organization.id)
        membership = {
            "id": user.membership_id,
            "user_id": user.id,
            "organization_id": self._organization.id,
            "organization_name": self._organization.name,
            "role_id": request.role,
            "permissions_granted": sorted(request.permissions),
        }
        shown |= {"memberships": [membership], "organizations": [self._shown()]}
        return json_answer(200, chosen(shown, request.fields()))

    def organization(self, request: Request) -> Response:
        """Return the organization with active and former members."""
        if request.id != self._organization.id:
            raise missing("Organization")
        people, sides = self._organization.people, {"memberships": True, "inactive_memberships": False}
        members = {
            name: [self._membership(user, request) for user in people.members(active=active)]
            for name, active in sides.items()
        }
        return json_answer(200, chosen(self._shown() | members, request.fields()))

    def users(self, request: Request) -> Response:
        """Return one page of the users; those who left are not among them."""
        users = self._organization.people.members(active=True)
        if request.query.get("_order_by") == ",".join(SHOWN_IN_ORDER):
            users = sorted(users, key=lambda user: (user.last_name, user.first_name))
        limit, skip = request.page(MAX_USERS)
        rows = [
            chosen(user.as_json(self._organization.id), request.fields())
            for user in users[skip : skip + limit]
        ]
        return plain_list(rows, has_more=len(users) > skip + limit)

    def user(self, request: Request) -> Response:
        """Return a user, also a former one."""
        user = self._organization.people.users.get(request.id)
        if user is None:
            raise missing("User")
        return json_answer(200, chosen(user.as_json(self._organization.id), request.fields()))

    def roles(self, request: Request) -> Response:
        """Return the roles."""
        return plain_list([role_json(role, self._organization.id) for role in ROLES], has_more=False)

    def role(self, request: Request) -> Response:
        """Return a role."""
        if request.id not in ROLES:
            raise missing("Role")
        return json_answer(200, role_json(request.id, self._organization.id))

    def pipelines(self, request: Request) -> Response:
        """Return the pipelines with their statuses in order."""
        rows = [each.as_json(self._organization.id) for each in self._organization.pipelines.all]
        return plain_list([chosen(row, request.fields()) for row in rows], has_more=False)

    def pipeline(self, request: Request) -> Response:
        """Return a pipeline."""
        return self._pipeline_answer(self._find_pipeline(request))

    def create_pipeline(self, request: Request) -> Response:
        """Create a pipeline without statuses."""
        request.need("manage_customizations")
        name = request.cleaned({"name": text}, ("name",))["name"]
        id, user_id = self._organization.identifiers.new("pipe"), request.actor.user_id
        pipeline = Pipeline(id, name, [], user_id, user_id)
        self._organization.pipelines.all.append(pipeline)
        return self._pipeline_answer(pipeline, 201)

    def update_pipeline(self, request: Request) -> Response:
        """Rename a pipeline, put its statuses in another order, take in a status of another pipeline."""
        request.need("manage_customizations")
        pipeline, pipelines = self._find_pipeline(request), self._organization.pipelines
        known = embedded({"id": reference(lambda id: pipelines.status(id) is not None)}, ("id",))
        given = request.cleaned({"name": text, "statuses": list_of(known)})
        pipeline.name = given.get("name", pipeline.name)
        wanted = [pipelines.known[each["id"]] for each in given.get("statuses", [])]
        if "statuses" in given and not set(_ids(pipeline.statuses)) <= set(_ids(wanted)):
            raise invalid({"statuses": "All statuses of the pipeline must be listed."})
        for status in wanted:
            for other in pipelines.all:
                other.statuses = [each for each in other.statuses if each is not status]
            status.pipeline_id = pipeline.id
            pipeline.statuses.append(status)
        pipeline.updated, pipeline.updated_by = now_ms(), request.actor.user_id
        self._organization.generation += 1
        return self._pipeline_answer(pipeline)

    def delete_pipeline(self, request: Request) -> Response:
        """Delete a pipeline that has no statuses."""
        request.need("manage_customizations")
        pipeline = self._find_pipeline(request)
        if pipeline.statuses:
            raise refused(400, "Pipeline cannot be deleted because it contains statuses.", "ordinary")
        self._organization.pipelines.all.remove(pipeline)
        return Response(status_code=204)

    def statuses(self, request: Request) -> Response:
        """Return the statuses of all pipelines."""
        found = self._organization.pipelines.statuses.values()
        return plain_list([each.as_json(self._organization.id) for each in found], has_more=False)

    def status(self, request: Request) -> Response:
        """Return a status."""
        return json_answer(200, self._find_status(request).as_json(self._organization.id))

    def create_status(self, request: Request) -> Response:
        """Append a status to a pipeline, the first one where none is named."""
        request.need("manage_customizations")
        pipelines = self._organization.pipelines
        known = reference(lambda id: pipelines.get(id) is not None)
        checks = {"label": text, "type": one_of(STATUS_TYPES), "pipeline_id": known}
        given = request.cleaned(checks, ("label",))
        pipeline = pipelines.get(given.get("pipeline_id")) or pipelines.all[0]
        id = self._organization.identifiers.new("stat")
        status = Status(id, given["label"], given.get("type", "active"), pipeline.id)
        pipelines.add_status(pipeline, status)
        shown = status.as_json(self._organization.id)
        self._log.created(request.actor, "status.opportunity", shown, None)
        return json_answer(200, shown)

    def rename_status(self, request: Request) -> Response:
        """Rename a status."""
        request.need("manage_customizations")
        status = self._find_status(request)
        before = status.as_json(self._organization.id)
        status.label = request.cleaned({"label": text}, ("label",))["label"]
        self._organization.generation += 1
        shown = status.as_json(self._organization.id)
        self._log.changed(request.actor, "status.opportunity", before, shown, None)
        return json_answer(200, shown)

    def delete_status(self, request: Request) -> Response:
        """Delete a status; Close asks to empty it first."""
        request.need("manage_customizations")
        status = self._find_status(request)
        deals = self._organization.tables["opportunity"].records.values()
        used = any(deal.values["status_id"] == status.id for deal in deals)
        if used and not self._organization.settings.used_status_can_be_deleted:
            raise refused(400, "Status is still used by opportunities.", "ordinary")
        self.take_status_away(status, request.actor)
        return json_answer(200, {})

    def take_status_away(self, status: Status, actor: Actor) -> None:
        """Delete a status; what refers to it goes on doing so."""
        pipeline = self._organization.pipelines.get(status.pipeline_id)
        if pipeline is not None:
            pipeline.statuses.remove(status)
        self._log.deleted(actor, "status.opportunity", status.as_json(self._organization.id), None)

    def lead_statuses(self, request: Request) -> Response:
        """Return the statuses of leads, which have nothing to do with opportunities."""
        return plain_list(self._lead_statuses(), has_more=False)

    def _lead_statuses(self) -> list[dict[str, Any]]:
        return [
            {"id": each.id, "label": each.label, "organization_id": self._organization.id}
            for each in self._organization.pipelines.lead_statuses
        ]

    def _shown(self) -> dict[str, Any]:
        organization = self._organization
        return {
            "id": organization.id,
            "name": organization.name,
            "currency": organization.currency,
            "plan_type": "enterprise",
            "created_by": None,
            "updated_by": None,
            "date_created": offset_text(organization.created),
            "date_updated": offset_text(organization.created),
            "lead_statuses": [{"id": each["id"], "label": each["label"]} for each in self._lead_statuses()],
            "pipelines": [each.as_json(organization.id) for each in organization.pipelines.all],
        }

    def _membership(self, user: User, request: Request) -> dict[str, Any]:
        if user.id == request.actor.user_id:
            return user.membership(sorted(request.permissions)) | {"role_id": request.role}
        return user.membership(["manage_opportunities", "view_all_leads"])

    def _pipeline_answer(self, pipeline: Pipeline, status: int = 200) -> Response:
        return json_answer(status, pipeline.as_json(self._organization.id))

    def _find_pipeline(self, request: Request) -> Pipeline:
        pipeline = self._organization.pipelines.get(request.id)
        if pipeline is None:
            raise missing("Pipeline")
        return pipeline

    def _find_status(self, request: Request) -> Status:
        status = self._organization.pipelines.status(request.id)
        if status is None:
            raise missing("OpportunityStatus")
        return status


def _ids(statuses: list[Status]) -> list[str]:
    return [status.id for status in statuses]

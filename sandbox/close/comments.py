"""Comments on objects, opportunities among them, in one thread per object."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.changes import EVENT_TYPES, Changes
from sandbox.close.clock import now_ms, offset_text
from sandbox.close.organization import Organization
from sandbox.close.records import Record
from sandbox.close.refusals import forbidden, missing, refused
from sandbox.close.request import Request, plain_list
from sandbox.close.rich_text import checked as rich
from sandbox.close.routing import Route
from sandbox.close.values import Check, reference

COMMENTED = ("opportunity", "lead", "contact", "note", "task", "status_change")


class Comments:
    """The handlers. `_threads` maps an object to its thread, `_objects` a thread to its object."""

    def __init__(self, organization: Organization, changes: Changes) -> None:
        self._organization = organization
        self._changes = changes
        self._threads: dict[str, str] = {}
        self._objects: dict[str, str] = {}

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/comment/", self.all),
            ("POST", "/comment/", self.create),
            ("GET", "/comment/{id}/", self.get),
            ("PUT", "/comment/{id}/", self.update),
            ("DELETE", "/comment/{id}/", self.remove),
            ("GET", "/comment_thread/{id}/", self.thread),
        ]

    def all(self, request: Request) -> Response:
        """Return the comments on an object or of a thread: exactly one of both is named."""
        object_id, thread_id = request.query.get("object_id"), request.query.get("thread_id")
        if (object_id is None) is (thread_id is None):
            raise refused(400, "Exactly one of object_id and thread_id must be provided.")
        wanted = thread_id or self._threads.get(object_id or "")
        rows = [self._organization.show(each) for each in self.of_thread(wanted) if request.sees(each)]
        return plain_list(rows, has_more=False)

    def get(self, request: Request) -> Response:
        """Return a comment."""
        return request.show(self._find(request))

    def create(self, request: Request) -> Response:
        """Comment on an object."""
        checks: dict[str, Check] = {
            "object_id": reference(lambda id: self._object(id) is not None),
            "body": rich,
        }
        given = request.cleaned(checks, ("object_id", "body"))
        target = self._object(given["object_id"])
        assert target is not None
        thread = self._threads.setdefault(target.id, self._organization.identifiers.new("comthr"))
        self._objects[thread] = target.id
        values = {
            "lead_id": target.lead_id,
            "thread_id": thread,
            "object_id": target.id,
            "body": given["body"],
            "removed_at": None,
            "removed_by": None,
        }
        comment = self._changes.create("comment", values, request.actor)
        self._count(target, thread)
        return request.show(comment, 201)

    def update(self, request: Request) -> Response:
        """Change one's own comment."""
        comment = self._find(request)
        if comment.actor.user_id != request.actor.user_id:
            raise forbidden("You can only update your own comments.")
        body = request.cleaned({"body": rich}, ("body",))["body"]
        self._changes.update(comment, lambda: comment.values.update(body=body), request.actor)
        return request.show(comment)

    def remove(self, request: Request) -> Response:
        """Take the text of a comment away; the thread goes when no text is left."""
        comment = self._find(request)
        gone = {
            "body": None,
            "removed_at": offset_text(now_ms()),
            "removed_by": request.actor.user_id,
        }
        self._changes.update(comment, lambda: comment.values.update(gone), request.actor)
        siblings = self.of_thread(comment.values["thread_id"])
        if all(each.values["removed_at"] for each in siblings):
            for each in siblings:
                self._changes.delete(each, request.actor)
            self._threads.pop(comment.values["object_id"], None)
        target = self._object(comment.values["object_id"])
        if target is not None:
            self._count(target, self._threads.get(target.id))
        return Response(status_code=204)

    def thread(self, request: Request) -> Response:
        """Return a thread."""
        comments = self.of_thread(request.id)
        target = self._object(comments[0].values["object_id"]) if comments else None
        if target is None:
            raise missing("CommentThread")
        body: dict[str, Any] = {
            "id": request.id,
            "organization_id": self._organization.id,
            "object_type": EVENT_TYPES[target.kind],
            "object_id": target.id,
            "lead_id": target.lead_id,
            "num_comments": len(comments),
            "participating": sorted({each.actor.user_id for each in comments}),
            "created_at": offset_text(comments[0].created),
            "updated_at": offset_text(comments[-1].updated),
        }
        return json_answer(200, body)

    def of_thread(self, thread_id: str | None) -> list[Record]:
        """Return the comments of a thread, oldest first."""
        target = self._object(self._objects.get(thread_id or "", ""))
        children = self._organization.tables["comment"].of_lead(target.lead_id or "") if target else []
        return [each for each in children if each.values["thread_id"] == thread_id]

    def _object(self, id: str) -> Record | None:
        return next((found for kind in COMMENTED if (found := self._organization.get(kind, id))), None)

    def _count(self, target: Record, thread: str | None) -> None:
        """Let the commented object show how many comments there are; that is no change of it."""
        target.values = {**target.values, "_thread": thread, "_comments": len(self.of_thread(thread))}
        target.forget()

    def _find(self, request: Request) -> Record:
        comment = self._organization.get("comment", request.id)
        if comment is None or not request.sees(comment):
            raise missing("Comment")
        return comment

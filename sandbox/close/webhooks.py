"""The /webhook/ resource, and the same settings for the control API, since Close has no page for them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from sandbox.call import json_answer
from sandbox.close.clock import now_ms
from sandbox.close.deliveries import Publisher, Subscription
from sandbox.close.event_filters import checked as checked_filter
from sandbox.close.refusals import NOT_A_CHOICE, missing, refused
from sandbox.close.request import Request, plain_list
from sandbox.close.routing import Route
from sandbox.close.values import Check, Invalid, boolean, embedded, list_of, one_of, text
from sandbox.contract import ControlError

SUBSCRIPTIONS_MAX = 40
COMMON = ("created", "updated", "deleted")
ACTIONS: dict[str, tuple[str, ...]] = {
    "lead": (*COMMON, "merged"),
    "contact": COMMON,
    "opportunity": COMMON,
    "task.lead": (*COMMON, "completed"),
    "activity.note": COMMON,
    "activity.call": (*COMMON, "answered", "completed"),
    "activity.email": (*COMMON, "sent"),
    "activity.sms": (*COMMON, "sent"),
    "activity.lead_status_change": COMMON,
    "activity.opportunity_status_change": COMMON,
    "comment": COMMON,
    "comment_thread": COMMON,
    "status.lead": COMMON,
    "status.opportunity": COMMON,
    "custom_fields.lead": COMMON,
    "custom_fields.contact": COMMON,
    "custom_fields.opportunity": COMMON,
    "custom_fields.shared": COMMON,
    "membership": ("activated", "deactivated"),
    "bulk_action.edit": ("created", "updated"),
    "export.opportunity": ("created", "updated"),
}
DEFAULT_EVENTS = (
    "opportunity.created",
    "opportunity.updated",
    "opportunity.deleted",
    "lead.merged",
    "task.lead.completed",
    "status.opportunity.updated",
)


class InterfaceSettings(BaseModel):
    """PUT /sandbox/webhooks: makes one subscription the only one, and sets how deliveries are repeated."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = None
    signature_key: str | None = None
    events: list[str] = list(DEFAULT_EVENTS)
    retries: int | None = None
    spacing_s: float | None = None
    paused_after_s: float | None = None
    queue_max: int | None = None


class Webhooks:
    """The handlers."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def routes(self) -> list[Route]:
        """Return the route table."""
        return [
            ("GET", "/webhook/", self.all),
            ("POST", "/webhook/", self.create),
            ("GET", "/webhook/{id}/", self.get),
            ("PUT", "/webhook/{id}/", self.update),
            ("DELETE", "/webhook/{id}/", self.delete),
        ]

    def all(self, request: Request) -> Response:
        """Return the subscriptions: all of them to an administrator, to others their own."""
        self._publisher.look()
        with_key = self._publisher.settings.list_shows_signature_key
        rows = [
            each.as_json(with_key=with_key)
            for each in self._publisher.subscriptions.values()
            if _manages(request, each)
        ]
        return plain_list(rows, has_more=False)

    def create(self, request: Request) -> Response:
        """Add a subscription; the answer is the place to learn its signature key."""
        given = request.cleaned(_checks(), ("url", "events"))
        if len(self._publisher.subscriptions) >= SUBSCRIPTIONS_MAX:
            raise refused(400, "The maximum number of webhook subscriptions has been reached.", "ordinary")
        verify, user_id = given.get("verify_ssl", True), request.actor.user_id
        made = self._publisher.subscribe(given["url"], given["events"], verify, user_id)
        return json_answer(self._publisher.settings.webhook_created_status, made.as_json())

    def get(self, request: Request) -> Response:
        """Return a subscription."""
        self._publisher.look()
        return json_answer(200, self._find(request).as_json())

    def update(self, request: Request) -> Response:
        """Change a subscription; what a paused one did not tell is lost."""
        self._publisher.look()
        subscription = self._find(request)
        given = request.cleaned(_checks() | {"status": one_of(("active", "paused"))})
        status = given.pop("status", subscription.status)
        for name, value in given.items():
            setattr(subscription, name, value)
        if status == "paused" and subscription.status == "active":
            subscription.pause("api")
        elif status == "active":
            subscription.status, subscription.pause_reason = "active", None
            subscription.failing_since, subscription.failures = None, 0
        subscription.updated = now_ms()
        return json_answer(200, subscription.as_json())

    def delete(self, request: Request) -> Response:
        """Remove a subscription; what it did not tell yet is lost."""
        subscription = self._find(request)
        subscription.pause("deleted")
        del self._publisher.subscriptions[subscription.id]
        return json_answer(200, {})

    def set_in_interface(self, given: dict[str, Any], user_id: str) -> None:
        """Replace all subscriptions by one."""
        wanted, publisher = InterfaceSettings.model_validate(given), self._publisher
        for name in ("retries", "paused_after_s", "queue_max"):
            if getattr(wanted, name) is not None:
                setattr(publisher, name, getattr(wanted, name))
        publisher.set_spacing(wanted.spacing_s)
        if "url" not in given:
            return
        for subscription in publisher.subscriptions.values():
            subscription.pause("deleted")
        publisher.subscriptions.clear()
        if wanted.url is None:
            return
        try:
            events = [_event(_split(name)) for name in wanted.events]
        except Invalid as error:
            raise ControlError(f"unknown event among {wanted.events}") from error
        made = publisher.subscribe(wanted.url, events, True, user_id)
        made.signature_key = wanted.signature_key or made.signature_key

    def _find(self, request: Request) -> Subscription:
        subscription = self._publisher.subscriptions.get(request.id)
        if subscription is None or not _manages(request, subscription):
            raise missing("WebhookSubscription")
        return subscription


def _manages(request: Request, subscription: Subscription) -> bool:
    return request.role == "admin" or subscription.user_id == request.actor.user_id


def _checks() -> dict[str, Check]:
    return {"url": _url, "events": list_of(_event), "verify_ssl": boolean}


def _url(value: Any) -> str:
    if not text(value).startswith(("http://", "https://")):
        raise Invalid("Invalid URL.")
    return str(value)


_EVENT = embedded(
    {
        "object_type": one_of(ACTIONS),
        "action": text,
        "extra_filter": lambda value: None if value is None else checked_filter(value),
    },
    ("object_type", "action"),
)


def _event(value: Any) -> dict[str, Any]:
    event = _EVENT(value)
    if event["action"] not in ACTIONS[event["object_type"]]:
        raise Invalid({"action": NOT_A_CHOICE})
    return {"extra_filter": None, **event}


def _split(name: str) -> dict[str, str]:
    object_type, _, action = name.rpartition(".")
    return {"object_type": object_type, "action": action}

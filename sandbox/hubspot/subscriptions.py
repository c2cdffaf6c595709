"""The webhooks API of apps: target and subscriptions, managed with the developer key (`?hapikey=`)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from sandbox.call import Call, Handler, Refusal, json_answer
from sandbox.hubspot.access import unauthorized
from sandbox.hubspot.bodies import ChangedSubscription, NewSubscription, SubscriptionStates, WebhookSettings
from sandbox.hubspot.errors import invalid, not_found
from sandbox.hubspot.events import Subscription
from sandbox.hubspot.kinds import COMPANIES, CONTACTS, DEALS
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.reading import Query, object_id, read_body
from sandbox.hubspot.records import now_ms
from sandbox.hubspot.values import iso

SUBSCRIPTIONS_MAX = 1_000
WHAT = ("creation", "deletion", "merge", "restore", "associationChange", "propertyChange")
EVENT_TYPES = {f"{kind.singular}.{what}": kind for kind in (DEALS, CONTACTS, COMPANIES) for what in WHAT}
NOT_SUBSCRIBABLE = ("hs_lastmodifieddate", "num_unique_conversion_events")
DEFAULT_PROPERTIES = ("dealstage", "pipeline", "hubspot_owner_id", "amount", "dealname")
DEFAULT_EVENTS = ("deal.creation", "deal.deletion", "deal.merge", "deal.restore")


class InterfaceSettings(BaseModel):
    """What an administrator sets in the app's page; `properties` null means the usual ones and all custom."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = None
    secret: str | None = None
    events: list[str] = list(DEFAULT_EVENTS)
    properties: list[str] | None = None
    retries: int | None = None
    spacing_s: float | None = None


class Subscriptions:
    """Handlers of /webhooks/v3, and the same in the user interface."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        settings, rows = "/webhooks/v3/{app}/settings", "/webhooks/v3/{app}/subscriptions"
        return [
            ("GET", settings, self.settings),
            ("PUT", settings, self.change_settings),
            ("DELETE", settings, self.clear_settings),
            ("GET", rows, self.all),
            ("POST", rows, self.create),
            ("POST", rows + "/batch/update", self.change_many),
            ("GET", rows + "/{id}", self.get),
            ("PATCH", rows + "/{id}", self.change),
            ("DELETE", rows + "/{id}", self.delete),
        ]

    def set_in_interface(self, given: dict[str, Any]) -> None:
        """Replace target and subscriptions, all active, as an administrator does."""
        wanted, events = InterfaceSettings.model_validate(given), self._portal.events
        events.target_url = wanted.url
        events.secret = wanted.secret or events.secret
        events.retries = events.retries if wanted.retries is None else wanted.retries
        if wanted.spacing_s is not None:
            self._portal.services.deliveries.spacing = wanted.spacing_s
        events.unsubscribe_all()
        for event_type in wanted.events:
            events.subscribe(event_type, None, True)
        events.follows_custom_properties = wanted.properties is None
        known = self._portal.account.deals.properties.values()
        custom = [each.name for each in known if not each.defined_by_hubspot]
        chosen = (*DEFAULT_PROPERTIES, *custom) if wanted.properties is None else wanted.properties
        for name in chosen:
            events.subscribe("deal.propertyChange", name, True)

    def settings(self, call: Call) -> Response:
        """Return the target."""
        self._check(call)
        return json_answer(200, self._settings())

    def change_settings(self, call: Call) -> Response:
        """Set the target."""
        self._check(call)
        body = read_body(call, WebhookSettings)
        if not 5 <= body.throttling.max_concurrent <= 10:
            raise invalid("maxConcurrentRequests must be between 5 and 10")
        self._portal.events.target_url = body.target_url
        self._portal.events.max_concurrent = body.throttling.max_concurrent
        return json_answer(200, self._settings())

    def clear_settings(self, call: Call) -> Response:
        """Remove the target."""
        self._check(call)
        self._portal.events.target_url = None
        return Response(status_code=204)

    def all(self, call: Call) -> Response:
        """Return all subscriptions."""
        self._check(call)
        rows = [_row(each) for each in self._portal.events.subscriptions.values()]
        return json_answer(200, {"results": rows})

    def get(self, call: Call) -> Response:
        """Return one subscription."""
        self._check(call)
        return json_answer(200, _row(self._found(call.params["id"])))

    def create(self, call: Call) -> Response:
        """Create a subscription, paused unless asked otherwise."""
        self._check(call)
        body, events = read_body(call, NewSubscription), self._portal.events
        self._check_new(body)
        same = [(each.event_type, each.property_name) for each in events.subscriptions.values()]
        if (body.event_type, body.property_name) in same:
            raise invalid("Duplicate subscription", reason="ordinary")
        if len(same) >= SUBSCRIPTIONS_MAX:
            raise invalid(f"At most {SUBSCRIPTIONS_MAX} subscriptions are possible")
        return json_answer(201, _row(events.subscribe(body.event_type, body.property_name, body.active)))

    def change(self, call: Call) -> Response:
        """Pause or resume a subscription."""
        self._check(call)
        active = read_body(call, ChangedSubscription).active
        return json_answer(200, _row(_switch(self._found(call.params["id"]), active)))

    def change_many(self, call: Call) -> Response:
        """Pause or resume many subscriptions."""
        self._check(call)
        found = [
            (self._found(str(each.id)), each.active) for each in read_body(call, SubscriptionStates).inputs
        ]
        rows, moment = [_row(_switch(each, active)) for each, active in found], iso(now_ms())
        answer = {"status": "COMPLETE", "results": rows, "startedAt": moment, "completedAt": moment}
        return json_answer(200, answer)

    def delete(self, call: Call) -> Response:
        """Remove a subscription."""
        self._check(call)
        del self._portal.events.subscriptions[self._found(call.params["id"]).id]
        return Response(status_code=204)

    def _check(self, call: Call) -> None:
        key, credentials = Query(call, "hapikey").text("hapikey"), self._portal.access.credentials
        if key != credentials.developer_key:
            raise Refusal(unauthorized(), "ordinary" if key else "malformed")
        if call.params["app"] != str(credentials.app_id):
            raise not_found()

    def _check_new(self, body: NewSubscription) -> None:
        kind = EVENT_TYPES.get(body.event_type)
        if kind is None:
            raise invalid(f"Unknown eventType: {body.event_type}")
        needs_property = body.event_type.endswith(".propertyChange")
        if needs_property is not bool(body.property_name):
            raise invalid("propertyName belongs to propertyChange subscriptions, and only to them")
        known = self._portal.account.tables[kind].properties
        name = body.property_name
        if name in NOT_SUBSCRIBABLE or (name is not None and name not in known):
            raise invalid(f"Property {name} cannot be subscribed to")

    def _found(self, id: str) -> Subscription:
        subscription = self._portal.events.subscriptions.get(object_id(id))
        if subscription is None:
            raise not_found()
        return subscription

    def _settings(self) -> dict[str, Any]:
        events = self._portal.events
        if events.target_url is None:
            raise not_found()
        moment = iso(now_ms())
        return {
            "targetUrl": events.target_url,
            "throttling": {"maxConcurrentRequests": events.max_concurrent},
            "createdAt": moment,
            "updatedAt": moment,
        }


def _switch(subscription: Subscription, active: bool) -> Subscription:
    subscription.active = active
    subscription.updated = now_ms()
    return subscription


def _row(subscription: Subscription) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": str(subscription.id),
        "eventType": subscription.event_type,
        "active": subscription.active,
        "createdAt": iso(subscription.created),
        "updatedAt": iso(subscription.updated),
    }
    return row | ({"propertyName": subscription.property_name} if subscription.property_name else {})

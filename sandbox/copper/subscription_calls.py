"""Webhook subscriptions by API, and what the control API sets in their place."""

from typing import Any, Final

from pydantic import Field
from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.contract import Model

from .errors import Problem, invalid, no_path, no_record, unrecognized
from .events import EVENTS, TYPES, Subscription
from .portal import Portal, json_of

MOST: Final = 100
TOKEN_HEADER: Final = "X-Conveyor-Token"
_CHANGEABLE: Final = ("target", "secret", "headers", "custom_field_computed_values")
_WRITABLE: Final = (*_CHANGEABLE, "type", "event")


class InterfaceSettings(Model):
    """`PUT /sandbox/webhooks`: subscriptions of somebody who used the API before; `url` null removes them.

    `token` goes into the header X-Conveyor-Token, `secret` into the top level of the bodies.
    """

    url: str | None = None
    token: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    secret: dict[str, str] = Field(default_factory=dict)
    types: list[str] = Field(default=["opportunity"])
    events: list[str] = Field(default=list(EVENTS))


class SubscriptionCalls:
    """The calls on subscriptions."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._events = portal.events

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/webhooks", self.listed),
            ("POST", "/webhooks", self.create),
            ("GET", "/webhooks/{id}", self.get),
            ("PUT", "/webhooks/{id}", self.update),
            ("DELETE", "/webhooks/{id}", self.delete),
        ]

    def set_in_interface(self, given: dict[str, Any]) -> None:
        """Replace all subscriptions; raises ValidationError for unknown keys."""
        settings = InterfaceSettings.model_validate(given)
        self._events.subscriptions.clear()
        headers = settings.headers | ({TOKEN_HEADER: settings.token} if settings.token else {})
        for type in settings.types if settings.url else ():
            for event in settings.events:
                self._events.subscribe(
                    settings.url or "", type, event, headers=headers, secret=settings.secret
                )

    def listed(self, call: Call) -> Response:
        """Return all subscriptions of this key."""
        self._portal.lint(call)
        return json_of([each.as_json() for each in self._events.own().values()])

    def get(self, call: Call) -> Response:
        """Return one subscription."""
        self._portal.lint(call)
        return json_of(self._find(call).as_json())

    def create(self, call: Call) -> Response:
        """Subscribe to one event of one type; nothing keeps a double away."""
        given = self._read(call, _WRITABLE, needed=("target", "type", "event"))
        if len(self._events.subscriptions) >= MOST:
            raise invalid(Problem([f"Base: limit of {MOST} webhooks is reached"]))
        details = {name: given[name] for name in _CHANGEABLE[1:] if given.get(name) is not None}
        made = self._events.subscribe(given["target"], given["type"], given["event"], **details)
        self._portal.note_write("webhook", made.id, "create", {})
        return json_of(made.as_json())

    def update(self, call: Call) -> Response:
        """Change target, secret or headers; type and event stay."""
        subscription = self._find(call)
        for name, value in self._read(call, _CHANGEABLE).items():
            setattr(subscription, name, value)
        self._portal.note_write("webhook", subscription.id, "update", {})
        return json_of(subscription.as_json())

    def delete(self, call: Call) -> Response:
        """Unsubscribe."""
        self._portal.lint(call)
        subscription = self._find(call)
        del self._events.subscriptions[subscription.id]
        self._portal.note_write("webhook", subscription.id, "delete", {})
        return json_of({"id": subscription.id})

    def _find(self, call: Call) -> Subscription:
        if not call.params["id"].isdigit():
            raise no_path()
        found = self._events.own().get(int(call.params["id"]))
        if found is None:
            raise no_record()
        return found

    def _read(self, call: Call, known: tuple[str, ...], needed: tuple[str, ...] = ()) -> dict[str, Any]:
        self._portal.lint(call)
        given = self._portal.body(call)
        unknown = [name for name in given if name not in known]
        lines = [unrecognized(unknown)] if unknown else []
        lines += [f"{name.capitalize()}: can't be blank" for name in needed if not given.get(name)]
        lines += [line for name, value in given.items() if value and (line := self._wrong(name, value))]
        if lines:
            raise invalid(Problem(lines, malformed=True))
        return given

    def _wrong(self, name: str, value: Any) -> str | None:
        schemes = ("https://", "http://") if self._portal.account.settings.http_targets else ("https://",)
        right = {
            "target": isinstance(value, str) and value.startswith(schemes),
            "type": value in TYPES,
            "event": value in EVENTS,
            "secret": _is_flat(value),
            "headers": _is_flat(value),
            "custom_field_computed_values": isinstance(value, bool),
        }
        return None if right.get(name, True) else f"{name.replace('_', ' ').capitalize()}: is invalid"


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())

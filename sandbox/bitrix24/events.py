"""Events: who subscribed to what, and the form each one is posted as. Never repeated, one event a request."""

import time
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.contract import Services
from sandbox.webhooks import Parcel

from .applications import Applications, Handler
from .context import Answer, Context, Method
from .errors import error
from .php import form_body, to_int
from .portal import MEMBER_ID, SYSTEM_USER, Happening

_KINDS: Final = ("DEAL", "CONTACT", "COMPANY", "ACTIVITY", "TIMELINECOMMENT")
NAMES: Final = (
    "ONAPPTEST",
    *(f"ONCRM{kind}{verb}" for kind in _KINDS for verb in ("ADD", "UPDATE", "DELETE")),
    "ONCRMDEALMOVETOCATEGORY",
    "ONTASKADD",
    "ONTASKUPDATE",
    "ONTASKDELETE",
    "ONUSERADD",
)
# What the form of the outgoing webhook offers; a move to another pipeline is not among it.
OUTGOING: Final = frozenset(NAMES) - {"ONCRMDEALMOVETOCATEGORY", "ONAPPTEST", "ONUSERADD"}


class Publisher:
    """Posts what happens to everyone who subscribed to it."""

    def __init__(self, services: Services, applications: Applications) -> None:
        self._services = services
        self._applications = applications
        self.enabled = True
        self.outgoing = OUTGOING

    def tell(self, happening: Happening) -> None:
        """Post one event to each of its handlers."""
        if not self.enabled:
            return
        for handler in self._applications.handlers:
            if self._wants(handler, happening):
                self._services.deliveries.send(self._parcel(handler, happening))

    def _wants(self, handler: Handler, happening: Happening) -> bool:
        if handler.event == "*":
            return happening.name in self.outgoing and not happening.moved
        return handler.event == happening.name

    def _parcel(self, handler: Handler, happening: Happening) -> Parcel:
        event = {
            "event": happening.name,
            "event_handler_id": handler.id,
            "data": happening.data,
            "auth": self._auth(handler, happening),
        }
        shown = {"event": happening.name, "data": happening.data}
        return Parcel(handler.url, [shown], lambda events, attempt: _render(event))

    def _auth(self, handler: Handler, happening: Happening) -> dict[str, Any]:
        url = self._services.options.url
        auth: dict[str, Any] = {
            "domain": urlsplit(url).netloc,
            "client_endpoint": f"{url}/rest/",
            "server_endpoint": f"{url}/rest/",
            "member_id": MEMBER_ID,
            "application_token": self._applications.application_token,
        }
        if not handler.application or happening.actor.user_id == SYSTEM_USER:
            return auth
        own = {"expires_in": 3600, "scope": "crm,task,user", "status": "L"}
        return {"access_token": self._applications.new_access(), **own, **auth}


def _render(event: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    # `ts` is when the queue sends, not when the change happened.
    body = form_body({**event, "ts": int(time.time())})
    return body, {
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Bitrix24 Webhook Engine",
    }


def _application_only(context: Context) -> None:
    if context.by_webhook:
        raise error("wrong_auth_type")


def bind(context: Context) -> Answer:
    """event.bind"""
    _application_only(context)
    event, url = str(context.param("event", "")).upper(), str(context.param("handler", ""))
    if event not in NAMES:
        raise error("event_unknown")
    if any(one.application and (one.event, one.url) == (event, url) for one in context.applications.handlers):
        raise error("event_bound")
    auth_type = to_int(context.param("auth_type"))
    context.applications.add_handler(event, url, application=True, auth_type=auth_type)
    return Answer(True)


def get(context: Context) -> Answer:
    """event.get"""
    _application_only(context)
    own = [one for one in context.applications.handlers if one.application]
    return Answer(
        [
            {"event": one.event, "handler": one.url, "auth_type": str(one.auth_type), "offline": 0}
            for one in own
        ]
    )


def unbind(context: Context) -> Answer:
    """event.unbind"""
    _application_only(context)
    event, url = str(context.param("event", "")).upper(), str(context.param("handler", ""))
    kept = [
        one
        for one in context.applications.handlers
        if not (one.application and one.event == event and url in ("", one.url))
    ]
    count = len(context.applications.handlers) - len(kept)
    context.applications.handlers[:] = kept
    return Answer({"count": count})


def names(context: Context) -> Answer:
    """events"""
    _application_only(context)
    return Answer(list(NAMES))


METHODS: Final[dict[str, Method]] = {
    "event.bind": bind,
    "event.get": get,
    "event.unbind": unbind,
    "events": names,
}

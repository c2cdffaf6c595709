"""The REST interface: addresses, authorisation, limits, and the envelope with its `time`."""

import json
import re
import time
from typing import Any, Final

from starlette.responses import Response

from sandbox.call import Call, Reason, Refusal, json_answer
from sandbox.contract import Services

from . import clock, deals, directories, events, items, oauth, tasks, timeline
from .applications import Applications
from .batch import run_batch
from .context import Answer, Context, Method
from .errors import RestError, error
from .limits import WINDOW_S, LeakyBucket, Meter
from .php import Tree, nest, parse_form
from .portal import INTEGRATION_USER, Portal

_WEBHOOK: Final = re.compile(r"/rest/(?P<user>\d+)/(?P<code>[^/]+)/(?P<method>[^/]+?)(?:\.json)?/?")
_APPLICATION: Final = re.compile(r"/rest/(?P<method>[^/]+?)(?:\.json)?/?")
# Refusals that say that the call itself was wrong.
_MALFORMED: Final = frozenset(
    {"ERROR_METHOD_NOT_FOUND", "INVALID_ARG_VALUE", "100", "CRM_FIELD_ERROR_VALUE_NOT_VALID"}
)
_FAULTS: Final = {"operation_time_limit": "operation_time", "overload_limit": "overload"}

OWN_FAULTS: Final = frozenset(
    {
        "operation_time_limit",  # 429: the method used up its time; also inside a batch (`match` "batch NAME")
        "overload_limit",  # 503: blocked by hand
        "portal_renamed",  # 302 to another name of the same portal
        "stage_denied",  # the right to move the deal to that stage is missing (`match` "deal ID")
    }
)

METHODS: Final[dict[str, Method]] = (
    items.METHODS | deals.METHODS | directories.METHODS | timeline.METHODS | tasks.METHODS | events.METHODS
)


def method_get(context: Context) -> Answer:
    """method.get"""
    known = str(context.param("name")) in METHODS
    return Answer({"isExisting": known, "isAvailable": known})


METHODS["method.get"] = method_get


class Rest:
    """Answers the calls of one portal."""

    def __init__(self, portal: Portal, applications: Applications, services: Services) -> None:
        self._portal = portal
        self._applications = applications
        self._services = services
        self.bucket = LeakyBucket()
        self.meter = Meter()

    def handle(self, call: Call) -> Response:
        """Answer one call; raises Refusal for every answer but success."""
        if call.path.rstrip("/") == "/oauth/token":
            call.name = "oauth.token"
            return oauth.exchange(call, self._applications, self._services.options.url)
        match = _WEBHOOK.fullmatch(call.path) or _APPLICATION.fullmatch(call.path)
        if match is None:
            raise Refusal(Response("Not found", 404, media_type="text/html"), "malformed")
        call.name = match["method"]
        try:
            self._fail_as_planned(call)
            return self._answer(match.groupdict(), _params(call))
        except RestError as problem:
            raise refusal(problem) from problem

    def _fail_as_planned(self, call: Call) -> None:
        """Raise what a planned fault of this CRM's own asks for."""
        if fault := self._services.faults.take(frozenset({*_FAULTS, "portal_renamed"}), call.line):
            self._services.journal.counts.totals["faults"] += 1
            if fault.fault == "portal_renamed":
                raise Refusal(self._renamed(call))
            raise error(_FAULTS[fault.fault])

    def _renamed(self, call: Call) -> Response:
        """Redirect to the portal's new name: the same machine by its other loopback name."""
        url = self._services.options.url.replace("127.0.0.1", "localhost")
        body = "<html><head><title>302 Found</title></head><body>Moved</body></html>"
        return Response(body, 302, {"Location": url + call.path}, "text/html")

    def _answer(self, parts: dict[str, Any], params: Tree) -> Response:
        if not self.bucket.admit():
            raise error("query_limit")
        user_id, by_webhook = self._caller(parts, params)
        if parts["method"] != "batch":
            return json_answer(200, self._run(parts["method"], params, user_id, by_webhook))
        began = time.time()
        result = run_batch(params, lambda name, given: self._run_in_batch(name, given, user_id, by_webhook))
        return json_answer(200, {"result": result, "time": self._time("batch", began)})

    def _caller(self, parts: dict[str, Any], params: Tree) -> tuple[int, bool]:
        """Return the calling account and whether a webhook calls; raises RestError 401."""
        if "code" in parts:
            if not self._applications.knows(int(parts["user"]), parts["code"]):
                raise error("wrong_code")
            return int(parts["user"]), True
        expires_at = self._applications.expires_at(str(params.pop("auth", "")))
        if expires_at is None:
            raise error("wrong_code")
        if expires_at <= self._portal.now():
            raise error("expired_token")
        return INTEGRATION_USER, False

    def _run_in_batch(self, name: str, params: Tree, user_id: int, by_webhook: bool) -> dict[str, Any]:
        if self._services.faults.take(frozenset({"operation_time_limit"}), f"batch {name}"):
            self._services.journal.counts.totals["faults"] += 1
            raise error("operation_time")
        try:
            return self._run(name, params, user_id, by_webhook)
        except RestError as problem:
            self._services.journal.counts.totals["malformed"] += problem.code in _MALFORMED
            raise

    def _run(self, name: str, params: Tree, user_id: int, by_webhook: bool) -> dict[str, Any]:
        began = time.time()
        method = METHODS.get(name)
        if method is None:
            raise error("unknown_method")
        if self.meter.exhausted(name, began):
            raise error("operation_time")
        context = Context(self._portal, self._applications, self._services, user_id, by_webhook, params)
        envelope = method(context).envelope()
        return envelope | {"time": self._time(name, began)}

    def _time(self, method: str, began: float) -> dict[str, Any]:
        ended, zone = time.time(), self._portal.zone
        return {
            "start": round(began, 6),
            "finish": round(ended, 6),
            "duration": round(ended - began, 6),
            "processing": round(ended - began, 6),
            "date_start": clock.show(int(began), zone),
            "date_finish": clock.show(int(ended), zone),
            "operating_reset_at": int(began) + WINDOW_S,
            "operating": round(self.meter.add(method, began, ended - began), 6),
        }


def refusal(problem: RestError) -> Refusal:
    """Return an error as the answer of a call and how it is counted."""
    reason: Reason = "malformed" if problem.code in _MALFORMED else "ordinary"
    if problem.code == "QUERY_LIMIT_EXCEEDED":
        reason = "rate"
    return Refusal(json_answer(problem.status, problem.body()), reason)


def _params(call: Call) -> Tree:
    """Merge the query with the body, JSON or form; a body that cannot be read counts as empty, as in PHP."""
    params = nest(call.query)
    if call.method != "POST" or not call.body:
        return params
    if "json" not in call.headers.get("content-type", ""):
        return params | parse_form(call.body.decode(errors="replace"))
    try:
        given = json.loads(call.body)
    except ValueError:
        return params
    return params | given if isinstance(given, dict) else params

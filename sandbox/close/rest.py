"""The way of one call: address, credentials, limits, handler, headers."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from sandbox.call import Call, Refusal, Routes, json_answer
from sandbox.close.access import Access, Caller
from sandbox.close.exports import DOWNLOADS, Exports
from sandbox.close.limits import Exceeded, Limits, header, refusal
from sandbox.close.organization import Organization
from sandbox.close.refusals import WRONG_PATH, refused
from sandbox.close.request import Request
from sandbox.close.routing import BASE, Handler, Route
from sandbox.contract import Services

URL_MAX = 2_000
OVERRIDE = "x-http-method-override"
WRONG_METHOD = "The method is not allowed for the requested URL."


class Rest:
    """Answers the calls of one organization's API."""

    def __init__(
        self,
        organization: Organization,
        services: Services,
        access: Access,
        limits: Limits,
        exports: Exports,
        routes: list[Route],
    ) -> None:
        self._organization = organization
        self._services = services
        self._access = access
        self._limits = limits
        self._exports = exports
        self._api = Routes([(method, BASE + path, self._within(handler)) for method, path, handler in routes])
        self._open = Routes(
            [
                ("POST", "/oauth2/token/", access.token),
                ("POST", "/oauth2/revoke/", access.revoke),
                ("GET", "/oauth2/authorize/", access.authorize),
            ]
        )

    def handle(self, call: Call) -> Response:
        """Answer one call."""
        if call.path.startswith(DOWNLOADS):
            return self._exports.download(call)
        redirect = self._with_slash(call)
        if redirect is not None:
            return redirect
        self._override(call)
        routes = self._api if call.path.startswith(BASE) else self._open
        handler = routes.find(call)
        if isinstance(handler, int):
            raise refused(handler, WRONG_PATH if handler == 404 else WRONG_METHOD)
        return handler(call)

    def _within(self, handler: Handler) -> Callable[[Call], Response]:
        def answer(call: Call) -> Response:
            caller = self._access.check(call)
            style = self._organization.settings.rate_header
            try:
                window = self._limits.admit(caller.credential, call.name)
            except Exceeded as exceeded:
                raise refusal(exceeded, style) from exceeded
            shown = header(window.limit, window.remaining, window.until - time.monotonic(), style)
            try:
                response = self._handled(handler, call, caller)
            except Refusal as problem:
                problem.response.headers.update(shown)
                raise
            response.headers.update(shown)
            return response

        return answer

    def _handled(self, handler: Handler, call: Call, caller: Caller) -> Response:
        settings = self._organization.settings
        hours = self._hours(call)
        permissions = frozenset(settings.permissions)
        request = Request(call, self._organization, caller.actor, hours, permissions, settings.role)
        if OVERRIDE in call.headers:
            request.query.restart(self._params(request))
        response = handler(request)
        # Close ignores a parameter it does not know; counted all the same, as it is a mistake of the caller.
        request.query.get("_fields")
        self._services.journal.counts.totals["malformed"] += bool(request.query.unknown())
        return response

    def _hours(self, call: Call) -> float:
        text = call.headers.get("x-tz-offset")
        if text is None:
            return self._organization.settings.default_tz_hours
        try:
            hours = float(text)
        except ValueError as error:
            raise refused(400, "Invalid X-TZ-Offset header.") from error
        if not -14 <= hours <= 14:
            raise refused(400, "Invalid X-TZ-Offset header.")
        return hours

    def _with_slash(self, call: Call) -> Response | None:
        """See to it that the path ends with a slash, in the way that is set."""
        if call.path.endswith("/"):
            return None
        style = self._organization.settings.missing_slash
        if style == "refuse":
            raise refused(404, WRONG_PATH)
        call.path += "/"
        if style == "serve":
            return None
        self._services.journal.counts.totals["malformed"] += 1
        query = urlencode(call.query)
        call.name = f"{call.method} {call.path}"
        return RedirectResponse(call.path + ("?" + query if query else ""), 301)

    def _override(self, call: Call) -> None:
        """Turn a POST that carries the parameters of a GET into that GET."""
        length = len(call.path) + sum(len(name) + len(value) + 2 for name, value in call.query)
        if length > URL_MAX:
            raise Refusal(json_answer(414, {"error": "URI Too Long"}), "malformed")
        if OVERRIDE not in call.headers:
            return
        if call.method != "POST" or call.headers[OVERRIDE].upper() != "GET":
            raise refused(400, "Only a POST can be sent in place of a GET.")
        call.method = "GET"

    def _params(self, request: Request) -> dict[str, object]:
        params = request.body().get("_params")
        if not isinstance(params, dict):
            raise refused(400, "_params must be a dict.")
        return params

"""The HTTP side of a CRM's API: reads the call, lets faults happen, sends the answer. Knows no CRM."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.call import Call, Refusal, compact_json, json_answer
from sandbox.contract import Crm, Failure, Services
from sandbox.faults import Fault

HTML = "<html><head><title>Gateway</title></head><body><h1>This page is no answer</h1></body></html>"
FAILURES: dict[str, Failure] = {
    "rate_limited": "rate_limited",
    "server_error": "server_error",
    "unauthorized": "unauthorized",
}
NEW_FIELD = "grown_since"
REMEMBERED = 32  # addresses whose last good answer is kept


class Protocol(HttpToolsProtocol):
    """Hands the connection to the application, so that it can be broken on purpose."""

    def on_message_begin(self) -> None:
        """Start a request."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox.transport": {"transport": self.transport}}


class Front:
    """The ASGI application in front of one CRM."""

    def __init__(self, crm: Crm, services: Services) -> None:
        self._crm = crm
        self._services = services
        self._last_good: OrderedDict[str, Response] = OrderedDict()
        self.latency = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, or break it the way the next planned fault says."""
        call = await _read(scope, receive)
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self._services.faults.begin(call.line, repeatable=call.line in self._last_good)
        if fault is None:
            await self._answer(call)(scope, receive, send)
        else:
            await self._fail(call, fault, scope, receive, send)

    def reset(self) -> None:
        """Forget the answers that were given, and take no time for further ones."""
        self._last_good.clear()
        self.latency = 0.0

    async def _fail(self, call: Call, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        self._services.journal.counts.totals["faults"] += 1
        kind = fault.fault
        answer = self._instead(call, fault)
        if answer is not None:
            self._services.journal.request(call.name, call.line, answer.status_code, fault=kind)
            await answer(scope, receive, send)
        elif kind in ("reset", "timeout_before"):
            self._services.journal.request(call.name, call.line, None, fault=kind)
            await asyncio.sleep(fault.seconds if kind == "timeout_before" else 0)
            await _break(scope, receive, reset=kind == "reset")
        else:
            await self._answer_badly(call, fault, scope, receive, send)

    def _instead(self, call: Call, fault: Fault) -> Response | None:
        """Return what is answered without asking the CRM; None for faults of another kind."""
        if fault.fault in FAILURES:
            return self._crm.failure(FAILURES[fault.fault], call, fault.retry_after)
        if fault.fault == "html":
            return Response(HTML, fault.status, media_type="text/html")
        if fault.fault == "refused":
            return json_answer(400, _quoting(call))
        return self._last_good[call.line] if fault.fault == "repeat_answer" else None

    async def _answer_badly(
        self, call: Call, fault: Fault, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answer = self._answer(call, fault=fault.fault)
        if fault.fault == "slow":
            await asyncio.sleep(fault.ms / 1000)
            await answer(scope, receive, send)
        elif fault.fault == "grown_answer":
            await _grown(answer)(scope, receive, send)
        elif fault.fault == "timeout_after":
            await asyncio.sleep(fault.seconds)
            await _break(scope, receive)
        elif not answer.body:
            await _break(scope, receive)
        else:
            await send(
                {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers}
            )
            half = bytes(answer.body)[: len(answer.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await _break(scope, receive)

    def _answer(self, call: Call, **details: Any) -> Response:
        counts, asked = self._services.journal.counts.totals, call.line
        try:
            answer = self._crm.handle(call)
        except Refusal as refusal:
            answer = refusal.response
            counts["refused"] += refusal.reason == "rate"
            counts["malformed"] += refusal.reason == "malformed"
            details["refusal"] = refusal.reason
        self._services.journal.request(call.name, call.line, answer.status_code, **details)
        self._services.faults.settle()
        if answer.status_code < 300:
            self._remember(asked, answer)
        return answer

    def _remember(self, line: str, answer: Response) -> None:
        self._last_good[line] = answer
        self._last_good.move_to_end(line)
        if len(self._last_good) > REMEMBERED:
            self._last_good.popitem(last=False)


def _quoting(call: Call) -> dict[str, Any]:
    """Return a refusal that repeats the call, under every name that a CRM's words may stand under."""
    said = f"Not valid: {call.body.decode()} {call.query} {call.line} {dict(call.headers)}"
    return {
        "status": "error",
        "success": False,
        "code": "NOT_VALID",
        "message": said,
        "error": said,
        "error_description": said,
        "details": {"api_name": said, "expected_data_type": said},
        "errors": [{"message": said, "context": {"propertyName": [said]}}],
        "field-errors": {"note": said},
    }


def _grown(answer: Response) -> Response:
    """Return the same answer with one more field in every object; one that is no JSON as it is."""

    def more(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, NEW_FIELD: "2031"}

    try:
        value = json.loads(bytes(answer.body), object_hook=more)
    except ValueError:
        return answer
    headers = {name: text for name, text in answer.headers.items() if name != "content-length"}
    return Response(compact_json(value).encode(), answer.status_code, headers)


async def _read(scope: Scope, receive: Receive) -> Call:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    query = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    return Call(scope["method"], scope["path"], query, Headers(scope=scope), body)


async def _break(scope: Scope, receive: Receive, *, reset: bool = False) -> None:
    """Close the connection without a (whole) answer; `reset` makes the peer see a connection reset."""
    transport: asyncio.Transport = scope["extensions"]["sandbox.transport"]["transport"]
    if reset:
        with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass

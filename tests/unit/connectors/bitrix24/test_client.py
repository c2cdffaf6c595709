"""The client against a server that answers word by word what a portal, or a proxy before it, can say."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.base import Lane
from connectors.bitrix24.client import Client, Command
from connectors.bitrix24.settings import WebhookAuth
from connectors.bitrix24.tokens import WebhookAccess
from connectors.errors import AuthFailed, ConnectorError, Missing, RateLimited, Transient, Unreadable
from connectors.http import Http
from connectors.local import NoBudget

FIXTURES = Path(__file__).parents[3] / "fixtures" / "bitrix24"
CODE = "s3cr3tc0de"


class Server:
    """A portal that says what it is told to, one answer after the other."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        self.asked: list[tuple[str, dict[str, object]]] = []

    def says(self, status: int, body: object, **headers: str) -> None:
        """Plan an answer: JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.append((status, raw, headers))


@pytest.fixture
def server() -> Iterator[Server]:
    """The portal."""
    portal: Server

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            portal.asked.append((self.path, json.loads(body)))
            status, raw, headers = portal.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        portal = Server(f"http://127.0.0.1:{http.server_address[1]}")
        thread = threading.Thread(target=http.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield portal
        finally:
            http.shutdown()
            thread.join(5)


@pytest.fixture
def budget() -> NoBudget:
    """The budget that the client asks."""
    return NoBudget()


@pytest.fixture
def client(server: Server, budget: NoBudget) -> Client:
    """A client with an incoming webhook."""
    auth = WebhookAuth(webhook_url=SecretStr(f"https://portal.example/rest/1/{CODE}/"))
    return Client(WebhookAccess(auth, server.url), budget, Http())


def fixture(name: str) -> object:
    """A documented answer."""
    return json.loads((FIXTURES / f"{name}.json").read_text())


def test_a_method_is_posted_as_json(client: Client, server: Server, budget: NoBudget) -> None:
    server.says(200, {"result": [{"ID": "1"}], "next": 50, "total": 120})
    reply = client.call("user.get", {"start": 0}, Lane.POLL)
    assert (reply.result, reply.next) == ([{"ID": "1"}], 50)
    assert server.asked == [(f"/rest/1/{CODE}/user.get", {"start": 0})]
    assert budget.taken == [("requests", Lane.POLL, 1)]


def test_a_batch_tells_what_went_wrong_by_command(client: Client, server: Server) -> None:
    server.says(200, fixture("batch__named"))
    replies = client.batch({"c0": Command("crm.item.list", {"entityTypeId": 2}), "c1": Command("scope")})
    assert replies["c0"].result == {"items": [{"id": 351}]}
    with pytest.raises(Missing):
        replies["c1"]
    with pytest.raises(Unreadable, match="c2"):
        replies["c2"]
    assert server.asked[0][1] == {"halt": 0, "cmd": {"c0": "crm.item.list?entityTypeId=2", "c1": "scope"}}


def test_lists_where_maps_were_meant_are_read_too(client: Client, server: Server) -> None:
    server.says(200, fixture("batch__numbered"))
    assert client.batch({"0": Command("crm.item.list")})["0"].result == {"items": [{"id": 351}]}


def test_more_than_fifty_commands_are_several_requests(client: Client, server: Server) -> None:
    for count in (50, 50, 20):
        server.says(200, {"result": {"result": dict.fromkeys(range(count)), "result_error": []}})
    client.batch({f"c{place}": Command("scope") for place in range(120)})
    assert [len(body["cmd"]) for _, body in server.asked] == [50, 50, 20]  # type: ignore[arg-type]


def test_no_commands_are_no_request(client: Client, server: Server) -> None:
    assert client.batch({}).found == {}
    assert server.asked == []


def test_used_up_running_time_inside_a_batch_concerns_all(
    client: Client, server: Server, budget: NoBudget
) -> None:
    error = {"error": "OPERATION_TIME_LIMIT", "error_description": "blocked"}
    server.says(200, {"result": {"result": [], "result_error": {"c0": error}}})
    with pytest.raises(RateLimited) as caught:
        client.batch({"c0": Command("crm.item.update")})
    assert budget.pauses == [caught.value.retry_after_s]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error__400_legacy_not_found", Missing),
        ("error__400_not_found", Missing),
        ("error__401_no_auth_found", AuthFailed),
        ("error__401_expired_token", AuthFailed),
        ("error__429_operation_time_limit", RateLimited),
        ("error__503_overload_limit", AuthFailed),
        ("error__503_query_limit_exceeded", RateLimited),
    ],
)
def test_documented_refusals(client: Client, server: Server, name: str, kind: type[ConnectorError]) -> None:
    server.says(int(name.split("_")[2]), fixture(name))
    with pytest.raises(kind):
        client.call("crm.item.get")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, b"<html>Bad Gateway</html>", Transient),
        (429, b"<html>Too Many Requests</html>", RateLimited),
        (404, b"<html>Not Found</html>", AuthFailed),
        (200, b"<html>Welcome</html>", Unreadable),
        (200, b"[]", Unreadable),
        (200, b'{"result": {"item"', Unreadable),
        (200, b'{"error": "NOT_FOUND", "error_description": ""}', Missing),
        (500, b"", Transient),
    ],
)
def test_what_a_proxy_or_a_broken_portal_says(
    client: Client, server: Server, status: int, body: bytes, kind: type[ConnectorError]
) -> None:
    server.says(status, body)
    with pytest.raises(kind) as caught:
        client.call("crm.item.get")
    assert CODE not in str(caught.value)


def test_a_new_name_of_the_portal_is_followed_and_remembered(client: Client, server: Server) -> None:
    new = server.url.replace("127.0.0.1", "localhost")
    server.says(302, b"", Location=f"{new}/rest/1/{CODE}/scope")
    for _ in range(2):
        server.says(200, {"result": ["crm"]})
    assert client.call("scope").result == ["crm"]
    assert client.call("scope").result == ["crm"]
    assert client.portal == new
    assert [path for path, _ in server.asked] == [f"/rest/1/{CODE}/scope"] * 3


@pytest.mark.parametrize(
    "location", ["https://elsewhere.example/rest/1/x/scope", "/login", "", "http://login.example/auth"]
)
def test_a_redirect_to_no_portal_is_not_followed(client: Client, server: Server, location: str) -> None:
    server.says(302, b"", Location=location)
    with pytest.raises(AuthFailed, match="address"):
        client.call("scope")
    assert len(server.asked) == 1

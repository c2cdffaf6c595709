"""Accounts that behave as the documentation leaves open, told over HTTP by a server that plays them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.base import Look, Setup
from connectors.copper import Connector
from connectors.errors import Missing as NotFound
from connectors.errors import Rejected
from connectors.local import MemoryGrants, NoBudget
from mapping.model import CreateDeal, Missing, UpdateDeal, Values, Write

from .conftest import Documented

PREFIX = "/developer_api/v1"
DEAL = "2827698"
FIELDS = {"color": "Color option", "delivery": "Delivery"}

Reply = tuple[int, Any]
Play = Callable[[str, str, Any], Reply | None]


@contextmanager
def account(play: Play, documented: Documented) -> Iterator[Connector]:
    """A connector to an account that answers as played, and as documented where nothing is played."""
    usual: dict[tuple[str, str], Any] = {
        ("GET", "/account"): {"id": 100624, "name": "Dev", "primary_timezone": "America/Los_Angeles"},
        ("GET", "/users/me"): {"id": 159258, "name": "Conveyor", "email": "conveyor@acme.example"},
        ("GET", "/pipelines"): documented("pipelines"),
        ("GET", "/custom_field_definitions"): documented("custom_field_definitions"),
        ("GET", "/customer_sources"): [],
        ("GET", "/loss_reasons"): [],
        ("GET", "/activity_types"): {"user": [], "system": [{"id": 3, "category": "system", "name": "x"}]},
        ("POST", "/opportunities/search"): [],
        ("GET", f"/opportunities/{DEAL}"): documented("opportunity__read"),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length", "0"))
            body = json.loads(self.rfile.read(size)) if size else None
            path = self.path.removeprefix(PREFIX)
            status, said = play(self.command, path, body) or (
                (200, usual[self.command, path])
                if (self.command, path) in usual
                else (404, {"error": "not_found"})
            )
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        settings = {
            "auth": {"api_key": "key", "user_email": "conveyor@acme.example"},
            "base_url": f"http://127.0.0.1:{server.server_address[1]}",
        }
        try:
            yield Connector(Setup("here", settings, FIELDS, MemoryGrants(), NoBudget()))
        finally:
            server.shutdown()
            thread.join(5)


def update(seen: Values, changes: Values) -> Write:
    """An update of the documented deal."""
    return Write("key", "deal-1", "here", DEAL, UpdateDeal(seen, changes))


def custom(deal: dict[str, Any]) -> dict[int, Any]:
    """The custom fields of a deal by id."""
    return {each["custom_field_definition_id"]: each["value"] for each in deal["custom_fields"]}


@pytest.mark.parametrize("keeps", [True, False])
def test_custom_fields_that_were_not_written_are_kept_whatever_a_list_means(
    documented: Documented, keeps: bool
) -> None:
    deal = documented("opportunity__read")
    before, puts = custom(deal), []

    def play(method: str, path: str, body: Any) -> Reply | None:
        if method != "PUT":
            return (200, deal) if path == f"/opportunities/{DEAL}" else None
        puts.append(body)
        kept = custom(deal) if keeps else dict.fromkeys(custom(deal))
        shown = {**kept, **custom(body)}
        deal["custom_fields"] = [
            {"custom_field_definition_id": key, "value": value} for key, value in shown.items()
        ]
        return 200, deal

    with account(play, documented) as connector:
        receipt = connector.write(update({"color": "Red"}, {"color": "Blue"}))
    assert (receipt.values["color"], receipt.values["delivery"]) == ("Blue", "2025-08-01")
    assert custom(deal) == {**before, 126240: 167773}
    assert len(puts) == (1 if keeps else 2)


def test_a_currency_that_is_not_taken_keeps_nothing_else_from_being_written(documented: Documented) -> None:
    deal = documented("opportunity__read")

    def play(method: str, path: str, body: Any) -> Reply | None:
        if method == "PUT":
            if "monetary_unit" in body:
                return 422, {"message": "Base: Unrecognized attributes specified: monetary_unit"}
            deal.update(body)
            return 200, deal
        return (200, deal) if path == f"/opportunities/{DEAL}" else None

    with account(play, documented) as connector:
        with pytest.raises(Rejected, match="left currency as it was"):
            connector.write(update({}, {"currency": "EUR", "title": "New"}))
        assert deal["name"] == "New"
        with pytest.raises(Rejected, match="monetary_unit"):
            connector.write(update({}, {"currency": "EUR"}))


def test_what_is_taken_and_not_done_is_no_success(documented: Documented) -> None:
    def play(method: str, path: str, body: Any) -> Reply | None:
        return (200, documented("opportunity__read")) if method == "PUT" else None

    with account(play, documented) as connector, pytest.raises(Rejected, match="left stage as it was"):
        connector.write(update({}, {"stage": ["213214", "987791"]}))


def test_a_stub_of_a_deleted_deal_is_no_deal(documented: Documented) -> None:
    def play(method: str, path: str, body: Any) -> Reply | None:
        return (200, {"id": 2827698, "is_deleted": True}) if path == f"/opportunities/{DEAL}" else None

    with account(play, documented) as connector:
        (gone,) = connector.fetch([Look(DEAL)]).values()
        assert isinstance(gone, Missing) and gone.reason == "deleted"
        with pytest.raises(NotFound, match="deleted"):
            connector.write(update({}, {"title": "x"}))


def test_who_may_not_add_our_fields_is_told_what_to_do(documented: Documented) -> None:
    def play(method: str, path: str, body: Any) -> Reply | None:
        is_new_field = (method, path) == ("POST", "/custom_field_definitions")
        return (403, {"message": "Forbidden"}) if is_new_field else None

    body = CreateDeal("deal-1", {"title": "x", "stage": ["213214", "987790"]})
    with (
        account(play, documented) as connector,
        pytest.raises(Rejected, match="'Conveyor deal key' of type String"),
    ):
        connector.write(Write("key", "deal-1", "here", None, body))


def test_a_deal_is_made_without_a_currency_that_is_not_taken(documented: Documented) -> None:
    definitions = documented("custom_field_definitions")
    made: list[Any] = []

    def play(method: str, path: str, body: Any) -> Reply | None:
        if path == "/custom_field_definitions":
            if method == "POST":
                definitions.append({"id": 200000 + len(definitions), **body})
            return 200, definitions[-1] if method == "POST" else definitions
        if (method, path) != ("POST", "/opportunities"):
            return None
        if "monetary_unit" in body:
            return 422, {"message": "Base: Unrecognized attributes specified: monetary_unit"}
        made.append(body)
        return 200, {**documented("opportunity__read"), **body}

    values: Values = {"title": "x", "stage": ["213214", "987790"], "currency": "EUR", "amount": "5"}
    with account(play, documented) as connector:
        receipt = connector.write(Write("key", "deal-1", "here", None, CreateDeal("deal-1", values)))
    assert (receipt.values["amount"], receipt.values["currency"]) == ("5", "USD")
    (body,) = made
    assert [each["value"] for each in body["custom_fields"]] == ["deal-1", body["custom_fields"][1]["value"]]

"""Calls about notification channels: open, change, list, end. What is posted to them: notifications.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from sandbox.call import Call, Handler
from sandbox.zoho.clock import now
from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem, answer, at, empty, missing_param, outcome, success
from sandbox.zoho.notifications import OPERATIONS, Channel
from sandbox.zoho.reading import PAGE, Query, read_json, rows
from sandbox.zoho.wishes import LONGEST_S, Given, Wishes

CHANNELS_MAX = 50
OPENED = "Successfully subscribed for actions-watch of the given module"
CHANGED = "Successfully updated the subscribe details"
ENDED = "Successfully un-subscribed from actions-watch"
BY_HAND = "1000000000001"
Result = dict[str, Any] | Problem


class ByHand(BaseModel):
    """PUT /sandbox/webhooks: a channel as another program of the org would open it, or the end of channels."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = None
    token: str | None = None
    channel_id: str = BY_HAND
    events: list[str] = ["Deals.all"]
    expiry_s: int = LONGEST_S
    values: bool = True
    related: bool = False
    expire: bool = False  # all channels end now, without a word, as if their time were over


class Channels:
    """Handlers of /actions/watch."""

    def __init__(self, core: Core) -> None:
        self._org = core.org
        self._live = core.notifications
        self._wishes = Wishes(core)

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return the route table."""
        path = "/crm/v8/actions/watch"
        return [
            ("POST", path, self.open),
            ("PUT", path, self.replace),
            ("PATCH", path, self.change),
            ("GET", path, self.details),
            ("DELETE", path, self.end),
        ]

    def set_by_hand(self, given: Given) -> None:
        """Open a channel, or end all of them."""
        wish = ByHand.model_validate(given)
        if wish.expire or wish.url is None:
            self._live.channels.clear()
        for module, operations in (
            self._wishes.events({"events": wish.events}, "$").items() if wish.url else ()
        ):
            expiry = now() + wish.expiry_s
            channel = Channel(wish.channel_id, module, operations, wish.url or "", wish.token, expiry)
            channel.values, channel.related = wish.values, wish.related
            self._put([channel])

    def open(self, call: Call) -> Response:
        """Open channels; one with a known id takes the new details."""
        return outcome("watch", self._each(call, self._opened), 201)

    def replace(self, call: Call) -> Response:
        """Give channels new details as a whole."""
        return outcome("watch", self._each(call, self._replaced), 200)

    def change(self, call: Call) -> Response:
        """Change what is given of channels, or take events out of them."""
        return outcome("watch", self._each(call, self._patched), 200)

    def details(self, call: Call) -> Response:
        """Return the channels, a row for each module; none is 204."""
        query = Query(call, "page", "per_page", "channel_id", "module")
        id, module = query.text("channel_id"), query.text("module")
        page, size = query.number("page", 1), query.number("per_page", PAGE, PAGE)
        live = self._live.live()
        found = [each for each in live if id in (None, each.id) and module in (None, each.module)]
        chosen, more = found[(page - 1) * size : page * size], page * size < len(found)
        if not chosen:
            return empty()
        info = {"per_page": size, "count": len(chosen), "page": page, "more_records": more}
        return answer(200, {"watch": [self._row(each) for each in chosen], "info": info})

    def end(self, call: Call) -> Response:
        """End channels."""
        ids = Query(call, "channel_ids").names("channel_ids")
        if not ids:
            raise missing_param("channel_ids")
        return outcome("watch", [self._ended(id) for id in ids], 200)

    def _each(self, call: Call, act: Callable[[Given, str], dict[str, Any]]) -> list[Result]:
        Query(call)
        results: list[Result] = []
        for place, given in enumerate(rows(read_json(call, "watch"), "watch", CHANNELS_MAX)):
            try:
                results.append(act(given, f"$.watch[{place}]"))
            except Problem as problem:
                results.append(problem)
        return results

    def _opened(self, given: Given, path: str) -> dict[str, Any]:
        known = self._of(self._wishes.identity(given, path))
        self._put(channels := self._wishes.channels(given, path))
        return self._told(channels, CHANGED if known else OPENED)

    def _replaced(self, given: Given, path: str) -> dict[str, Any]:
        before = self._known(given, path)
        channels = self._wishes.channels(given, path)
        for channel in before:
            del self._live.channels[channel.id, channel.module]
        self._put(channels)
        return self._told(channels, CHANGED)

    def _patched(self, given: Given, path: str) -> dict[str, Any]:
        before = self._known(given, path)
        if given.get("_delete_events"):
            return self._without(self._wishes.events(given, path), before)
        self._put(channels := self._wishes.channels({**self._kept(before[0]), **given}, path))
        return self._told(channels, CHANGED)

    def _without(self, events: dict[str, set[str]], before: list[Channel]) -> dict[str, Any]:
        for channel in before:
            channel.operations -= events.get(channel.module, set())
            if not channel.operations:
                del self._live.channels[channel.id, channel.module]
        return success({"channel_id": before[0].id}, ENDED)

    def _known(self, given: Given, path: str) -> list[Channel]:
        """Return the live channel that is to be changed."""
        found = self._of(self._wishes.identity(given, path))
        if not found:
            raise Problem("NOT_SUBSCRIBED", at(path, "channel_id"), reason="ordinary")
        return found

    def _of(self, id: str) -> list[Channel]:
        return [each for each in self._live.live() if each.id == id]

    def _put(self, channels: list[Channel]) -> None:
        self._live.channels |= {(each.id, each.module): each for each in channels}

    def _kept(self, channel: Channel) -> Given:
        """Return what a change leaves as it was."""
        return {
            "token": channel.token,
            "channel_expiry": self._org.zone.iso(channel.expiry),
            "return_affected_field_values": channel.values,
            "notify_on_related_action": channel.related,
            "notification_condition": channel.condition,
        }

    def _told(self, channels: list[Channel], message: str) -> dict[str, Any]:
        return success({"events": [self._event(each) for each in channels]}, message)

    def _event(self, channel: Channel) -> dict[str, str]:
        return {
            "channel_expiry": self._org.zone.iso(channel.expiry),
            "resource_uri": f"{self._org.url}/crm/v2/{channel.module}",
            "resource_id": str(self._org.modules[channel.module].id),
            "resource_name": channel.module,
            "channel_id": channel.id,
        }

    def _row(self, channel: Channel) -> dict[str, Any]:
        words = [word for word, told in OPERATIONS.items() if told in channel.operations]
        return {
            "notify_on_related_action": channel.related,
            "return_affected_field_values": channel.values,
            "notify_url": channel.url,
            "fields": None,
            "notification_condition": channel.condition,
            "events": [f"{channel.module}.{word}" for word in words],
            "token": channel.token,
            **self._event(channel),
        }

    def _ended(self, id: str) -> Result:
        mine = self._of(id)
        if not mine:
            return Problem("NOT_SUBSCRIBED", {"channel_id": id}, reason="ordinary")
        for channel in mine:
            del self._live.channels[channel.id, channel.module]
        return success({"channel_id": id}, ENDED)

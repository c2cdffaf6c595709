"""Notification channels and what is posted to them. Once, unsigned, several records in one post."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.call import compact_json
from sandbox.webhooks import Deliveries, Parcel, Rendered
from sandbox.zoho.clock import now
from sandbox.zoho.modules import DEALS
from sandbox.zoho.records import Record

GATHER_S = 0.005
RECORDS_PER_POST = 100
# The word of a subscription -> the word of a delivery.
OPERATIONS = {"create": "insert", "edit": "update", "delete": "delete"}


@dataclass
class Channel:
    """One channel on one module; `condition` says which changed fields are wanted."""

    id: str
    module: str
    operations: set[str]
    url: str
    token: str | None
    expiry: int
    values: bool = False
    related: bool = True
    condition: list[dict[str, Any]] | None = None
    wanted: Callable[[Sequence[str]], bool] = field(default=lambda names: True)


@dataclass
class Post:
    """Records that go out together."""

    channel: Channel
    operation: str
    ids: list[str] = field(default_factory=list)
    fields: list[dict[str, list[str]]] = field(default_factory=list)
    values: list[dict[str, Any]] = field(default_factory=list)


class Notifications:
    """The channels of one org; `show` renders a value of a record."""

    def __init__(self, deliveries: Deliveries, url: str, show: Callable[[Record, str], Any]) -> None:
        self._deliveries = deliveries
        self._url = url
        self._show = show
        self._waiting: list[Post] = []
        self.content_type = "application/json;charset=UTF-8"
        self.channels: dict[tuple[str, str], Channel] = {}

    def live(self) -> list[Channel]:
        """Return the channels that have not expired; the others are gone without a word."""
        moment = now()
        self.channels = {key: each for key, each in self.channels.items() if each.expiry > moment}
        return list(self.channels.values())

    def tell(self, record: Record, operation: str, names: Sequence[str] = ()) -> None:
        """Tell of a record that was inserted, updated or deleted."""
        if not self.channels:
            return
        for channel in self.live():
            if channel.module != record.module.name or operation not in channel.operations:
                continue
            if operation != "update" or channel.wanted(names):
                self._queue(channel, record, operation, names)

    def tell_related(self, record: Record) -> None:
        """Tell of a record to which something was added, where such noise was not declined."""
        for channel in self.live() if self.channels and record.module.name == DEALS else ():
            if channel.module == DEALS and channel.related and "update" in channel.operations:
                self._queue(channel, record, "update", ())

    def drop(self) -> None:
        """Forget all channels and what still waits."""
        self.channels.clear()
        self._waiting.clear()
        self._deliveries.gathering = 0

    def _queue(self, channel: Channel, record: Record, operation: str, names: Sequence[str]) -> None:
        post = self._post(channel, operation, str(record.id))
        post.ids.append(str(record.id))
        if operation == "update":
            post.fields.append({str(record.id): list(names)})
        if operation == "update" and channel.values and names:
            shown = {name: self._show(record, name) for name in names}
            post.values.append({"record_id": str(record.id), "values": shown})

    def _post(self, channel: Channel, operation: str, id: str) -> Post:
        """Return the post this record joins: the channel's last, when it is of that kind and lacks the record."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(GATHER_S, self._flush)
        last = next((post for post in reversed(self._waiting) if post.channel is channel), None)
        joins = last is not None and last.operation == operation and id not in last.ids
        if last is None or not joins or len(last.ids) >= RECORDS_PER_POST:
            last = Post(channel, operation)
            self._waiting.append(last)
        self._deliveries.gathering = len(self._waiting)
        return last

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._deliveries.gathering = 0
        for post in waiting:
            self._deliveries.send(Parcel(post.channel.url, [self._body(post)], self._render))

    def _body(self, post: Post) -> dict[str, Any]:
        channel = post.channel
        body: dict[str, Any] = {
            "query_params": dict(parse_qsl(urlsplit(channel.url).query)),
            "module": channel.module,
            "resource_uri": f"{self._url}/crm/v2/{channel.module}",
            "ids": post.ids,
            "operation": post.operation,
            "channel_id": channel.id,
            "token": channel.token,
        }
        if post.operation != "delete":
            body["affected_fields"] = post.fields
        if post.values:
            body["affected_values"] = post.values
        return body

    def _render(self, events: Sequence[Any], attempt: int) -> Rendered:
        # `server_time` is when the post is sent, not when the change was made.
        body = {"server_time": round(time.time() * 1000), **events[0]}
        return compact_json(body).encode(), {"Content-Type": self.content_type, "User-Agent": "ZohoCRM"}

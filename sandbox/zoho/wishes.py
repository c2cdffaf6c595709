"""What a call asks of a notification channel: keys, texts, time, events, condition; each checked on its own."""

from __future__ import annotations

from typing import Any

from sandbox.zoho.clock import now, parse_time
from sandbox.zoho.conditions import Condition
from sandbox.zoho.core import Core
from sandbox.zoho.errors import Problem, at
from sandbox.zoho.modules import HISTORY
from sandbox.zoho.notifications import OPERATIONS, Channel
from sandbox.zoho.values import record_id

DEFAULT_S, LONGEST_S = 3600, 7 * 24 * 3600
TOKEN_MAX, URL_MAX = 50, 255
HOSTS = ("https://", "http://127.0.0.1", "http://localhost")  # the latter two only here, never at Zoho
KEYS = {
    "channel_id",
    "events",
    "channel_expiry",
    "token",
    "notify_url",
    "return_affected_field_values",
    "notify_on_related_action",
    "notification_condition",
    "_delete_events",
}
Given = dict[str, Any]


class Wishes:
    """Reads the elements of `watch[]`; every method raises Problem."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._org = core.org

    def identity(self, given: Given, path: str) -> str:
        """Return the channel's id; refuse unknown keys, and an element without id or events."""
        for name in sorted(given.keys() - KEYS):
            raise Problem("INVALID_DATA", at(path, name))
        for name in ("channel_id", "events"):
            if not given.get(name):
                raise Problem("MANDATORY_NOT_FOUND", at(path, name))
        if record_id(given["channel_id"]) is None:
            raise Problem("INVALID_DATA", at(path, "channel_id", expected_data_type="bigint"))
        return str(given["channel_id"])

    def channels(self, given: Given, path: str) -> list[Channel]:
        """Return the channel asked for, once for each module."""
        id, url, token = self.identity(given, path), given.get("notify_url"), given.get("token")
        if not url:
            raise Problem("MANDATORY_NOT_FOUND", at(path, "notify_url"))
        _check_text("notify_url", url, URL_MAX, path)
        if not url.startswith(HOSTS):
            raise Problem("INVALID_DATA", at(path, "notify_url"))
        if token is not None:
            _check_text("token", token, TOKEN_MAX, path)
        expiry, condition = self._expiry(given, path), given.get("notification_condition")
        return [
            Channel(
                id,
                module,
                operations,
                url,
                token,
                expiry,
                values=bool(given.get("return_affected_field_values", False)),
                related=bool(given.get("notify_on_related_action", True)),
                condition=condition,
                wanted=Condition(self._core, condition, path).wanted(module),
            )
            for module, operations in self.events(given, path).items()
        ]

    def events(self, given: Given, path: str) -> dict[str, set[str]]:
        """Return modules and the operations to tell of, in the words of a delivery."""
        found: dict[str, set[str]] = {}
        for place, event in enumerate(given["events"] if isinstance(given["events"], list) else ()):
            module, _, word = str(event).partition(".")
            known = module in self._org.modules and module != HISTORY
            if not known or word not in (*OPERATIONS, "all"):
                raise Problem("INVALID_DATA", {**at(path, "events"), "json_path": f"{path}.events[{place}]"})
            words = OPERATIONS if word == "all" else (word,)
            found.setdefault(module, set()).update(OPERATIONS[each] for each in words)
        if not found:
            raise Problem("INVALID_DATA", at(path, "events"))
        return found

    def _expiry(self, given: Given, path: str) -> int:
        """Return when the channel ends: an hour from now, also when more than a week was asked for."""
        text, moment = given.get("channel_expiry"), now()
        if text is None:
            return moment + DEFAULT_S
        try:
            asked = parse_time(str(text))
        except ValueError as error:
            raise Problem(
                "INVALID_DATA", at(path, "channel_expiry", expected_data_type="datetime")
            ) from error
        if asked <= moment:
            raise Problem("INVALID_DATA", at(path, "channel_expiry"))
        return asked if asked <= moment + LONGEST_S else moment + DEFAULT_S


def _check_text(name: str, value: Any, most: int, path: str) -> None:
    if not isinstance(value, str):
        raise Problem("INVALID_DATA", at(path, name, expected_data_type="text"))
    if len(value) > most:
        raise Problem("INVALID_DATA", at(path, name, maximum_length=most))

"""Things that go wrong on purpose: a queue of planned faults. How each looks on the wire is in front.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, model_validator

API_FAULTS = frozenset(
    {
        "rate_limited",
        "server_error",
        "html",
        "half_body",
        "reset",
        "timeout_before",
        "timeout_after",
        "slow",
        "unauthorized",
    }
)
DEAL_FAULTS = frozenset({"edit_after_read", "edit_before_write", "vanish_after_list"})
WEBHOOK_FAULTS = frozenset({"lose_webhook", "double_webhook", "delay_webhook", "shuffle_webhooks"})

FaultName = Literal[
    "rate_limited",  # the CRM's own refusal, `retry_after` seconds where given
    "server_error",  # the CRM's own 500
    "html",  # a proxy's error page instead of JSON
    "half_body",  # the call takes effect, the answer breaks off
    "reset",  # the connection is reset, no effect
    "timeout_before",  # no effect, no answer for `seconds`, then the connection closes
    "timeout_after",  # takes effect, no answer for `seconds`, then the connection closes
    "slow",  # a right answer, `ms` later
    "unauthorized",  # the CRM's own 401
    "edit_after_read",  # `edit` of `deal` happens right after an answer that contained it
    "edit_before_write",  # `edit` of `deal` happens right before the next API write to it
    "vanish_after_list",  # `deal` is deleted right after a list or search that contained it
    "lose_webhook",  # a delivery is never made
    "double_webhook",  # a delivery is made twice
    "delay_webhook",  # a delivery is made `ms` later
    "shuffle_webhooks",  # `times` deliveries are collected and made in reverse order (within `ms`)
    # Answers that only one CRM gives; its own code takes them (sandbox/bitrix24/rest.py).
    "operation_time_limit",  # 429: the method used up its time; also inside a batch ("batch NAME")
    "overload_limit",  # 503: blocked by hand
    "portal_renamed",  # 302 to another name of the same portal
    "stage_denied",  # the right to move the deal to that stage is missing (`match` "deal ID")
]


class Fault(BaseModel):
    """One planned fault: happens `times` times, only where `match` is found in "METHOD /path" (or the body of
    a webhook)."""

    model_config = ConfigDict(extra="forbid")

    fault: FaultName
    times: int = 1
    match: str = ""
    retry_after: float | None = None
    ms: int = 500
    seconds: float = 30
    deal: str | None = None
    edit: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Fault:
        if self.fault in DEAL_FAULTS and self.deal is None:
            raise ValueError(f"{self.fault} needs `deal`")
        if self.fault.startswith("edit_") and self.edit is None:
            raise ValueError(f"{self.fault} needs `edit`")
        return self


class People(Protocol):
    """Whoever carries out the edits and deletions that faults plan."""

    def edit(self, deal_id: str, edit: dict[str, Any]) -> None: ...

    def delete(self, deal_id: str) -> None: ...


class Faults:
    """The planned faults, first planned first taken."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._after_answer: list[Callable[[], None]] = []
        self._line = ""
        self.people: People | None = None

    def plan(self, fault: Fault) -> None:
        """Add a fault to the queue."""
        self._planned.append(fault)

    def planned(self) -> list[Fault]:
        """Return what is still to happen."""
        return list(self._planned)

    def clear(self) -> None:
        """Plan nothing any more."""
        self._planned.clear()
        self._after_answer.clear()

    def take(self, names: frozenset[str], text: str) -> Fault | None:
        """Return the first fault of these kinds that matches, and use it up once."""
        for fault in self._planned:
            if fault.fault in names and fault.match in text:
                return self._use(fault)
        return None

    def begin(self, line: str) -> Fault | None:
        """Start a call: remember its "METHOD /path" and return the fault that befalls it."""
        self._line = line
        return self.take(API_FAULTS, line) if self._planned else None

    def shown(self, deal_ids: Iterable[str], *, listing: bool) -> None:
        """Say that the answer being made contains these deals; planned edits follow once it is made."""
        if not self._planned:
            return
        names = {"edit_after_read", "vanish_after_list"} if listing else {"edit_after_read"}
        ids = set(deal_ids)
        for fault in self._due(names, ids):
            self._after_answer.append(self._action(self._use(fault)))

    def writing(self, deal_id: str) -> None:
        """Say that the call being handled is about to change this deal; a planned edit happens now."""
        for fault in self._due({"edit_before_write"}, {deal_id}) if self._planned else ():
            self._action(self._use(fault))()

    def settle(self) -> None:
        """Carry out what was planned for right after the answer that has just been made."""
        actions, self._after_answer = self._after_answer, []
        for action in actions:
            action()

    def _due(self, names: set[str], deal_ids: set[str]) -> list[Fault]:
        return [
            fault
            for fault in self._planned
            if fault.fault in names and fault.deal in deal_ids and fault.match in self._line
        ]

    def _use(self, fault: Fault) -> Fault:
        fault.times -= 1
        if fault.times <= 0:
            self._planned.remove(fault)
        return fault

    def _action(self, fault: Fault) -> Callable[[], None]:
        people, deal_id, edit = self.people, fault.deal, fault.edit
        assert people is not None and deal_id is not None
        if edit is None:
            return lambda: people.delete(deal_id)
        return lambda: people.edit(deal_id, edit)

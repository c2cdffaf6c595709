"""Things that go wrong on purpose: a queue of planned faults. How each looks on the wire is in front.py."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

API_FAULTS: Mapping[str, str] = {
    "rate_limited": "the CRM's own refusal, `retry_after` seconds where given",
    "server_error": "the CRM's own 500",
    "html": "a proxy's page instead of JSON, with `status`",
    "half_body": "the call takes effect, the answer breaks off; one without a body does not come",
    "reset": "the connection is reset, no effect",
    "timeout_before": "no effect, no answer for `seconds`, then the connection closes",
    "timeout_after": "takes effect, no answer for `seconds`, then the connection closes",
    "slow": "a right answer, `ms` later",
    "unauthorized": "the CRM's own 401",
    "refused": "no effect, a 400 that repeats the whole request in its words, credentials too",
    "repeat_answer": "no effect, the last good answer of this address again; a first call is no match",
    "grown_answer": "a right answer, but each of its objects has a field that nobody has heard of",
}
DEAL_FAULTS: Mapping[str, str] = {
    "edit_after_read": "`edit` of `deal` happens right after an answer that contained it",
    "edit_before_write": "`edit` of `deal` happens right before the next API write to it",
    "vanish_after_read": "`deal` is deleted right after an answer that contained it",
    "vanish_after_list": "`deal` is deleted right after a list or search that contained it",
}
WEBHOOK_FAULTS: Mapping[str, str] = {
    "lose_webhook": "a delivery is never made",
    "double_webhook": "a delivery is made twice",
    "delay_webhook": "a delivery is made `ms` later",
    "shuffle_webhooks": "`times` deliveries are collected and made in reverse order (within `ms`)",
}
COMMON_FAULTS = API_FAULTS.keys() | DEAL_FAULTS.keys() | WEBHOOK_FAULTS.keys()
"""What every CRM can suffer; a CRM adds names of its own as `own_faults` and takes these itself."""

_AFTER_READ = frozenset({"edit_after_read", "vanish_after_read"})
_AFTER_LIST = _AFTER_READ | {"vanish_after_list"}


class Fault(BaseModel):
    """One planned fault: happens `times` times, only where `match` is found in "METHOD /path" (or the body of
    a webhook); of a call or a webhook, only after `after` others that match.

    Validated with `{"own": names}` as context, the CRM's own faults are known too.
    """

    model_config = ConfigDict(extra="forbid")

    fault: str
    times: int = 1
    match: str = ""
    after: int = 0
    retry_after: float | None = None
    status: int = 502
    ms: int = 500
    seconds: float = 30
    deal: str | None = None
    edit: dict[str, Any] | None = None

    @field_validator("fault")
    @classmethod
    def _known(cls, name: str, info: ValidationInfo) -> str:
        known = COMMON_FAULTS | (info.context or {}).get("own", frozenset())
        if name not in known:
            raise ValueError(f"known faults are {', '.join(sorted(known))}")
        return name

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

    def take(self, names: Container[str], text: str) -> Fault | None:
        """Return the first fault of these kinds that matches, and use it up once."""
        for fault in self._planned:
            if fault.fault not in names or fault.match not in text:
                continue
            if fault.after <= 0:
                return self._use(fault)
            fault.after -= 1
        return None

    def begin(self, line: str, *, repeatable: bool = False) -> Fault | None:
        """Start a call: remember its "METHOD /path" and return the fault that befalls it.

        Only a `repeatable` one, whose address has given a good answer before, can be answered with it again.
        """
        self._line = line
        if not self._planned:
            return None
        return self.take(API_FAULTS if repeatable else API_FAULTS.keys() - {"repeat_answer"}, line)

    def shown(self, deal_ids: Iterable[str], *, listing: bool) -> None:
        """Say that the answer being made contains these deals; planned edits follow once it is made."""
        if not self._planned:
            return
        ids = set(deal_ids)
        for fault in self._due(_AFTER_LIST if listing else _AFTER_READ, ids):
            self._after_answer.append(self._action(self._use(fault)))

    def writing(self, deal_id: str) -> None:
        """Say that the call being handled is about to change this deal; a planned edit happens now."""
        for fault in self._due(frozenset({"edit_before_write"}), {deal_id}) if self._planned else ():
            self._action(self._use(fault))()

    def settle(self) -> None:
        """Carry out what was planned for right after the answer that has just been made."""
        actions, self._after_answer = self._after_answer, []
        for action in actions:
            action()

    def _due(self, names: frozenset[str], deal_ids: set[str]) -> list[Fault]:
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

"""What a REST method is called with and what it returns; rest.py makes the envelope."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.contract import Services

from .applications import Applications
from .errors import error
from .portal import Actor, Portal


@dataclass(frozen=True, slots=True)
class Context:
    """One method call: its parameters, the calling account, and everything it may touch."""

    portal: Portal
    applications: Applications
    services: Services
    user_id: int
    by_webhook: bool
    params: Mapping[str, Any]

    def param(self, name: str, default: Any = None) -> Any:
        """Return a parameter whatever its case, as old methods take FILTER and new ones filter."""
        if name in self.params:
            return self.params[name]
        return self.params.get(name.upper(), self.params.get(name.lower(), default))

    @property
    def actor(self) -> Actor:
        """The account every write of this call is recorded under."""
        return Actor(self.user_id)

    def fields(self) -> dict[str, Any]:
        """Return the `fields` parameter; raises RestError when it is missing or empty."""
        given = self.params.get("fields")
        if not isinstance(given, dict) or not given:
            raise error("fields_missing")
        return given

    def wrote(self, object: str, id: int, action: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Enter a write into the journal."""
        shown = {name: {"from": before, "to": after} for name, (before, after) in changes.items()}
        self.services.journal.write(object, str(id), action, shown, str(self.user_id))

    def read(self, ids: list[int], *, listing: bool) -> None:
        """Say which deals the answer contains, so that a planned edit can follow it."""
        self.services.faults.shown(map(str, ids), listing=listing)


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a method; `total` and `next` only for lists."""

    result: Any
    total: int | None = None
    next: int | None = None

    def envelope(self) -> dict[str, Any]:
        """Return the answer without its `time`."""
        extra = {"next": self.next, "total": self.total}
        return {"result": self.result, **{key: value for key, value in extra.items() if value is not None}}


Method: TypeAlias = Callable[[Context], Answer]

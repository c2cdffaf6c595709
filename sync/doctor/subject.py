"""The connection that is examined: everything about it that the checks look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connectors.base import Capabilities, Connector
from connectors.overheard import Heard
from mapping.environment import resolve_text
from mapping.ruleset import Place, Ruleset
from store.connections import ConnectionRow
from sync.runtime import Runtime


@dataclass
class Subject:
    """One connection under the rules that are looked at."""

    name: str
    runtime: Runtime
    rules: Ruleset
    connector: Connector
    row: ConnectionRow | None  # None: the house has not met it yet
    heard: list[Heard] = field(default_factory=list)  # the heads of its answers so far

    @property
    def capabilities(self) -> Capabilities:
        """What its API can do."""
        return self.connector.capabilities

    @property
    def now(self) -> datetime:
        """The time by the house's clock."""
        return self.runtime.now()

    @property
    def place(self) -> Place:
        """Where it stands in the YAML."""
        return self.rules.connections[self.name].place

    @property
    def callback_url(self) -> str | None:
        """Where its webhooks are to come in; None without a public address."""
        url = resolve_text(self.rules.public_url, self.runtime.connectors.environment)
        return f"{url.rstrip('/')}/webhooks/{self.name}" if url else None

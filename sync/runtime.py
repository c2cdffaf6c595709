"""The one place where concrete parts meet: database, wake-ups, rules and connectors of this house."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from connectors import registry
from connectors.base import Budget, Connector, Grants, Setup
from connectors.errors import AuthFailed
from mapping.environment import Unresolved, resolve
from mapping.loader import load_files
from mapping.ruleset import ConnectionMapping, ConnectionSettings, Ruleset
from store import rulesets
from store.database import Store
from sync.core.merge import WRITE_BACK
from sync.people import Directories
from sync.wake import Wake

Clock = Callable[[], datetime]


class NotConfigured(Exception):
    """There is no active version of the rules yet: run `conveyor apply`."""


class NotUsable(AuthFailed):
    """A connection cannot be used as it is configured."""


def utc_now() -> datetime:
    """The time, from the machine's clock."""
    return datetime.now(UTC)


class Connectors:
    """Builds and keeps the connector of each connection, anew when the rules change."""

    def __init__(
        self,
        *,
        grants: Callable[[str], Grants],
        budget: Callable[[str, str], Budget],
        environment: Mapping[str, str] | None = None,
        build: Callable[[str, Setup], Connector] = registry.build,
    ) -> None:
        self._grants, self._budget, self._build = grants, budget, build
        self.environment = environment if environment is not None else os.environ
        self._built: dict[str, tuple[str, Connector]] = {}
        self._lock = threading.Lock()

    def get(self, name: str, rules: Ruleset) -> Connector:
        """The connector of a connection. `LookupError` for an unknown one, `NotUsable` without its keys."""
        with self._lock:
            kept = self._built.get(name)
            if kept is None or kept[0] != rules.hash:
                kept = (rules.hash, self._make(name, rules))
                self._built[name] = kept
            return kept[1]

    def _make(self, name: str, rules: Ruleset) -> Connector:
        return self.open(rules.connections[name], rules.mappings.get(name))

    def open(self, connection: ConnectionSettings, mapping: ConnectionMapping | None = None) -> Connector:
        """A connector that is not kept, also of a connection that no rules have yet. `NotUsable` without keys."""
        name = connection.name
        settings = resolve(connection.settings, self.environment)
        if isinstance(settings, Unresolved):
            names = ", ".join(settings.names)
            raise NotUsable(
                f"{connection.place}: connection {name} needs {names} in the environment or .env."
            )
        fields = dict(mapping.fields) if mapping else {}
        fields |= {WRITE_BACK + key: value for key, value in mapping.write_back.items()} if mapping else {}
        budget = self._budget(name, connection.crm)
        setup = Setup(name, settings, fields, self._grants(name), budget)
        try:
            built = self._build(connection.crm, setup)
        except LookupError as error:
            raise NotUsable(f"{connection.place}: connection {name}: {error}") from None
        except ValidationError as error:
            where = "; ".join(".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors())
            raise NotUsable(f"{connection.place}: connection {name} cannot be used: {where}.") from None
        budget.declare(built.capabilities.rates)  # they depend on settings that only the connector reads
        return built


class ActiveRules:
    """The ruleset in force, read from the database and compiled once a version."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._kept: tuple[tuple[int, str], Ruleset] | None = None

    def get(self) -> Ruleset:
        """The active rules. `NotConfigured` before the first apply."""
        with self._store.read() as tx:
            version = rulesets.active_version(tx)
        if version is None:
            raise NotConfigured(NotConfigured.__doc__)
        with self._lock:
            if self._kept is None or self._kept[0] != version:
                self._kept = (version, self._load(version[0]))
            return self._kept[1]

    def _load(self, version: int) -> Ruleset:
        with self._store.read() as tx:
            stored = rulesets.load(tx, version)
        assert stored is not None
        return load_files(stored.files)


@dataclass
class Runtime:
    """All that the engine works with."""

    store: Store
    wake: Wake
    connectors: Connectors
    now: Clock = utc_now
    jitter: Callable[[], float] = random.random
    directories: Directories = field(default_factory=Directories)
    config: Path | None = None  # the admin's files, where this process may see them
    rules: ActiveRules = field(init=False)

    def __post_init__(self) -> None:
        self.rules = ActiveRules(self.store)

    def connector(self, name: str, rules: Ruleset) -> Connector:
        """The connector of a connection under these rules."""
        return self.connectors.get(name, rules)

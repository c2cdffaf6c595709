"""Finds connectors by the name of their folder and imports them only when asked. Holds no state."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import cast

import connectors
from connectors.base import Connector, Setup


def names() -> tuple[str, ...]:
    """The CRMs that can be connected, in alphabetical order."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(connectors.__path__) if found.ispkg))


def load(crm: str) -> ModuleType:
    """The package of a CRM, which exports `Connector` and `Settings`; `LookupError` if there is none."""
    if crm not in names():
        raise LookupError(f"There is no connector for {crm!r}; there are: {', '.join(names())}.")
    return import_module(f"connectors.{crm}")


def build(crm: str, setup: Setup) -> Connector:
    """A connector for one account; `pydantic.ValidationError` if its settings do not fit that CRM."""
    return cast(Connector, load(crm).Connector(setup))

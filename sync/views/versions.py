"""The versions of the rules that were put in force, newest first."""

from __future__ import annotations

from typing import TypedDict

from store import rulesets
from sync.runtime import Runtime
from sync.views.names import iso


class VersionView(TypedDict):
    """One version as `conveyor history --json` prints it."""

    version: int
    hash: str
    active: bool
    applied_at: str | None
    applied_by: str
    message: str | None


def history(runtime: Runtime) -> list[VersionView]:
    """All versions. Raises `Unavailable`."""
    with runtime.store.read() as tx:
        return [
            VersionView(
                version=stored.version,
                hash=stored.hash,
                active=stored.active,
                applied_at=iso(stored.applied_at),
                applied_by=stored.applied_by,
                message=stored.message,
            )
            for stored in rulesets.history(tx)
        ]

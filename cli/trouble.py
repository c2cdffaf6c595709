"""What a command says, and how it ends, when something is wrong. Foreseeable trouble is never shown as a traceback.

Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 a CRM, the database or the broker cannot be reached.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

PROBLEMS, USAGE, UNREACHABLE = 1, 2, 3

# By name, for importing all of these classes would cost every command most of a second.
KNOWN: dict[str, tuple[int, str]] = {
    "mapping.problems.ConfigError": (PROBLEMS, "The configuration cannot be used:\n{}"),
    "sync.runtime.NotConfigured": (PROBLEMS, "{}"),
    "sync.runtime.NotUsable": (PROBLEMS, "{}"),
    "sync.actions.NotPossible": (PROBLEMS, "{}"),
    "sync.drafting.begin.CannotDraft": (PROBLEMS, "{}"),
    "sync.drafting.folder.NotWritable": (PROBLEMS, "{}"),
    "sync.exclusive.Busy": (PROBLEMS, "{}"),
    "sync.supervise.AlreadyRunning": (PROBLEMS, "{}"),
    "sync.views.story.UnknownDeal": (PROBLEMS, "{}"),
    "store.secrets.Undecryptable": (PROBLEMS, "{}"),
    "store.secrets.UnusableKey": (USAGE, "{}"),
    "sqlalchemy.exc.ArgumentError": (
        USAGE,
        "DATABASE_URL is not usable: give sqlite:///path/to/file or postgresql://user:password@host/database.",
    ),
    "store.database.Unavailable": (UNREACHABLE, "{}"),
    "sync.house.NoBroker": (UNREACHABLE, "{}"),
    "sync.embedded_broker.BrokerFailed": (UNREACHABLE, "{}"),
    "dramatiq.errors.BrokerError": (UNREACHABLE, "The broker cannot be reached ({}). Is REDIS_URL right?"),
    "redis.exceptions.RedisError": (UNREACHABLE, "The broker cannot be reached ({}). Is REDIS_URL right?"),
    "connectors.errors.Rejected": (PROBLEMS, "{}"),
    "connectors.errors.Conflict": (PROBLEMS, "{}"),
    "connectors.errors.ConnectorError": (UNREACHABLE, "{}"),
}


class Failed(Exception):
    """A command cannot do what it was asked for; the text is for the person who asked."""

    def __init__(self, message: str, code: int = PROBLEMS) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def speaking() -> Iterator[None]:
    """Turn foreseeable trouble into one clear message on standard error and the right exit code."""
    try:
        yield
    except Exception as error:
        found = words_for(error)
        if found is None:
            raise
        code, message = found
        print(message, file=sys.stderr)
        raise typer.Exit(code) from error


def words_for(error: BaseException) -> tuple[int, str] | None:
    """Exit code and message of foreseeable trouble; None for a mistake of ours."""
    if isinstance(error, Failed):
        return error.code, str(error)
    for kind in type(error).__mro__:
        known = KNOWN.get(f"{kind.__module__}.{kind.__qualname__}")
        if known is not None:
            return known[0], known[1].format(str(error))
    return None

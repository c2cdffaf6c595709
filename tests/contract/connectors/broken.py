"""Every call of every method, broken in every way: an error of ours tells it, and nothing private with it.

An answer that is broken and taken for a good one would be a listing without deals, or a write that never was.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest
import structlog

from connectors import registry
from connectors.base import Connector, Look, Setup
from connectors.errors import AuthFailed, ConnectorError, RateLimited, Transient, Unreadable
from connectors.local import MemoryGrants

from .acts import MARKS, Act, Acts
from .sandbox_client import Sandbox

ATTEMPTS = 80  # more than any method makes calls
CLOSES_AFTER_S = 0.01

Kinds = tuple[type[ConnectorError], ...]


@dataclass(frozen=True)
class Breaking:
    """A fault and which errors may tell of it."""

    fault: str
    told_as: Kinds
    details: Mapping[str, object] = field(default_factory=dict)
    loses_answer: bool = False  # what was called for has happened


BREAKINGS = {
    "rate_limited": Breaking("rate_limited", (RateLimited,), {"retry_after": 7}),
    "server_error": Breaking("server_error", (Transient,)),
    "a page of a proxy": Breaking("html", (Transient, Unreadable)),
    "a page that claims success": Breaking("html", (Transient, Unreadable), {"status": 200}),
    "half a body": Breaking("half_body", (Transient, Unreadable), loses_answer=True),
    "a reset connection": Breaking("reset", (Transient,)),
    "no answer, no effect": Breaking("timeout_before", (Transient,), {"seconds": CLOSES_AFTER_S}),
    "no answer after the effect": Breaking(
        "timeout_after", (Transient,), {"seconds": CLOSES_AFTER_S}, loses_answer=True
    ),
    "a token that is not accepted": Breaking("unauthorized", (AuthFailed,), {"times": 9}),
    "a refusal that repeats everything": Breaking("refused", (ConnectorError,), {"times": 9}),
}


class BrokenContract(Acts):
    """Every call of every method, broken in every way."""

    @pytest.mark.parametrize("breaking", BREAKINGS.values(), ids=BREAKINGS)
    def test_every_broken_call_is_told_and_nothing_private_with_it(
        self, sandbox: Sandbox, setup: Setup, caplog: pytest.LogCaptureFixture, breaking: Breaking
    ) -> None:
        world = self.world(sandbox, registry.build(self.crm, setup))
        told: list[ConnectorError] = []
        hidden = [*MARKS, *self.secrets(sandbox)]
        with structlog.testing.capture_logs() as lines, caplog.at_level(logging.INFO):
            for settings in self._credentials(sandbox):
                grants = MemoryGrants()
                connector = registry.build(self.crm, replace(setup, settings=settings, grants=grants))
                if breaking.loses_answer:
                    connector.fetch([Look("987654")])  # a token that rotates is gone with the answer
                for name, act in {**self.reads(world), **self.changes(world)}.items():
                    told += _broken(sandbox, connector, name, act, breaking)
                hidden += [text for name, text in grants.load().items() if "token" in name]
        said = [text_of(each) for each in told] + [caplog.text, *map(str, lines)]
        assert told
        assert [(mark, text) for mark in hidden for text in said if mark.casefold() in text.casefold()] == []

    def _credentials(self, sandbox: Sandbox) -> Iterator[Mapping[str, object]]:
        """The usual settings, then others where this CRM has others; each made when it is its turn."""
        usual = self.settings(sandbox.url)
        yield usual
        for other in (self.expiring, self.subscribing):
            settings = other(sandbox)
            if settings is not None and settings != usual:
                yield settings


def _broken(
    sandbox: Sandbox, connector: Connector, name: str, act: Act, breaking: Breaking
) -> list[ConnectorError]:
    """Break the first call of a method, then the second, and so on until it has no further one."""
    told: list[ConnectorError] = []
    place, times = 0, breaking.details.get("times", 1)
    for attempt in range(1, ATTEMPTS + 1):
        sandbox.fault(breaking.fault, **breaking.details, after=place)
        try:
            act(connector, attempt)
        except breaking.told_as as error:
            told.append(error)
            ended_before = sandbox.planned() == times  # for what it did not yet see of an earlier attempt
            place += not ended_before
        else:
            assert sandbox.planned() == times, f"{name}: call {place + 1} was broken and nobody said so"
            return told
        finally:
            sandbox.clear_faults()
    raise AssertionError(f"{name}: it did not end after {ATTEMPTS} attempts")


def text_of(error: BaseException) -> str:
    """All that a log would show of an error: its text, and those of the errors that led to it."""
    return "".join(traceback.format_exception_only(error)) + "".join(
        text_of(cause) for cause in (error.__cause__, _context(error)) if cause is not None
    )


def _context(error: BaseException) -> BaseException | None:
    return None if error.__suppress_context__ else error.__context__

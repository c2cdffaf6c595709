"""What happened in the sandbox, in order, and how often: for tests, benchmarks and the board page."""

from __future__ import annotations

import time
from collections import Counter, deque
from itertools import islice
from typing import Any

CAPACITY = 200_000


class Counts:
    """Plain totals since the start or the last reset."""

    def __init__(self) -> None:
        self.by_call: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()

    def as_json(self) -> dict[str, Any]:
        """Return all totals; `refused` are real rate-limit refusals, not those a fault asked for."""
        names = ("refused", "malformed", "faults", "writes", "webhooks_sent", "webhooks_failed")
        totals = {name: self.totals[name] for name in names}
        return {"requests": self.by_call.total(), "by_call": dict(self.by_call), **totals}

    def reset(self) -> None:
        """Start again from zero."""
        self.by_call.clear()
        self.totals.clear()


class Journal:
    """A bounded list of lines `{n, at, kind, ...}`; `at` in seconds since the epoch."""

    def __init__(self) -> None:
        self._lines: deque[dict[str, Any]] = deque(maxlen=CAPACITY)
        self._last = 0
        self.counts = Counts()

    def add(self, kind: str, **details: Any) -> None:
        """Append one line."""
        self._last += 1
        self._lines.append({"n": self._last, "at": time.time(), "kind": kind, **details})

    def request(self, call: str, line: str, status: int | None, **details: Any) -> None:
        """Note an API call and its status (None: the caller got no answer)."""
        self.counts.by_call[call or line] += 1
        self.add("request", call=call or line, line=line, status=status, **details)

    def write(self, object: str, id: str, action: str, changes: dict[str, Any], actor: str) -> None:
        """Note a record written through the API; `changes` maps a field to {"from", "to"}."""
        self.counts.totals["writes"] += 1
        self.add("write", object=object, id=id, action=action, changes=changes, actor=actor)

    def person(self, by: str | None, action: str, object: str, id: str, changes: dict[str, Any]) -> None:
        """Note what a person (or, with None, another automation) did in the CRM's own user interface."""
        self.add("person", by=by, action=action, object=object, id=id, changes=changes)

    def webhook(self, url: str, events: list[Any], attempt: int, outcome: str) -> None:
        """Note one delivery attempt; `outcome` is "sent", "failed: ..." or the fault that took it."""
        if outcome == "sent":
            self.counts.totals["webhooks_sent"] += 1
        elif outcome.startswith("failed"):
            self.counts.totals["webhooks_failed"] += 1
        self.add("webhook", url=url, events=events, attempt=attempt, outcome=outcome)

    def since(self, n: int, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the lines after number `n`, oldest first."""
        first = self._last - len(self._lines) + 1
        start = max(0, n + 1 - first)
        return list(islice(self._lines, start, None if limit is None else start + limit))

    def recent(self, count: int) -> list[dict[str, Any]]:
        """Return the newest lines, newest first."""
        return list(islice(reversed(self._lines), count))

    def reset(self) -> None:
        """Forget all lines and counts; numbering goes on, so that a reader's `since` stays valid."""
        self._lines.clear()
        self.counts.reset()

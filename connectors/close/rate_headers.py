"""What Close says about its limits in an answer. Facts: docs/connectors/close.md#limits"""

from __future__ import annotations

import re

from connectors.http import Answer, retry_after

DEFAULT_WAIT_S = 2.0
SHORTEST_WAIT_S, LONGEST_WAIT_S = 0.1, 600.0

_PART = re.compile(r"\b(limit|remaining|reset)=(\d+(?:\.\d+)?)")


def wait_s(answer: Answer) -> float:
    """Seconds that a refusal for the rate asks for: `reset`, else `retry-after`, else two."""
    reset = _parts(answer).get("reset")
    asked = retry_after(answer, DEFAULT_WAIT_S) if reset is None else reset
    return min(max(asked, SHORTEST_WAIT_S), LONGEST_WAIT_S)


def used_up_for_s(answer: Answer) -> float | None:
    """Seconds until there are calls left, if this answer was the last one that is let through."""
    parts = _parts(answer)
    if parts.get("remaining") != 0 or "reset" not in parts:
        return None
    return min(parts["reset"], LONGEST_WAIT_S)


def _parts(answer: Answer) -> dict[str, float]:
    """The numbers of the header, whose parts are divided by commas in one source and semicolons in another."""
    header = answer.headers.get("RateLimit", "")
    return {name: float(number) for name, number in _PART.findall(header)}

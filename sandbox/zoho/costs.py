"""What a call costs: credits, and whether it counts among the heavy ones."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from sandbox.call import Call

RECORD_WRITES = re.compile(r"/crm/v8/[A-Z]\w*(/upsert|/\d+|/\d+/Notes)?")
LIMIT = re.compile(r"\blimit\s+(\d+)(?:\s*,\s*(\d+))?", re.IGNORECASE)
HEAVY_RECORDS = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of one call."""

    credits: int = 1
    heavy: bool = False


def cost(call: Call) -> Cost:
    """Return the price of a call, before it is known to be right."""
    if call.path == "/crm/v8/coql":
        return Cost(_query_credits(call), heavy=True)
    if call.path.endswith("/actions/convert"):
        return Cost(5, heavy=True)
    if call.path.endswith("/deleted"):
        return Cost(2)
    if call.method == "GET":
        return Cost(3 if any(name == "cvid" for name, _ in call.query) else 1)
    if call.method in ("POST", "PUT") and RECORD_WRITES.fullmatch(call.path):
        count = len(_list(call, "data"))
        return Cost(max(1, math.ceil(count / 10)), heavy=count > HEAVY_RECORDS)
    return Cost()


def _query_credits(call: Call) -> int:
    match = LIMIT.search(str(_body(call).get("select_query", "")))
    count = 200 if match is None else int(match[2] or match[1])
    return 1 if count <= 200 else 2 if count <= 1000 else 3


def _list(call: Call, key: str) -> list[Any]:
    found = _body(call).get(key)
    return found if isinstance(found, list) else []


def _body(call: Call) -> dict[str, Any]:
    try:
        body = call.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return body if isinstance(body, dict) else {}

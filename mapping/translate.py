"""Between the line's words and a CRM's own values: stages both ways, and when two values mean the same. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from mapping.model import Value
from mapping.ruleset import ConnectionMapping

_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,30})?")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a CRM stage means on the line; `stage` is a conveyor stage only when mapped."""

    kind: Literal["mapped", "ignored", "unmapped"]
    stage: str | None = None


IGNORED = Meaning("ignored")
UNMAPPED = Meaning("unmapped")


def to_canonical(mapping: ConnectionMapping, remote: Value) -> Meaning:
    """Say what a CRM's `[pipeline id, stage id]` means on the line."""
    if not isinstance(remote, list) or len(remote) != 2:
        return UNMAPPED
    pipeline, stage = remote
    if pipeline in mapping.ignored_pipelines:
        return IGNORED
    line = mapping.stage_by_id.get((pipeline, stage))
    if line is None:
        return UNMAPPED
    return IGNORED if line.means is None else Meaning("mapped", line.means)


def to_remote(mapping: ConnectionMapping, stage: str, pipeline_id: str | None) -> list[str] | None:
    """The CRM stage to write for a conveyor stage: in the deal's own pipeline if it has one, else the first.

    None where this connection has no stage to write for it.
    """
    found = [
        [pipeline.id, line.id]
        for pipeline in mapping.pipelines
        for line in pipeline.stages
        if line.means == stage and line.write_back
    ]
    own = [remote for remote in found if remote[0] == pipeline_id]
    return next(iter(own or found), None)


def pipeline_of(remote: Value) -> str | None:
    """The pipeline id of a `[pipeline id, stage id]`."""
    return remote[0] if isinstance(remote, list) and len(remote) == 2 else None


def agrees(mapping: ConnectionMapping, stage: str, remote: Value) -> bool:
    """Whether a conveyor stage and a CRM stage say the same, in either direction.

    Either direction is enough: where several CRM stages mean one, or one stands for several, a stricter test
    would move cards for nothing or loop.
    """
    if to_canonical(mapping, remote).stage == stage:
        return True
    return to_remote(mapping, stage, pipeline_of(remote)) == remote


def same(ours: Value, theirs: Value) -> bool:
    """Whether a value that a CRM shows is the one that we wrote, allowing for its rounding and trimming."""
    if ours == theirs or (ours in (None, "", []) and theirs in (None, "", [])):
        return True
    left, right = _number(ours), _number(theirs)
    if left is not None and right is not None:
        return _equal_at_the_coarser_precision(left, right)
    if isinstance(ours, str) and isinstance(theirs, str):
        return _plain(ours) == _plain(theirs)
    return False


def _number(value: Value) -> Decimal | None:
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text).normalize()
    except InvalidOperation:
        return None


def _equal_at_the_coarser_precision(left: Decimal, right: Decimal) -> bool:
    if left == right:
        return True
    places = min(_places(left), _places(right))
    return abs(left - right).scaleb(places) <= Decimal("0.5")


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())

"""Whether what a write would overwrite is what was seen, and whether it took effect: for the updates of all."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from connectors.errors import Conflict
from mapping.model import Value, Values
from mapping.translate import same


def equal(left: Value, right: Value) -> bool:
    """Whether two values are one: numbers exactly, several choices in any order, text but for trimming."""
    if isinstance(left, list) and isinstance(right, list):
        return sorted(left) == sorted(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right or (same(left, right) and not (_is_number(left) and _is_number(right)))


def refuse_conflict(deal_id: str, shown: Values, seen: Values, names: Iterable[str]) -> None:
    """Raise `Conflict` if somebody changed one of these since it was seen."""
    moved = [name for name in names if name in seen and not equal(shown.get(name), seen[name])]
    if moved:
        raise Conflict(f"Deal {deal_id} was changed meanwhile ({', '.join(moved)}); it is looked at again.")


def left_as_it_was(before: Values, after: Values, changes: Values) -> list[str]:
    """The names that a CRM took without a word and did not change; what it rounds or trims is no such name."""
    return [
        name
        for name, wanted in changes.items()
        if not same(wanted, after.get(name))
        and not equal(wanted, after.get(name))
        and equal(after.get(name), before.get(name))
    ]


def _is_number(value: Value) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False

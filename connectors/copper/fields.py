"""What a field of a deal is, and when two of its values are one. Pure.

Facts: docs/connectors/copper.md#fields
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property

from connectors.errors import Rejected
from mapping.model import Value


class NotRead(ValueError):
    """A value whose meaning depends on a setting of the account that we do not know."""


class Unknown(Rejected):
    """The account has no such stage or option, as far as we remember: it may be newer than our picture of it."""


@dataclass(frozen=True)
class Field:
    """One field of a deal: an attribute under its API name, or a custom field under its definition's id."""

    name: str
    label: str
    type: str  # Copper's `data_type`, or one of ours for attributes
    custom: bool = False
    writable: bool = True
    options: Mapping[str, str] = field(default_factory=dict)  # option id -> name

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Option id -> name, without names that two options share: those could not be written back."""
        counts = Counter(self.options.values())
        return {key: name for key, name in self.options.items() if counts[name] == 1}


def decimal_text(raw: object) -> str:
    """A number as a decimal string without trailing zeros; raises InvalidOperation for anything else."""
    number = Decimal(str(raw).strip())
    if not number.is_finite():
        raise InvalidOperation(f"{number} is no amount")
    text = format(number.normalize(), "f")
    return "0" if text == "-0" else text


def same(one: Value, other: Value) -> bool:
    """Whether two shown values are the same; the order of several choices means nothing."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(one) == sorted(other)
    if one in (None, "", []) and other in (None, "", []):
        return True
    return one == other and isinstance(one, bool) == isinstance(other, bool)

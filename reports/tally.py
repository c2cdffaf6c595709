"""The counts behind one row of a table, and the numbers that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from mapping.model import Value
from mapping.phrases import phrase
from reports.table import Cell

NOBODY = phrase("(nobody)")
OTHER_ROLE = phrase("(other)")
NONE = phrase("(none)")
UNKNOWN = phrase("(unknown)")
"""What rows are called that have no name of their own."""


@dataclass(slots=True)
class Tally:
    """The counts behind one row; the names are those of the columns."""

    stood: int = 0
    came: int = 0
    arrived: int = 0
    stand: int = 0
    over_norm: int = 0
    forward: int = 0
    back: int = 0
    lost: int = 0
    other: int = 0
    lengths: list[float] = field(default_factory=list)
    with_norm: int = 0
    within_norm: int = 0
    moves: int = 0
    touched: int = 0
    moved_after: float = 0.0
    won: int = 0
    offered: int = 0
    accepted: int = 0
    returned: int = 0
    withdrawn: int = 0
    open: int = 0
    late: int = 0
    accepted_in_time: int = 0
    waits: list[float] = field(default_factory=list)
    put_back: int = 0
    let_through: int = 0
    defects: int = 0
    exceptions: int = 0
    asked: int = 0
    kept: int = 0

    @property
    def left(self) -> int:
        return self.forward + self.back + self.lost + self.other

    def cells(self) -> dict[str, Cell]:
        """Every column that follows from the counts."""
        closed = self.accepted + self.returned
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            "left": self.left,
            "closed": closed,
            "stays": len(self.lengths),
            "conversion": share(self.forward, self.left),
            "median": quantile(self.lengths, 0.5),
            "p90": quantile(self.lengths, 0.9),
            "in_norm": share(self.within_norm, self.with_norm),
            "touches": round(self.touched / self.moves, 2) if self.moves else None,
            "hours": round(self.moved_after / self.moves) if self.moves else None,
            "acceptance": share(self.accepted, closed),
            "in_time": share(self.accepted_in_time, self.accepted),
            "wait": quantile(self.waits, 0.5),
            "wait_p90": quantile(self.waits, 0.9),
            "kept_share": share(self.kept, self.asked),
        }


_COUNTS = (
    *("stood", "came", "stand", "over_norm", "forward", "back", "lost", "other", "moves", "won"),
    *("offered", "accepted", "returned", "withdrawn", "open", "late"),
    *("put_back", "let_through", "defects", "exceptions", "asked", "kept"),
)


def share(part: int, whole: int) -> float | None:
    """A part of the whole, of 1; None of nothing."""
    return round(part / whole, 4) if whole else None


def quantile(values: list[float], part: float) -> int | None:
    """The smallest value that so great a part of all is not above, in seconds; the mean of two in the middle."""
    if not values:
        return None
    ordered = sorted(values)
    place = part * len(ordered)
    if part == 0.5 and len(ordered) % 2 == 0:
        middle = len(ordered) // 2
        return round((ordered[middle - 1] + ordered[middle]) / 2)
    return round(ordered[min(len(ordered) - 1, -int(-place // 1) - 1)])


def money(amount: Value) -> Decimal:
    """An amount as a number; what is no number is nothing."""
    try:
        found = Decimal(str(amount)) if amount not in (None, "") else Decimal(0)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


@lru_cache(maxsize=65536)
def money_about(amount: str | None) -> float:
    """An amount where estimates are made of it."""
    return float(money(amount))


def money_text(amount: Decimal | float) -> str:
    """An amount as reports have it: to the cent."""
    return f"{Decimal(amount):.2f}"

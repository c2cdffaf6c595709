"""Where one deal stands while the ledger is read: it comes onto stages, leaves them, and tells its stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mapping.model import DealStatus, Value
from mapping.ruleset import Ruleset
from reports.facts import (
    BACK,
    FORWARD,
    LOST,
    OTHER,
    WON,
    Broken,
    FollowUp,
    Found,
    Known,
    Stay,
    Whose,
    Win,
)
from reports.tally import NONE, UNKNOWN

Fact = Stay | Win | Broken | FollowUp | Found
Emit = Callable[[Fact], None]

_ENDS = frozenset({WON, LOST, OTHER})
_OFF_LINE = frozenset(
    {str(status) for status in (DealStatus.UNMAPPED, DealStatus.IGNORED, DealStatus.DELETED)}
)
_UNTOLD = Whose("", None, NONE, "")


@dataclass(slots=True)
class Track:
    """One deal, as far as the ledger was read."""

    deal: str
    known: Known
    owner: str | None
    connection: str
    amount: Value
    currency: Value
    stage: str | None = None  # None: the rows so far do not say it
    section: str = ""
    stay: Stay | None = None  # on an open stage
    visit: Stay | None = None  # in a section
    told: list[tuple[int, str, str]] = field(
        default_factory=list
    )  # before a move: when, what of it, whose rule
    follow_up: FollowUp | None = None

    @classmethod
    def of(cls, deal: str, known: Known) -> Track:
        """A deal of which nothing was read yet."""
        return cls(deal, known, known.owner, known.home, known.amount, known.currency)

    @property
    def whose(self) -> Whose:
        """The owner's."""
        return Whose(self.section, self.owner, self.known.source, self.connection)

    def learn(self, data: Mapping[str, Any]) -> None:
        """Take over what a row says of the deal."""
        if "owner" in data:
            self.owner = data["owner"]
        if "connection" in data:
            self.connection = data["connection"]
        if "amount" in data:
            self.amount, self.currency = data["amount"], data.get("currency")


class Line:
    """The stages and sections of the line, and how deals come onto them and leave."""

    def __init__(self, rules: Ruleset, until: int, emit: Emit) -> None:
        conveyor = rules.conveyor
        self._stages = conveyor.stages
        self._order = {name: index for index, name in enumerate(conveyor.stages)}
        self._sections = conveyor.section_order
        self._homes = {name: s.crm for name, s in conveyor.section_by_name.items() if s.crm}
        self._until, self._emit = until, emit

    def come(
        self, track: Track, stage: str | None, at: int, *, found: bool, seen: bool, section: str | None = None
    ) -> None:
        """The deal stands on a stage from now on; None: on one that is not known yet."""
        track.stage = stage
        track.section = section or self.section(track, stage or track.known.stage, {})
        if stage is not None and not self.is_open(stage):
            return
        track.connection = self._homes.get(track.section, track.connection)
        # Whose it is counts when it ends.
        track.stay = Stay(
            track.deal, stage or "", _UNTOLD, at, found, seen, amount=track.amount, currency=track.currency
        )
        if track.visit is None:
            track.visit = Stay(track.deal, "", _UNTOLD, at, found, seen)

    def leave(self, track: Track, at: int, way: str, section: str | None) -> Whose:
        """End the stay, and the visit where the deal leaves the section too; None: it leaves the line."""
        stay, visit, whose = track.stay, track.visit, track.whose
        if stay is not None:
            track.stay = None
            stay.whose, stay.ended, stay.way = whose, at, way
            stay.stage = stay.stage or track.stage or track.known.stage or UNKNOWN
            self._emit(stay)
        if visit is not None and (section != track.section or way in _ENDS):
            track.visit = None
            visit.whose, visit.ended = whose, at
            visit.way = way if way in _ENDS else self._crossing(track, section)
            self._emit(visit)
        return whose

    def rest(self, track: Track) -> None:
        """Tell what is not over; but a deal that left the line without a word did so when it was last saved."""
        if track.follow_up is not None:
            self._emit(track.follow_up)
        if track.stage is None:
            self.resolve(track, track.known.stage)
        if track.stay is None:
            return
        if track.known.status in _OFF_LINE and track.known.updated_at < self._until:
            self.leave(track, max(track.stay.began, track.known.updated_at), OTHER, None)
            return
        whose = track.whose
        for stay in (track.stay, track.visit):
            if stay is not None:
                stay.whose, stay.worth = whose, (track.known.amount, track.known.currency)
                self._emit(stay)

    def resolve(self, track: Track, stage: str | None) -> None:
        """A stage that no row said turns out."""
        track.stage = stage
        track.section = self.section(track, stage, {})
        if not stage or not self.is_open(stage):
            track.stay = track.visit = None
        elif track.stay is not None:
            track.stay.stage = stage

    def is_open(self, stage: str | None) -> bool:
        """Whether deals on this stage are open; those that the line has no more were."""
        if stage is None:
            return False
        known = self._stages.get(stage)
        return known is None or known.status == "open"

    def is_won(self, stage: str | None) -> bool:
        """Whether deals on this stage are won."""
        known = self._stages.get(stage or "")
        return known is not None and known.status == "won"

    def way(self, track: Track, to: str | None) -> str:
        """Which way a move to this stage goes."""
        target = self._stages.get(to or "")
        if target is not None and target.status != "open":
            return WON if target.status == "won" else LOST
        before, after = self._order.get(track.stage or ""), self._order.get(to or "")
        if before is None or after is None:
            return OTHER
        return FORWARD if after > before else BACK

    def section(self, track: Track, stage: str | None, data: Mapping[str, Any]) -> str:
        """The section of a stage: as the row says, else as the line has it; a lost deal stays in its own."""
        if data.get("section"):
            return str(data["section"])
        known = self._stages.get(stage or "")
        if known is None or (known.status == "lost" and track.section):
            return track.section
        return known.section

    def _crossing(self, track: Track, section: str | None) -> str:
        before, after = self._sections.get(track.section), self._sections.get(section or "")
        if before is None or after is None:
            return OTHER
        return FORWARD if after > before else BACK

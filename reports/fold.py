"""Follows each deal through the ledger, row by row, and tells what happened as facts. Memory grows with deals only.

Rows made before all of this was written down lack the stage, the owner or the amount: what follows says it, else the
deal of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from mapping.ruleset import Ruleset
from reports.facts import BACK, OTHER, WON, Broken, FollowUp, Found, Known, Whose, Win
from reports.reading import Entry
from reports.tally import NONE
from reports.track import Emit, Line, Track

US = "conveyor"

_MISSING = frozenset({"requires", "order"})
_NOBODY_KNOWN = Known("", "", "", None, None, NONE, None, None, None, 0)


class Fold:
    """Tells facts as it reads rows."""

    def __init__(self, rules: Ruleset, known: Mapping[str, Known], until: int, emit: Emit) -> None:
        self._line = Line(rules, until, emit)
        self._known, self._emit = known, emit
        self._tracks: dict[str, Track] = {}
        self.returned: set[str] = set()  # hand-offs that somebody returned

    def read(self, rows: Iterable[Entry]) -> None:
        """Tell all facts up to the end, those that are not over last."""
        tracks, kinds = self._tracks, _KINDS
        for row in rows:
            track = tracks.get(row.deal)
            if track is None:
                track = self._begin(row.deal)
            kinds[row.kind](self, track, row)
        for track in tracks.values():
            self._line.rest(track)

    def _begin(self, deal: str) -> Track:
        track = self._tracks[deal] = Track.of(deal, self._known.get(deal, _NOBODY_KNOWN))
        return track

    def _first_seen(self, track: Track, row: Entry) -> None:
        track.learn(row.data)
        stage = row.data.get("to")
        if stage is None and "to" in row.data:
            return  # parked: it is not on the line
        self._line.come(track, stage, row.at, found=True, seen=False)
        won = self._line.is_won(stage or track.known.stage)
        self._emit(Found(track.deal, row.at, won, track.whose, track.amount, track.currency))

    def _placed(self, track: Track, row: Entry) -> None:
        self._line.leave(track, row.at, OTHER, None)
        track.learn(row.data)
        self._arrive(track, row)

    def _arrive(self, track: Track, row: Entry) -> None:
        self._line.come(track, row.data.get("to"), row.at, found=False, seen=True)
        if track.stay is not None:
            track.stay.arrived = True

    def _moved(self, track: Track, row: Entry) -> None:
        data, line = row.data, self._line
        came_from, to = data.get("from"), data.get("to")
        if track.stay is None and data.get("from_status", "open") == "open" and line.is_open(came_from):
            line.come(track, came_from, row.at, found=track.stage is None, seen=False)
        if track.stage is None:
            line.resolve(track, came_from)
        if "owner" not in data and row.actor != US:
            track.owner = row.actor
        way, section = line.way(track, to), line.section(track, to, data)
        self._judged(track, row, section, way)
        track.learn(data)
        if track.stay is not None:
            track.stay.touches = data.get("touches")
        whose = line.leave(track, row.at, way, section)
        self._answered(track, row.at)
        if way == WON:
            self._emit(Win(track.deal, row.at, whose, track.amount, track.currency))
        line.come(track, to, row.at, found=False, seen=True, section=section)

    def _judged(self, track: Track, row: Entry, section: str, way: str) -> None:
        """Exceptions and defects that were told of just before a move hold if the deal passes a boundary by it."""
        if not track.told:
            return
        here = [(what, rule) for at, what, rule in track.told if at == row.at]
        track.told = []
        if section == track.section and way != WON:
            return
        whose = _by(track, row.actor)
        for what, rule in dict.fromkeys(here):
            self._emit(Broken(row.at, what, rule, whose))

    def _returned(self, track: Track, row: Entry) -> None:
        self.returned.add(row.data.get("handoff", ""))
        if "to" not in row.data:
            track.learn(row.data)
            return
        section = self._line.section(track, row.data["to"], row.data)
        self._line.leave(track, row.at, BACK, section)
        track.learn(row.data)
        self._line.come(track, row.data["to"], row.at, found=False, seen=True, section=section)

    def _opens(self, track: Track, row: Entry) -> None:
        """A line that may begin another deal."""
        if "opened" not in row.data:
            track.learn(row.data)
            return
        other = self._begin(row.data["opened"])
        other.learn(row.data)
        self._arrive(other, row)

    def _goes(self, track: Track, row: Entry) -> None:
        if row.data.get("connection", track.connection) == track.connection:
            self._line.leave(track, row.at, OTHER, None)

    def _restored(self, track: Track, row: Entry) -> None:
        if track.stage is not None and track.stay is None:
            self._line.come(track, track.stage, row.at, found=False, seen=False)

    def _learns(self, track: Track, row: Entry) -> None:
        track.learn(row.data)

    def _exception(self, track: Track, row: Entry) -> None:
        track.told.append((row.at, "exceptions", row.data.get("rule") or ""))

    def _put_back(self, track: Track, row: Entry) -> None:
        self._emit(Broken(row.at, "put_back", row.data.get("rule") or "", _by(track, row.actor)))

    def _violation(self, track: Track, row: Entry) -> None:
        rule = row.data.get("rule") or ""
        if row.data.get("violation") in _MISSING:
            track.told.append((row.at, "defects", rule))
        self._emit(Broken(row.at, "let_through", rule, _by(track, row.actor)))

    def _asked(self, track: Track, row: Entry) -> None:
        track.learn(row.data)
        if track.follow_up is not None:
            self._emit(track.follow_up)
        track.follow_up = FollowUp(row.at, track.whose)

    def _followed(self, track: Track, row: Entry) -> None:
        track.learn(row.data)
        self._answered(track, row.at)

    def _answered(self, track: Track, at: int) -> None:
        if track.follow_up is not None:
            track.follow_up.answered = at
            self._emit(track.follow_up)
            track.follow_up = None


def _by(track: Track, actor: str) -> Whose:
    """Of who did it; of nobody, if that was not somebody of the team."""
    return Whose(track.section, None if actor == US else actor, track.known.source, track.connection)


_KINDS: dict[str, Callable[[Fold, Track, Entry], None]] = {
    "first_seen": Fold._first_seen,
    "placed": Fold._placed,
    "moved": Fold._moved,
    "unmapped": Fold._goes,
    "gone": Fold._goes,
    "restored": Fold._restored,
    "growth": Fold._opens,
    "handoff_offered": Fold._opens,
    "handoff_waiting": Fold._opens,
    "handoff_returned": Fold._returned,
    "handoff_late": Fold._learns,
    "owner_changed": Fold._learns,
    "rehomed": Fold._learns,
    "exception": Fold._exception,
    "returned_by_rule": Fold._put_back,
    "violation_warn": Fold._violation,
    "violation_observe": Fold._violation,
    "loop_breaker": Fold._violation,
    "follow_up": Fold._asked,
    "followed_up": Fold._followed,
}

KINDS = tuple(_KINDS)
"""The kinds of ledger rows that are counted."""

"""The brake: how many deals a change may have the conveyor move before a person has to say yes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mapping.phrases import Phrase, counted, phrase
from mapping.ruleset import Ruleset
from sync.planning.forecast import Forecast


@dataclass(frozen=True, slots=True)
class Brake:
    """The limits that hold for a change; None is no limit."""

    deals: int | None
    percent: int | None

    def holds(self, moved: int, of: int) -> bool:
        """Whether so many deals, of all that are on the line, are more than may move without being asked."""
        too_many = self.deals is not None and moved > self.deals
        too_large = self.percent is not None and moved * 100 > self.percent * of
        return moved > 0 and (too_many or too_large)

    @property
    def words(self) -> Phrase:
        """What may move without being asked."""
        limits = [] if self.deals is None else [counted("{count} deal", "{count} deals", count=self.deals)]
        if self.percent is not None:
            limits.append(phrase("{percent} % of the line", percent=self.percent))
        return phrase("{limits:or}", limits=tuple(limits)) if limits else phrase("any number of deals")


def brake_for(before: Ruleset | None, after: Ruleset) -> Brake:
    """The stricter limits of both versions, so that no change can loosen the brake and pass it at once."""
    both = [rules.conveyor.safety for rules in (before, after) if rules is not None]
    return Brake(_least(s.ask_deals for s in both), _least(s.ask_percent for s in both))


def _least(limits: Iterable[int | None]) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def refusal(forecast: Forecast, brake: Brake) -> Phrase | None:
    """Why the change waits for a person; None if it need not."""
    if not brake.holds(forecast.moved, forecast.on_the_line):
        return None
    return phrase(
        "The conveyor would move or re-assign {moved} of {all} deals in the CRMs, and "
        "`safety.ask_before_moving` allows {brake} without being asked. Nothing was changed; "
        "add --yes to do it.",
        moved=forecast.moved,
        all=forecast.on_the_line,
        brake=brake.words,
    )

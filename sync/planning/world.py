"""The deals under one set of rules: each decided as a worker would if these came into force. Touches nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from mapping.model import Event, EventKind
from mapping.ruleset import Ruleset
from sync.core.case import Case, Outcome, Turn
from sync.core.decide import decide
from sync.drain.load import load, load_pools
from sync.people import Directories

NOTHING_ASKED: Mapping[str, Event] = {}


class World:
    """One transaction, one set of rules. Who receives hand-offs is kept track of over all deals."""

    def __init__(
        self, tx: Connection, rules: Ruleset, now: datetime, asked: Mapping[str, Event] = NOTHING_ASKED
    ) -> None:
        """`asked` is what a person asks for beside the change of rules, by deal."""
        self.rules = rules
        self._tx, self._now, self._asked = tx, now, asked
        self._directories = Directories()
        self._pools: dict[str, dict[str, Turn]] | None = None
        self._event = Event(0, EventKind.CONFIG, data={"ruleset": rules.hash})

    def decided(self, deal_ids: Collection[str]) -> Iterator[tuple[Case, Outcome]]:
        """What would become of each deal, in this order; an outcome that still has `needs` hangs on what only the
        CRM knows."""
        cases = load(self._tx, deal_ids, self.rules, self._directories, self._now)
        for case in (cases[deal_id] for deal_id in deal_ids if deal_id in cases):
            asked = self._asked.get(case.deal.id)
            events = (self._event,) if asked is None else (self._event, asked)
            yield case, self._decide(replace(case, events=events))

    def _decide(self, case: Case) -> Outcome:
        outcome = decide(replace(case, pools=self._pools), self.rules)
        if outcome.needs.pools and self._pools is None:
            self._pools = load_pools(self._tx, self.rules)
            outcome = decide(replace(case, pools=self._pools), self.rules)
        self._take_turns(outcome)
        return outcome

    def _take_turns(self, outcome: Outcome) -> None:
        for turn in outcome.turns:
            pool = (self._pools or {})[turn.role]
            before = pool.get(turn.member, Turn())
            pool[turn.member] = Turn(before.open_deals + 1, turn.taken_after, self._now)

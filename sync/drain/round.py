"""One round over a batch of deals: load, observe, decide, commit. Delivering what was decided comes after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection

from connectors.errors import ConnectorError
from mapping.model import EventKind, Record
from mapping.ruleset import Ruleset
from store import connections, deals, inbox, links, rulesets
from store.inbox import NewEvent
from store.leases import LeaseLost
from store.links import AlreadyLinked
from sync.core.case import Case, Outcome, Turn, WriteState
from sync.core.decide import decide
from sync.drain import observe
from sync.drain.commit import commit
from sync.drain.lease import Holding
from sync.drain.load import load, load_pools
from sync.drain.postpone import postpone_events
from sync.runtime import Runtime

log = structlog.get_logger()

MOST_LOOKS = 6
"""A decision asks for people, history, tasks and the pool at most once each."""

MOST_TRIES = 5
"""Then a deal whose receivers are being given others all the time comes back later."""

Pools = dict[str, dict[str, Turn]]
Decided = list[tuple[Case, Outcome]]


@dataclass
class Round:
    """A batch of leased deals on its way through one round."""

    runtime: Runtime
    rules: Ruleset
    holding: Holding

    def run(self) -> bool:
        """Work off what is due in the batch; True if anything was."""
        cases = {d: c for d, c in self._load(self.holding.deals).items() if _has_work(c)}
        if not cases:
            return False
        cases = {deal_id: observe.carried(case) for deal_id, case in cases.items()}
        wanted = [t for case in cases.values() for t in observe.targets(case, self.rules)]
        cases = self._observed(cases, wanted)
        self._decide(self._own(cases))
        return True

    def _load(self, deal_ids: Iterable[str]) -> dict[str, Case]:
        runtime = self.runtime
        with runtime.store.read() as tx:
            return load(tx, list(deal_ids), self.rules, runtime.directories, runtime.now())

    def _observed(self, cases: dict[str, Case], wanted: Iterable[observe.Target]) -> dict[str, Case]:
        """The cases with what the CRMs show; those that could not be looked at are put off."""
        observer = observe.Observer(self.runtime, self.rules)
        observer.know_people(cases.values())
        seen = observer.look(wanted)
        for deal_id, (connection, error) in observer.failed.items():
            self._put_off(cases.pop(deal_id), connection, error)
        fresh = self._load_directories(cases)
        return {
            deal_id: replace(case, records={**case.records, **seen.get(deal_id, {})})
            for deal_id, case in fresh.items()
        }

    def _load_directories(self, cases: dict[str, Case]) -> dict[str, Case]:
        """A look may have taught us new people."""
        if not cases:
            return cases
        with self.runtime.store.read() as tx:
            people = self.runtime.directories.of(connections.load_all(tx), self.rules)
        return {deal_id: replace(case, directories=people) for deal_id, case in cases.items()}

    def _own(self, cases: dict[str, Case]) -> dict[str, Case]:
        """Hand records that carry another deal's key over to that deal (law 4)."""
        return {deal_id: case for deal_id, case in cases.items() if not self._adopted_elsewhere(case)}

    def _adopted_elsewhere(self, case: Case) -> bool:
        for connection, record in case.records.items():
            owner = observe.stray(case.deal, case.links[connection], record)
            if owner is not None and isinstance(record, Record) and self._adopt(case, record, owner):
                self.holding.drop(case.deal.id)
                return True
        return False

    def _adopt(self, case: Case, record: Record, owner: str) -> bool:
        runtime = self.runtime
        try:
            with runtime.store.begin() as tx:
                self.holding.guard(tx, case.deal.id)
                if owner not in deals.load(tx, [owner]):
                    return False
                links.adopt(tx, record.ref, owner)
                look = NewEvent(EventKind.LOOK, owner, record.ref.connection, record.ref.remote_id)
                inbox.add(tx, [look], runtime.now())
        except AlreadyLinked as error:
            log.warning("not_adopted", deal=case.deal.id, owner=owner, why=str(error))
            return False
        except LeaseLost:
            return True
        runtime.wake.deals([owner])
        return True

    def _decide(self, cases: dict[str, Case]) -> None:
        """Decide all, look closer where a decision needs it, and store what was decided."""
        pools: Pools | None = None
        looks = tries = 0
        while cases:
            ready, unclear = self._decide_once(cases, pools)
            again = self._commit(ready)
            tries += bool(again)
            if tries > MOST_TRIES:
                self._let_others(again)
                again = {}
            if again or any(outcome.needs.pools for _, outcome in unclear):
                pools = self._pools()
            looks += bool(unclear)
            if looks > MOST_LOOKS:
                raise RuntimeError(f"Deal {unclear[0][0].deal.id}: the decision asks for what it was given.")
            cases = self._closer(unclear) | again

    def _decide_once(self, cases: Mapping[str, Case], pools: Pools | None) -> tuple[Decided, Decided]:
        """What is decided, and what cannot be yet; a batch spreads its deals as single ones would."""
        ready: Decided = []
        unclear: Decided = []
        for case in cases.values():
            current = replace(case, now=self.runtime.now(), pools=pools)
            outcome = decide(current, self.rules)
            (unclear if outcome.needs else ready).append((case, outcome))
            if pools is not None:
                _take_turns(pools, outcome)
        return ready, unclear

    def _let_others(self, cases: Mapping[str, Case]) -> None:
        """Somebody else hands out deals to the same people right now, or applied other rules: not our turn."""
        self.holding.release(*cases)
        self.runtime.wake.deals(list(cases))

    def _pools(self) -> Pools:
        with self.runtime.store.read() as tx:
            return load_pools(tx, self.rules)

    def _closer(self, unclear: Decided) -> dict[str, Case]:
        """The cases with what their decision asked for."""
        cases = {case.deal.id: case for case, _ in unclear}
        wanted = [
            target
            for case, outcome in unclear
            if outcome.needs.aspects
            for target in observe.with_aspects(case, outcome.needs.aspects)
        ]
        return self._observed(cases, wanted) if wanted else cases

    def _commit(self, ready: Decided) -> dict[str, Case]:
        """Store outcomes together; cases whose receiver was taken meanwhile come back to be decided again.

        What was decided by rules that are no longer in force is not stored: the deals are left to the new ones.
        """
        again: dict[str, Case] = {}
        if not ready:
            return again
        with self.runtime.store.begin() as tx:
            held = [(case, outcome) for case, outcome in ready if self._is_held(tx, case.deal.id)]
            in_force = rulesets.active_version(tx)  # after the lease was renewed: see `rulesets.hold_deals`
            outdated = in_force is not None and in_force[1] != self.rules.hash
            for case, outcome in () if outdated else held:
                if not commit(tx, case, outcome, self.rules, self.runtime.now()):
                    again[case.deal.id] = case
        if outdated:
            self._let_others({case.deal.id: case for case, _ in held})
        return again

    def _is_held(self, tx: Connection, deal_id: str) -> bool:
        try:
            self.holding.guard(tx, deal_id)
        except LeaseLost:
            self.holding.drop(deal_id)
            return False
        return True

    def _put_off(self, case: Case, connection: str, error: ConnectorError) -> None:
        try:
            with self.runtime.store.begin() as tx:
                self.holding.guard(tx, case.deal.id)
                postpone_events(tx, self.runtime, case, connection, error)
        except LeaseLost:
            pass
        self.holding.release(case.deal.id)


def _has_work(case: Case) -> bool:
    return bool(case.events) or any(w.state is WriteState.SENDING for w in case.writes)


def _take_turns(pools: Pools, outcome: Outcome) -> None:
    for turn in outcome.turns:
        before = pools[turn.role].get(turn.member, Turn())
        pools[turn.role][turn.member] = Turn(before.open_deals + 1, turn.taken_after, outcome.deal.updated_at)

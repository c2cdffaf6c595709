"""The leases that one drain holds, and how long."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy import Connection

from store import leases
from sync.runtime import Runtime

LEASE_S = 60.0
"""Longer than twice the longest call to a CRM, so that a lease outlives any one step."""


@dataclass
class Holding:
    """Deals whose lease this drain holds under one token."""

    runtime: Runtime
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    deals: list[str] = field(default_factory=list)

    def take(self, deal_id: str) -> bool:
        """Take one deal, unless somebody else is at it."""
        with self.runtime.store.begin() as tx:
            taken = leases.acquire(tx, deal_id, self.token, self.runtime.now(), LEASE_S)
        if taken:
            self.deals.append(deal_id)
        return taken

    def take_along(self, connection: str, limit: int) -> None:
        """Take further due deals of a connection, to read them in its batches."""
        if limit <= 0:
            return
        with self.runtime.store.begin() as tx:
            more = leases.acquire_due(
                tx,
                connection=connection,
                token=self.token,
                now=self.runtime.now(),
                seconds=LEASE_S,
                limit=limit,
            )
        self.deals += [deal_id for deal_id in more if deal_id not in self.deals]

    def guard(self, tx: Connection, deal_id: str) -> None:
        """Renew the lease inside a transaction; `LeaseLost` if somebody else has it."""
        leases.guard(tx, deal_id, self.token, self.runtime.now(), LEASE_S)

    def drop(self, deal_id: str) -> None:
        """Stop working on a deal whose lease is lost or that is gone."""
        if deal_id in self.deals:
            self.deals.remove(deal_id)

    def release(self, *deal_ids: str) -> list[str]:
        """Give leases back, and look once more: returns those of the deals that have something due.

        Whoever stores an event later finds the lease free; what was stored before is seen here.
        """
        given = [deal_id for deal_id in deal_ids if deal_id in self.deals]
        if not given:
            return []
        with self.runtime.store.begin() as tx:
            leases.release(tx, given, self.token)
            due = leases.due_among(tx, given, self.runtime.now())
        self.deals = [deal_id for deal_id in self.deals if deal_id not in set(given)]
        return due

"""The hand-offs: from whom to whom, by when, and why this receiver."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict

from mapping.model import Handoff, HandoffStatus
from store import handoffs
from sync.runtime import Runtime
from sync.views.names import iso, refs


class HandoffView(TypedDict):
    """One hand-off as `conveyor handoffs --json` prints it."""

    id: str
    deal: str
    from_section: str
    to_section: str
    from_member: str | None
    to_member: str | None
    status: str
    due_at: str | None
    created_at: str | None
    details: dict[str, Any]


def listing(
    runtime: Runtime,
    *,
    statuses: Collection[HandoffStatus] = (),
    to_section: str | None = None,
    to_member: str | None = None,
    late_at: datetime | None = None,
    limit: int | None = None,
) -> list[HandoffView]:
    """Hand-offs, newest first; `late_at` keeps open ones that were due before. Raises `Unavailable`."""
    with runtime.store.read() as tx:
        found = handoffs.listing(
            tx, statuses=statuses, to_section=to_section, to_member=to_member, late_at=late_at, limit=limit
        )
        names = refs(tx, {handoff.deal_id for handoff in found})
    return [view(handoff, names[handoff.deal_id]) for handoff in found]


def view(handoff: Handoff, deal: str) -> HandoffView:
    """One hand-off of a deal that is called `connection:id`."""
    return HandoffView(
        id=handoff.id,
        deal=deal,
        from_section=handoff.from_section,
        to_section=handoff.to_section,
        from_member=handoff.from_member,
        to_member=handoff.to_member,
        status=handoff.status.value,
        due_at=iso(handoff.due_at),
        created_at=iso(handoff.offered_at),
        details={
            "rule": {"name": handoff.rule, "file": handoff.file, "line": handoff.line},
            "reason": handoff.reason,
            "missing": list(handoff.defects),
            "closed_at": iso(handoff.closed_at),
            "candidates": [
                {"member": c.member, "chosen": c.chosen, "why": c.why} for c in handoff.candidates
            ],
        },
    )

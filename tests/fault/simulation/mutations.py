"""Each law taken out, one at a time, where the code keeps it: what the simulation must notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors import deadline
from mapping.model import Link, Receipt, UpdateDeal, Value, Write
from mapping.ruleset import ConnectionMapping
from mapping.translate import pipeline_of, to_remote
from store import leases, links
from sync import sweep
from sync.core import case, merge, plan
from sync.drain import deliver, observe

from . import crm

Patch = pytest.MonkeyPatch
Mutation = Callable[[Patch], None]


def changes_are_not_compared_with_the_base(patch: Patch) -> None:
    """Law 1."""
    real = merge._observe

    def without_base(link: Link, *rest: Any) -> Any:
        return real(replace(link, seen={}), *rest)

    patch.setattr(merge, "_observe", without_base)


def stages_agree_in_one_direction_only(patch: Patch) -> None:
    """Law 2."""

    def one_way(mapping: ConnectionMapping, stage: str, remote: Value) -> bool:
        return to_remote(mapping, stage, pipeline_of(remote)) == remote

    patch.setattr(plan, "agrees", one_way)


def what_was_sent_is_not_kept(patch: Patch) -> None:
    """Law 2: plan against what the CRM shows."""
    real = deliver._with_receipt

    def forgetful(link: Link, write: Write, receipt: Receipt) -> tuple[Link, bool]:
        updated, odd = real(link, write, receipt)
        return replace(updated, sent={**updated.sent, **updated.seen}), odd

    patch.setattr(deliver, "_with_receipt", forgetful)


def no_intent_is_written(patch: Patch) -> None:
    """Law 3: attempts without a receipt are not recognised."""
    patch.setattr(case.OpenWrite, "intended", property(lambda self: {}))


def repeated_tasks_and_notes_are_not_searched_for(patch: Patch) -> None:
    """Law 3: a retried create is a new one."""
    patch.setattr(crm, "searches_before_repeating", lambda attempt: False)


def creates_do_not_look_up_their_key(patch: Patch) -> None:
    """Law 4."""
    patch.setattr(crm, "looks_up_by_key", lambda: False)


def strays_are_not_adopted_when_seen(patch: Patch) -> None:
    """Law 4, at observe."""
    patch.setattr(observe, "stray", lambda deal, link, record: None)


def strays_are_not_adopted_at_receipt(patch: Patch) -> None:
    """Law 4, at receipt: the record is linked, whoever has it."""

    def link_only(tx: Any, ref: Any, deal_id: str) -> None:
        if ref in links.find(tx, [ref]):
            return
        links.save(tx, [Link(ref.connection, ref.remote_id, deal_id)])

    patch.setattr(links, "adopt", link_only)


def writes_do_not_mind_unseen_changes(patch: Patch) -> None:
    """Law 5."""
    patch.setattr(crm, "conflicts", lambda current, body: False)


def receipts_are_trusted_blindly(patch: Patch) -> None:
    """Law 5: whatever the CRM answers is taken for what was written."""
    real = deliver._with_receipt

    def trusting(link: Link, write: Write, receipt: Receipt) -> tuple[Link, bool]:
        updated, _ = real(link, write, receipt)
        if not isinstance(write.body, UpdateDeal):
            return updated, False
        return replace(updated, seen={**updated.seen, **receipt.values}), False

    patch.setattr(deliver, "_with_receipt", trusting)


def leases_do_not_fence(patch: Patch) -> None:
    """Two workers may work on one deal."""
    patch.setattr(leases, "guard", lambda *args, **more: None)
    patch.setattr(deadline, "check", lambda: None)


def stalled_workers_still_call(patch: Patch) -> None:
    """A worker past its lease makes its call all the same."""
    patch.setattr(deadline, "check", lambda: None)


def nothing_sweeps(patch: Patch) -> None:
    """Wake-ups are all there is."""
    patch.setattr(sweep, "sweep", lambda runtime: 0)


MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        changes_are_not_compared_with_the_base,
        stages_agree_in_one_direction_only,
        what_was_sent_is_not_kept,
        no_intent_is_written,
        repeated_tasks_and_notes_are_not_searched_for,
        creates_do_not_look_up_their_key,
        strays_are_not_adopted_when_seen,
        strays_are_not_adopted_at_receipt,
        writes_do_not_mind_unseen_changes,
        receipts_are_trusted_blindly,
        leases_do_not_fence,
        stalled_workers_still_call,
        nothing_sweeps,
    )
}

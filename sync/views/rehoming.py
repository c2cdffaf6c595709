"""What handing on somebody's deals would do, decided by the same rules as the drain. Touches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from sqlalchemy import Connection

from mapping.model import DealStatus
from mapping.ruleset import Ruleset
from store import bulk, deals
from sync.actions import NotPossible
from sync.core.draft import Draft
from sync.core.merge import merge
from sync.core.rehome import hindrance, is_work_of, tasks_left
from sync.drain.load import load
from sync.runtime import Runtime
from sync.views.names import home_link, ref

_ASKED_FOR = (DealStatus.OPEN, DealStatus.WON, DealStatus.UNMAPPED)


class Group(TypedDict):
    """The deals of one section in one connection that go over, and how many open hand-offs go along."""

    connection: str
    section: str
    deals: int
    handoffs: int


class LeftOut(TypedDict):
    """A deal that stays where it is, and why."""

    deal: str
    reason: str


@dataclass
class Plan:
    """What would go to whom; `deal_ids` is for `sync.actions.rehome`."""

    leaver: str
    to: str
    on_team: bool  # whether the one who leaves still stands in the team file, and receives
    groups: list[Group] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    tasks_left: int = 0
    deal_ids: list[str] = field(default_factory=list)


def plan(runtime: Runtime, leaver: str, to: str) -> Plan:
    """What handing all open deals of `leaver` on to `to` would do. `NotPossible` if it cannot be meant."""
    rules = runtime.rules.get()
    found = Plan(leaver, to, leaver in rules.team)
    if to not in rules.team:
        raise NotPossible(f"{to} is not on the team: add them to team.yaml first, and `conveyor apply`.")
    if leaver == to:
        raise NotPossible(f"{to} would get their own deals. Name two people.")
    with runtime.store.read() as tx:
        for draft in _drafts(tx, runtime, rules, _candidates(tx, found)):
            if is_work_of(draft, leaver):
                _sort_in(found, draft)
    if not (found.on_team or found.deal_ids or found.left_out):
        raise NotPossible(
            f"{leaver} is not on the team and owns no open deal. `conveyor deals` shows who does."
        )
    return found


def _candidates(tx: Connection, found: Plan) -> list[str]:
    """Who is not on the team owns deals only as the CRM shows it, so all deals without an owner are looked at."""
    owner = found.leaver if found.on_team else None
    rows = (row for status in _ASKED_FOR for row in deals.listing(tx, status=status, owner=owner))
    return [row.deal.id for row in rows if row.deal.owner in (None, found.leaver)]


def _drafts(tx: Connection, runtime: Runtime, rules: Ruleset, ids: list[str]) -> Iterator[Draft]:
    for batch in bulk.batches(ids):
        for case in load(tx, batch, rules, runtime.directories, runtime.now()).values():
            yield Draft.start(case, merge(case, rules), rules)


def _sort_in(found: Plan, draft: Draft) -> None:
    why = hindrance(draft, found.to)
    if why is not None:
        link = home_link(draft.deal, draft.links.values())
        found.left_out.append(LeftOut(deal=ref(link) if link else draft.deal.id, reason=why))
        return
    group = _group(found, draft.deal.home, draft.working_section or "")
    group["deals"] += 1
    group["handoffs"] += draft.open_handoff is not None
    found.tasks_left += tasks_left(draft)
    found.deal_ids.append(draft.deal.id)


def _group(found: Plan, connection: str, section: str) -> Group:
    for group in found.groups:
        if (group["connection"], group["section"]) == (connection, section):
            return group
    new = Group(connection=connection, section=section, deals=0, handoffs=0)
    found.groups.append(new)
    return new

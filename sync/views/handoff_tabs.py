"""The hand-offs as one viewer looks for them: mine, late, waiting, all that are open, the latest that are closed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict, get_args

from sqlalchemy import ColumnElement, func, select

from mapping.model import Deal, Handoff, HandoffStatus
from mapping.ruleset import Ruleset
from store import codec, deals
from store.schema import handoffs as table
from sync.access.sight import Sight
from sync.access.viewer import Viewer
from sync.runtime import Runtime
from sync.views.handoffs import HandoffView, view
from sync.views.names import refs

MOST = 100
"""Hand-offs of one tab; the most urgent of the open ones come first, so that none is forgotten behind others."""

Tab = Literal["mine", "late", "waiting", "open", "closed"]
TABS: tuple[Tab, ...] = get_args(Tab)

_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)


class HandoffRow(TypedDict):
    """One hand-off with what the viewer may know of its deal, and may do with it."""

    handoff: HandoffView
    title: str | None
    rule: str
    late: bool
    may_act: bool
    shown: bool  # whether the viewer sees the deal itself
    reasons: tuple[str, ...]  # for a return; none: any words


def counts(runtime: Runtime, sight: Sight) -> dict[Tab, int]:
    """How many hand-offs each tab has. Raises `Unavailable`."""
    conditions = _conditions(sight.viewer, runtime.now())
    with runtime.store.read() as tx:
        return {
            tab: tx.scalar(select(func.count()).select_from(table).where(sight.handoffs(), *wanted)) or 0
            for tab, wanted in conditions.items()
        }


def rows(runtime: Runtime, sight: Sight, tab: Tab) -> list[HandoffRow]:
    """The hand-offs of a tab. Raises `NotConfigured`, `Unavailable`."""
    rules, now = runtime.rules.get(), runtime.now()
    order = (table.c.closed_at.desc(),) if tab == "closed" else (table.c.due_at.is_(None), table.c.due_at)
    query = select(table.c.body).where(sight.handoffs(), *_conditions(sight.viewer, now)[tab])
    with runtime.store.read() as tx:
        bodies = tx.scalars(query.order_by(*order, table.c.id).limit(MOST))
        found = [codec.handoff.validate_json(body) for body in bodies]
        ids = {handoff.deal_id for handoff in found}
        names, known, seen = refs(tx, ids), deals.load(tx, ids), sight.seen(tx, ids)
    return [
        _row(rules, sight, each, view(each, names[each.deal_id]), _shown(known, seen, each), now)
        for each in found
    ]


def reasons_of(rules: Ruleset, rule: str) -> tuple[str, ...]:
    """The reasons for a return that a rule lists; none where it takes any."""
    return next((each.return_reasons for each in rules.conveyor.handoffs if each.name == rule), ())


def _conditions(viewer: Viewer, now: datetime) -> dict[Tab, tuple[ColumnElement[bool], ...]]:
    is_open = table.c.status.in_(_OPEN)
    return {
        "mine": (table.c.status == HandoffStatus.PENDING, table.c.to_member == viewer.email),
        "late": (is_open, table.c.due_at < now),
        "waiting": (table.c.status == HandoffStatus.WAITING,),
        "open": (is_open,),
        "closed": (table.c.status.not_in(_OPEN),),
    }


def _shown(known: dict[str, Deal], seen: frozenset[str], handoff: Handoff) -> Deal | None:
    return known.get(handoff.deal_id) if handoff.deal_id in seen else None


def _row(
    rules: Ruleset, sight: Sight, handoff: Handoff, told: HandoffView, deal: Deal | None, now: datetime
) -> HandoffRow:
    title = deal.fields.get("title") if deal is not None else None
    return HandoffRow(
        handoff=told if deal is not None else sight.masked_handoff(told),
        title=None if title is None else str(title),
        rule=handoff.rule,
        late=handoff.status in _OPEN and handoff.due_at is not None and handoff.due_at < now,
        may_act=handoff.status is HandoffStatus.PENDING and sight.viewer.may_act_on(handoff),
        shown=deal is not None,
        reasons=reasons_of(rules, handoff.rule),
    )

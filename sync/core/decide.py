"""Say what a deal becomes and which writes follow; touch nothing."""

from __future__ import annotations

from mapping.model import Aspect, DealStatus, Link
from mapping.ruleset import Ruleset
from sync.core.case import Case, Needs, Outcome
from sync.core.creation import create, needs_people
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.handoff import close_for_deleted
from sync.core.judge import judge
from sync.core.merge import merge
from sync.core.plan import plan
from sync.core.undo import note


def decide(case: Case, rules: Ruleset) -> Outcome:
    """Decide one deal. If the outcome has `needs`, find those out and decide again; else carry it out."""
    draft = Draft.start(case, merge(case, rules), rules)
    judge(draft)
    if draft.needs:
        return Outcome(case.deal, case.links, needs=draft.needs)
    _settle_home(draft)
    _leave_if_nowhere(draft)
    if needs_people(draft):
        return Outcome(case.deal, case.links, needs=Needs(frozenset({Aspect.PEOPLE})))
    writes, stale = plan(draft)
    note(draft, writes)
    if draft.deal != case.deal:
        draft.set_deal(updated_at=case.now)
    return Outcome(
        deal=draft.deal,
        links=draft.links,
        handoffs=tuple(draft.handoffs[key] for key in sorted(draft.changed_handoffs)),
        writes=writes,
        supersede=stale,
        settle=draft.merged.settle,
        entries=tuple(draft.entries),
        turns=tuple(draft.turns),
        openings=tuple(draft.openings),
        look_again_at=draft.look_again_at,
    )


def _settle_home(draft: Draft) -> None:
    """The section a deal stands in may live in a connection of its own, which then hosts the deal.

    Where its record there was deleted, the deal goes on where people still see it.
    """
    section = draft.rules.conveyor.section_by_name.get(draft.deal.section or "")
    home = section.crm if section and section.crm else draft.deal.home
    if home == draft.deal.home or home not in draft.rules.mappings or _is_gone(draft, home):
        return
    draft.set_deal(home=home)
    draft.links.setdefault(home, Link(home, None, draft.deal.id))


def _is_gone(draft: Draft, connection: str) -> bool:
    link, here = draft.links.get(connection), draft.links.get(draft.deal.home)
    return link is not None and link.gone and here is not None and not here.gone


def _leave_if_nowhere(draft: Draft) -> None:
    """A deal whose records are gone, on a stage that its home could not even create it on, is gone as well."""
    links = draft.links.values()
    unseen = all(link.gone or link.remote_id is None for link in links)
    if draft.deal.status in ON_THE_LINE and unseen and any(link.gone for link in links) and not create(draft):
        draft.set_deal(status=DealStatus.DELETED, correction=None)
        close_for_deleted(draft)

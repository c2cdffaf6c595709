"""In which CRM a deal goes on: where its section lives, else where people still see it."""

from __future__ import annotations

from mapping.model import DealStatus, Link
from sync.core.creation import create
from sync.core.draft import ON_THE_LINE, Draft
from sync.core.handoff import close_for_deleted


def goes_on_in(draft: Draft) -> str:
    """The connection that hosts the deal where it stands now.

    Where its record in the section's own CRM was deleted, the deal goes on where people still see it.
    """
    section = draft.rules.conveyor.section_by_name.get(draft.deal.section or "")
    own = section.crm if section and section.crm else draft.deal.home
    return draft.deal.home if own not in draft.rules.mappings or _is_gone(draft, own) else own


def settle(draft: Draft) -> None:
    """Let the deal go on there."""
    home = goes_on_in(draft)
    if home != draft.deal.home:
        draft.set_deal(home=home)
        draft.links.setdefault(home, Link(home, None, draft.deal.id))


def leave_if_nowhere(draft: Draft) -> None:
    """A deal whose records are gone, on a stage that its home could not even create it on, is gone as well."""
    links = draft.links.values()
    unseen = all(link.gone or link.remote_id is None for link in links)
    if draft.deal.status in ON_THE_LINE and unseen and any(link.gone for link in links) and not create(draft):
        draft.set_deal(status=DealStatus.DELETED, correction=None)
        close_for_deleted(draft)


def _is_gone(draft: Draft, connection: str) -> bool:
    link, here = draft.links.get(connection), draft.links.get(draft.deal.home)
    return link is not None and link.gone and here is not None and not here.gone

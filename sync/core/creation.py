"""Creating the record of a deal in the connection that its section lives in."""

from __future__ import annotations

from mapping.model import Aspect, CreateDeal, Person, Value, Values, Write
from mapping.translate import to_remote
from sync.core.draft import Draft
from sync.core.merge import carried_fields


def create(draft: Draft) -> Write | None:
    """The write that creates the deal where it is hosted, if it has no record there yet."""
    home = draft.deal.home
    link, mapping = draft.links.get(home), draft.mapping
    if mapping is None or draft.deal.stage is None or (link is not None and link.remote_id is not None):
        return None
    remote = to_remote(mapping, draft.deal.stage, None)
    if remote is None:
        return None
    fields = draft.deal.fields
    carried = {n: fields[n] for n in sorted(carried_fields(draft.rules, home)) if fields.get(n) is not None}
    owner = draft.directory.account(draft.deal.owner) if draft.directory else None
    body = CreateDeal(
        deal_key=draft.deal.id,
        values={**carried, "stage": remote, "owner": owner},
        contact=_contact(fields),
        company=_text(fields.get("company")),
    )
    return Write(f"create:{home}:{draft.deal.id}", draft.deal.id, home, None, body)


def needs_people(draft: Draft) -> bool:
    """Whether a create is due whose contact and company were not read yet."""
    return create(draft) is not None and draft.record is not None and not draft.knows(Aspect.PEOPLE)


def _contact(fields: Values) -> Person | None:
    name, email, phone = (_text(fields.get(f"contact_{part}")) for part in ("name", "email", "phone"))
    return Person(name, email, phone) if name or email or phone else None


def _text(value: Value) -> str | None:
    return str(value) if value not in (None, "", []) else None

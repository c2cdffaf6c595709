"""Close's deliveries to hints. No I/O; whether a delivery is genuine is decided in signature.py.

Facts: docs/connectors/close.md#webhooks
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.base import Delivery
from connectors.close.activities import deal_in
from connectors.close.actors import Ours
from connectors.close.events import DEAL, Event
from connectors.close.fields import CUSTOM, STANDARD, resolve
from connectors.close.values import Field, text_of
from connectors.errors import Rejected, Unreadable
from mapping.model import UNKNOWN_ACTOR, Actor, Hint, HintKind

TASK = "task.lead"
KINDS = {"created": HintKind.CREATED, "updated": HintKind.CHANGED, "deleted": HintKind.DELETED}
TASK_ACTIONS = frozenset({"completed", "updated", "deleted"})

OWN_NAMES = {"status_id": "stage", "pipeline_id": "stage", "user_id": "owner"}
ABOUT_PEOPLE = frozenset({"lead_id", "contact_id"})

_FIELD_ID = re.compile(r"[a-z]{0,3}cf_\w+", re.ASCII)  # older fields have a letter before


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    event: Event


@dataclass(frozen=True, slots=True)
class Names:
    """Raw field -> conveyor field, as far as that is known without a call."""

    by_key: Mapping[str, str]
    is_whole: bool  # False while a mapping names custom fields by labels that we have not looked up yet

    def of(self, key: str) -> str | None:
        """The conveyor field that a raw one is mapped to."""
        return OWN_NAMES.get(key) or self.by_key.get(key)

    def matters(self, key: str) -> bool:
        """Whether a change of a raw field may concern us."""
        unsure = not self.is_whole and key.startswith(CUSTOM)
        return unsure or key in ABOUT_PEOPLE or self.of(key) is not None


def names(mapped: Mapping[str, str], custom: tuple[Field, ...] | None) -> Names:
    """The names for a mapping; without the account's custom fields, those that are mapped by their id."""
    fields: dict[str, Field] = {name: each for name, each in STANDARD.items() if name not in mapped}
    is_whole = True
    for name, asked in mapped.items():
        try:
            fields |= resolve(custom if custom is not None else _as_given(asked), {name: asked})
        except Rejected:
            is_whole = False
    return Names({field.key: name for name, field in fields.items() if field.key}, is_whole)


def _as_given(asked: str) -> tuple[Field, ...]:
    id = asked.removeprefix(CUSTOM)
    return (Field(CUSTOM + id, id, id, "text"),) if _FIELD_ID.fullmatch(id) else ()


def parse(delivery: Delivery, names: Names, ours: Ours) -> list[Hint]:
    """The hints of a delivery; events of other objects, and of fields that nobody mapped, give none."""
    try:
        event = _Payload.model_validate_json(delivery.body).event
    except ValidationError as error:
        raise Unreadable(f"The delivery is no event of Close ({error.error_count()} faults).") from None
    if event.object_type == TASK:
        return list(_task(event, ours))
    kind = KINDS.get(event.action)
    if event.object_type != DEAL or kind is None:
        return []
    if kind is not HintKind.CHANGED:
        return [_hint(event, event.object_id, kind, ours)]
    return list(_changes(event, names, ours))


def _changes(event: Event, names: Names, ours: Ours) -> Iterator[Hint]:
    """A hint for each field of ours that changed; one without a field if none of them is told."""
    if not event.changed_fields:
        yield _hint(event, event.object_id, HintKind.CHANGED, ours)
        return
    matter = [key for key in event.changed_fields if names.matters(key)]
    for field in dict.fromkeys(names.of(key) for key in matter):
        yield _hint(event, event.object_id, HintKind.CHANGED, ours, field, _value(event, names, field))


def _value(event: Event, names: Names, field: str | None) -> str | None:
    keys = [key for key in event.changed_fields or () if names.of(key) == field]
    key = "status_id" if field == "stage" else next(iter(keys), "")
    raw = (event.data or {}).get(key) if field else None
    return None if raw is None or isinstance(raw, dict | list) else str(raw)


def _task(event: Event, ours: Ours) -> Iterator[Hint]:
    """A task of ours says in its text which deal it is about; others are nobody's business."""
    shown = event.data or event.previous_data or {}
    deal_id = deal_in(text_of(shown.get("text")))
    if deal_id is not None and event.action in TASK_ACTIONS:
        yield _hint(event, deal_id, HintKind.TASK, ours)


def _hint(
    event: Event,
    deal_id: str,
    kind: HintKind,
    ours: Ours,
    field: str | None = None,
    value: str | None = None,
) -> Hint:
    # An event that took in later changes comes under the same id with a later time, and is no double.
    moment = event.at.isoformat() if event.at else ""
    return Hint(
        deal_id,
        kind,
        source_id=f"{moment} {event.id} {field or ''}".strip(),
        occurred_at=event.shown_at or event.at,
        actor=_actor(event, ours),
        field=field,
        value=value,
    )


def _actor(event: Event, ours: Ours) -> Actor:
    """Who did it; nobody in particular where several changes, perhaps of several people, came as one."""
    if event.action == "updated" and event.is_several:
        return UNKNOWN_ACTOR
    return ours.by_event(event.authorship())

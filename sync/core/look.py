"""What to ask the CRM for first, so that one look is mostly enough. Pure; only a guess that saves calls."""

from __future__ import annotations

from collections.abc import Iterable

from mapping.conditions import fields_of
from mapping.model import PEOPLE_FIELDS, UNKNOWN_ACTOR, Aspect, Deal, Event, EventKind, Link
from mapping.ruleset import Ruleset

_HISTORY = frozenset({Aspect.HISTORY})


def first_look(deal: Deal, link: Link, events: Iterable[Event], rules: Ruleset) -> frozenset[Aspect]:
    """The aspects that the decision will probably depend on."""
    aspects: set[Aspect] = {Aspect.TASKS} if link.tasks else set()
    for event in events:
        if event.connection == link.connection:
            aspects |= _for_event(deal, link, event, rules)
    return frozenset(aspects)


def _for_event(deal: Deal, link: Link, event: Event, rules: Ruleset) -> frozenset[Aspect]:
    if event.kind is not EventKind.WEBHOOK or event.hint is None:
        return frozenset()
    hint = event.hint
    if not deal.placed or (hint.field is None and hint.actor == UNKNOWN_ACTOR):
        return _HISTORY
    if hint.field != "stage":
        return frozenset()
    section = _section_of(link.connection, hint.value, rules)
    if section == deal.section:
        return frozenset() if hint.actor != UNKNOWN_ACTOR else _HISTORY
    return _HISTORY | (frozenset({Aspect.PEOPLE}) if _asks_for_people(deal, section, rules) else frozenset())


def _section_of(connection: str, stage_id: str | None, rules: Ruleset) -> str | None:
    mapping = rules.mappings.get(connection)
    means = [s.means for p in mapping.pipelines for s in p.stages if s.id == stage_id] if mapping else []
    stage = rules.conveyor.stages.get(means[0] or "") if means else None
    return stage.section if stage else None


def _asks_for_people(deal: Deal, section: str | None, rules: Ruleset) -> bool:
    rule = rules.conveyor.handoff(deal.section or "", section or "")
    conditions = rule.requires + rule.unless if rule else ()
    return any(fields_of(condition) & PEOPLE_FIELDS for condition in conditions)

"""Opening a customer's next deal on the line, linked to this one by the journey: after winning, and for growth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from mapping.model import PEOPLE_FIELDS, Aspect, Deal, DealStatus, Handoff, HandoffStatus, Link, Values
from mapping.phrases import in_language
from mapping.ruleset import Assign, HandoffRule, Ruleset, Section, Stage
from mapping.translate import to_remote
from sync.core import words
from sync.core.assign import Choice, choose
from sync.core.case import Opening
from sync.core.draft import Draft, short_hash, standing
from sync.core.handoff import deadline
from sync.core.words import choosing, reasons, story

_ALWAYS = frozenset({"title", "currency"}) | PEOPLE_FIELDS
"""What the next deal of a customer is known by."""


_ASK_AGAIN_AFTER = timedelta(hours=1)
"""Growth has months: whether somebody can take the next deal is asked at leisure."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next deal begins."""

    connection: str
    stage: Stage


def next_place(rules: Ruleset, section: Section, home: str) -> Place | None:
    """The first open stage of a section that some CRM has: the section's own, else the deal's, else any."""
    names = [section.crm] if section.crm else [home, *rules.mappings]
    return next((place for name in names for place in _places(rules, name, section.stages)), None)


def place_of_stage(rules: Ruleset, stage: Stage, home: str) -> Place | None:
    """Where a deal on this stage can be opened."""
    section = rules.conveyor.section_by_name[stage.section]
    names = [section.crm] if section.crm else [home, *rules.mappings]
    return next((place for name in names for place in _places(rules, name, (stage,))), None)


def _places(rules: Ruleset, connection: str, stages: Iterable[Stage]) -> list[Place]:
    mapping = rules.mappings.get(connection)
    if mapping is None:
        return []
    writable = (stage for stage in stages if stage.status == "open" and to_remote(mapping, stage.name, None))
    return [Place(connection, stage) for stage in writable]


def open_for_handoff(draft: Draft, rule: HandoffRule, place: Place, defects: tuple[str, ...]) -> None:
    """Winning opens the customer's next deal, and hands that one over; the won deal stays as it is."""
    key = f"won:{rule.name}"
    if not _may_open(draft, key):
        return
    choice = choose(draft, rule.assign, place.connection, None)
    if draft.needs:
        return
    deal = _next_deal(draft, key, place, choice.member, (*rule.carry,), reasons.was_won(rule.name))
    handoff = _handoff(draft, rule, deal, choice, defects)
    _open(draft, key, deal, handoff)
    draft.say(
        "handoff_offered" if choice.member else "handoff_waiting",
        story.goes_on(deal, handoff, draft.rules),
        place=rule.place,
        data={
            "handoff": handoff.id,
            "considered": choosing.considered(choice.candidates),
            **_opened(deal),
        },
    )


def open_for_growth(draft: Draft, key: str, place: Place, because: str) -> None:
    """What makes a customer come again: the next deal, for whoever has the customer."""
    if not _may_open(draft, key):
        return
    section = draft.rules.conveyor.section_by_name[place.stage.section]
    assign = Assign(to=section.roles[0], by="same_as_before", otherwise="round_robin")
    choice = choose(draft, assign, place.connection, _present_owner(draft, section))
    if draft.needs:
        return
    if choice.member is None:
        draft.look_at(draft.now + _ASK_AGAIN_AFTER)  # a deal that nobody has would be nobody's work
        return
    deal = _next_deal(draft, key, place, choice.member, (), because)
    _open(draft, key, deal, None)
    draft.say("growth", story.opened(place.stage.title, place.connection, because), data=_opened(deal))


def _may_open(draft: Draft, key: str) -> bool:
    """Once only; and the contact and company go along, so they are read first."""
    if key in draft.deal.opened:
        return False
    link = draft.links.get(draft.deal.home)
    can_be_read = link is not None and link.remote_id is not None and not link.gone
    if can_be_read and not draft.knows(Aspect.PEOPLE):
        draft.need(Aspect.PEOPLE)
    return not draft.needs


def _present_owner(draft: Draft, section: Section) -> str | None:
    """The owner of the deal, if they work in the section where the next one begins."""
    member = draft.rules.team.get(draft.deal.owner or "")
    return member.email if member and set(member.roles) & set(section.roles) else None


def _next_deal(
    draft: Draft, key: str, place: Place, owner: str | None, carry: tuple[str, ...], because: str
) -> Deal:
    deal, now = draft.deal, draft.now
    fields = {n: v for n, v in deal.fields.items() if n in _ALWAYS | set(carry) and v not in (None, "")}
    title = in_language(words.title_of(deal), draft.rules.conveyor.language)
    fields["title"] = f"{title} - {place.stage.title}"
    name = short_hash(deal.id, key) + short_hash(key, deal.id)
    return Deal(
        id=name,
        journey=deal.journey,
        home=place.connection,
        status=DealStatus.OPEN,
        section=place.stage.section,
        stage=place.stage.name,
        owner=owner,
        fields=fields,
        placed=True,
        stage_since=now,
        created_at=now,
        updated_at=now,
        visit=short_hash(name, place.stage.name, now.isoformat()),
        active_at=now,
        because=because,
    )


def _handoff(
    draft: Draft, rule: HandoffRule, deal: Deal, choice: Choice, defects: tuple[str, ...]
) -> Handoff:
    return Handoff(
        id=short_hash(deal.id, rule.name),
        deal_id=deal.id,
        rule=rule.name,
        file=rule.place.file,
        line=rule.place.line,
        from_section=rule.from_section,
        to_section=rule.to_section,
        from_stage=deal.stage or "",  # it begins here: a return gives it back, but moves nothing
        from_member=draft.deal.owner,
        to_member=choice.member,
        status=HandoffStatus.PENDING if choice.member else HandoffStatus.WAITING,
        offered_at=draft.now,
        since=draft.now,
        due_at=deadline(draft, rule, choice.member, draft.now) if choice.member else None,
        reason=choice.reason,
        defects=defects,
        candidates=choice.candidates,
    )


def _opened(deal: Deal) -> Values:
    """For the ledger, which has no line of its own for a deal that begins."""
    return {"opened": deal.id, "to": deal.stage, **standing(deal)}


def _open(draft: Draft, key: str, deal: Deal, handoff: Handoff | None) -> None:
    draft.set_deal(opened=(*draft.deal.opened, key))
    draft.openings.append(Opening(deal, Link(deal.home, None, deal.id), handoff))

"""Putting a deal on the line: where its CRM stage says it stands, without judging how it got there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mapping.model import ActorKind, Aspect, Deal, DealStatus, EventKind, Record
from mapping.ruleset import ConnectionMapping, Ruleset, Stage
from mapping.translate import Meaning, to_canonical
from sync.core import words
from sync.core.correct import Violation, tell
from sync.core.draft import Draft
from sync.core.merge import JUDGED, WRITE_BACK

_PARKED = {"unmapped": DealStatus.UNMAPPED, "ignored": DealStatus.IGNORED}


def placed(
    deal: Deal, meaning: Meaning, rules: Ruleset, *, owner: str | None, since: datetime | None
) -> Deal:
    """The deal where the CRM stage means it to stand; parked where it means nothing."""
    if meaning.stage is None:
        return replace(deal, status=_PARKED[meaning.kind], owner=owner)
    stage = rules.conveyor.stages[meaning.stage]
    return replace(
        deal,
        status=DealStatus(stage.status),
        section=section_entered(deal, stage),
        stage=stage.name,
        stage_since=since,
        owner=owner,
        placed=True,
    )


def section_entered(deal: Deal, stage: Stage) -> str:
    """The section a deal stands in on a stage: a lost deal stays in the section where it was."""
    return deal.section if stage.status == "lost" and deal.section else stage.section


def first_sight(
    deal: Deal,
    record: Record,
    mapping: ConnectionMapping,
    rules: Ruleset,
    *,
    owner: str | None,
    now: datetime,
) -> Deal:
    """Place a deal found by a backfill as it is: no judgement, no hand-off, no task for the past."""
    fields = {n: v for n, v in record.values.items() if n not in JUDGED and not n.startswith(WRITE_BACK)}
    found = replace(deal, fields=fields, created_at=record.created_at, updated_at=now)
    meaning = to_canonical(mapping, record.values.get("stage"))
    return placed(found, meaning, rules, owner=owner, since=record.modified_at or now)


def place_first(draft: Draft) -> bool:
    """Place a deal that was never on the line; True if moves since its creation remain to be judged."""
    record = draft.home
    if record is None or draft.mapping is None:
        return False
    is_new = _is_new(draft, record)
    if is_new and not draft.knows(Aspect.HISTORY):
        draft.need(Aspect.HISTORY)
        return False
    start = record.moves[0].stage if is_new and record.moves else record.values.get("stage")
    owner = draft.owner_of(record.values.get("owner"))
    meaning = to_canonical(draft.mapping, start)
    draft.set_deal(created_at=record.created_at or draft.deal.created_at)
    park_or_place(draft, meaning, owner=owner, since=record.modified_at or draft.now)
    if is_new and draft.deal.placed:
        _judge_start(draft, record)
    return is_new and draft.deal.placed and start != record.values.get("stage")


def park_or_place(draft: Draft, meaning: Meaning, *, owner: str | None, since: datetime | None) -> None:
    """Place the deal, and say so once when it becomes parked or stands on the line."""
    before = draft.deal
    draft.set_deal(**_changes(placed(before, meaning, draft.rules, owner=owner, since=since)))
    after = draft.deal
    if after.status is DealStatus.UNMAPPED and (before.status is not after.status or not before.updated_at):
        stage = draft.home.values.get("stage") if draft.home else None
        draft.say(
            "unmapped",
            f"The stage {' / '.join(stage) if isinstance(stage, list) else 'none'} of {draft.deal.home} is "
            "mapped nowhere; the deal is parked and nothing is written until its mapping says what it means.",
            place=draft.mapping.place if draft.mapping else None,
        )
    elif after.stage != before.stage and after.status not in _PARKED.values():
        draft.say("placed", f"Placed on {words.stage_title(after.stage, draft.rules)}.")


def _changes(deal: Deal) -> dict[str, object]:
    names = ("status", "section", "stage", "stage_since", "owner", "placed")
    return {name: getattr(deal, name) for name in names}


def _is_new(draft: Draft, record: Record) -> bool:
    """Whether the deal was created while the conveyor was watching, so that its way is judged."""
    since = draft.case.since.get(draft.deal.home)
    kinds = {event.kind for event in draft.case.events}
    if since is None or record.created_at is None or not kinds - {EventKind.BACKFILL, EventKind.CONFIG}:
        return False
    return record.created_at > since


def _judge_start(draft: Draft, record: Record) -> None:
    """A new deal may start in any section whose role its creator holds; else it is told, never moved."""
    creator = draft.member(record.created_by)
    section = draft.rules.conveyor.section_by_name.get(draft.deal.section or "")
    if creator is None or section is None or record.created_by.kind is not ActorKind.PERSON:
        return
    member = draft.rules.team[creator]
    if set(member.roles) & set(section.roles) or draft.rules.may_move_anywhere(creator):
        return
    reason = (
        f"{member.name} created this deal in {section.title}, where only "
        f"{words.roles(section.roles, draft.rules)} start deals"
    )
    mode = draft.rules.conveyor.mode_of(stage=draft.deal.stage)
    tell(draft, Violation("start", section.name, section.title, section.place, mode, (reason,)), creator)

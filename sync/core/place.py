"""Putting a deal on the line: where its CRM stage says it stands, without judging how it got there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mapping.model import ActorKind, Aspect, Deal, DealStatus, EventKind, Record
from mapping.ruleset import ConnectionMapping, Ruleset, Stage
from mapping.translate import Meaning, to_canonical
from sync.core.correct import Violation, tell
from sync.core.draft import Draft, short_hash, standing
from sync.core.merge import JUDGED, WRITE_BACK
from sync.core.words import reasons, story

_PARKED = {"unmapped": DealStatus.UNMAPPED, "ignored": DealStatus.IGNORED}


def _standing(
    meaning: Meaning, rules: Ruleset, *, section: str | None, owner: str | None, since: datetime | None
) -> dict[str, Any]:
    """What becomes of a deal where the CRM stage means it to stand; parked where it means nothing."""
    if meaning.stage is None:
        return {"status": _PARKED[meaning.kind], "owner": owner}
    stage = rules.conveyor.stages[meaning.stage]
    return {
        "status": DealStatus(stage.status),
        "section": _section_entered(section, stage),
        "stage": stage.name,
        "stage_since": since,
        "owner": owner,
        "placed": True,
    }


def _section_entered(section: str | None, stage: Stage) -> str:
    """The section a deal stands in on a stage: a lost deal stays in the section where it was."""
    return section if stage.status == "lost" and section else stage.section


def first_sight(
    deal_id: str,
    record: Record,
    mapping: ConnectionMapping,
    rules: Ruleset,
    *,
    owner: str | None,
    now: datetime,
) -> Deal:
    """Place a deal found by a backfill as it is: no judgement, no hand-off, no task for the past."""
    values = record.values
    meaning = to_canonical(mapping, values.get("stage"))
    return Deal(
        id=deal_id,
        journey=deal_id,
        home=record.ref.connection,
        fields={n: v for n, v in values.items() if n not in JUDGED and not n.startswith(WRITE_BACK)},
        created_at=record.created_at,
        updated_at=now,
        **_standing(meaning, rules, section=None, owner=owner, since=record.modified_at or now),
    )


def place_first(draft: Draft) -> list[str] | None:
    """Place a deal that was never on the line; returns where it started, if moves since remain to be judged."""
    record = draft.record
    if record is None or draft.mapping is None:
        return None
    is_new = _is_new(draft, record)
    if is_new and not draft.knows(Aspect.HISTORY):
        draft.need(Aspect.HISTORY)
        return None
    stands = record.values.get("stage")
    start = _start(draft.mapping, record) if is_new else None
    owner = draft.owner_of(record.values.get("owner"))
    meaning = to_canonical(draft.mapping, start or stands)
    draft.set_deal(created_at=record.created_at or draft.deal.created_at)
    park_or_place(draft, meaning, owner=owner, since=record.modified_at or draft.now)
    if is_new and draft.deal.placed:
        visit = short_hash(draft.deal.id, draft.deal.stage, draft.now.isoformat())
        draft.set_deal(visit=visit, active_at=draft.now)
    if is_new and draft.deal.placed and (not record.moves or record.moves[0].stage == start):
        _judge_start(draft, record)
    return start if start != stands else None


def _start(mapping: ConnectionMapping, record: Record) -> list[str] | None:
    """Where a new deal first stood on the line; stages that mean nothing are not on it."""
    return next((move.stage for move in record.moves if to_canonical(mapping, move.stage).stage), None)


def park_or_place(draft: Draft, meaning: Meaning, *, owner: str | None, since: datetime | None) -> None:
    """Place the deal; say so when it stands on the line, and once for a stage that is mapped nowhere."""
    before = draft.deal
    draft.set_deal(**_standing(meaning, draft.rules, section=before.section, owner=owner, since=since))
    after = draft.deal
    is_news = draft.merged.stage is not None or before.status is not after.status
    if after.status is DealStatus.UNMAPPED and is_news:
        stage = draft.record.values.get("stage") if draft.record else None
        draft.say(
            "unmapped",
            story.unmapped(stage if isinstance(stage, list) else None, draft.deal.home),
            place=draft.mapping.place if draft.mapping else None,
        )
    elif after.stage != before.stage and after.status not in _PARKED.values():
        draft.say(
            "placed",
            story.placed(after.stage, draft.rules),
            data={"to": after.stage, **standing(draft.deal)},
        )


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
    reason = reasons.not_their_start(member.name, section.title, section.roles, draft.rules)
    mode = draft.rules.conveyor.mode_of(stage=draft.deal.stage)
    tell(draft, Violation("start", section.name, section.title, section.place, mode, (reason,)), creator)

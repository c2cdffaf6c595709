"""The line as it is drawn: sections, stages with their numbers, and on each its first deals as cards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TypedDict

from sqlalchemy import Connection

from mapping.model import Deal, DealStatus, Handoff, HandoffStatus
from mapping.ruleset import Conveyor, Ruleset, Stage
from mapping.working_time import add
from store import deals, handoffs, line, links
from store.line import StageFigures, Wanted
from sync.access.sight import Sight
from sync.runtime import Runtime
from sync.views.names import home_link, iso, ref

CARDS_PER_STAGE = 6
DEALS_PER_PAGE = 50

_OPEN = (HandoffStatus.WAITING, HandoffStatus.PENDING)


class CardView(TypedDict):
    """One deal as a card. `state` says what it waits for: `waiting` and `offered` are its hand-off, `silent` that
    nobody did anything for too long, and `silent_since` says since when; `due_at` is by when."""

    deal: str
    title: str | None
    section: str | None
    stage: str | None
    status: str
    owner: str | None
    amount: str | None
    currency: str | None
    stage_since: str | None
    state: str | None
    due_at: str | None
    silent_since: str | None
    late: bool


class StageView(TypedDict):
    """One stage with its numbers."""

    name: str
    title: str
    status: str
    deals: int
    late: int
    money: dict[str, Decimal]
    cards: list[CardView]


class SectionView(TypedDict):
    """One section of the line."""

    name: str
    title: str
    deals: int
    stages: list[StageView]


class LineView(TypedDict):
    """The line as one viewer sees it; `parked` deals stand on a CRM stage that is mapped nowhere."""

    deals: int
    late: int
    parked: int
    sections: list[SectionView]
    owners: list[str]


class PageView(TypedDict):
    """A page of deals, and whether more follow."""

    cards: list[CardView]
    more: bool


def read(runtime: Runtime, sight: Sight, wanted: Wanted) -> LineView:
    """The line under a filter. Raises `NotConfigured`, `Unavailable`."""
    rules, now, shown = runtime.rules.get(), runtime.now(), sight.deals()
    with runtime.store.read() as tx:
        counted = line.figures(tx, shown, wanted, now)
        first = line.first_of_stages(tx, shown, wanted, now, CARDS_PER_STAGE)
        cards = _cards(tx, rules, first, now)
        owners = line.owners(tx, shown)
    sections = _sections(rules.conveyor, sight, counted, cards)
    on_the_line = [stage for section in sections for stage in section["stages"]]
    return LineView(
        deals=sum(stage["deals"] for stage in on_the_line),
        late=sum(stage["late"] for stage in on_the_line),
        parked=sum(each.deals for each in counted if each.status is DealStatus.UNMAPPED),
        sections=sections,
        owners=owners,
    )


def page(runtime: Runtime, sight: Sight, wanted: Wanted, number: int) -> PageView:
    """One page of the deals behind a filter; the first is 1. Raises `NotConfigured`, `Unavailable`."""
    rules, now = runtime.rules.get(), runtime.now()
    skip = (number - 1) * DEALS_PER_PAGE
    with runtime.store.read() as tx:
        ids = line.page(tx, sight.deals(), wanted, now, skip=skip, most=DEALS_PER_PAGE + 1)
        cards = _cards(tx, rules, ids[:DEALS_PER_PAGE], now)
    return PageView(cards=cards, more=len(ids) > DEALS_PER_PAGE)


def _sections(
    conveyor: Conveyor, sight: Sight, counted: Iterable[StageFigures], cards: Iterable[CardView]
) -> list[SectionView]:
    """The sections that are the viewer's; what stands on a stage that the rules no longer have is not drawn."""
    numbers = {(each.section, each.stage): each for each in _merged(counted)}
    own: dict[tuple[str | None, str | None], list[CardView]] = {}
    for card in cards:
        own.setdefault((card["section"], card["stage"]), []).append(card)
    found = []
    for section in conveyor.sections:
        if sight.sections is None or section.name in sight.sections:
            places = [(stage, (section.name, stage.name)) for stage in section.stages]
            stages = [_stage(stage, numbers.get(place), own.get(place, [])) for stage, place in places]
            whole = sum(stage["deals"] for stage in stages)
            found.append(SectionView(name=section.name, title=section.title, deals=whole, stages=stages))
    return found


def _stage(stage: Stage, figures: StageFigures | None, cards: list[CardView]) -> StageView:
    return StageView(
        name=stage.name,
        title=stage.title,
        status=stage.status,
        deals=figures.deals if figures else 0,
        late=figures.late if figures else 0,
        money=dict(figures.money) if figures else {},
        cards=cards,
    )


def _merged(counted: Iterable[StageFigures]) -> Iterable[StageFigures]:
    """One for each stage, whatever the status of its deals; parked ones stand nowhere."""
    found: dict[tuple[str | None, str | None], StageFigures] = {}
    for each in counted:
        if each.status is DealStatus.UNMAPPED:
            continue
        before = found.get((each.section, each.stage))
        found[each.section, each.stage] = each if before is None else _together(before, each)
    return found.values()


def _together(one: StageFigures, other: StageFigures) -> StageFigures:
    currencies = {**one.money, **other.money}
    money = {name: one.money.get(name, Decimal(0)) + other.money.get(name, Decimal(0)) for name in currencies}
    return replace(one, deals=one.deals + other.deals, late=one.late + other.late, money=money)


def _cards(tx: Connection, rules: Ruleset, ids: Collection[str], now: datetime) -> list[CardView]:
    """The deals as cards, in the order of their ids."""
    found, tied, own = deals.load(tx, ids), links.load(tx, ids), handoffs.of_deals(tx, ids)
    cards = []
    for deal_id in ids:
        deal, link = found[deal_id], home_link(found[deal_id], tied[deal_id])
        name = ref(link) if link else f"{deal.home}:new"
        open_handoff = next((h for h in own.get(deal_id, ()) if h.status in _OPEN), None)
        cards.append(_card(rules, deal, name, _waits_for(rules, deal, open_handoff), now))
    return cards


@dataclass(frozen=True, slots=True)
class _Wait:
    """What a deal waits for, by when, and since when nobody did anything."""

    state: str | None = None
    due_at: datetime | None = None
    silent_since: datetime | None = None


def _waits_for(rules: Ruleset, deal: Deal, handoff: Handoff | None) -> _Wait:
    if handoff is not None:
        state = "waiting" if handoff.status is HandoffStatus.WAITING else "offered"
        return _Wait(state, handoff.due_at)
    stage = rules.conveyor.stages.get(deal.stage or "")
    if stage is None or stage.follow_up_after is None or deal.active_at is None:
        return _Wait()
    if deal.status is not DealStatus.OPEN:
        return _Wait()
    since = max(deal.active_at, deal.stage_since or deal.active_at)
    over = add(since, stage.follow_up_after, *rules.working_time(deal.owner))
    return _Wait("silent", over, since)


def _card(rules: Ruleset, deal: Deal, name: str, waits: _Wait, now: datetime) -> CardView:
    late = waits.due_at is not None and waits.due_at < now
    fields: Mapping[str, object] = deal.fields
    return CardView(
        deal=name,
        title=_text(fields.get("title")),
        section=deal.section,
        stage=deal.stage,
        status=deal.status.value,
        owner=deal.owner,
        amount=_text(fields.get("amount")),
        currency=_text(fields.get("currency")),
        stage_since=iso(deal.stage_since),
        state=waits.state if late or waits.state != "silent" else None,
        due_at=iso(waits.due_at),
        silent_since=iso(waits.silent_since),
        late=late and waits.state != "silent",
    )


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)

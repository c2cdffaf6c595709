"""What guards the whole line taken out, one at a time, where the code keeps it: what the simulation must notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from mapping.model import EventKind, Handoff
from mapping.phrases import Phrase
from mapping.ruleset import HandoffRule
from store import inbox
from store.inbox import NewEvent
from sync import rollout
from sync.core import (
    accept,
    case,
    deadlines,
    giving_back,
    handoff,
    judge,
    merge,
    opening,
    ownership,
    plan,
    taking,
    told,
    twins,
    walk,
)
from sync.core.draft import Draft, short_hash
from sync.core.silence import follow_up
from sync.drain import observe

from . import crm

Patch = pytest.MonkeyPatch
Mutation = Callable[[Patch], None]


# Twins and journeys


def twins_do_not_follow(patch: Patch) -> None:
    """The records that a deal left behind stay where they are."""
    real = plan.stage_change
    patch.setattr(
        plan,
        "stage_change",
        lambda draft, link: real(draft, link) if link.connection == draft.deal.home else (),
    )


def twins_are_put_back_in_silence(patch: Patch) -> None:
    """Whoever moves one is not told, and nobody counts it."""
    patch.setattr(judge, "keep_twins_in_step", lambda draft: None)


def fields_of_twins_are_left_alone(patch: Patch) -> None:
    """What people write on a twin stays there."""
    patch.setattr(merge, "_from_twin", lambda *args: frozenset())


def next_deals_begin_a_journey_of_their_own(patch: Patch) -> None:
    """The customer's next deal is not tied to the one that was won."""
    real = opening._next_deal

    def alone(*args: Any) -> Any:
        deal = real(*args)
        return replace(deal, journey=deal.id)

    patch.setattr(opening, "_next_deal", alone)


def what_was_opened_is_opened_again(patch: Patch) -> None:
    """Winning and growth do not look whether they did it before; once more is enough to see it."""
    real = opening._may_open

    def forgetful(draft: Draft, key: str) -> bool:
        opened = draft.deal.opened
        draft.set_deal(opened=())
        may = real(draft, key)
        draft.set_deal(opened=opened)
        return may and opened.count(key) < 2

    patch.setattr(opening, "_may_open", forgetful)


# Time


def timers_are_not_kept(patch: Patch) -> None:
    """A deal is looked at when something happens to it, and never else."""
    patch.setattr(inbox, "schedule", lambda *args: None)


def timers_add_up(patch: Patch) -> None:
    """A new timer does not take the place of the old one."""

    def another(tx: Connection, deal_id: str, due_at: datetime, now: datetime) -> None:
        inbox.add(tx, [NewEvent(EventKind.TIMER, deal_id, due_at=due_at)], now)

    patch.setattr(inbox, "schedule", another)


def new_rules_do_not_move_the_clock(patch: Patch) -> None:
    """Deals are not looked at when working hours and deadlines change."""
    patch.setattr(rollout, "_events", lambda *args: iter(()))


def deadlines_stay_as_they_were(patch: Patch) -> None:
    """A deadline keeps the moment that it had when the hand-off was offered."""
    patch.setattr(deadlines, "_by_todays_rules", lambda draft, handoff, rule: handoff)


def a_silence_is_told_again_and_again(patch: Patch) -> None:
    """A follow-up has a key for each look instead of one for each silence."""

    def anew(draft: Draft) -> tuple[str, datetime] | None:
        found = follow_up(draft)
        return found and (f"follow_up:{short_hash(draft.deal.id, draft.now.date().isoformat())}", found[1])

    patch.setattr(told, "follow_up", anew)


def late_steps_are_not_counted(patch: Patch) -> None:
    """The ladder begins with its first step each time."""
    real = handoff.pass_on

    def forgetful(draft: Draft, late: Handoff, rule: HandoffRule) -> bool:
        return real(draft, replace(late, late_steps=0), rule)

    patch.setattr(deadlines, "pass_on", forgetful)


def a_missed_deadline_does_not_begin_anew(patch: Patch) -> None:
    """The next step of the ladder follows at once."""

    def stays(draft: Draft, late: Handoff, rule: HandoffRule, what: Phrase) -> None:
        draft.save(late)
        deadlines._say(draft, late, rule, what)

    patch.setattr(deadlines, "_start_again", stays)


# Hand-offs and owners


def tasks_are_not_read_back(patch: Patch) -> None:
    """Nobody accepts by completing the task."""
    patch.setattr(accept, "_task_done", lambda draft, pending: False)


def tasks_stay_when_their_reason_is_gone(patch: Patch) -> None:
    """Nobody's dead tasks are closed."""
    patch.setattr(plan, "_closed", lambda link, here, said: iter(()))


def deleted_deals_go_on_waiting(patch: Patch) -> None:
    """A hand-off stays open when the deal is gone."""
    patch.setattr(handoff, "close_for_deleted", lambda draft: None)


def anybody_may_own_a_deal(patch: Patch) -> None:
    """The role of an owner is not looked at."""
    patch.setattr(ownership, "fits", lambda draft, owner: True)


def the_breaker_never_trips(patch: Patch) -> None:
    """The conveyor fights for as long as people do."""
    for module in (deadlines, giving_back, handoff, ownership, taking, twins, walk):
        patch.setattr(module, "may_still_move", lambda draft: True)


# Writes and records


def no_intent_is_written(patch: Patch) -> None:
    """Attempts without a receipt are not recognised."""
    patch.setattr(case.OpenWrite, "intended", property(lambda self: {}))


def creates_do_not_look_up_their_key(patch: Patch) -> None:
    """A create that is repeated makes a second deal."""
    patch.setattr(crm, "looks_up_by_key", lambda: False)


def writes_do_not_mind_unseen_changes(patch: Patch) -> None:
    """A person's edit between our read and our write is overwritten."""
    patch.setattr(crm, "conflicts", lambda current, body: False)


def strays_are_not_adopted_when_seen(patch: Patch) -> None:
    """A record that carries a deal's key becomes another deal."""
    patch.setattr(observe, "stray", lambda deal, link, record: None)


MUTATIONS: Mapping[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        twins_do_not_follow,
        twins_are_put_back_in_silence,
        fields_of_twins_are_left_alone,
        next_deals_begin_a_journey_of_their_own,
        what_was_opened_is_opened_again,
        timers_are_not_kept,
        timers_add_up,
        new_rules_do_not_move_the_clock,
        deadlines_stay_as_they_were,
        a_silence_is_told_again_and_again,
        late_steps_are_not_counted,
        a_missed_deadline_does_not_begin_anew,
        tasks_are_not_read_back,
        tasks_stay_when_their_reason_is_gone,
        deleted_deals_go_on_waiting,
        anybody_may_own_a_deal,
        the_breaker_never_trips,
        no_intent_is_written,
        creates_do_not_look_up_their_key,
        writes_do_not_mind_unseen_changes,
        strays_are_not_adopted_when_seen,
    )
}

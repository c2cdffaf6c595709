"""The playbook of a stage: its tasks, made once for each stay, and which required ones keep a deal there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mapping.model import Aspect, Deal, DealStatus
from mapping.ruleset import PlaybookTask
from mapping.working_time import add
from sync.core.draft import Draft

_MOST_TIMES = 3
"""A task that people delete again and again is not made any more."""


def tasks(draft: Draft) -> Iterator[tuple[str, PlaybookTask, datetime]]:
    """The tasks of the stage that the deal stands on, each with the key it is made under and when it is due."""
    deal = draft.deal
    if deal.status is DealStatus.LOST:
        return
    for key, task in _keyed(draft, deal):
        due = add(deal.stage_since or draft.now, task.due, *draft.rules.working_time(deal.owner))
        yield key, task, due


def undone(draft: Draft) -> tuple[str, ...]:
    """The required tasks that were made for this stay and are not done; the CRM is asked about open ones."""
    link = draft.links.get(draft.deal.home)
    if link is None or draft.deal.visit is None or draft.deal.visit != draft.case.deal.visit:
        return ()
    required = [(key, task) for key, task in _keyed(draft, draft.deal) if task.required]
    is_open = [task.task for key, task in required if key in link.tasks]
    if is_open and not draft.knows(Aspect.TASKS):
        draft.need(Aspect.TASKS)
        return ()
    made = draft.case.known_keys - {write.write.key for write in draft.case.writes}
    deleted = [task.task for key, task in required if _times_lost(link.lost, key) and key not in made]
    return (*is_open, *deleted)


def _keyed(draft: Draft, deal: Deal) -> Iterator[tuple[str, PlaybookTask]]:
    stage = draft.rules.conveyor.stages.get(deal.stage or "")
    link = draft.links.get(deal.home)
    if stage is None or link is None or deal.visit is None:
        return
    for number, task in enumerate(stage.playbook, start=1):
        name = f"playbook:{deal.visit}:{number}"
        times = _times_lost(link.lost, name)
        if times < _MOST_TIMES:
            yield (f"{name}:{times + 1}" if times else name), task


def _times_lost(lost: tuple[str, ...], key: str) -> int:
    """How often people deleted a task: it is made again then, for the way out asks for it."""
    name = ":".join(key.split(":")[:3])
    return sum(":".join(each.split(":")[:3]) == name for each in lost)

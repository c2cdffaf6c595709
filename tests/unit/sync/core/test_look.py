"""What is asked for at the first look: enough for most decisions, and no call that none depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mapping.model import UNKNOWN_ACTOR, Actor, Aspect, Deal, Event, EventKind, Hint, Link
from sync.core.look import first_look

from .building import OLENA, person, standing
from .line import house

RULES = house()
HISTORY, PEOPLE, TASKS = Aspect.HISTORY, Aspect.PEOPLE, Aspect.TASKS
BY = person(OLENA)


def hinted(field: str | None, value: str | None = None, actor: Actor = BY) -> Event:
    return Event(1, EventKind.WEBHOOK, "crm", "1", Hint("1", field=field, value=value, actor=actor))


@pytest.mark.parametrize(
    ("event", "aspects"),
    [
        (hinted("stage", "PROSPECTING"), set()),
        (hinted("stage", "PROSPECTING", UNKNOWN_ACTOR), {HISTORY}),
        (hinted("stage", "MEETING"), {HISTORY, PEOPLE}),
        (hinted("stage", "ONBOARDING"), {HISTORY}),
        (hinted("stage", "ODD"), {HISTORY}),
        (hinted("amount", "5"), set()),
        (hinted("owner", "a-petar"), set()),
        (hinted(None), set()),
        (hinted(None, None, UNKNOWN_ACTOR), {HISTORY}),
        (Event(1, EventKind.POLL, "crm", "1"), set()),
        (Event(1, EventKind.LOOK, "crm", "1"), set()),
        (replace(hinted("stage", "MEETING"), connection="elsewhere"), set()),
    ],
)
def test_first_look(event: Event, aspects: set[Aspect]) -> None:
    case = standing(RULES)
    assert first_look(case.deal, case.links["crm"], [event], RULES) == aspects


def test_open_tasks_are_always_read() -> None:
    case = standing(RULES)
    link = replace(case.links["crm"], tasks={"key": "7"})
    assert first_look(case.deal, link, [], RULES) == {TASKS}


def test_the_way_of_a_deal_that_was_never_seen_is_read() -> None:
    assert first_look(Deal("d", "d", "crm"), Link("crm", "1", "d"), [hinted("amount", "5")], RULES) == {
        HISTORY
    }

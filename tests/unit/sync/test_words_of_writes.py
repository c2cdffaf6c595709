"""What came of writes, and what is still waited for, in every language and for every kind there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import get_args

import pytest

from mapping.file_types import Language
from mapping.model import (
    CloseTask,
    CreateDeal,
    CreateNote,
    CreateTask,
    EventKind,
    UpdateDeal,
    Write,
    WriteBody,
)
from mapping.phrases import Phrase, in_language
from store.outbox import State
from sync.drain import words as of_writes
from sync.views import words as of_waiting

AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BODIES: tuple[WriteBody, ...] = (
    UpdateDeal({}, {"stage": ["1", "2"], "owner": "3", "write_back.1": "4"}),
    CreateDeal("1", {}),
    CreateTask("", "", None, AT),
    CreateNote(""),
    CloseTask("1"),
)
KINDS = [body.kind for body in BODIES]
WAITING = ("pending", "scheduled", "held", "dead")


def sentences() -> list[Phrase]:
    done = [of_writes.done(Write("k", "d1", "1", "2", body)) for body in BODIES]
    not_done = [told("ні") for told in (of_writes.left_to_a_person, of_writes.refused, of_writes.overtaken)]
    events = [of_waiting.event_waits(state, kind, 1, None) for state in WAITING for kind in EventKind]
    states = (State.PENDING, State.SENDING, State.PARKED)
    writes = [of_waiting.write_waits(state, kind, "1", "Ні.") for state in states for kind in KINDS]
    return [*done, *not_done, *events, *writes]


def test_each_kind_has_its_words() -> None:
    assert {type(body) for body in BODIES} == set(get_args(WriteBody))
    assert len(set(sentences())) == len(BODIES) + 3 + len(WAITING) * len(EventKind) + 3 * len(KINDS)


@pytest.mark.parametrize("language", sorted(set(get_args(Language)) - {"en"}))
def test_each_is_said_in_each_language(language: str) -> None:
    for text in sentences():
        said = in_language(text, language)
        assert not re.search("[A-Za-z]{2}|[{}]", re.sub("write_back|CRM", "", said)), said


def test_what_was_written_is_called_as_people_call_it() -> None:
    written = of_writes.done(Write("k", "d1", "hubspot", "2", BODIES[0]))
    assert written == "Wrote owner, stage and write_back.1 to hubspot."
    assert of_waiting.event_waits("dead", "poll", 1, None) == "Given up after 1 attempt (poll)."
    assert of_waiting.event_waits("dead", "poll", 6, "No.") == "Given up after 6 attempts (poll). No."

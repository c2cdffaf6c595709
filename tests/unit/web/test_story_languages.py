"""The deal page tells its story in the language of its reader: what happened, why, and what it waits for."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from mapping.model import (
    Candidate,
    CreateNote,
    Deal,
    DealStatus,
    EventKind,
    Handoff,
    HandoffStatus,
    Link,
    Write,
)
from mapping.ruleset import Ruleset
from store import deals, handoffs, inbox, ledger, links, outbox
from store.database import Store, open_store
from store.inbox import NewEvent
from sync.access import accounts
from sync.core.words import answers, choosing, notes, reasons, story
from sync.drain import words as written

from .serving import Served, apply_example, make_runtime, serving

NOW = datetime.now(UTC)
ADMIN = "admin@acme.example"
OLENA, PETAR = "olena@acme.example", "petar@acme.example"
THEIR_WORDS = "Not like this."


@pytest.fixture
def store(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    yield opened
    opened.close()


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running


def tell(served: Served) -> None:
    """A deal with a story, an open hand-off, something to look at and something to write."""
    rules = served.runtime.rules.get()
    why = choosing.ranked_first("least_loaded", choosing.open_deals(2, choosing.last_received(None, rules)))
    passed = (
        Candidate(PETAR, True, why),
        Candidate("hana@acme.example", False, choosing.no_account("close")),
    )
    offered = Handoff(
        "h1", "d1", "Scout to hunter", "conveyor.yaml", 41, "lead_generation", "conversion", "qualification",
        OLENA, PETAR, HandoffStatus.PENDING, NOW, NOW + timedelta(hours=1), reason=why, candidates=passed,
    )  # fmt: skip
    note = Write("note:1", "d1", "hubspot", "91", CreateNote("Note"))
    with served.runtime.store.begin() as tx:
        deals.save(tx, Deal("d1", "d1", "hubspot", DealStatus.OPEN, "conversion", "meeting", PETAR), None)
        links.save(tx, [Link("hubspot", "91", "d1", seen={"title": "Roof"})])
        handoffs.save(tx, offered)
        ledger.add(tx, happened(rules, offered, note))
        inbox.add(tx, [NewEvent(EventKind.POLL, "d1", "hubspot", "91")], NOW)
        outbox.add(tx, [note], NOW)
        outbox.park(tx, outbox.start(tx, 1, NOW).id, "Portal says no")


def happened(rules: Ruleset, offered: Handoff, note: Write) -> Iterator[ledger.Entry]:
    """The lines of the story, told as the core tells them."""
    missing = (reasons.undone_task("Call"), THEIR_WORDS)
    considered = choosing.considered(offered.candidates)
    lines = [
        (story.first_seen("Leads"), {}),
        (story.moved(OLENA, "qualification", "Meeting", rules), {}),
        (notes.moved_back("qualification", missing, rules), {"reasons": list(missing)}),
        (notes.handed_over(offered, rules), {"considered": considered}),
        (answers.accepted(PETAR, answers.WORKED_ON, rules), {}),
        (written.done(note), {}),
    ]
    for number, (summary, data) in enumerate(lines):
        yield ledger.Entry("d1", NOW + timedelta(seconds=number), "moved", "conveyor", summary, data=data)


def page(browser: requests.Session, served: Served, language: str) -> str:
    answer = browser.get(f"{served.url}/deals/hubspot:91?language={language}", timeout=20)
    assert answer.status_code == 200
    return html.unescape(answer.text)


def test_the_story_is_told_in_ukrainian(served: Served) -> None:
    tell(served)
    shown = page(served.sign_in(ADMIN), served, "uk")

    for sentence in (
        "Знайдено під час першого читання й поставлено як є: етап «Leads».",
        "Olena K.: угоду переміщено з етапу «Qualification» на етап «Meeting».",
        "Угоду повернуто на етап «Qualification»: потрібно виконати завдання «Call»",
        "<li>потрібно виконати завдання «Call»</li>",
        "Scout to hunter: угоду отримує Petar D. (найменше навантаження: 2 відкриті угоди",
        f"<li>{PETAR}: найменше навантаження: 2 відкриті угоди, ще жодної не отримано</li>",
        " – немає облікового запису в close</li>",
        "Petar D.: передачу прийнято (почалася робота з угодою).",
        "Залишено нотатку в hubspot.",
        "Чекає на перевірку (опитування).",
        "hubspot: відмова, тепер вирішує людина: нотатка. Portal says no",
    ):
        assert sentence in shown, sentence
    of_the_deal = shown.partition('<div id="deal"')[2].partition("</main>")[0]
    assert re.findall('lang="en">([^<]*)', of_the_deal) == [THEIR_WORDS], (
        "what somebody wrote, and nothing else"
    )


@pytest.mark.parametrize("language", ["ru", "bg"])
def test_no_line_of_the_story_stays_english(served: Served, language: str) -> None:
    tell(served)
    told = re.search('<ol class="story">.*?</ol>', page(served.sign_in(ADMIN), served, language), re.S)

    assert told is not None
    summaries = re.findall("<p>(.*?)</p>", told[0])
    assert len(summaries) == 8
    assert all(re.search("[а-я]{3}", summary) for summary in summaries), summaries
    assert not re.search(r"\b(moved|deal|handed|hand-off|in time)\b", " ".join(summaries))


def test_the_english_stays_as_it_was_and_so_does_the_api(served: Served) -> None:
    tell(served)
    browser = served.sign_in(ADMIN)
    expected = [
        "Found by the backfill and placed as it is: Leads.",
        "Olena K. moved it from Qualification to Meeting.",
        f'Moved back to Qualification: the task "Call" must be done; {THEIR_WORDS}',
        "Petar D. accepted the hand-off: worked on the deal.",
        "Left a note in hubspot.",
        "Waits to be looked at (poll).",
        "hubspot refused it, and a person decides now: note. Portal says no",
    ]
    shown = page(browser, served, "en")
    token = accounts.new_api_token(served.runtime, ADMIN, "test", by="test").token
    answer = requests.get(
        f"{served.url}/api/v1/deals/hubspot:91/explain",
        headers={"authorization": f"Bearer {token}", "accept-language": "uk"},
        timeout=20,
    )
    lines = answer.json()["timeline"]

    assert [text for text in expected if text not in shown] == []
    assert set(expected) <= {line["summary"] for line in lines}
    told = [line["details"].get("reasons") or line["details"].get("considered") for line in lines]
    assert ['the task "Call" must be done', THEIR_WORDS] in told
    assert f"{PETAR}: least loaded: 2 open deals, has not received one yet" in str(told)

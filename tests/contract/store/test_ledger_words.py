"""The ledger keeps what its sentences were made of: they come back as they were, and can be said in any language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from mapping.phrases import Phrase, counted, in_language, phrase
from store import codec, ledger
from store.database import Store
from store.ledger import Entry
from store.schema import ledger as table

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATE = phrase("{person} did not accept in time", person="Ann")
LATE_IN_UKRAINIAN = "Ann: угоду не прийнято вчасно"
OLD = counted("{count} open deal, {last}", "{count} open deals, {last}", count=2, last=LATE)


def kept(store: Store, entry: Entry) -> tuple[Entry, str | None]:
    """An entry as it is read again, and what stands beside its English."""
    with store.begin() as tx:
        ledger.add(tx, [entry])
    with store.read() as tx:
        [again] = ledger.story(tx, [entry.deal_id or ""])
        assert [again] == ledger.of_kinds(tx, [entry.deal_id or ""], [entry.kind]) == ledger.recent(tx, 1)
        assert list(ledger.since(tx, NOW, [entry.kind])) == [again]
        return again, tx.scalar(select(table.c.said))


def test_sentences_come_back_as_they_were(store: Store) -> None:
    data: dict[str, Any] = {
        "reasons": [LATE, "in their own words", OLD],
        "why": LATE,
        "to": "meeting",
        "sum": 3,
    }
    again, said = kept(store, Entry("d1", NOW, "moved", "conveyor", OLD, data=data))

    assert (again.summary, again.data) == (str(OLD), data)
    assert in_language(again.summary, "uk") == f"2 відкриті угоди, {LATE_IN_UKRAINIAN}"
    reasons = again.data["reasons"]
    assert isinstance(reasons, list)
    assert [in_language(each, "uk") for each in reasons] == [
        LATE_IN_UKRAINIAN,
        "in their own words",
        f"2 відкриті угоди, {LATE_IN_UKRAINIAN}",
    ]
    assert isinstance(again.data["why"], Phrase)
    assert said is not None and str(OLD) not in said, "the English stands there once"


def test_what_is_no_phrase_is_kept_as_before(store: Store) -> None:
    again, said = kept(store, Entry("d1", NOW, "moved", "conveyor", "Moved.", data={"reasons": ["why"]}))

    assert said is None
    assert type(again.summary) is str
    assert again.data == {"reasons": ["why"]}


def test_reasons_alone_are_kept_too(store: Store) -> None:
    again, _ = kept(store, Entry("d1", NOW, "moved", "conveyor", "Moved.", data={"why": LATE}))

    assert type(again.summary) is str
    assert isinstance(again.data["why"], Phrase)


@pytest.mark.parametrize("odd", ["x" * codec.MAX_WORDS, "a\0b", "\ud83d"], ids=["long", "zero", "half"])
def test_a_summary_that_no_database_takes_whole_is_no_sentence_any_more(store: Store, odd: str) -> None:
    text = phrase("{rule}: the deal was won", rule=odd)
    again, said = kept(store, Entry("d1", NOW, "moved", "conveyor", text))

    assert said is None
    assert again.summary == codec.plain_text(text)


def test_whatever_a_crm_holds_can_be_filled_in(store: Store) -> None:
    text = phrase("{rule}: the deal was won", rule='"{Ключ}\\" 😀')
    again, _ = kept(store, Entry("d1", NOW, "moved", "conveyor", text))

    assert in_language(again.summary, "uk") == '"{Ключ}\\" 😀: угоду виграно'


def test_lines_of_an_earlier_version_stay_english(store: Store) -> None:
    entry = Entry("d1", NOW, "moved", "conveyor", LATE)
    kept(store, entry)
    with store.begin() as tx:
        tx.execute(table.update().values(said=None))
    with store.read() as tx:
        assert ledger.story(tx, ["d1"]) == [replace(entry, summary=str(LATE))]

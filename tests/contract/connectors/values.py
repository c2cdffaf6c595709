"""Values that must come and go unharmed: names in all scripts, money, days and times around a change of clocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.base import Connector, Setup
from mapping.model import Aspect, CreateNote, Person

from .harness import FIELD, Harness
from .sandbox_client import Sandbox

TEXTS = {
    "emoji": "🚀 👩‍👩‍👧 done",
    "right to left": "עסקה 42 صفقة",
    "combining": "Ame\u0301lie Cafe\u0301",
    "markup": 'Fish & <b>Chips</b> "to go" [b]now[/b]',
    "wide": "漢字 ＡＢＣ ½ …",
}
DAYS = ("2027-03-28", "2026-10-25", "2027-03-14", "2028-02-29", "1999-12-31", "2027-01-01")
TIMES = (
    "2027-03-28T00:59:59Z",
    "2027-03-28T01:00:00Z",  # Europe puts its clocks forward
    "2026-10-25T00:30:00Z",
    "2026-10-25T01:30:00Z",  # half past two comes twice in Berlin
    "2027-03-14T10:00:00Z",  # North America puts its clocks forward
    "2027-01-01T00:00:00Z",
)
ZONES = ("America/Los_Angeles", "Europe/Sofia", "Pacific/Kiritimati")


class ValuesContract(Harness):
    """Values that must come and go unharmed."""

    @pytest.fixture(params=ZONES)
    def zone(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        """The zone that the machine of the conveyor is set to."""
        monkeypatch.setenv("TZ", request.param)
        time.tzset()
        yield str(request.param)
        monkeypatch.undo()
        time.tzset()

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_tasks_and_notes_in_all_scripts_are_made_once(
        self, sandbox: Sandbox, connector: Connector, text: str
    ) -> None:
        deal_id = sandbox.new_deal()
        task = replace(self.task(), subject=text, body=f"{text}\n{text}")
        for body, key in ((task, f"task {text}"), (CreateNote(f"{text}\n{text}"), f"note {text}")):
            made = [connector.write(self.write(body, deal_id, key), attempt) for attempt in (1, 2, 3)]
            assert len({receipt.remote_id for receipt in made}) == 1
        shown = sandbox.deal(deal_id)
        assert [task["subject"] for task in shown["tasks"]] == [text]
        assert len(shown["notes"]) == 1

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test_a_deal_in_all_scripts_is_made_once_with_its_people(
        self, sandbox: Sandbox, connector: Connector, text: str
    ) -> None:
        person = Person(text, "ünïcode@acme.example", "+359 2 123 4567")
        body = replace(self.new_deal(title=text), contact=person, company=text)
        made = [connector.write(self.write(body, None), attempt) for attempt in (1, 2)]
        assert made[0].remote_id == made[1].remote_id
        values = self.fetch(connector, made[0].remote_id, Aspect.PEOPLE).values
        assert (values["title"], values["company"]) == (text, text)
        assert str(values["contact_name"]).split() == text.split()
        assert str(values["contact_email"]).lower() == "ünïcode@acme.example"

    def test_amounts_of_people_are_read_to_the_cent(self, sandbox: Sandbox, connector: Connector) -> None:
        for amount in (*self.amounts, *self.cents):
            deal_id = sandbox.new_deal(amount=amount)
            assert self.fetch(connector, deal_id).values["amount"] == amount
        empty = sandbox.new_deal()
        assert self.fetch(connector, empty).values["amount"] is None

    def test_amounts_are_written_to_the_cent_and_taken_away(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = sandbox.new_deal(amount="1")
        for amount in (*self.cents, None):
            record = self.fetch(connector, deal_id)
            assert connector.write(self.update(record, amount=amount)).values["amount"] == amount
            assert self.fetch(connector, deal_id).values["amount"] == amount
        body = self.new_deal(amount=self.cents[0]) if self.cents else self.new_deal()
        made = connector.write(self.write(body, None))
        assert self.fetch(connector, made.remote_id).values["amount"] == body.values["amount"]

    def test_nothing_and_naught_are_two_things(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = sandbox.new_deal()
        for number in ("0", None, "-3", "0", "2147483648"):
            record = self.fetch(connector, deal_id)
            assert connector.write(self.update(record, **{FIELD: number})).values[FIELD] == number
            assert self.fetch(connector, deal_id).values[FIELD] == number

    def test_a_text_of_a_field_comes_and_goes_unharmed(self, sandbox: Sandbox, setup: Setup) -> None:
        connector = self.with_further_field(sandbox, setup, "string")
        deal_id = sandbox.new_deal()
        for text in (*TEXTS.values(), None, "0"):
            record = self.fetch(connector, deal_id)
            assert connector.write(self.update(record, further=text)).values["further"] == text
            assert self.fetch(connector, deal_id).values["further"] == text

    def test_days_stay_the_day_they_are(self, sandbox: Sandbox, setup: Setup, zone: str) -> None:
        self._come_and_go(sandbox, setup, "date", DAYS)

    def test_times_stay_the_moment_they_are(self, sandbox: Sandbox, setup: Setup, zone: str) -> None:
        self._come_and_go(sandbox, setup, "datetime", TIMES)

    def _come_and_go(self, sandbox: Sandbox, setup: Setup, kind: str, values: tuple[str, ...]) -> None:
        connector = self.with_further_field(sandbox, setup, kind)
        deal_id = sandbox.new_deal()
        for value in (*values, None):
            record = self.fetch(connector, deal_id)
            assert connector.write(self.update(record, further=value)).values["further"] == value
            assert self.fetch(connector, deal_id).values["further"] == value
            writes = sandbox.writes()
            connector.write(self.update(self.fetch(connector, deal_id), further=value))
            assert sandbox.writes() == writes, "what is there already was written again"
            listed = [each for page in connector.everything(None) for each in page.records]
            assert [e.values["further"] for e in listed if e.ref.remote_id == deal_id] == [value]
        sandbox.edit(deal_id, fields={self.further_field(kind): values[0]})
        assert self.fetch(connector, deal_id).values["further"] == values[0]

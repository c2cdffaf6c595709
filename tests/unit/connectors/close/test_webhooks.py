"""Documented event bodies, read as they are posted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.base import Delivery
from connectors.close import webhooks
from connectors.close.actors import Ours
from connectors.close.values import Field
from connectors.errors import Unreadable
from mapping.model import UNKNOWN_ACTOR, Actor, ActorKind, Hint, HintKind

FIXTURES = Path(__file__).parents[3] / "fixtures" / "close"
KEY_ID = "api_3fw37yHasQmGs00Nnybzq5"
OURS = Ours(KEY_ID)
DEAL = "oppo_NC20Ht22ncwU1oUtdjUdONdjgRyUFhGFzEM29aqrrH1"
JANE = "user_5cZRqXu8kb4O1IeBVA98UMcMEhYZUhx1fnCHfSL0YMV"
BUDGET = Field("custom.cf_budget", "cf_budget", "Budget", "number")


def read(
    name: str, mapped: dict[str, str] | None = None, *, custom: tuple[Field, ...] | None = ()
) -> list[Hint]:
    body = (FIXTURES / f"{name}.json").read_bytes()
    delivery = Delivery("POST", "https://x.example/", {}, body, datetime.now(UTC))
    return webhooks.parse(delivery, webhooks.names(mapped or {}, custom), OURS)


def test_a_move_by_our_key_is_ours() -> None:
    (hint,) = read("opportunity.updated__by_key")
    assert hint == Hint(
        "oppo_7H4sjNso7FsBFaeR3RXi5PMJbilfo0c6UPCxsJtEhCO",
        HintKind.CHANGED,
        source_id="2019-01-15T12:48:23.395000+00:00 ev_2sYKRjcrA79yKxi3S4Crd7 stage",
        occurred_at=datetime(2019, 1, 15, 12, 48, 23, 392000, UTC),
        actor=Actor(ActorKind.OURS, "user_ScOgjLAQD6aBSJYBVhIeNr6FJDp8iDTug8Mv6VqYoFn"),
        field="stage",
        value="stat_3FD9DnGUCJzccBKTh8LiiKoyVPpMJsOkJdcGoA5AYKH",
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("opportunity.created__by_person", HintKind.CREATED),
        ("opportunity.deleted__by_person", HintKind.DELETED),
    ],
)
def test_a_deal_comes_and_goes(name: str, kind: HintKind) -> None:
    (hint,) = read(name)
    assert (hint.remote_id, hint.kind, hint.field) == (DEAL, kind, None)
    assert hint.actor == Actor(ActorKind.PERSON, JANE)
    assert hint.occurred_at is not None and hint.occurred_at.tzinfo is not None


def test_several_changes_in_one_event_are_nobodys() -> None:
    hints = read("opportunity.updated__consolidated", {"budget": "Budget"}, custom=(BUDGET,))
    assert [(hint.field, hint.value) for hint in hints] == [
        ("budget", "1200.5"),
        ("stage", "stat_C"),
        ("owner", "user_B"),
    ]
    assert {hint.actor for hint in hints} == {UNKNOWN_ACTOR}
    assert len({hint.source_id for hint in hints}) == 3


def test_a_later_telling_of_an_event_is_no_double() -> None:
    body = (FIXTURES / "opportunity.updated__consolidated.json").read_bytes()
    later = body.replace(b"12:06:03.161000", b"12:06:09.000000")
    names = webhooks.names({}, ())
    ids = [
        {
            hint.source_id
            for hint in webhooks.parse(Delivery("POST", "", {}, each, datetime.now(UTC)), names, OURS)
        }
        for each in (body, body, later)
    ]
    assert ids[0] == ids[1]
    assert ids[0].isdisjoint(ids[2])


def test_a_field_that_nobody_mapped_is_no_news() -> None:
    assert "custom.cf_budget" not in {hint.field for hint in read("opportunity.updated__consolidated")}
    assert len(read("opportunity.updated__consolidated")) == 2


@pytest.mark.parametrize("named", ["cf_budget", "custom.cf_budget"])
def test_a_field_mapped_by_its_id_is_known_without_a_call(named: str) -> None:
    hints = read("opportunity.updated__consolidated", {"budget": named}, custom=None)
    assert [hint.field for hint in hints] == ["budget", "stage", "owner"]


def test_a_field_mapped_by_its_label_may_be_any_until_it_is_looked_up() -> None:
    hints = read("opportunity.updated__consolidated", {"budget": "Budget"}, custom=None)
    assert [hint.field for hint in hints] == [None, "stage", "owner"]


def test_a_merge_of_leads_is_heard_from_the_deals_that_moved() -> None:
    assert read("lead.merged__by_person") == []
    (hint,) = read("opportunity.updated__moved_by_merge")
    assert (hint.remote_id, hint.kind, hint.field) == (DEAL, HintKind.CHANGED, None)


def test_a_task_of_ours_says_which_deal_it_is_about() -> None:
    (hint,) = read("task.lead.completed__ours")
    assert (hint.remote_id, hint.kind) == (DEAL, HintKind.TASK)
    assert read("task.lead.completed__of_a_person") == []


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"event": {"id": 1}}', b'{"event": {"id": "ev_']
)
def test_what_is_no_event_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        webhooks.parse(Delivery("POST", "", {}, body, datetime.now(UTC)), webhooks.names({}, ()), OURS)

"""Deals in a Blueprint: Zoho's own process, which lets nobody move a deal but by its transitions."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from connectors.base import Connector
from connectors.errors import Rejected
from mapping.model import Actor, ActorKind, Aspect

from .sandbox_client import Sandbox
from .test_zoho import STANDARD
from .test_zoho_alone import Alone

FIRST, SECOND, THIRD = "Qualification", "Needs Analysis", "Value Proposition"


class TestBlueprint(Alone):
    """A Blueprint on the stages of the first pipeline."""

    def guarded(self, sandbox: Sandbox, *transitions: Mapping[str, object], status: int = 400) -> str:
        """A new deal in a Blueprint with these transitions."""
        deal_id = sandbox.new_deal(pipeline=STANDARD, stage=FIRST, amount="100")
        self.set(sandbox, blueprint={"name": "Our way", "transitions": list(transitions), "status": status})
        return deal_id

    @pytest.mark.parametrize("status", [200, 202, 400])
    def test_a_deal_is_moved_by_a_transition_and_the_rest_is_written(
        self, sandbox: Sandbox, connector: Connector, status: int
    ) -> None:
        owner = [person for person in sandbox.people() if person["active"]][-1]
        onward = {"name": "Analyse", "start": FIRST, "end": SECOND}
        deal_id = self.guarded(sandbox, onward, status=status)
        seen = self.fetch(connector, deal_id).values
        changes = {"stage": [STANDARD, SECOND], "owner": owner["id"], "budget": "7"}
        receipt = connector.write(self.bring(deal_id, seen, **changes))
        assert {name: receipt.values[name] for name in changes} == changes
        record = self.fetch(connector, deal_id, Aspect.HISTORY)
        assert record.moves[-1].stage == [STANDARD, SECOND]
        assert record.moves[-1].actor.kind is ActorKind.OURS
        before = sandbox.writes()
        connector.write(self.bring(deal_id, seen, **changes), attempt=2)
        assert sandbox.writes() == before

    def test_other_fields_are_written_without_a_transition(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        deal_id = self.guarded(sandbox)
        assert connector.write(self.bring(deal_id, {}, title="ours")).values["title"] == "ours"

    def test_a_way_back_that_is_missing_is_named_and_taken_once_it_is_there(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        onward = {"name": "Analyse", "start": FIRST, "end": SECOND}
        further = {"name": "Propose", "start": SECOND, "end": THIRD}
        person = next(person for person in sandbox.people() if person["active"])
        deal_id = self.guarded(sandbox, onward, further)
        sandbox.edit(deal_id, stage=SECOND, by=person["email"])
        moves = self.fetch(connector, deal_id, Aspect.HISTORY).moves
        assert moves[-1].actor == Actor(ActorKind.PERSON, person["id"])
        back = self.bring(deal_id, {"stage": [STANDARD, SECOND]}, stage=[STANDARD, FIRST])
        with pytest.raises(Rejected) as caught:
            connector.write(back)
        said = str(caught.value)
        for word in (deal_id, "'Our way'", f"no transition leads to '{FIRST}'", f"'Propose' to '{THIRD}'"):
            assert word in said
        assert self.fetch(connector, deal_id).values["stage"] == [STANDARD, SECOND]
        undo = {"name": "Undo", "start": SECOND, "end": FIRST}
        self.set(sandbox, blueprint={"name": "Our way", "transitions": [onward, further, undo]})
        assert connector.write(back).values["stage"] == [STANDARD, FIRST]

    def test_what_a_transition_demands_is_given_from_the_deal_or_told(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        onward = {"name": "Analyse", "start": FIRST, "end": SECOND, "fields": ["Amount", "Next_Step"]}
        deal_id = self.guarded(sandbox, onward)
        move = self.bring(deal_id, {"stage": [STANDARD, FIRST]}, stage=[STANDARD, SECOND])
        with pytest.raises(Rejected, match="demands Next_Step"):
            connector.write(move)
        assert self.fetch(connector, deal_id).values["stage"] == [STANDARD, FIRST]
        sandbox.edit(deal_id, fields={"Next_Step": "call"})
        assert connector.write(move).values["stage"] == [STANDARD, SECOND]

    def test_a_transition_that_is_closed_or_for_others_is_not_ours(
        self, sandbox: Sandbox, connector: Connector
    ) -> None:
        closed = {"name": "Analyse", "start": FIRST, "end": SECOND, "criteria_matched": False}
        others = {"name": "Leap", "start": FIRST, "end": THIRD, "users": ["nobody@acme.example"]}
        timed = {"name": "Sleep", "start": FIRST, "end": "Closed Lost", "type": "automatic"}
        deal_id = self.guarded(sandbox, closed, others, timed)
        for stage, said in (
            (SECOND, "'Analyse' to 'Needs Analysis' is closed"),
            (THIRD, "no transition leads to 'Value Proposition'"),
            ("Closed Lost", "no transition leads to 'Closed Lost'"),
        ):
            with pytest.raises(Rejected, match=said):
                connector.write(self.bring(deal_id, {}, stage=[STANDARD, stage]))

    def test_a_blueprint_keeps_a_deal_in_its_pipeline(self, sandbox: Sandbox, connector: Connector) -> None:
        deal_id = self.guarded(sandbox, {"name": "Analyse", "start": FIRST, "end": SECOND})
        with pytest.raises(Rejected, match="keeps it in the pipeline"):
            connector.write(self.bring(deal_id, {}, stage=["Partner deals", "Introduced"]))

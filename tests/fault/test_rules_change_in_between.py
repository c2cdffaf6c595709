"""New rules that come into force while a deal is being decided: no deal is left as the old ones wanted it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Lane, Look
from mapping.loader import load_files
from mapping.model import Deal, EventKind, Missing, Record
from store import deals, inbox
from store.inbox import NewEvent
from sync import rollout
from sync.drain.engine import drain

from .simulation.line_crm import WholeConnector
from .simulation.line_rules import FILES
from .simulation.line_world import WholeLine

OTHERWISE = {
    **FILES,
    "mappings/front.yaml": FILES["mappings/front.yaml"].replace(
        "id: f1, is: fresh", "id: f1, is: qualified, write_back: false"
    ),
}


class Interrupted(WholeConnector):
    """While the deal is read for the first time, somebody applies other rules."""

    world: InterruptedLine

    def fetch(self, looks: Sequence[Look], lane: Lane = Lane.READ) -> dict[str, Record | Missing]:
        found = super().fetch(looks, lane)
        if self.world.applies:
            self.world.applies = False
            rollout.activate(self.world.runtime, load_files(OTHERWISE), by="test", message=None)
        return found


class InterruptedLine(WholeLine):
    connector = Interrupted
    applies = False


def test_what_was_being_decided_is_decided_again_by_the_new_rules() -> None:
    # Given a deal whose stage means something else by other rules
    world = InterruptedLine(1)
    Interrupted.world, world.trouble.on = world, False
    front, sam = world.crms["front"], world._actor("front", "sam")
    front.put("f1", {"stage": ["p", "f3"], "owner": "f-sam", "title": "Roof", "amount": "50"}, sam)
    world.tick(crash_share=0.0, poll=True)

    # When they come into force between the look and the decision
    [deal] = stored(world)
    front.put("f1", {"stage": ["p", "f1"]}, sam)
    with world.store.begin() as tx:
        inbox.add(tx, [NewEvent(EventKind.LOOK, deal.id)], world.now())
    world.applies = True
    drain(world.runtime, deal.id)
    assert not world.applies
    world.calm_down(2, polls=False)

    # Then the deal stands where they place it
    assert [each.stage for each in stored(world)] == ["qualified"]


def stored(world: WholeLine) -> list[Deal]:
    with world.store.read() as tx:
        return [row.deal for row in deals.listing(tx)]

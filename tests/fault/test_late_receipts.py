"""A task whose answer was lost, and whose reason is gone when it is found: nobody keeps a dead task."""

from __future__ import annotations

from connectors.errors import Transient
from mapping.model import Receipt, Write

from .simulation.line_crm import WholeConnector
from .simulation.line_world import WholeLine


class Hesitant(WholeConnector):
    """Makes each task of a playbook, but loses its first answer."""

    def write(self, write: Write, attempt: int = 1) -> Receipt:
        receipt = super().write(write, attempt)
        if attempt == 1 and write.key.startswith("playbook:"):
            raise Transient("the answer was lost", uncertain=True)
        return receipt


class HesitantLine(WholeLine):
    connector = Hesitant


def test_a_task_that_is_found_after_its_reason_is_gone_is_closed() -> None:
    # Given a deal whose first task was made, as nobody knows yet
    world = HesitantLine(1)
    world.trouble.on = False
    front, sam = world.crms["front"], world._actor("front", "sam")
    front.put("f1", {"stage": ["p", "f1"], "owner": "f-sam", "title": "Roof", "amount": "5"}, sam)
    world.tick(crash_share=0.0, poll=True)
    [task] = front.tasks.values()
    assert not task.done

    # When it is lost before the conveyor tries again
    front.put("f1", {"stage": ["p", "f5"]}, sam)
    world.tick(crash_share=0.0, poll=True)
    world.calm_down(10)

    # Then its task is closed
    assert [task.done for task in front.tasks.values()] == [True]

"""The day of `conveyor demo`: the same stories in every CRM, each CRM at its own pace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

from cli.demo_account import Played, Told, account
from cli.demo_crm import Crm
from cli.demo_house import DemoHouse
from cli.demo_scene import Scene, Wish
from cli.demo_stories import STORIES, THERE_BEFORE

THE_PAST = "All deals are read and placed; nobody is judged for the past"


@dataclass
class Lane:
    """The day in one CRM: one story after the other, for the faults that some of them plan would meet another."""

    crm: Crm
    names: Mapping[str, str]  # e-mail -> name
    before: Scene = field(init=False)
    playing: list[tuple[Scene, Iterator[Wish]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.before = Scene(self.crm, self.names)

    def prepare(self) -> None:
        """What is there before the conveyor comes."""
        for title, stage, owner in THERE_BEFORE:
            self.before.given(title, stage, by=owner)
        for story in STORIES:
            scene = Scene(self.crm, self.names)
            teller = story(scene)
            next(teller)
            self.playing.append((scene, teller))

    def look_at_the_past(self, house: DemoHouse) -> Told:
        """See that nothing happened to the deals that were there; from now on the CRM sends webhooks."""
        scene, crm = self.before, self.crm
        house.poll(crm)
        house.rest(crm)
        cards = [crm.card(deal) for deal in crm.deal_ids()]
        scene.happening(f"{house.deals[crm.name]} deals are read, and placed as they are")
        scene.find("nobody has a note or a task for the past", not any(c.notes or c.tasks for c in cards))
        scene.find("nothing was written", crm.writes() == 0)
        house.send_webhooks(crm)
        return account(scene, house.runtime.store)

    def play(self, house: DemoHouse, number: int) -> Told:
        """Play one story to its end."""
        scene, teller = self.playing[number]
        wish: Wish | None = Wish.REST
        while wish is not None:
            wish = next(teller, None)
            if wish is Wish.POLL:
                house.poll(self.crm)
            if not house.rest(self.crm):
                scene.find("the conveyor came to rest", False)
        return account(scene, house.runtime.store)


class Day:
    """The lanes of all CRMs side by side."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self._lanes: list[Lane] = []

    def prepare(self, crms: list[Crm]) -> None:
        """What is there before the conveyor comes."""
        self._lanes = [Lane(crm, self.names) for crm in crms]
        with ThreadPoolExecutor(len(crms)) as pool:
            list(pool.map(Lane.prepare, self._lanes))

    def play(self, house: DemoHouse) -> Iterator[Played]:
        """Play the day in all CRMs at once; each story comes when it was played in all of them."""
        titles = [THE_PAST, *((story.__doc__ or "").rstrip(".") for story in STORIES)]
        with ExitStack() as stack:
            lanes = [self._start(lane, house, stack) for lane in self._lanes]
            for title, *told in zip(titles, *lanes, strict=True):
                yield Played(title, [each.result() for each in told])

    def _start(self, lane: Lane, house: DemoHouse, stack: ExitStack) -> list[Future[Told]]:
        """Have a thread of its own play the lane."""
        thread = ThreadPoolExecutor(1, thread_name_prefix=lane.crm.name)
        stack.callback(thread.shutdown, cancel_futures=True)
        past = thread.submit(lane.look_at_the_past, house)
        return [past, *(thread.submit(lane.play, house, number) for number in range(len(lane.playing)))]

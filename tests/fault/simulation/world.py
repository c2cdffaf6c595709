"""The simulated world: people, two CRMs, the real engine on a real database, and everything that goes wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from connectors.base import Connector, Setup
from connectors.errors import ConnectorError
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_files
from mapping.model import Actor, ActorKind, Value
from store.database import Store
from sync import intake, reconcile, rollout, sweep
from sync.drain.engine import drain
from sync.runtime import Connectors, Runtime

from .crm import SimulatedConnector, SimulatedCrm, Trouble
from .database import empty_store
from .rules import FILES, PEOPLE, STAGES

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Crash(BaseException):
    """The process is gone, in the middle of anything."""


class FragileStore:
    """The real store in a process that may die before or after any transaction."""

    def __init__(self, store: Store, world: World) -> None:
        self._store, self._world, self.dialect = store, world, store.dialect

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        self._world.maybe_crash()
        with self._store.begin() as tx:
            yield tx
        self._world.maybe_crash()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self._world.maybe_crash()
        with self._store.read() as tx:
            yield tx


class Wakes:
    """Wake-ups that were sent; the world loses, doubles and shuffles them."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def deals(self, deal_ids: Collection[str]) -> None:
        self.sent += list(deal_ids)

    def poll(self, connection: str) -> None:
        """Polls are run by the world itself."""

    def backfill(self, connection: str) -> None:
        """There is nothing to backfill."""


class World:
    """One random history."""

    files: Mapping[str, str] = FILES
    people: Sequence[str] = PEOPLE
    connector: type[SimulatedConnector] = SimulatedConnector

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.time = START
        self.crash_share = 0.0
        self.dead = False
        self.stalling = False
        self.last_title: dict[str, Value] = {}
        self.store = empty_store()
        self.crms = self.accounts()
        self.trouble = Trouble(self.maybe_crash, self.maybe_stall, self.edit_now, self.interfere, self.chance)
        self.wakes = Wakes()
        self.stalled_deal: str | None = None
        self.runtime = self._house()
        rollout.activate(self.runtime, load_files(self.files), by="simulation", message=None)
        self.time += timedelta(minutes=1)

    def accounts(self) -> dict[str, SimulatedCrm]:
        """The CRMs of this world, by connection."""
        return {
            "north": SimulatedCrm("north", 2, self.now, self.chance),
            "south": SimulatedCrm("south", 0, self.now, self.chance),
        }

    def now(self) -> datetime:
        return self.time

    def _house(self) -> Runtime:
        def build(crm: str, setup: Setup) -> Connector:
            return self.connector(self.crms[setup.connection], self.trouble)

        connectors = Connectors(
            grants=lambda name: MemoryGrants(),
            budget=lambda name, crm: NoBudget(),
            environment={"TOKEN": "t"},
            build=build,
        )
        fragile: Store = FragileStore(self.store, self)  # type: ignore[assignment]
        return Runtime(fragile, self.wakes, connectors, now=self.now, jitter=self.chance.random)

    def maybe_crash(self) -> None:
        """Die here, perhaps; a dead process does nothing more, not even in `finally`."""
        if self.dead or (self.crash_share and self.chance.random() < self.crash_share):
            self.dead = True
            raise Crash

    def maybe_stall(self) -> None:
        """Pause past the lease here, perhaps, while another worker does everything."""
        if not self.trouble.on or self.stalling or self.stalled_deal is None or self.chance.random() > 0.05:
            return
        deal, crash_share = self.stalled_deal, self.crash_share
        self.stalling, self.crash_share = True, 0.0
        self.time += timedelta(minutes=2)
        drain(self.runtime, deal)
        self.stalling, self.crash_share = False, crash_share

    # --- people

    def person_creates(self) -> None:
        pipeline, stages = STAGES["north"]
        crm = self.crms["north"]
        crm.people_made += 1
        remote_id = crm.new_id()
        crm.put(
            remote_id,
            {
                "stage": [pipeline, self.chance.choice(stages[:3])],
                "owner": "n-sam",
                "title": self._title(remote_id),
                "amount": self._amount(),
                "note": None,
            },
            self._actor("north", "sam"),
        )

    def person_acts(self) -> None:
        rows = [(crm, row) for crm in self.crms.values() for row in crm.rows]
        if not rows or (self.chance.random() < 0.2 and self.crms["north"].people_made < 3):
            if self.crms["north"].people_made < 3:
                self.person_creates()
            return
        crm, remote_id = self.chance.choice(sorted(rows, key=lambda pair: (pair[0].name, pair[1])))
        kind = self.chance.choice(["move", "move", "move", "edit", "edit", "task"])
        if kind == "move":
            self.move_now(crm.name, remote_id)
        elif kind == "edit":
            self.edit_now(crm.name, remote_id)
        else:
            self._finish_a_task(crm)

    def interfere(self, connection: str, remote_id: str) -> None:
        """A person does something to a deal that the conveyor is about to write to."""
        self.chance.choice([self.edit_now, self.move_now])(connection, remote_id)

    def move_now(self, connection: str, remote_id: str) -> None:
        """Somebody moves a deal to any stage."""
        crm = self.crms[connection]
        if remote_id in crm.rows:
            pipeline, stages = STAGES[connection]
            mover = self._actor(connection, self.chance.choice(self._movers(connection)))
            crm.put(remote_id, {"stage": [pipeline, self.chance.choice(stages)]}, mover)

    def _movers(self, connection: str) -> tuple[str, ...]:
        """Mostly people who may, so that most moves stand."""
        fitting = {"north": ("sam", "sam", "sam"), "south": ("hana", "hugo")}[connection]
        return (*fitting, *PEOPLE)

    def edit_now(self, connection: str, remote_id: str) -> None:
        """A field edit: titles in the one CRM, amounts in the other, so that the last word is known."""
        crm = self.crms[connection]
        person = self._actor(connection, self.chance.choice(self.people))
        if remote_id not in crm.rows:
            return
        if connection == "north":
            crm.put(remote_id, {"title": self._title(remote_id)}, person)
        else:
            crm.put(remote_id, {"amount": self._amount()}, person)

    def _title(self, remote_id: str) -> str:
        self.last_title[remote_id] = f"title {self.chance.random()}"
        return str(self.last_title[remote_id])

    def _amount(self) -> str:
        return str(round(self.chance.random() * 60, 2))

    def _finish_a_task(self, crm: SimulatedCrm) -> None:
        open_tasks = [task for _, task in sorted(crm.tasks.items()) if not task.done]
        if open_tasks:
            self.chance.choice(open_tasks).done = True

    def _actor(self, connection: str, person: str) -> Actor:
        return Actor(ActorKind.PERSON, f"{connection[0]}-{person}")

    # --- time

    def tick(self, *, crash_share: float, poll: bool) -> None:
        """A moment: webhooks arrive, wake-ups arrive or not, the sweep runs."""
        self.time += timedelta(seconds=self.chance.choice([1, 5, 40]))
        self.crash_share = crash_share
        self._survive(self._deliver_webhooks)
        if poll:
            for name in self.crms:
                self._survive(partial(reconcile.poll, self.runtime, name))
        self._survive(lambda: sweep.sweep(self.runtime))
        for deal_id in self._wakes():
            self.stalled_deal = deal_id
            self._survive(partial(drain, self.runtime, deal_id))
        self.stalled_deal = None

    def _deliver_webhooks(self) -> None:
        for crm in self.crms.values():
            hooks, crm.hooks = crm.hooks, []
            self.chance.shuffle(hooks)
            for hint in hooks:
                intake.store(self.runtime, [intake.Accepted(crm.name, (hint,))])

    def _wakes(self) -> list[str]:
        sent, self.wakes.sent = self.wakes.sent, []
        kept = [deal_id for deal_id in sent if not self.trouble.on or self.chance.random() > 0.3]
        self.chance.shuffle(kept)
        return kept

    def _survive(self, act: Callable[[], object]) -> None:
        self.dead = False
        with suppress(Crash, ConnectorError):
            act()
        self.dead = False

    def live(self, moments: int = 25) -> None:
        """People work, everything goes wrong."""
        for _ in range(moments):
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                self.person_acts()
            self.tick(crash_share=self.chance.choice([0.0, 0.03, 0.1]), poll=False)

    def calm_down(self, moments: int = 30, *, polls: bool = True) -> None:
        """Nobody touches anything; webhooks, polls and the sweep bring everything to rest."""
        self.trouble.on = False
        for moment in range(moments):
            self.time += timedelta(minutes=3)
            self.tick(crash_share=0.0, poll=polls and moment % 5 == 0)

"""A whole house for stories: an emulated CRM, the real database, connectors and receiver, and a clock.

Stories speak the line's words (stages, fields, e-mails); this file says them in the CRM's own.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cli.demo_card import Card, Task
from cli.demo_crm import Crm
from cli.sandbox import SANDBOXES
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_files
from mapping.model import Deal, DealStatus, Handoff, Ref
from mapping.translate import IGNORED, to_canonical
from store import deals, handoffs, inbox, leases, ledger, outbox
from store.database import Store
from sync.backfill import backfill
from sync.drain.engine import drain
from sync.house import NoWake
from sync.listening import listen
from sync.reconcile import poll
from sync.rollout import activate
from sync.runtime import Connectors, Runtime, utc_now
from web.app import create_app
from web.server import Server

from ..contract.connectors.sandbox_client import Sandbox

CONFIG = Path(__file__).parents[2] / "config"
PATIENCE_S = 20.0
MOST_RETRIES = 6
OLENA, PETAR, IVAN, MARIA = (f"{name}@acme.example" for name in ("olena", "petar", "ivan", "maria"))
ROBOT = "robot@else.example"
COMPLETE: Mapping[str, Any] = {
    "decision_maker": "CFO",
    "budget": 5000,
    "contact_name": "Ada Buyer",
    "contact_email": "ada@customer.example",
}
"""What a deal needs to be handed from scout to hunter."""
TELLS_NOT_WHO_CLOSED = frozenset({"copper"})
"""Where a change of the outcome stands in no history (docs/connectors/copper.md#activities)."""
MERGES_NO_DEALS = frozenset({"copper", "close"})
SECRETS = {crm.name: crm.secret for crm in SANDBOXES}


@dataclass
class Clock:
    """The house's time: the real one, shifted."""

    shift: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass
class House:
    """The house, and what people do in the CRM. What changes a deal also lets the house come to rest."""

    crm: Crm
    sandbox: Sandbox
    runtime: Runtime
    clock: Clock
    files: dict[str, str]
    _resting: bool = field(default=True)

    @property
    def name(self) -> str:
        """The CRM, which is also the name of its connection."""
        return self.crm.name

    # --- rules ---

    @property
    def mapping_file(self) -> str:
        return f"mappings/{self.name}.yaml"

    def rewrite(self, file: str, old: str, new: str) -> None:
        """Edit one place in the YAML and apply it."""
        assert self.files[file].count(old) == 1, f"{old!r} does not stand once in {file}"
        self.replace(file, self.files[file].replace(old, new))

    def replace(self, file: str, text: str) -> None:
        """Write a file of the YAML anew and apply it."""
        self.files[file] = text
        activate(self.runtime, load_files(self.files), by="admin", message=None)
        self.settle()

    def set_mode(self, mode: str) -> None:
        """Change what a broken rule leads to."""
        self.rewrite("conveyor.yaml", "mode: enforce", f"mode: {mode}")

    def add_pipeline(self, label: str, columns: Mapping[str, str]) -> None:
        """Add a pipeline to the CRM, and its columns to the mapping: label -> what it means on the line."""
        pipeline, ids = self.crm.add_board(label, columns)
        lines = "".join(
            f'      - {{crm: {column}, id: "{ids[column]}", is: {meaning}}}\n'
            for column, meaning in columns.items()
        )
        added = f'  - pipeline: {{crm: {label}, id: "{pipeline}"}}\n    stages:\n{lines}fields:'
        self.rewrite(self.mapping_file, "fields:", added)

    def ignored_column(self) -> list[str]:
        """A column of the CRM that the mapping ignores."""
        boards = self.sandbox.pipelines()
        columns = [[board["id"], stage["id"]] for board in boards for stage in board["stages"]]
        mapping = self.crm.mapping()
        return next(column for column in columns if to_canonical(mapping, column) == IGNORED)

    # --- what people do in the CRM ---

    def handed_over(self, **values: Any) -> str:
        """A complete deal that its scout created and moved on."""
        deal_id = self.new_deal("qualification", **{**COMPLETE, **values})
        self.move(deal_id, "meeting", by=OLENA)
        return deal_id

    def new_deal(self, stage: str = "qualification", *, by: str | None = OLENA, **values: object) -> str:
        """Create a deal, owned by whoever creates it unless said otherwise."""
        given = {"title": "Fleet renewal", "owner": by or OLENA, **values}
        deal_id = self.crm.new_deal(stage, by=by, **given)
        self._rest()
        return deal_id

    def edit(self, deal_id: str, *, by: str | None, **values: object) -> None:
        """Edit a deal."""
        self.crm.edit(deal_id, by=by, **values)
        self._rest()

    def move(self, deal_id: str, to: str, *, by: str | None) -> None:
        """Drag the card to another column."""
        self.edit(deal_id, by=by, stage=to)

    def move_to_column(self, deal_id: str, column: list[str], *, by: str | None) -> None:
        """Drag the card to a column by the CRM's own ids."""
        self.crm.move_to_column(deal_id, column, by=by)
        self._rest()

    def complete(self, task: Task, *, by: str) -> None:
        """Tick a task off. No CRM tells a deal's webhook of it, so polling finds it."""
        self.crm.complete(task, by=by)
        self.poll()

    # --- what the house does ---

    def poll(self, *, awaiting_webhooks: bool = True) -> None:
        """Read what webhooks lost."""
        if awaiting_webhooks:
            self._await_webhooks()
        poll(self.runtime, self.name)
        self.settle(awaiting_webhooks=awaiting_webhooks)

    def backfill(self) -> None:
        """Read all deals."""
        backfill(self.runtime, self.name)
        self.settle()

    @contextmanager
    def asleep(self, *, awaiting_webhooks: bool = True) -> Iterator[None]:
        """Let things happen while the workers are away; webhooks are taken in all the same."""
        self._resting = False
        try:
            yield
        finally:
            self._resting = True
        self.settle(awaiting_webhooks=awaiting_webhooks)

    def settle(self, *, awaiting_webhooks: bool = True) -> None:
        """Work until nothing is due, and no webhook is under way."""
        deadline = time.monotonic() + PATIENCE_S
        while due := self._due(awaiting_webhooks=awaiting_webhooks):
            assert time.monotonic() < deadline, f"the house does not come to rest: {due}"
            for deal_id in due:
                drain(self.runtime, deal_id)

    def _rest(self) -> None:
        if self._resting:
            self.settle()

    def at(self, moment: datetime) -> None:
        """It is this moment now, and the workers did what was due."""
        self.clock.shift += moment - self.clock()
        self.settle(awaiting_webhooks=False)

    def wait_for_timers(self) -> None:
        """Let time pass until what was put off has been done; some of it is put off again."""
        for _ in range(MOST_RETRIES):
            self.clock.shift += timedelta(minutes=10)
            self.settle()

    def _due(self, *, awaiting_webhooks: bool) -> list[str]:
        if awaiting_webhooks:
            self._await_webhooks()
        with self.runtime.store.read() as tx:
            return [deal_id for deal_id, _ in leases.due_deals(tx, self.clock(), 100)]

    def _await_webhooks(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.crm.webhooks_under_way():
            assert time.monotonic() < deadline, "webhooks do not arrive"
            time.sleep(0.005)

    # --- what can be seen ---

    def card(self, deal_id: str) -> Card:
        """The deal in the CRM itself."""
        return self.crm.card(deal_id)

    def deal(self, deal_id: str) -> Deal:
        """The deal on the line."""
        with self.runtime.store.read() as tx:
            found = deals.find_by_ref(tx, Ref(self.name, deal_id))
        assert found is not None, f"the house does not know {self.crm}:{deal_id}"
        return found

    def handoffs(self, deal_id: str) -> list[Handoff]:
        """The deal's hand-offs, oldest first."""
        own = self.deal(deal_id).id
        with self.runtime.store.read() as tx:
            return [handoff for handoff in reversed(handoffs.listing(tx)) if handoff.deal_id == own]

    def story(self, deal_id: str) -> list[ledger.Entry]:
        """The deal's ledger."""
        with self.runtime.store.read() as tx:
            found = deals.find_by_ref(tx, Ref(self.name, deal_id))
            return ledger.story(tx, [found.id]) if found else []

    def kinds(self, deal_id: str) -> list[str]:
        """The kinds of the deal's ledger lines."""
        return [entry.kind for entry in self.story(deal_id)]

    def check_order(self) -> None:
        """What must hold after any story."""
        with self.runtime.store.read() as tx:
            count = handoffs.counts(tx, self.clock())
            dead = (inbox.counts(tx, self.clock()).dead, outbox.counts(tx, self.clock()).dead)
            unfinished = [deal.id for deal in _deleted(tx) if _waits(handoffs.of_deals(tx, [deal.id]))]
        assert count.offered == count.accepted + count.returned + count.open
        assert dead == (0, 0), "something was given up"
        assert not unfinished, "a deleted deal waits for somebody"
        assert self.sandbox.malformed() == 0


def _waits(found: Mapping[str, tuple[Handoff, ...]]) -> bool:
    return any(handoff.closed_at is None for own in found.values() for handoff in own)


def _deleted(tx: Any) -> list[Deal]:
    return [row.deal for row in deals.listing(tx, status=DealStatus.DELETED)]


@contextmanager
def open_house(crm: str, sandbox: Sandbox, store: Store) -> Iterator[House]:
    """A house under the example rules that has been watching its CRM for some minutes."""
    clock = Clock(shift=timedelta(minutes=-3))
    connectors = Connectors(
        grants=lambda name: MemoryGrants(),
        budget=lambda name, crm: NoBudget(),
        environment=_environment(crm, sandbox),
    )
    runtime = Runtime(store, NoWake(), connectors, now=clock)
    files = _example(crm)
    activate(runtime, load_files(files), by="admin", message=None)
    poll(runtime, crm)
    clock.shift = timedelta(0)
    # The receiver keeps the real time: webhooks are signed with it.
    with _receiving(replace(runtime, now=utc_now)) as url:
        own = Crm(crm, sandbox.url, lambda: runtime.rules.get().mappings[crm])
        own.send_webhooks(f"{url}/webhooks/{crm}", SECRETS[crm])
        yield House(own, sandbox, runtime, clock, files)
        own.close()


def _environment(crm: str, sandbox: Sandbox) -> dict[str, str]:
    settings = next(each.settings for each in SANDBOXES if each.name == crm)
    return dict(line.format(url=sandbox.url).split("=", 1) for line in settings)


def _example(crm: str) -> dict[str, str]:
    """The example configuration with one connection, as of a company that has no other CRM."""
    files = {path.relative_to(CONFIG).as_posix(): path.read_text() for path in CONFIG.rglob("*.yaml")}
    head, *blocks = re.split(r"\n(?=  \w+:\n)", files["connections.yaml"])
    own = next(block for block in blocks if block.startswith(f"  {crm}:"))
    kept = {name: text for name, text in files.items() if not name.startswith("mappings/")}
    mapping = f"mappings/{crm}.yaml"
    return {**kept, "connections.yaml": f"{head}\n{own}", mapping: files[mapping]}


@contextmanager
def _receiving(runtime: Runtime) -> Iterator[str]:
    """The web application in a thread, on a free port."""
    ready = threading.Event()
    server = Server(create_app(runtime), listen("127.0.0.1", 0), lambda port: ready.set())
    thread = threading.Thread(target=server.run, name="receiver")
    thread.start()
    try:
        assert ready.wait(PATIENCE_S), "the receiver did not start"
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join(PATIENCE_S)

"""The Line page with many deals: how long the server takes to answer, whole and filtered.

Run: `python -m benchmarks line_page`. Real HTTP to the web application; deals and hand-offs are stored directly.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import requests

from benchmarks import markdown
from benchmarks.processes import CONFIG
from connectors.local import MemoryGrants, NoBudget
from mapping.loader import load_ruleset
from mapping.model import Deal, DealStatus, Handoff, HandoffStatus, Link, Ref, Value
from mapping.ruleset import Ruleset
from store import deals, handoffs, ledger
from store.database import Store, open_store
from store.ledger import Entry
from store.links import deal_id_for
from sync.access import accounts
from sync.access.signing_in import Attempt, sign_in
from sync.access.viewer import Profile
from sync.house import NoWake
from sync.listening import listen
from sync.rollout import activate
from sync.runtime import Connectors, Runtime
from web.access import cookies
from web.app import create_app
from web.server import Server

DEALS = 50_000
LATE = 200
TIMES = 7
PASSWORD = "only for this benchmark"
BATCH = 5_000
AGAIN = "the whole line, nothing new"

PAGES = {
    "the whole line": ("admin@acme.example", "/"),
    AGAIN: ("admin@acme.example", "/"),
    "one owner": ("admin@acme.example", "/?owner=petar@acme.example"),
    "a text in titles": ("admin@acme.example", "/?text=Кухня"),
    "a specialist": ("petar@acme.example", "/"),
    "a stage, page 20": ("admin@acme.example", "/deals?section=conversion&stage=meeting&page=20"),
}


def run(many: int = DEALS) -> dict[str, Any]:
    """Seconds for each page, from the request to its last byte; the middle one and the slowest of a few."""
    with (
        tempfile.TemporaryDirectory(prefix="conveyor-line-") as folder,
        _house(Path(folder), many) as house,
    ):
        url, sessions, store = house
        found = {
            name: _times(url + path, sessions[email], None if name == AGAIN else store)
            for name, (email, path) in PAGES.items()
        }
    return {"deals": many, "pages": found}


def table(found: dict[str, Any]) -> str:
    """The numbers as Markdown, and what they say."""
    head = ["page", "ms, middle", "ms, slowest", "kB"]
    rows = [
        [name, round(1000 * statistics.median(times)), round(1000 * max(times)), round(size / 1000)]
        for name, (times, size) in found["pages"].items()
    ]
    text = f"""
        {found["deals"]:,} deals on the example line, {LATE} hand-offs of them late. Each page is asked for {TIMES}
        times over HTTP by somebody who is signed in. Something happened before each, so that all is counted anew, but
        for the second line: as long as nothing happens, a drawn line is kept.
    """
    return f"{markdown.table(head, rows)}\n\n{markdown.prose(text)}"


def _times(url: str, session: requests.Session, changed: Store | None) -> tuple[list[float], int]:
    times, size = [], 0
    session.get(url, timeout=60).raise_for_status()  # the first one loads templates
    for _ in range(TIMES):
        if changed is not None:
            with changed.begin() as tx:
                ledger.add(tx, [Entry(None, datetime.now(UTC), "note", "benchmark", "Something happened.")])
        started = time.perf_counter()
        answer = session.get(url, timeout=60)
        times.append(time.perf_counter() - started)
        answer.raise_for_status()
        size = len(answer.content)
    return times, size


@contextmanager
def _house(folder: Path, many: int) -> Iterator[tuple[str, Mapping[str, requests.Session], Store]]:
    store = open_store(f"sqlite:///{folder / 'conveyor.db'}")
    store.migrate()
    connectors = Connectors(grants=lambda _: MemoryGrants(), budget=lambda *_: NoBudget(), environment={})
    runtime = Runtime(store, NoWake(), connectors)
    activate(runtime, load_ruleset(CONFIG), by="benchmark", message=None)
    _fill(runtime, many)
    with _serving(runtime) as url:
        yield (
            url,
            {email: _session(runtime, email) for email in {email for email, _ in PAGES.values()}},
            store,
        )
    store.close()


@contextmanager
def _serving(runtime: Runtime) -> Iterator[str]:
    ready = threading.Event()
    server = Server(create_app(runtime), listen("127.0.0.1", 0), lambda _: ready.set())
    thread = threading.Thread(target=server.run, name="web")
    thread.start()
    try:
        ready.wait()
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        thread.join()


def _session(runtime: Runtime, email: str) -> requests.Session:
    profile = Profile.ADMIN if email.startswith("admin") else Profile.SPECIALIST
    accounts.add(runtime, email, profile, PASSWORD, by="benchmark")
    session = requests.Session()
    session.cookies.set(cookies.SESSION, sign_in(runtime, Attempt(email, PASSWORD, "127.0.0.1")))
    return session


def _fill(runtime: Runtime, many: int) -> None:
    rules, chance, now = runtime.rules.get(), Random(1), datetime.now(UTC)
    placed = [_deal(rules, chance, number, now) for number in range(many)]
    for start in range(0, many, BATCH):
        with runtime.store.begin() as tx:
            deals.insert_many(tx, placed[start : start + BATCH], rules.hash)
    with runtime.store.begin() as tx:
        for deal, _ in placed[:LATE]:
            handoffs.save(tx, _late(deal, now))


def _deal(rules: Ruleset, chance: Random, number: int, now: datetime) -> tuple[Deal, Link]:
    stage = chance.choice(list(rules.conveyor.stages.values()))
    owner = chance.choice(list(rules.team))
    fields: dict[str, Value] = {
        "title": f"{chance.choice(('Kitchen', 'Кухня', 'Fleet', 'Office'))} {number}",
        "amount": str(chance.randint(1, 900) * 100),
        "currency": chance.choice(("EUR", "BGN")),
        "contact_name": "Ada Buyer",
        "contact_email": f"ada{number}@customer.example",
        "company": "Nordica",
        "budget": "5000",
        "decision_maker": "CFO",
        "source": "web",
    }
    remote_id = str(100_000 + number)
    at, id = now - timedelta(minutes=number), deal_id_for(Ref("hubspot", remote_id))
    status = DealStatus(stage.status)
    deal = Deal(id, id, "hubspot", status, stage.section, stage.name, owner, fields, True, at, at, at)
    seen: dict[str, Value] = {**fields, "stage": ["default", "presentationscheduled"]}
    return deal, Link("hubspot", remote_id, id, seen=seen, sent=seen, version=str(number))


def _late(deal: Deal, now: datetime) -> Handoff:
    return Handoff(
        f"h-{deal.id}", deal.id, "Scout to hunter", "conveyor.yaml", 1, "lead_generation", "conversion",
        "qualification", None, deal.owner, HandoffStatus.PENDING, now, now - timedelta(hours=1),
    )  # fmt: skip

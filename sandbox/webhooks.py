"""Sends webhooks: a queue, up to ten deliveries at once, repeats, and the webhook faults. Knows no CRM."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from sandbox.faults import WEBHOOK_FAULTS, Fault, Faults
from sandbox.journal import Journal

CONCURRENCY = 10
SPACING_S = 1.0
Rendered = tuple[bytes, dict[str, str]]


@dataclass(frozen=True)
class Parcel:
    """Events for one target. `render(events, attempt)` makes body and headers, for each attempt (from 0)."""

    url: str
    events: Sequence[Any]
    render: Callable[[Sequence[Any], int], Rendered]
    retries: int = 0
    timeout: float = 5.0


class Deliveries:
    """Delivers parcels in the background; waits `spacing` seconds before the first repeat, then longer."""

    def __init__(self, journal: Journal, faults: Faults) -> None:
        self.spacing = SPACING_S
        self.gathering = 0  # events that the CRM still puts together into a parcel
        self._journal = journal
        self._faults = faults
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[Parcel] = []
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._threads = ThreadPoolExecutor(CONCURRENCY, "webhook")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=CONCURRENCY))

    def send(self, parcel: Parcel) -> None:
        """Queue a parcel, or do with it what the next webhook fault says."""
        fault = self._fault(parcel)
        if fault is None:
            self._start(parcel)
        elif fault.fault == "lose_webhook":
            self._journal.webhook(parcel.url, list(parcel.events), 0, "lost on purpose")
        elif fault.fault == "double_webhook":
            self._start(parcel)
            self._start(parcel)
        elif fault.fault == "delay_webhook":
            self._start(parcel, after=fault.ms / 1000)
        else:
            self._hold(parcel, fault)

    def pending(self) -> int:
        """Return how many parcels are gathered, waiting, under way or between two attempts."""
        return len(self._tasks) + len(self._held) + bool(self.gathering)

    def reset(self) -> None:
        """Drop everything that is not delivered yet, and wait between attempts as at the start."""
        self.spacing = SPACING_S
        self._held.clear()
        for task in self._tasks:
            task.cancel()

    def _fault(self, parcel: Parcel) -> Fault | None:
        if not any(fault.fault in WEBHOOK_FAULTS for fault in self._faults.planned()):
            return None
        return self._faults.take(WEBHOOK_FAULTS, json.dumps(parcel.events, default=str))

    def _hold(self, parcel: Parcel, fault: Fault) -> None:
        if not self._held:
            asyncio.get_running_loop().call_later(fault.ms / 1000, self._release)
        self._held.append(replace(parcel, events=list(reversed(parcel.events))))
        if fault.times <= 0:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        self._run(self._deliver_in_turn(held[::-1]))

    def _start(self, parcel: Parcel, after: float = 0) -> None:
        self._run(self._deliver(parcel, after))

    def _run(self, delivering: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(delivering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_in_turn(self, parcels: list[Parcel]) -> None:
        for parcel in parcels:
            await self._deliver(parcel, 0)

    async def _deliver(self, parcel: Parcel, after: float) -> None:
        await asyncio.sleep(after)
        for attempt in range(parcel.retries + 1):
            async with self._slots:
                outcome = await asyncio.get_running_loop().run_in_executor(
                    self._threads, self._attempt, parcel, attempt
                )
            self._journal.webhook(parcel.url, list(parcel.events), attempt, outcome)
            if outcome == "sent":
                return
            await asyncio.sleep(self.spacing * (attempt + 1))

    def _attempt(self, parcel: Parcel, attempt: int) -> str:
        body, headers = parcel.render(parcel.events, attempt)
        try:
            answer = self._session.post(
                parcel.url, body, headers=headers, timeout=parcel.timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            return f"failed: {type(error).__name__}"
        return "sent" if answer.ok and answer.status_code < 300 else f"failed: status {answer.status_code}"

"""What only one worker of the whole house may do at a time: a named lock in the database, kept while it runs."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog

from store import locks
from store.database import Store, Unavailable

log = structlog.get_logger()

EXPIRY_S = 30.0
"""How long a killed holder is in the way."""

ASK_EVERY_S = 0.1


class Busy(Exception):
    """Somebody else is at it."""


@contextmanager
def exclusively(
    store: Store, name: str, *, now: Callable[[], datetime], wait_s: float = 0.0
) -> Iterator[None]:
    """Hold the lock of this name, renewed as long as it takes. `Busy` if it is not free within `wait_s`."""
    token = uuid.uuid4().hex
    _wait(store, name, token, now, wait_s)
    done = threading.Event()
    keeper = threading.Thread(target=_keep, args=(store, name, token, now, done), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
        _release(store, name, token)


def _wait(store: Store, name: str, token: str, now: Callable[[], datetime], wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while not _acquire(store, name, token, now):
        if time.monotonic() >= deadline:
            raise Busy(f"{name} is being done elsewhere.")
        time.sleep(ASK_EVERY_S * random.uniform(0.5, 1.5))


def _acquire(store: Store, name: str, token: str, now: Callable[[], datetime]) -> bool:
    with store.begin() as tx:
        return locks.acquire(tx, name, token, now(), EXPIRY_S)


def _keep(store: Store, name: str, token: str, now: Callable[[], datetime], done: threading.Event) -> None:
    while not done.wait(EXPIRY_S / 3):
        try:
            if not _acquire(store, name, token, now):
                log.warning("lock_lost", lock=name, why="this process stood still for too long")
                return
        except Unavailable as error:
            log.warning("lock_not_renewed", lock=name, why=str(error))


def _release(store: Store, name: str, token: str) -> None:
    try:
        with store.begin() as tx:
            locks.release(tx, name, token)
    except Unavailable as error:
        log.warning("lock_not_released", lock=name, why=str(error), next=f"it ends in {EXPIRY_S:.0f} s")

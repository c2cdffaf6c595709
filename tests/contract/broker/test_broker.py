"""The broker under Dramatiq: prompt for workers, quick to fail for senders, nothing stuck after a crash."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import Retries
from structlog.testing import capture_logs

from sync import broker as brokers
from sync.broker import WakeBroker, make_broker
from sync.embedded_broker import EmbeddedBroker
from sync.wake import BULK_QUEUE, DRAIN_QUEUE, BrokerWake

from .waiting import wait_for
from .working import working


def test_settings_that_keep_wake_ups_from_being_stuck(broker: EmbeddedBroker) -> None:
    made = make_broker(broker.url)
    assert (made.maintenance_chance, made.heartbeat_timeout) == (1_000_000, 15_000)
    assert not any(isinstance(each, Retries) for each in made.middleware)


def test_an_idle_consumer_listens_instead_of_sleeping(broker: EmbeddedBroker) -> None:
    made = make_broker(broker.url)
    consumer = made.consume(DRAIN_QUEUE, prefetch=8, timeout=1000)
    assert isinstance(consumer, brokers.WakeConsumer)
    assert consumer.timeout == 0  # Dramatiq's own sleep, up to this many milliseconds
    assert consumer.prefetch == 8


@pytest.mark.parametrize(("threads", "at_once"), [(8, 6), (4, 2), (1, 1)])
def test_polls_and_backfills_leave_threads_to_drains(
    broker: EmbeddedBroker, threads: int, at_once: int
) -> None:
    consumer = make_broker(broker.url).consume(BULK_QUEUE, prefetch=2 * threads, timeout=1000)
    assert isinstance(consumer, brokers.WakeConsumer)
    assert consumer.prefetch == at_once


def test_the_bell_is_heard_at_once_and_never_piles_up(broker: EmbeddedBroker, wake: BrokerWake) -> None:
    listener = make_broker(broker.url)
    for number in range(50):
        wake.poll(f"crm-{number}")
    with brokers.connect(broker.url) as client:
        assert client.llen("dramatiq:bulk.bell") == brokers.MOST_RINGS
        for left in reversed(range(brokers.MOST_RINGS)):
            listener.listen(BULK_QUEUE)
            assert client.llen("dramatiq:bulk.bell") == left


def test_a_worker_does_what_it_is_woken_for(broker: EmbeddedBroker, wake: BrokerWake, tmp_path: Path) -> None:
    with working(tmp_path, broker.url) as worker:
        wake.deals([f"d{number}" for number in range(20)])
        wake.poll("hubspot")
        wait_for(lambda: sum(line.startswith("end") for line in worker.notes) == 21, "all is done")
    assert "end hubspot" in worker.notes


def test_wake_ups_of_a_killed_worker_go_to_the_next(
    broker: EmbeddedBroker, wake: BrokerWake, tmp_path: Path
) -> None:
    with working(tmp_path, broker.url, "first", TAKES_S="60") as first:
        wake.deals(["d1", "d2"])
        wait_for(lambda: "begin d2" in first.notes, "both are begun")
        first.kill()
    with working(tmp_path, broker.url, "second") as second:
        _make_heartbeats_old(broker)
        wait_for(lambda: {"end d1", "end d2"} <= set(second.notes), "both are done")
    assert sorted(second.notes) == ["begin d1", "begin d2", "end d1", "end d2", "ready"]


def _make_heartbeats_old(broker: EmbeddedBroker) -> None:
    """Let as much time pass for the broker as it takes to miss somebody."""
    with brokers.connect(broker.url) as client:
        for worker in client.zrange("dramatiq:__heartbeats__", 0, -1):
            client.zincrby("dramatiq:__heartbeats__", -brokers.HEARTBEAT_TIMEOUT_MS, worker)


def test_a_worker_outlives_the_broker(broker: EmbeddedBroker, wake: BrokerWake, tmp_path: Path) -> None:
    broker.supervise()
    with working(tmp_path, broker.url) as worker:
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)

        def woken() -> bool:
            wake.deals(["d1"])
            return "end d1" in worker.notes

        wait_for(woken, "the worker is back")
    assert "critical" not in (tmp_path / "worker.log").read_text().lower()


def test_a_worker_ends_in_time_also_without_the_broker(
    broker: EmbeddedBroker, wake: BrokerWake, tmp_path: Path
) -> None:
    with working(tmp_path, broker.url, TAKES_S="1") as worker:
        wake.deals(["d1"])
        wait_for(lambda: "begin d1" in worker.notes, "it is begun")
        broker.stop()
        worker.stop()
    assert "Traceback" not in (tmp_path / "worker.log").read_text()


def test_without_redis_a_sender_is_told_within_seconds_and_a_wake_up_is_dropped() -> None:
    away = BrokerWake(make_broker("redis://127.0.0.1:1/0"))
    before = time.monotonic()
    with capture_logs() as lines:
        away.deals([f"d{number}" for number in range(100)])
    assert time.monotonic() - before < 2
    assert [line["event"] for line in lines] == ["wake_lost"]


def test_a_redis_that_hangs_is_as_good_as_none(
    broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brokers, "ANSWER_TIMEOUT_S", 0.2)
    hanging = make_broker(broker.url)
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ConnectionClosed):
            hanging.enqueue(_message("d1"))
        with capture_logs() as lines:
            assert next(hanging.consume(DRAIN_QUEUE)) is None
            assert next(hanging.consume(BULK_QUEUE)) is None
        assert [line["event"] for line in lines] == ["broker_away"]
    finally:
        os.kill(broker.pid, signal.SIGCONT)


def test_a_redis_that_refuses_is_told_alike(broker: EmbeddedBroker) -> None:
    with brokers.connect(broker.url) as client:
        client.config_set("maxmemory", 1)
    with pytest.raises(ConnectionClosed, match="OutOfMemory"):
        make_broker(broker.url).enqueue(_message("d1"))


def test_messages_carry_the_name_of_a_deal_and_nothing_else(broker: EmbeddedBroker, wake: BrokerWake) -> None:
    wake.deals(["d1"])
    receiver: WakeBroker = make_broker(broker.url)
    message = next(receiver.consume(DRAIN_QUEUE))
    assert message is not None
    assert (message.actor_name, message.args, message.kwargs) == ("drain_deal", ("d1",), {})


def _message(deal_id: str) -> dramatiq.Message[None]:
    return dramatiq.Message(DRAIN_QUEUE, "drain_deal", (deal_id,), {}, {})

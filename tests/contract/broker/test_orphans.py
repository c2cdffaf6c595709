"""No process outlives the one that started it, whenever that one is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.embedded_broker import EmbeddedBroker
from sync.wake import BrokerWake

from .waiting import wait_for
from .working import working

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for the worker process in /proc")


def test_a_worker_process_ends_with_its_killed_parent(
    broker: EmbeddedBroker, wake: BrokerWake, tmp_path: Path
) -> None:
    with working(tmp_path, broker.url) as worker:
        wake.deals(["d1"])
        wait_for(lambda: "end d1" in worker.notes, "it works")
        [child] = worker.children
        worker.kill_parent()
        wait_for(lambda: not _runs(child), "the worker process is gone")


def test_a_worker_process_ends_that_could_not_tell_its_parent_that_it_is_ready(
    broker: EmbeddedBroker, wake: BrokerWake, tmp_path: Path
) -> None:
    wake.deals(["d1"])
    with working(tmp_path, broker.url, boot=False) as worker:
        wait_for(lambda: bool(worker.children), "the worker process is begun")
        [child] = worker.children
        worker.halt_parent()  # it hears nothing any more
        wait_for(lambda: "end d1" in worker.notes, "it works")
        worker.kill_parent()
        wait_for(lambda: not _runs(child), "the worker process is gone")


def test_a_program_is_not_begun_for_a_parent_that_is_gone(tmp_path: Path) -> None:
    trace = tmp_path / "begun"
    code = (
        "import json, sys; from sync.processes import dying_with_parent;"
        "print(json.dumps(dying_with_parent(['/usr/bin/env', 'touch', sys.argv[1]])))"
    )
    told = subprocess.run([sys.executable, "-c", code, str(trace)], capture_output=True, check=True)
    command = json.loads(told.stdout)
    assert subprocess.run(command, check=False).returncode == 1
    assert not trace.exists()

    ours = [str(os.getpid()) if word.isdigit() else word for word in command]
    assert subprocess.run(ours, check=False).returncode == 0
    assert trace.exists()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False

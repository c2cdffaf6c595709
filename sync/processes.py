"""What one process of the house owes another: to end with its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_END_WITH_PARENT = f"import ctypes; ctypes.CDLL(None).prctl({_PR_SET_PDEATHSIG}, {int(signal.SIGTERM)})"
_STILL_THERE = "import os, sys; os.getppid() == int(sys.argv[1]) or sys.exit(1)"
_THEN_BECOME = f"{_END_WITH_PARENT}; {_STILL_THERE}; os.execv(sys.argv[2], sys.argv[2:])"

LOOK_EVERY_S = 0.5
HEED_WITHIN_S = 5.0
"""A worker process that is asked to end begins with it within about a second."""
FINISH_WITHIN_S = 40.0
"""Longer than a worker takes at most to finish what it has begun."""


def dying_with_parent(command: Sequence[str | Path]) -> list[str | Path]:
    """The command line of a program that is terminated when the thread that starts it ends. Only Linux can do that.

    A small step between fork and program, as a program of its own: in a process with threads, Python code that runs
    after a fork may wait for ever for a lock that one of them held.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _THEN_BECOME, str(os.getpid()), *command]


def end_with_forking_parent(ending: threading.Event) -> None:
    """Ask this process to end once the one that forked it is gone; if it does not, end it by force.

    For a thread of its own. `ending` is set when the process begins to end, for whatever reason. A parent that is
    killed while its child tells it something, as that it is ready, leaves the child waiting for an answer.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    while os.getppid() == parent.pid:
        if ending.wait(LOOK_EVERY_S):
            return
    os.kill(os.getpid(), signal.SIGTERM)
    if ending.wait(HEED_WITHIN_S):
        time.sleep(FINISH_WITHIN_S)
    os._exit(1)

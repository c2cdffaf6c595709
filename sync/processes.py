"""What one process of the house owes another: to end with its parent. Only Linux can promise that."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_END_WITH_PARENT = f"import ctypes; ctypes.CDLL(None).prctl({_PR_SET_PDEATHSIG}, {int(signal.SIGTERM)})"
_THEN_BECOME = f"{_END_WITH_PARENT}; import os, sys; os.execv(sys.argv[1], sys.argv[1:])"

# Loaded before any fork: after one, a library may find its locks taken by threads that are no more.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the calling process terminated when the thread that started it ends."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def dying_with_parent(command: Sequence[str | Path]) -> list[str | Path]:
    """The command line of a program that is terminated when the thread that starts it ends.

    A small step between fork and program; Python code may not run there safely in a process with threads.
    """
    if sys.platform != "linux":
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _THEN_BECOME, *command]

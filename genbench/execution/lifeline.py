"""Ties the lives of fork server and workers to the parent's: whatever kills it, no process is left behind."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

PR_SET_PDEATHSIG = 1


def die_with_direct_parent() -> None:
    """Have the kernel (on Linux) kill this process when the one that started it ends: the fork server with the main
    process, and each worker with the fork server, even one that is stuck in C code."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def tie_to_parent() -> None:
    """Call in a worker. The kernel (on Linux) and a thread that waits for the parent both see to it."""
    die_with_direct_parent()
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)

"""Ties a worker's life to the parent's: whatever kills the parent, no worker is left behind."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

PR_SET_PDEATHSIG = 1


def tie_to_parent() -> None:
    """Call in a worker. The kernel (on Linux) and a thread that waits for the parent both see to it."""
    if sys.platform == "linux":
        # The worker's direct parent is the fork server, which exits as soon as the main process is gone.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)

"""Ties the lives of fork server, workers and their children to the main process: whatever kills it, none is left behind."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import wait

PR_SET_PDEATHSIG = 1


def die_with_direct_parent(by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel (on Linux) send this process a signal when the one that started it ends: the fork server with the
    main process, each worker with the fork server, each child with its worker, even one that is stuck in C code."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, by)


def tie_to_parent(by: signal.Signals) -> None:
    """Have a worker end with the main process: by the kernel on Linux, elsewhere by a thread that waits for its end."""
    die_with_direct_parent(by)
    parent = multiprocessing.parent_process()
    if parent is not None and sys.platform != "linux":
        threading.Thread(target=_exit_with, args=(parent.sentinel,), daemon=True).start()


def _exit_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)

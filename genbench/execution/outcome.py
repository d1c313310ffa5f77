"""What the end of a worker says about the job it had."""

from __future__ import annotations

import signal

from pebble import ProcessExpired

from genbench.execution.memory import OUT_OF_MEMORY
from genbench.measurement import Status

RETIRED = 70
"""Exit status of a worker that leaves after a job that did not end ``ok``; that job's folder is published."""
EXITED_CLEANLY = 256
"""Stands for the exit status 0, which is no success for a worker that had a job."""


def how_it_died(error: ProcessExpired | TimeoutError) -> str:
    """In a few words, e.g. ``the process was killed by SIGSEGV``."""
    if isinstance(error, TimeoutError):
        return f"the time limit of {error.args[1]:g} s was reached"
    code = error.exitcode
    if code == OUT_OF_MEMORY:
        return "the memory limit was reached"
    if code is not None and code < 0:
        hint = " (by hand, or by a system short of memory)" if -code == signal.SIGKILL else ""
        return f"the process was killed by {signal.Signals(-code).name}{hint}"
    return f"the process ended by itself with exit status {0 if code == EXITED_CLEANLY else code}"


def status_of_death(error: ProcessExpired | TimeoutError) -> Status:
    if isinstance(error, TimeoutError):
        return "timeout"
    return "out_of_memory" if error.exitcode == OUT_OF_MEMORY else "failed"

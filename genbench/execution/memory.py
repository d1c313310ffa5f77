"""What a job may use of memory, and what it did use."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

POLL_SECONDS = 0.05
CLEAR_REFS = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")


@contextmanager
def memory_limit(bytes_allowed: int | None, report: Callable[[], None], device: str = "cpu") -> Iterator[None]:
    """Keep the process within ``bytes_allowed`` of the host's memory beyond what it uses now; None is no limit.

    On Linux an allocation past the limit fails at once (RLIMIT_DATA), which a model sees as an ordinary out-of-memory
    error; not on CUDA, whose driver reserves address space that it never uses. What that misses (shared mappings, other
    systems) a watching thread ends: it calls ``report`` and exits.
    """
    if bytes_allowed is None:
        yield
        return
    limit = _held_bytes() + bytes_allowed
    done = threading.Event()

    def watch() -> None:
        while not done.wait(POLL_SECONDS):
            if _held_bytes() > limit:
                report()
                os._exit(1)

    restore = _limit_data_segment(bytes_allowed) if device == "cpu" else _nothing
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()
        restore()


def _nothing() -> None:
    pass


def _limit_data_segment(bytes_allowed: int) -> Callable[[], None]:
    """Set the limit; the function that is returned lifts it again."""
    try:
        import resource

        used = int(_status_field("VmData") * 1024)
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (used + bytes_allowed, hard))
    except (ImportError, OSError, ValueError):
        return _nothing
    return lambda: resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


class Usage:
    """Seconds and peak memory of a block of code: ``with Usage() as usage: ...``, then ``usage.seconds``."""

    def __enter__(self) -> Usage:
        _reset_peak()
        self._before = _held_bytes()
        self._started = time.perf_counter()
        return self

    def __exit__(self, *error: object) -> None:
        self.seconds = time.perf_counter() - self._started
        self.peak_memory_mb = max(0.0, (_peak_bytes() - self._before) / 2**20)
        """Peak resident memory above what the process held before, in MiB."""


def _reset_peak() -> None:
    if CLEAR_REFS.exists():
        try:
            CLEAR_REFS.write_text("5")
        except OSError:
            return


def _held_bytes() -> float:
    """Return how much memory the process holds now. Pages of files, such as libraries, do not count: a process that was just
    forked has yet to touch them, and would seem to take them."""
    if STATUS.exists():
        return (_status_field("RssAnon") + _status_field("RssShmem")) * 1024
    return float(psutil.Process().memory_info().rss)


def _peak_bytes() -> float:
    """Return the most that the process has held since :func:`_reset_peak`; pages of files count as they are now."""
    if STATUS.exists():
        return (_status_field("VmHWM") - _status_field("RssFile")) * 1024
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _status_field(name: str) -> float:
    """A field of /proc/self/status, in KiB."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1])
    raise OSError(f"no {name} in {STATUS}")

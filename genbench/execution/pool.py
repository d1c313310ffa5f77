"""The worker processes: forked from one that has the heavy imports done, replaced when they die, killed when too slow."""

from __future__ import annotations

import copy
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from typing import Any

from pebble import ProcessPool

from genbench.errors import GenbenchError
from genbench.execution.outcome import EXITED_CLEANLY
from genbench.targets import resolve

THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
START_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
_CONTEXT: Any = multiprocessing.get_context(START_METHOD)


def default_workers(threads: int) -> int:
    """As many workers as there are cores for their threads."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


def check_workers(workers: int) -> int:
    """The number of workers that a user asked for."""
    if workers < 1:
        raise GenbenchError(f"--workers must be at least 1, not {workers}")
    return workers


@contextmanager
def worker_pool(workers: int, threads: int) -> Iterator[WorkerPool]:
    """A pool that leaves no process behind, however the block ends."""
    pool = WorkerPool(workers, threads)
    try:
        yield pool
    finally:
        pool.stop()


class _Worker(_CONTEXT.Process):  # type: ignore[misc]
    """A worker that leaves with exit status 0 while it has a job (``os._exit(0)`` in a model) has failed all the same;
    pebble would take no notice of its death and wait for it until the job's time is spent."""

    @property
    def exitcode(self) -> int | None:
        code: int | None = super().exitcode
        return EXITED_CLEANLY if code == 0 else code


class WorkerPool:
    def __init__(self, workers: int, threads: int) -> None:
        # The libraries read these once, when the fork server imports them.
        os.environ.update(dict.fromkeys(THREAD_SETTINGS, str(threads)))
        context: Any = copy.copy(_CONTEXT)
        context.Process = _Worker
        if START_METHOD == "forkserver":
            context.set_forkserver_preload(["genbench.execution.warm"])
            _start_fork_server()
        self.workers = workers
        self._pool: Any = ProcessPool(max_workers=workers, initializer=_start, initargs=(threads,), context=context)

    def schedule(self, target: str, *arguments: Any, timeout: float | None = None) -> Future[Any]:
        """Call ``"package.module:function"`` in a worker. The future fails with pebble's ``ProcessExpired`` if the worker
        dies, with ``TimeoutError`` if it takes longer than ``timeout`` seconds and is killed."""
        future: Future[Any] = self._pool.schedule(_call, args=(target, *arguments), timeout=timeout)
        return future

    def stop(self) -> None:
        """Kill whatever still runs, at once: a worker that is only just starting would print a traceback if it did not
        find what the pool is about to clear away."""
        self._pool.stop()
        for worker in multiprocessing.active_children():
            worker.kill()
        self._pool.join()


def _start_fork_server() -> None:
    """With Ctrl-C and the closing of the terminal blocked, which the new processes inherit: the main process, which hears of
    both, ends them; they would else print tracebacks."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        resource_tracker.ensure_running()  # lifts a block of Ctrl-C, so the fork server must not be what starts it
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start(threads: int) -> None:
    from genbench.execution.worker import start_worker  # imports torch, which the parent never does

    start_worker(threads)


def _call(target: str, *arguments: Any) -> Any:
    try:
        return resolve(target)(*arguments)
    except SystemExit as error:  # else it would end the parent, when it asks for the result
        raise RuntimeError(f"sys.exit({error.code!r}) was called") from None

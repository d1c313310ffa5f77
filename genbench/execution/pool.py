"""The worker processes of a run: forked from one that has the heavy imports done, each with one data set loaded.

Every place (there are as many as jobs at a time) is a thread of this process. It has a worker for the data set of its tasks,
and replaces it when a task comes for another one, or when it died. The tasks themselves run in children of the workers.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import psutil

from genbench.errors import GenbenchError
from genbench.execution.child import Death, how_it_ended
from genbench.execution.task import Outcome, Task

THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
START_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
GRACE_SECONDS = 30.0
"""A worker that has said nothing for so long after its task's time was spent is given up."""
STOP_SECONDS = 0.05
_CONTEXT: Any = multiprocessing.get_context(START_METHOD)

ResultT = TypeVar("ResultT")


def default_workers(threads: int) -> int:
    """Return as many workers as there are cores for their threads."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


def check_workers(workers: int) -> int:
    """Return the number of workers that a user asked for; raises :class:`GenbenchError` if it is none."""
    if workers < 1:
        raise GenbenchError(f"--workers must be at least 1, not {workers}")
    return workers


@contextmanager
def worker_pool(workers: int, threads: int) -> Iterator[WorkerPool]:
    """Give a pool that leaves no process behind, however the block ends."""
    pool = WorkerPool(workers, threads)
    try:
        yield pool
    finally:
        pool.stop()


class WorkerLost(Exception):
    """A worker itself ended, which no task should bring about."""

    def __init__(self, code: int | None) -> None:
        super().__init__(how_it_ended(1 if code is None else code))


class PoolStopped(Exception):
    """The pool was stopped while a task was waiting or running."""


@dataclass(eq=False)
class _Worker:
    """A worker process, and the line to it."""

    process: Any
    connection: Connection

    def kill(self) -> None:
        """End the worker with everything that it started."""
        family: list[psutil.Process] = []
        with suppress(psutil.Error):
            family = psutil.Process(self.process.pid).children(recursive=True)
        with suppress(ValueError):  # closed already
            self.process.kill()
        for member in family:
            with suppress(psutil.Error):
                member.kill()


class WorkerPool:
    """Runs functions in its places, side by side, and tasks in the workers of the places."""

    def __init__(self, workers: int, threads: int) -> None:
        # The libraries read these once, when the fork server imports them.
        os.environ.update(dict.fromkeys(THREAD_SETTINGS, str(threads)))
        if START_METHOD == "forkserver":
            _CONTEXT.set_forkserver_preload(["genbench.execution.warm"])
            _start_fork_server()
        self._task_threads = threads
        self._places = ThreadPoolExecutor(workers, thread_name_prefix="genbench-place")
        self._place = threading.local()
        self._alive: set[_Worker] = set()
        self._futures: set[Future[Any]] = set()
        self._stopped = False

    def submit(self, function: Callable[..., ResultT], *arguments: Any) -> Future[ResultT]:
        """Call the function in the next free place; it may use :meth:`call`."""
        future = self._places.submit(function, *arguments)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def schedule(self, task: Task) -> Future[Outcome]:
        """Run the task in the next free place."""
        return self.submit(self.call, task)

    def call(self, task: Task) -> Outcome:
        """Run the task in a worker of this place and wait for its end; to be called in a place.

        A task whose worker was lost is tried once more with a new one. Raises :class:`PoolStopped` if the pool is stopped.
        """
        for _ in range(2):
            try:
                return self._attempt(task)
            except WorkerLost as lost:
                death = Death("failed", str(lost))
            finally:
                self._raise_if_stopped()
        return Outcome(end=death)

    def stop(self) -> None:
        """Kill whatever still runs, at once."""
        self._stopped = True
        self._places.shutdown(wait=False, cancel_futures=True)
        while True:
            for worker in list(self._alive):
                worker.kill()
            if not wait(list(self._futures), timeout=STOP_SECONDS).not_done:
                break
        for worker in list(self._alive):
            worker.kill()
            worker.process.join()
        self._places.shutdown()

    def _attempt(self, task: Task) -> Outcome:
        outcome = Outcome()
        worker = self._worker_for(task, outcome)
        if worker is None:
            return outcome
        try:
            worker.connection.send(task)
        except OSError:
            self._discard(worker)
            raise WorkerLost(worker.process.exitcode) from None
        while True:
            # Twice its seconds: the evaluations of plugins have a time of their own.
            kind, content = self._received(worker, 2 * task.seconds + GRACE_SECONDS)
            if kind == "message":
                outcome.messages.append(content)
            else:
                outcome.end = content
                if kind == "late":
                    self._discard(worker)
                return outcome

    def _worker_for(self, task: Task, outcome: Outcome) -> _Worker | None:
        """Return the place's worker that has the task's data set loaded; None, with the reason in ``outcome``, if it cannot
        be loaded. Of the others a place keeps the one without a data set."""
        mine: dict[str | None, _Worker] = self._place.__dict__.setdefault("workers", {})
        key = None if task.dataset is None else task.dataset.model_dump_json()
        if key in mine and mine[key] in self._alive:
            return mine[key]
        for other in [name for name in mine if name is not None]:
            self._discard(mine.pop(other))
        worker = self._started(task)
        kind, outcome.end = self._received(worker, task.seconds)
        if kind != "loaded":
            self._discard(worker)
            return None
        mine[key] = worker
        return worker

    def _started(self, task: Task) -> _Worker:
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(
            target=_serve, args=(theirs, self._task_threads, task.dataset, task.memory), daemon=False
        )
        try:
            process.start()
        except OSError:  # the fork server has just died; the next attempt starts another
            raise WorkerLost(None) from None
        finally:
            theirs.close()
        worker = _Worker(process, ours)
        self._alive.add(worker)
        return worker

    def _received(self, worker: _Worker, seconds: float) -> tuple[str, Any]:
        """Return the worker's next message: its kind and its content."""
        try:
            if worker.connection.poll(seconds):
                message: tuple[str, Any] = worker.connection.recv()
                return message
        except (EOFError, OSError):
            worker.process.join(GRACE_SECONDS)
            self._discard(worker)
            raise WorkerLost(worker.process.exitcode) from None
        return "late", Death("timeout", f"the time limit of {seconds:g} s was reached")

    def _discard(self, worker: _Worker) -> None:
        worker.kill()
        worker.process.join()
        worker.connection.close()
        self._alive.discard(worker)

    def _raise_if_stopped(self) -> None:
        if self._stopped:
            raise PoolStopped


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


def _serve(*arguments: Any) -> None:
    from genbench.execution.worker import serve  # imports torch, which the main process never does

    serve(*arguments)

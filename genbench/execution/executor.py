"""Runs jobs in the local worker processes and sees that each leaves a result, whatever became of its process."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from genbench.errors import RunFolderError
from genbench.execution.child import UNREADABLE, Death, Failed
from genbench.execution.job import Job
from genbench.execution.pool import WorkerPool
from genbench.execution.result import error_of, result_of
from genbench.execution.task import Outcome, Task
from genbench.results.folder import RunFolder

POLL_SECONDS = 0.2
LOG = "log.txt"


class Progress(Protocol):
    """Told what happens to the jobs, e.g. a live display."""

    def skip(self, finished: int) -> None:
        """Called once, before all else, with the number of jobs that were finished by an earlier command."""

    def update(self, running: Sequence[tuple[Job, float | None]]) -> None:
        """Called several times a second with the jobs that are running now, and the share of each one's training that is
        done, where that is known."""

    def finished(self, job: Job, result: dict[str, Any]) -> None:
        """Called once for each job, with its result.json."""

    def warn(self, message: str) -> None:
        """Called with one line about something that went wrong beside the jobs."""


@dataclass
class LocalExecutor:
    """Runs jobs on this machine. An executor for a cluster needs only the same ``run``."""

    pool: WorkerPool
    folder: RunFolder

    def run(self, jobs: Sequence[Job], progress: Progress) -> None:
        """Run all jobs; each leaves a published folder. Raises :class:`GenbenchError` if results cannot be written."""
        pending = {self.pool.submit(self._run, job): job for job in jobs}
        while pending:
            done, _ = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                progress.finished(pending.pop(future), future.result())
            running = [job for future, job in pending.items() if future.running()]
            progress.update([(job, self.folder.progress(job.key)) for job in running])

    def _run(self, job: Job) -> dict[str, Any]:
        """Run one job and publish its folder; return its result. Called in a place of the pool."""
        limits, started = job.protocol.limits, time.monotonic()
        workspace = self.folder.open_job(job.key)
        outcome = self.pool.call(
            Task(
                "genbench.execution.run_job:run_job",
                (job, self.folder.path.absolute()),
                job.dataset,
                seconds=limits.seconds,
                memory=limits.memory_bytes,
                device=job.device,
                log=workspace.absolute() / LOG,
            )
        )
        if isinstance(outcome.end, Failed) and outcome.end.error == RunFolderError.__name__:
            outcome.raise_problem()  # the disk is full: no other job would fare better
        try:
            result, failures = result_of(job, outcome)
        except (ValueError, TypeError, KeyError, AttributeError):  # of a process whose modules a plugin patched
            result, failures = result_of(job, Outcome(end=Death("failed", UNREADABLE)))
        if any(failure.stage in ("job", "artefacts") for failure in failures):
            _remove_all_but_log(workspace)  # the process may have ended in the middle of a file
        result["seconds"] = None if isinstance(outcome.end, Death) else time.monotonic() - started
        self.folder.publish_job(job.key, result, error_of(failures))
        if result["status"] in ("ok", "diverged"):
            shutil.rmtree(self.folder.checkpoint(job.key), ignore_errors=True)
        return result


def _remove_all_but_log(workspace: Path) -> None:
    for path in workspace.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != LOG:
            path.unlink(missing_ok=True)

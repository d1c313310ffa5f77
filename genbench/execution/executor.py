"""Runs jobs in the local worker processes and sees that each leaves a result, whatever became of its worker."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Protocol

from pebble import ProcessExpired

from genbench.errors import GenbenchError
from genbench.execution.job import Job
from genbench.execution.outcome import RETIRED, how_it_died, status_of_death
from genbench.execution.pool import WorkerPool
from genbench.execution.result import Failure, error_of, result_of, rows_of_the_dead
from genbench.results.folder import RunFolder

POLL_SECONDS = 0.2


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
        pending = {self._submit(job): job for job in jobs}
        while pending:
            done, _ = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                job = pending.pop(future)
                self._settle(job, future)
                result = self.folder.result(job.key)
                assert result is not None, f"job {job.key} left no result"
                progress.finished(job, result)
            running = [job for future, job in pending.items() if future.running()]
            progress.update([(job, self.folder.progress(job.key)) for job in running])

    def _submit(self, job: Job) -> Future[Any]:
        return self.pool.schedule(
            "genbench.execution.worker:run_job", job, self.folder.path, timeout=job.protocol.limits.seconds
        )

    def _settle(self, job: Job, future: Future[Any]) -> None:
        """A worker publishes its job, also a failed one; for one that could not, do it here."""
        try:
            future.result()
        except GenbenchError:
            raise
        except (ProcessExpired, TimeoutError) as error:
            if getattr(error, "exitcode", None) != RETIRED:
                self._publish_death(job, error)

    def _publish_death(self, job: Job, error: ProcessExpired | TimeoutError) -> None:
        failures = [Failure(stage="job", status=status_of_death(error), reason=how_it_died(error))]
        result = result_of(job, failures, {}, rows_of_the_dead(job, failures[0].status))
        self.folder.workspace(job.key).mkdir(parents=True, exist_ok=True)
        self.folder.publish_job(job.key, {**result, "seconds": None}, error_of(failures))

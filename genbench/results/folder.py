"""The run folder: where a run keeps what it was and what came of it.

    run.json               command, protocol, versions, hardware, plugins, the jobs and what was left out
    jobs/<key>/            result.json, error.json, model.safetensors, samples.npz, per_example.npz, training.csv, log.txt,
                           and tensorboard/ where TensorBoard is installed
    tables/*.csv, *.md     made from the above, and again at any time
    seeds/*.csv            likewise, by table the values of the single seeds, from which runs are compared
    pictures/<data set>/   likewise, a few a model
    report.html            likewise, all of it on one page
    observers/*.log        what plugins printed when they were told of jobs
    .next/                 a run that will replace tables which are kept without their jobs, until it has ended

Everything is written whole and then renamed, so that a reader never sees a half of it, whenever a run was killed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from genbench.errors import RunFolderError
from genbench.results import atomic

PROGRESS = "progress"
NEXT = ".next"


class RunFolder:
    """A run folder by its path; reading needs no lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_file = path / "run.json"
        self.jobs = path / "jobs"
        self.tables = path / "tables"
        self.seeds = path / "seeds"
        self.pictures = path / "pictures"
        self.observers = path / "observers"
        self.report = path / "report.html"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for writing; raises :class:`RunFolderError` if another run does. A folder that was made for it and
        into which nothing was written is removed."""
        new = not self.path.exists()
        with atomic.disk_errors_named(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / ".lock")
        try:
            with atomic.disk_errors_named(self.path):
                lock.acquire(timeout=0)
        except Timeout:
            raise RunFolderError(
                f"another run is writing to {self.path}; wait until it has ended, or give another folder with --out"
            ) from None
        try:
            self._sweep()
            yield
        finally:
            if new and [path.name for path in self.path.glob("*")] == [".lock"]:
                shutil.rmtree(self.path, ignore_errors=True)
            lock.release()

    def is_locked(self) -> bool:
        """Whether a run is writing to the folder now."""
        lock = FileLock(self.path / ".lock")
        if not Path(lock.lock_file).exists():
            return False
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()
        return False

    def running(self) -> list[str]:
        """The keys of the jobs that have begun and not ended; after a run was killed, also of those that it left."""
        return [key for key in self.read_run()["jobs"] if self.workspace(key).is_dir()]

    def keeps_tables_alone(self) -> bool:
        """Whether the folder holds tables but never held, or no longer holds, the jobs that they were made of."""
        return self.tables.is_dir() and not self.jobs.is_dir()

    def at_work(self) -> RunFolder:
        """Where a run works: here; but where tables are kept alone, in a folder within, so that they stay as they are until
        :meth:`take_over`. The lock of this folder holds for that one, too."""
        return RunFolder(self.path / NEXT) if self.keeps_tables_alone() else self

    def take_over(self) -> None:
        """Replace tables that are kept alone by the run at work, which has written its own.

        The jobs come first: if this is cut short, the same command finds them here and writes the tables again.
        """
        new = self.at_work()
        if new is self:
            return
        with atomic.disk_errors_named(self.path):
            new.jobs.rename(self.jobs)
            new.run_file.replace(self.run_file)
            for ours, theirs in ((self.tables, new.tables), (self.seeds, new.seeds), (self.observers, new.observers)):
                shutil.rmtree(ours, ignore_errors=True)
                if theirs.is_dir():
                    theirs.rename(ours)
            shutil.rmtree(self.pictures, ignore_errors=True)
            self.report.unlink(missing_ok=True)
            shutil.rmtree(new.path)

    def remove_jobs(self, keys: Iterable[str]) -> None:
        """Remove what these jobs left, also the states of trainings that were stopped."""
        for key in keys:
            shutil.rmtree(self.jobs / key, ignore_errors=True)
            shutil.rmtree(self.checkpoint(key), ignore_errors=True)

    def read_run(self) -> dict[str, Any]:
        """run.json; raises :class:`RunFolderError` if the folder holds no run."""
        if not self.run_file.is_file():
            raise RunFolderError(f"{self.path} holds no run (there is no run.json); give the folder of one")
        run = _read_json(self.run_file)
        if not isinstance(run, dict) or not isinstance(run.get("jobs"), dict):
            raise RunFolderError(f"{self.run_file} is no record of a run: it does not say what jobs it had")
        return run

    def has_run(self) -> bool:
        return self.run_file.is_file()

    def write_run(self, run: dict[str, Any]) -> None:
        atomic.write_json(self.run_file, run)

    def open_job(self, key: str) -> Path:
        """An empty folder in which a job can leave its files before they are published."""
        workspace = self.workspace(key)
        with atomic.disk_errors_named(workspace):
            shutil.rmtree(workspace, ignore_errors=True)
            workspace.mkdir(parents=True)
        return workspace

    def workspace(self, key: str) -> Path:
        return self.jobs / f".tmp-{key}"

    def checkpoint(self, key: str) -> Path:
        """Where a job's training keeps its state; it outlives a killed run, which goes on from there."""
        return self.jobs / f".checkpoint-{key}"

    def publish_job(self, key: str, result: dict[str, Any], error: dict[str, Any] | None) -> None:
        """Add the result (and what went wrong) to the job's workspace and rename it into place."""
        workspace = self.workspace(key)
        (workspace / PROGRESS).unlink(missing_ok=True)
        atomic.write_json(workspace / "result.json", result)
        if error is not None:
            atomic.write_json(workspace / "error.json", error)
        atomic.publish_folder(workspace, self.jobs / key)

    def report_progress(self, key: str, share: float) -> None:
        """Leave word of which share of a running job's training is done."""
        with suppress(OSError):
            (self.workspace(key) / PROGRESS).write_text(f"{share:.4f}", encoding="utf-8")

    def progress(self, key: str) -> float | None:
        """What :meth:`report_progress` left last, or None."""
        try:
            return float((self.workspace(key) / PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def result(self, key: str) -> dict[str, Any] | None:
        """The job's result.json, or None if it has none yet."""
        path = self.jobs / key / "result.json"
        return _read_json(path) if path.is_file() else None

    def has_results(self) -> bool:
        """Whether any of the run's jobs has a result; where only tables are kept, none has."""
        return any((self.jobs / key / "result.json").is_file() for key in self.read_run()["jobs"])

    def results(self) -> list[dict[str, Any]]:
        """The results of the run's jobs, in the order of run.json; jobs without one are left out."""
        found = (self.result(key) for key in self.read_run()["jobs"])
        return [result for result in found if result is not None]

    def _sweep(self) -> None:
        """Remove what a killed run left half done."""
        work = self.at_work()
        if work is self and not RunFolder(self.path / NEXT).jobs.is_dir():
            shutil.rmtree(self.path / NEXT, ignore_errors=True)
        for folder in (self.path, self.tables, self.seeds, work.path, work.jobs, work.tables, work.seeds):
            if folder.is_dir():
                for leftover in folder.iterdir():
                    if leftover.name.startswith((".tmp-", ".old-")) or ".tmp-" in leftover.name:
                        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from None

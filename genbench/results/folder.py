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

Everything is written whole and then renamed, so that a reader never sees a half of it, whenever a run was killed. Files that
were damaged since, or put there by others, are read through :mod:`genbench.results.reading`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from genbench.errors import RunFolderError
from genbench.results import atomic
from genbench.results.reading import RESULT, read_run_file, result_in, warn
from genbench.whole_files import remove

PROGRESS = "progress"
NEXT = ".next"
LEFTOVER = re.compile(r"\.(.+\.)?(tmp|old)-")
"""How the names begin of what was being written."""


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
        self._lock = path / ".lock"
        self._read: dict[str, tuple[object, dict[str, Any] | None, str]] = {}
        """By a job's key: when and how large its result.json was, the result, and what is wrong with it."""

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for writing; raises :class:`RunFolderError` if another run does. A folder that was made for it and
        into which nothing was written is removed."""
        new = not self.path.exists()
        with atomic.disk_errors_named(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            make_way(self._lock)
        lock = FileLock(self._lock)
        with atomic.disk_errors_named(self.path):
            try:
                lock.acquire(timeout=0)
            except Timeout:  # an OSError, too
                raise RunFolderError(
                    f"another run is writing to {self.path}; wait until it has ended, or give another folder with --out"
                ) from None
        try:
            with atomic.disk_errors_named(self.path):
                self._sweep()
                self._make_way()
            yield
        finally:
            if new and [path.name for path in self.path.glob("*")] == [".lock"]:
                remove(self.path)
            lock.release()

    def is_locked(self) -> bool:
        """Whether a run is writing to the folder now; into one that cannot be written to, none is."""
        if not self._lock.is_file():
            return False
        lock = FileLock(self._lock)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False
        lock.release()
        return False

    def running(self) -> list[str]:
        """The keys of the jobs that have begun and not ended; after a run was killed, also of those that it left."""
        return [key for key in self.read_run()["jobs"] if self.workspace(key).is_dir()]

    def keeps_tables_alone(self) -> bool:
        """Whether the folder holds tables but never held, or no longer holds, the jobs that they were made of."""
        return self.tables.is_dir() and not os.path.lexists(self.jobs)

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
                remove(ours)
                if theirs.is_dir():
                    theirs.rename(ours)
            remove(self.pictures)
            remove(self.report)
            remove(new.path)

    def remove_jobs(self, keys: Iterable[str]) -> None:
        """Remove what these jobs left, also the states of trainings that were stopped."""
        for key in keys:
            remove(self.jobs / key)
            remove(self.checkpoint(key))

    def read_run(self) -> dict[str, Any]:
        """run.json; raises :class:`RunFolderError` if the folder holds no run, or a damaged record of one."""
        return read_run_file(self.run_file)

    def has_run(self) -> bool:
        return self.run_file.is_file()

    def write_run(self, run: dict[str, Any]) -> None:
        atomic.write_json(self.run_file, run)

    def open_job(self, key: str) -> Path:
        """An empty folder in which a job can leave its files before they are published."""
        workspace = self.workspace(key)
        with atomic.disk_errors_named(workspace):
            remove(workspace)
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
        atomic.write_json(workspace / RESULT, result)
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
            share = float((self.workspace(key) / PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return share if 0 <= share <= 1 else None

    def result(self, key: str) -> dict[str, Any] | None:
        """The job's result.json; None if it has none yet, and, after a warning, if it is damaged or another job's."""
        result, damage = self._result(key)
        if damage:
            warn(damage)
        return result

    def damage(self, key: str) -> str:
        """What is wrong with the job's result.json, in a line with the way on; "" if nothing is, or if there is none yet."""
        return self._result(key)[1]

    def record(self) -> dict[str, Any] | None:
        """run.json; None if there is none, and, after a warning, if it is damaged: for those who write it anew."""
        if not self.has_run():
            return None
        try:
            return self.read_run()
        except RunFolderError as error:
            warn(str(error))
            return None

    def has_results(self) -> bool:
        """Whether any of the run's jobs has a result; where only tables are kept, none has."""
        return bool(self.results())

    def results(self) -> list[dict[str, Any]]:
        """The results of the run's jobs, in the order of run.json; jobs without one are left out."""
        found = ((job, self.result(key)) for key, job in self.read_run()["jobs"].items())
        return [result for job, result in found if result is not None and self._is_of(job, result)]

    def jobs_done(self) -> set[str]:
        """The keys of the run's jobs that ended ``ok``."""
        return {result["key"] for result in self.results() if result["status"] == "ok"}

    def _is_of(self, job: dict[str, Any], result: dict[str, Any]) -> bool:
        """Whether the result is that of the job in run.json; tells of one that is not."""
        if all(result[name] == job[name] for name in ("model", "dataset")):
            return True
        warn(
            f"{self.jobs / result['key'] / RESULT} is of {result['model']} on {result['dataset']}, but the job of "
            f"{job['model']} on {job['dataset']}; it is left out, and the command of the run does it again"
        )
        return False

    def keys_with_results(self) -> list[str]:
        """The keys of all jobs that lie in the folder, whatever run.json says; the latest first."""
        times = {path.parent.name: path.stat().st_mtime for path in self.jobs.glob(f"[!.]*/{RESULT}")}
        keys = sorted(times, key=lambda key: -times[key])
        return [key for key in keys if self._result(key)[0] is not None]

    def _result(self, key: str) -> tuple[dict[str, Any] | None, str]:
        """The result, read again only if the file has changed, and what is wrong with it."""
        path = self.jobs / key / RESULT
        try:
            stat = path.stat()
            stamp: object = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        except OSError:
            if not os.path.lexists(path.parent):
                return None, ""
            stamp = None
        known = self._read.get(key)
        if known is None or known[0] != stamp:
            known = self._read[key] = (stamp, *result_in(path.parent))
        return known[1:]

    def _sweep(self) -> None:
        """Remove what a killed run left half done."""
        work = self.at_work()
        if work is self and not RunFolder(self.path / NEXT).jobs.is_dir():
            remove(self.path / NEXT)
        for folder in (self.path, self.tables, self.seeds, work.path, work.jobs, work.tables, work.seeds):
            if folder.is_dir():
                for leftover in folder.iterdir():
                    if LEFTOVER.match(leftover.name):
                        remove(leftover)

    def _make_way(self) -> None:
        """Move aside what is no folder where a folder is kept, and the other way round."""
        work = self.at_work()
        for folder in dict.fromkeys((self, work)):
            for path in (folder.jobs, folder.tables, folder.seeds, folder.pictures):
                make_way(path, for_folder=True)
            for path in (folder.run_file, folder.report):
                make_way(path)


def make_way(path: Path, for_folder: bool = False) -> None:
    """Move aside what is no folder where a folder belongs, or no file where a file does; a warning says where it went."""
    there = os.path.lexists(path)
    fits = path.is_dir() if for_folder else not path.is_dir()
    if not there or fits:
        return
    kinds = ("a file", "a folder") if for_folder else ("a folder", "a file")
    aside = next(name for name in _other_names(path) if not os.path.lexists(name))
    path.rename(aside)
    if for_folder:
        path.mkdir()
    warn(f"{path} was {kinds[0]} where a run keeps {kinds[1]}; it is now {aside}, look at it and remove it")


def _other_names(path: Path) -> Iterator[Path]:
    number = 0
    while True:
        number += 1
        yield path.with_name(f"{path.name}.foreign{number}")

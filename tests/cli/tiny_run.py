"""A tiny run made once, and the command line on copies of it: a job that must be done again comes from the run as it was."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

from harness import OwnProcess

from genbench.execution import plan as planning
from genbench.execution.job import Job
from genbench.execution.plan import Plan
from genbench.results.folder import RunFolder

COMMAND = ("-m", "gaussian", "-m", "naive_bayes", "-d", "iris", "-d", "ring8")


@dataclass
class TinyRun:
    """``folder`` is the run as it was when it ended; nobody writes into it."""

    folder: RunFolder
    plan: Plan

    def key(self, model: str, dataset: str) -> str:
        jobs = self.folder.read_run()["jobs"].items()
        return next(key for key, job in jobs if (job["model"], job["dataset"]) == (model, dataset))


def made_in(folder: Path) -> TinyRun:
    """Run it, in workers as ever."""
    plans: list[Plan] = []
    make_plan = planning.make_plan

    def recorded(*arguments: Any) -> Plan:
        plans.append(make_plan(*arguments))
        return plans[-1]

    with mock.patch.object(planning, "make_plan", recorded):
        done = OwnProcess(folder).run(*COMMAND)
    assert done.returncode == 0, done.stdout + done.stderr
    return TinyRun(RunFolder(folder / "out"), plans[0])


class CopiedRun(OwnProcess):
    """``out`` is a copy of the run; ``genbench run`` there does jobs again by copying them."""

    def __init__(self, cwd: Path, run: TinyRun) -> None:
        super().__init__(cwd)
        self.run_of_old = run
        shutil.copytree(run.folder.path, cwd / "out")
        self.folder = RunFolder(cwd / "out")

    def again(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command of the run, once more."""
        with self._copying(self.run_of_old.plan):
            return self.run(*COMMAND, *arguments)

    def again_of(self, jobs: Sequence[Job], *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command for some of its jobs."""
        with self._copying(replace(self.run_of_old.plan, jobs=tuple(jobs))):
            return self.run("-m", jobs[0].model.name, "-d", jobs[0].dataset.name, *arguments)

    @contextlib.contextmanager
    def _copying(self, plan: Plan) -> Iterator[None]:
        old = self.run_of_old

        class Copies:
            def __init__(self, pool: object, folder: RunFolder) -> None:
                self.folder = folder

            def run(self, jobs: Any, progress: Any) -> None:
                for job in jobs:
                    result = old.folder.result(job.key)
                    assert result is not None
                    workspace = self.folder.open_job(job.key)
                    shutil.copytree(old.folder.jobs / job.key, workspace, dirs_exist_ok=True)
                    self.folder.publish_job(job.key, result, None)
                    progress.finished(job, result)

        with (
            mock.patch.object(planning, "make_plan", return_value=plan),
            mock.patch("genbench.execution.pool.worker_pool", return_value=contextlib.nullcontext()),
            mock.patch("genbench.execution.run.LocalExecutor", Copies),
            mock.patch("genbench.cli.summary.write_report"),  # which takes longer than all else
        ):
            yield

"""A run: from a plan to a folder in which every job has a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from genbench.errors import RunFolderError
from genbench.execution.executor import LocalExecutor, Progress
from genbench.execution.job import Job
from genbench.execution.observing import Observers, observed_by
from genbench.execution.plan import Plan
from genbench.execution.pool import WorkerPool
from genbench.execution.provenance import command, git_state, plugin_rows, versions
from genbench.identity.code import code_hash
from genbench.labels import same_meaning
from genbench.plugins import Registry
from genbench.plugins.time_limit import time_limit
from genbench.protocol import Protocol
from genbench.results.folder import RunFolder


@dataclass(frozen=True)
class RunSummary:
    """How many jobs a plan had, were finished before, and did not end ``ok``."""

    planned: int
    resumed: int
    failed: int


def check_folder(folder: RunFolder, protocol: Protocol, anew: bool = False) -> None:
    """Raise :class:`RunFolderError` if the run would replace tables whose jobs are not there, unless it makes them all
    ``anew``; and if the folder, or the run at work in it, holds results whose numbers would not compare with this
    protocol's."""
    if folder.keeps_tables_alone() and not anew:
        raise RunFolderError(
            f"{folder.path} keeps tables alone, without the jobs that they were made of, and a run would replace them; "
            "give another folder with --out, or --fresh (or --all by itself) to write it anew"
        )
    work = folder.at_work()
    record = work.record()
    if record is None or not work.has_results():
        return
    differences = protocol.differences(record["protocol"])
    if differences:
        raise RunFolderError(
            f"{work.path} holds a run under another protocol ({'; '.join(differences[:3])}); "
            "give another folder with --out, or remove this one to start it over"
        )


def execute_plan(
    plan: Plan,
    inputs: str,
    protocol: Protocol,
    folder: RunFolder,
    pool: WorkerPool,
    registry: Registry,
    progress: Progress,
    fresh: bool = False,
) -> RunSummary:
    """Run the jobs that the folder has no ``ok`` result of, or, if ``fresh``, all of them. It is :meth:`RunFolder.at_work`
    of one that the caller has locked.

    ``inputs`` are those of :func:`genbench.execution.unchanged.inputs_of`, kept for the next command.
    """
    record = {**_run_record(plan, protocol, folder, registry), "inputs": inputs}
    if fresh:
        folder.remove_jobs(job.key for job in plan.jobs)
    folder.write_run(record)
    done = folder.jobs_done()
    todo = [job for job in plan.jobs if job.key not in done]
    progress.skip(len(plan.jobs) - len(todo))
    stale = _of_other_code(record, plan, registry)
    if stale:
        progress.warn(
            f"{stale} earlier results in {folder.path} were made by other code or libraries; redo them with --all"
        )
    with observed_by(registry.observers, folder.observers, time_limit()) as observers:
        watched = _Watched(progress, observers)
        LocalExecutor(pool, folder).run(todo, watched)
    watched.pass_warnings_on()
    if observers.have_printed():
        progress.warn("what plugins printed when they were told of jobs is in the run folder, in observers/")
    folder.write_run({**folder.read_run(), "finished": _now()})
    done = folder.jobs_done()
    failed = sum(job.key not in done for job in plan.jobs)
    return RunSummary(len(plan.jobs), len(plan.jobs) - len(todo), failed + len(plan.broken_data))


@dataclass
class _Watched:
    """Passes progress on, and tells the plugins that observe jobs; one that breaks fails nothing and is told of once."""

    progress: Progress
    observers: Observers

    def skip(self, finished: int) -> None:
        self.progress.skip(finished)

    def update(self, running: Sequence[tuple[Job, float | None]]) -> None:
        self.pass_warnings_on()
        self.progress.update(running)

    def warn(self, message: str) -> None:
        self.progress.warn(message)

    def finished(self, job: Job, result: dict[str, Any]) -> None:
        self.progress.finished(job, result)
        self.observers.tell(job.identity(), result)

    def pass_warnings_on(self) -> None:
        for warning in self.observers.new_warnings():
            self.progress.warn(warning)


def _run_record(plan: Plan, protocol: Protocol, folder: RunFolder, registry: Registry) -> dict[str, Any]:
    """run.json. What an earlier command left in the folder for other models and data sets stays."""
    earlier = folder.record() or {"jobs": _jobs_found(folder, plan), "left_out": [], "datasets": {}}
    jobs = {
        job.key: {
            "model": job.model.label,
            "dataset": job.dataset.label,
            "control": job.model.control,
            "flaw": job.model.flaw,
            "settings": {"model": job.model.settings, "dataset": job.dataset.settings},
            "contents": job.model.contents,
            "code": job.code,
        }
        for job in plan.jobs
    }
    pairs = [_meant(job) for job in jobs.values()]
    others = {key: job for key, job in earlier["jobs"].items() if _meant(job) not in pairs}
    kept = {key: job for key, job in others.items() if folder.result(key) is not None or folder.damage(key)}
    left_out = [skipped.model_dump() for skipped in plan.left_out]
    looked_at = pairs + [_meant(skipped) for skipped in left_out]
    left_out += [old for old in earlier["left_out"] if _meant(old) not in looked_at]
    return {
        "command": command(),
        "started": _now(),
        "finished": None,
        "protocol": protocol.model_dump(mode="json"),
        "versions": versions(),
        "git": git_state(),
        "hardware": plan.machine,
        "plugins": plugin_rows(registry),
        "tables": list(dict.fromkeys(one.spec.table for one in registry.evaluations.values())),
        "datasets": {**earlier["datasets"], **{label: _dataset_record(card) for label, card in plan.datasets.items()}},
        "planned": list(jobs),
        "jobs": {**kept, **jobs},
        "left_out": left_out,
        "broken_data": [broken.model_dump() for broken in plan.broken_data],
    }


def _meant(pair: dict[str, Any]) -> tuple[Any, ...]:
    """Give the model and the data set, the same for every spelling: earlier versions kept labels as they were typed."""
    return same_meaning(pair["model"]), same_meaning(pair["dataset"])


def _of_other_code(record: dict[str, Any], plan: Plan, registry: Registry) -> int:
    """Count the folder's jobs that are not of this plan and were made by another state of the code, or other libraries."""
    if not plan.jobs:
        return 0
    now = {**_installed_code(registry), **plan.jobs[0].code}
    others = [job.get("code") for key, job in record["jobs"].items() if key not in record["planned"]]
    return sum(
        not isinstance(code, dict) or any(now.get(part, made) != made for part, made in code.items()) for code in others
    )


def _installed_code(registry: Registry) -> dict[str, str]:
    """Hash the code of all that is installed, by the names of :attr:`genbench.execution.job.Job.code`."""
    kinds: dict[str, dict[str, Any]] = {
        "model": registry.models,
        "data set": registry.datasets,
        "evaluation": registry.evaluations,
    }
    return {
        f"{kind} {name}": code_hash(one.spec.target, one.plugin.distribution)
        for kind, provided in kinds.items()
        for name, one in provided.items()
    }


def _jobs_found(folder: RunFolder, plan: Plan) -> dict[str, Any]:
    """The jobs that lie in a folder whose run.json is lost, as it would name them: the latest of each model and data set.

    A key covers the protocol. So they are those of this one if a planned job is among them; else nothing is known of theirs.
    """
    keys = folder.keys_with_results()
    if not any(job.key in keys for job in plan.jobs):
        return {}
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for key in keys:
        result = folder.result(key) or {}
        entry = {name: result[name] for name in ("model", "dataset", "control", "flaw")}
        found.setdefault((result["model"], result["dataset"]), (key, entry))
    return dict(found.values())


def _dataset_record(card: Any) -> dict[str, Any]:
    train, validation, test = card.sizes
    return {
        "fingerprint": card.fingerprint,
        "train": train,
        "validation": validation,
        "test": test,
        "shape": list(card.spec.shape),
        "support": card.spec.support,
        "classes": card.spec.classes,
        "levels": card.spec.levels,
        "warnings": list(card.warnings),
        "notes": list(card.notes),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

"""What a worker process does: one job from data to published folder."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydantic_core import to_json

from genbench.data.dataset import Dataset
from genbench.data.spec import DataSpec
from genbench.errors import DataError, ModelError, RunFolderError
from genbench.execution.capture import output_to
from genbench.execution.evaluating import Evaluations, evaluate_all
from genbench.execution.events import write_events
from genbench.execution.failure import failure_of
from genbench.execution.fitting import Fits, Fitter, state_arrays
from genbench.execution.job import Job
from genbench.execution.kept import kept_arrays
from genbench.execution.lifeline import tie_to_parent
from genbench.execution.loading import load, load_model_class
from genbench.execution.memory import memory_limit
from genbench.execution.outcome import RETIRED
from genbench.execution.result import Failure, error_of, result_of
from genbench.measurement import Status
from genbench.results.atomic import disk_errors_named
from genbench.results.folder import RunFolder

PROGRESS_SECONDS = 0.5


def start_worker(threads: int) -> None:
    """Called once in every new worker process."""
    tie_to_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(threads)


def run_job(job: Job, folder: Path) -> Status:
    """Run the job and publish its folder. A worker whose job did not end ``ok`` exits, so that the next one starts clean."""
    run_folder = RunFolder(folder)
    workspace = run_folder.open_job(job.key)
    started = time.monotonic()
    with (
        output_to(workspace / "log.txt"),
        memory_limit(int(job.protocol.limits.memory_gb * 2**30), job.device),
        _no_child_returns(),
    ):
        result, failures = _run(job, run_folder, started)
    result["seconds"] = time.monotonic() - started
    run_folder.publish_job(job.key, result, error_of(failures))
    if result["status"] in ("ok", "diverged"):
        shutil.rmtree(run_folder.checkpoint(job.key), ignore_errors=True)
    if result["status"] != "ok":
        sys.stdout.flush()
        os._exit(RETIRED)
    return "ok"


def _run(job: Job, run_folder: RunFolder, started: float) -> tuple[dict[str, Any], list[Failure]]:
    dataset = _load_unchanged(job).limit_train(job.protocol.training.max_examples)
    fits, evaluations = Fits(), Evaluations()
    try:
        model_class = load_model_class(job.model.target)
        if job.model_error:
            raise ModelError(job.model_error)
        fitter = Fitter(
            job, model_class, dataset, started, run_folder.checkpoint(job.key), _progress_of(job, run_folder)
        )
    except BaseException as error:  # sys.exit in a plugin's code, too, is that model's failure
        fits.failures.append(failure_of("import", error))
    else:
        fits = fitter.fit_all()
        evaluations = evaluate_all(job, dataset, fitter, fits)
        with _failures_added(evaluations.failures, "artefacts"):
            _save_artefacts(run_folder.workspace(job.key), job, fitter, fits, evaluations.per_example)
    failures = fits.failures + evaluations.failures
    return result_of(job, failures, evaluations.skipped, evaluations.measurements), failures


def _progress_of(job: Job, folder: RunFolder) -> Callable[[float], None]:
    """Leaves word of a training's progress, at most twice a second."""
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            folder.report_progress(job.key, share)

    return tell


@contextmanager
def _no_child_returns() -> Iterator[None]:
    """A child that the model forked and forgot ends here; else it would go on as if it were this worker."""
    worker = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != worker:
            os._exit(0)


def _load_unchanged(job: Job) -> Dataset:
    dataset = load(job.dataset)
    if dataset.fingerprint != job.fingerprint:
        raise DataError(
            f"data set {job.dataset.label!r} changed while the run was going on; give the same command again"
        )
    return dataset


@contextmanager
def _failures_added(failures: list[Failure], stage: str) -> Iterator[None]:
    try:
        yield
    except RunFolderError:
        raise
    except BaseException as error:
        failures.append(failure_of(stage, error))


def _save_artefacts(
    workspace: Path, job: Job, fitter: Fitter, fits: Fits, per_example: dict[str, NDArray[Any]]
) -> None:
    arrays = state_arrays(fits, fitter.model_class.deterministic_fit)
    shown = kept_arrays(fits.models, fitter.dataset)
    with disk_errors_named(workspace):
        if any(record.log for record in fits.records):
            rows = [f"{r.seed},{step},{name},{value!r}" for r in fits.records for step, name, value in r.log]
            (workspace / "training.csv").write_text("seed,step,name,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
        write_events(workspace / "tensorboard", fits.records)
        if shown:
            np.savez_compressed(workspace / "samples.npz", **shown)  # type: ignore[arg-type]
        if per_example:
            np.savez_compressed(workspace / "per_example.npz", **per_example)  # type: ignore[arg-type]
        if arrays:
            from safetensors.torch import save

            tensors = {name: _kept(array) for name, array in arrays.items()}
            metadata = {
                "model": job.model.label,
                "dataset": job.dataset.label,
                "target": job.model.target,
                "hyperparameters": to_json(fitter.hyperparameters, fallback=str).decode(),
                "data": TypeAdapter(DataSpec).dump_json(fitter.dataset.spec).decode(),
            }
            (workspace / "model.safetensors").write_bytes(save(tensors, metadata))


def _kept(array: Any) -> torch.Tensor:
    """A tensor of its own memory, on the CPU, as safetensors wants it."""
    tensor = array.detach() if isinstance(array, torch.Tensor) else torch.as_tensor(np.asarray(array))
    return tensor.cpu().contiguous().clone()

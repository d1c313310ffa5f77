"""Runs one job in a process of its own: fits the model, evaluates it, and keeps what pictures and later readers need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
from genbench.execution.cells import Cells
from genbench.execution.child import Message, MoreTime
from genbench.execution.evaluating import evaluate, filed, in_order, is_own
from genbench.execution.events import write_events
from genbench.execution.failure import failure_of
from genbench.execution.fitting import Fits, Fitter, state_arrays
from genbench.execution.job import Job
from genbench.execution.kept import kept_arrays
from genbench.execution.loading import load_model_class
from genbench.execution.result import failed
from genbench.execution.training_log import write_csv
from genbench.results.atomic import disk_errors_named
from genbench.results.folder import RunFolder

PROGRESS_SECONDS = 0.5


def run_job(dataset: Dataset, job: Job, folder: Path) -> Iterator[Message | MoreTime]:
    """Run the job and yield what comes of it, see :func:`genbench.execution.result.result_of`; leave its files in the job's
    workspace in the run folder, whose path must be absolute, since a model may change the working directory."""
    started = time.monotonic()
    _check_unchanged(job, dataset)
    run_folder, dataset = RunFolder(folder), dataset.limit_train(job.protocol.training.max_examples)
    try:
        model_class = load_model_class(job.model.target)
        if job.model_error:
            raise ModelError(job.model_error)
        checkpoint = run_folder.checkpoint(job.key)
        fitter = Fitter(job, model_class, dataset, started, checkpoint, _progress_of(job, run_folder))
    except BaseException as error:  # sys.exit in a plugin's code, too, is that model's failure
        yield failed(failure_of("import", error))
        return
    fits = fitter.fit_all()
    yield from map(failed, fits.failures)
    yield {"fitted": [fitted.seed for fitted in fits.models]}
    cells = Cells(len(dataset.train))
    per_example: dict[str, NDArray[Any]] = {}
    for evaluation in in_order(job.evaluations) if fits.models else ():
        if not is_own(evaluation):
            yield MoreTime(job.protocol.limits.seconds)
        done = filed(evaluate(job, dataset, fitter, fits, evaluation), cells)
        yield done.message(job, len(dataset.train))
        per_example = done.per_example | per_example  # the first keeps an array
    try:
        _save_artefacts(run_folder.workspace(job.key), job, fitter, fits, per_example)
    except RunFolderError:
        raise
    except BaseException as error:
        yield failed(failure_of("artefacts", error))


def _check_unchanged(job: Job, dataset: Dataset) -> None:
    if dataset.fingerprint != job.fingerprint:
        raise DataError(
            f"data set {job.dataset.label!r} is not the same each time it is loaded, or changed during the run"
        )


def _progress_of(job: Job, folder: RunFolder) -> Callable[[float], None]:
    """Return what leaves word of a training's progress, at most twice a second."""
    told = time.monotonic()

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told >= PROGRESS_SECONDS:
            told = time.monotonic()
            folder.report_progress(job.key, share)

    return tell


def _save_artefacts(
    workspace: Path, job: Job, fitter: Fitter, fits: Fits, per_example: dict[str, NDArray[Any]]
) -> None:
    arrays = state_arrays(fits, fitter.model_class.deterministic_fit)
    shown = kept_arrays(fits.models, fitter.dataset)
    with disk_errors_named(workspace):
        if any(record.log for record in fits.records):
            write_csv(workspace / "training.csv", fits.records)
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
                "plugin": f"{job.model.distribution} {job.model.version}",
                "hyperparameters": to_json(fitter.hyperparameters, fallback=str).decode(),
                "data": TypeAdapter(DataSpec).dump_json(fitter.dataset.spec).decode(),
            }
            (workspace / "model.safetensors").write_bytes(save(tensors, metadata))


def _kept(array: Any) -> torch.Tensor:
    """A tensor of its own memory, on the CPU, as safetensors wants it."""
    tensor = array.detach() if isinstance(array, torch.Tensor) else torch.as_tensor(np.asarray(array))
    return tensor.cpu().contiguous().clone()

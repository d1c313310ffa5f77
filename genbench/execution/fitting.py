"""Fits a job's model, one seed after another, under the protocol."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from genbench.data.dataset import Dataset, Split
from genbench.draws import Draws
from genbench.errors import DivergedError
from genbench.evaluation.context import FitRecord
from genbench.evaluation.fitted import Fitted, training_data
from genbench.execution.failure import failure_of
from genbench.execution.job import Job
from genbench.execution.memory import Usage
from genbench.execution.result import Failure
from genbench.model import Budget, FitContext, Model
from genbench.seeding import derive_seed
from genbench.signature import validate

SHARE_OF_TIME = 0.8
"""Of a job's time that fitting may take before ``should_stop`` says so; the rest is for the evaluations."""


@dataclass
class Fits:
    """The seeds that were fitted, what each cost, and the seeds that failed."""

    models: list[Fitted] = field(default_factory=list)
    records: list[FitRecord] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Fitter:
    """Builds and fits one model class with one set of hyperparameters on one data set."""

    def __init__(self, job: Job, model_class: type[Model], dataset: Dataset, started: float) -> None:
        self.job, self.model_class, self.dataset = job, model_class, dataset
        self.hyperparameters = validate(f"model {job.model.name!r}", model_class, job.model.hyperparameters)
        self.deadline = started + SHARE_OF_TIME * job.protocol.limits.seconds

    def fit_all(self) -> Fits:
        """Fit every seed. A model whose fit uses no randomness is fitted once and shared by the seeds."""
        fits = Fits()
        for seed in self.job.seeds[:1] if self.model_class.deterministic_fit else self.job.seeds:
            log: list[tuple[int, str, float]] = []
            try:
                with Usage() as usage:
                    fitted = self.fit(self.dataset.train, seed, _logger(log))
            except BaseException as error:  # sys.exit in a plugin's code, too, is that model's failure
                fits.failures.append(failure_of("fit", error, seed))
                continue
            fits.models.append(fitted)
            fits.records.append(FitRecord(seed, usage.seconds, usage.peak_memory_mb, tuple(log)))
        if self.model_class.deterministic_fit and fits.models:
            shared = fits.models[0]
            fits.models = [Fitted(shared.model, shared.data, seed, shared.device) for seed in self.job.seeds]
        return fits

    def fit(self, train: Split, seed: int, on_log: Callable[[int, dict[str, float]], None] | None = None) -> Fitted:
        """Fit a fresh model to ``train``."""
        job, data = self.job, self.dataset.spec
        fit_seed = derive_seed("fit", data.name, seed)
        context = FitContext(
            device=job.device,
            budget=Budget(job.protocol.training.examples_seen, job.protocol.training.batch_size),
            seed=fit_seed,
            draws=Draws(fit_seed, job.device),
            should_stop=lambda: time.monotonic() > self.deadline,
            on_log=on_log or (lambda step, scalars: None),
        )
        _seed_global_generators(fit_seed)
        model = self.model_class(data, **self.hyperparameters)
        parts = ((train, "train"), (self.dataset.validation, "validation"))
        placed = [training_data(self.model_class, data, split, noise).to_torch(job.device) for split, noise in parts]
        model.fit(placed[0], placed[1], context)
        return Fitted(model, data, seed, job.device)


def _seed_global_generators(seed: int) -> None:
    """A model that draws from them, though it should not, still gives the same result in any worker and any order."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    torch.manual_seed(seed)


def _logger(log: list[tuple[int, str, float]]) -> Callable[[int, dict[str, float]], None]:
    def record(step: int, scalars: dict[str, float]) -> None:
        for name, value in scalars.items():
            if not math.isfinite(value):
                raise DivergedError(f"{name} became {value} at step {step}")
            log.append((step, name, value))

    return record


def state_arrays(fits: Fits, deterministic: bool) -> dict[str, Any]:
    """The fitted parameters of every seed, named ``<seed>/<parameter>``."""
    arrays: dict[str, Any] = {}
    for fitted in fits.models[:1] if deterministic else fits.models:
        for name, array in (fitted.model.state() or {}).items():
            arrays[f"{fitted.seed}/{name}"] = array
    return arrays

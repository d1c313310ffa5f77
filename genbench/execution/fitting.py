"""Fits a job's model to every seed under the protocol: neural models side by side, others one after another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from genbench.data.dataset import Dataset, Split
from genbench.draws import Draws
from genbench.errors import DivergedError, ModelError, Unavailable
from genbench.evaluation.context import FitRecord
from genbench.evaluation.fitted import Fitted, training_data
from genbench.evaluation.side_by_side import predictions_of_many
from genbench.execution.failure import failure_of
from genbench.execution.job import Job
from genbench.execution.memory import Usage
from genbench.execution.milestones import MilestoneSampler
from genbench.execution.result import Failure
from genbench.execution.training_log import TrainingLog
from genbench.model import Budget, FitContext, Model
from genbench.seeding import derive_seed
from genbench.signature import validate
from genbench.training import NeuralModel
from genbench.training.loop import fit_side_by_side

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

    def __init__(
        self,
        job: Job,
        model_class: type[Model],
        dataset: Dataset,
        started: float,
        checkpoint: Path | None = None,
        on_progress: Callable[[float], None] = lambda share: None,
    ) -> None:
        """``checkpoint`` is the folder in which the state of the shared training loop is kept; ``on_progress`` is told the
        share of it that is done."""
        self.on_progress = on_progress
        self.job, self.model_class, self.dataset, self.checkpoint = job, model_class, dataset, checkpoint
        self.hyperparameters = validate(f"model {job.model.name!r}", model_class, job.model.hyperparameters)
        self.deadline = started + SHARE_OF_TIME * job.protocol.limits.seconds

    def fit_all(self) -> Fits:
        """Fit every seed. A model whose fit uses no randomness is fitted once and shared by the seeds."""
        fits = self._fit_all(self.dataset.train, self.checkpoint)
        self.on_progress = lambda share: None  # what evaluations fit again is not the progress that is shown
        return fits

    def refit(self, train: Split, seed: int) -> Fitted:
        """As :meth:`fit`, for evaluations; raises :class:`Unavailable` if the job's time does not suffice for it."""
        with self._in_time():
            return self.fit(train, seed)

    def refit_all(self, train: Split) -> tuple[Fitted, ...]:
        """As :meth:`fit_all`, to other training examples, for evaluations. Gives the seeds that could be fitted.

        Raises :class:`ModelError` if none could, and :class:`Unavailable` if the job's time does not suffice.
        """
        with self._in_time():
            fits = self._fit_all(train, checkpoint=None)
        if not fits.models:
            error = DivergedError if fits.failures[0].status == "diverged" else ModelError
            raise error(fits.failures[0].reason)
        return tuple(fits.models)

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """A fit that was cut short would pass for a whole one."""
        yield
        if time.monotonic() > self.deadline:
            raise Unavailable("the job's time is nearly spent; raise limits.seconds of the protocol, or --timeout")

    def _fit_all(self, train: Split, checkpoint: Path | None) -> Fits:
        deterministic = self.model_class.deterministic_fit
        seeds = self.job.seeds[:1] if deterministic else self.job.seeds
        shared = self._uses_shared_loop
        fits = self._side_by_side(train, seeds, checkpoint) if shared else self._one_after_another(train, seeds)
        if deterministic and fits.models:
            one = fits.models[0]
            fits.models = [Fitted(one.model, one.data, seed, one.device) for seed in self.job.seeds]
        return fits

    def fit(self, train: Split, seed: int, on_log: Callable[[int, dict[str, Any]], None] | None = None) -> Fitted:
        """Fit a fresh model to ``train``."""
        context = self._context(seed, on_log)
        model = self._build(context.seed)
        _seed_global_generators(context.seed)
        model.fit(*self._placed(train), context)
        return self._fitted(model, seed)

    def fit_many(
        self, train: Split, orders: NDArray[np.int64], sizes: Sequence[int], x_test: NDArray[Any]
    ) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Fresh models fitted to nested subsets side by side: position in ``sizes``, log p(y | x) (splits, t, classes)."""
        model: Any = self._build(self._context(0, None).seed)
        placed, spec = self._placed(train)[0], self.dataset.spec
        test = torch.tensor(Fitted(model, spec, 0).as_seen(x_test), dtype=torch.float32, device=self.job.device)
        for _, index, log_proba in predictions_of_many(model, spec, placed, orders, sizes, test):
            yield index, log_proba

    def untrained(self, seed: int) -> Fitted:
        """A network as it is before training, in evaluation mode."""
        return self._fitted(self._untrained(seed)[0], seed)

    @property
    def _uses_shared_loop(self) -> bool:
        return issubclass(self.model_class, NeuralModel) and self.model_class.fit is NeuralModel.fit

    def _one_after_another(self, train: Split, seeds: Sequence[int]) -> Fits:
        fits = Fits()
        for seed in seeds:
            log = TrainingLog()
            try:
                with Usage() as usage:
                    fitted = self.fit(train, seed, log.record)
            except BaseException as error:  # sys.exit in a plugin's code, too, is that model's failure
                fits.failures.append(failure_of("fit", error, seed))
                continue
            fits.models.append(fitted)
            fits.records.append(FitRecord(seed, usage.seconds, usage.peak_memory_mb, tuple(log.entries)))
        return fits

    def _side_by_side(self, train: Split, seeds: Sequence[int], checkpoint: Path | None) -> Fits:
        """All seeds through the shared loop at once; each is recorded with its share of the seconds and of the memory."""
        fits, built = Fits(), self._built(seeds)
        fits.failures = [
            failure_of("fit", error, seed) for seed, error in built.items() if isinstance(error, BaseException)
        ]
        models: dict[int, Any] = {seed: model for seed, model in built.items() if isinstance(model, Model)}
        if not models:
            return fits
        logs = {seed: TrainingLog() for seed in models}
        contexts = {seed: self._context(seed, log.record) for seed, log in logs.items()}
        try:
            with Usage() as usage:
                splits = self._placed(train)
                samplers = self._watch(contexts, splits) if train is self.dataset.train else []
                errors = fit_side_by_side(list(models.values()), *splits, list(contexts.values()), checkpoint)
        except BaseException as error:
            fits.failures.extend(failure_of("fit", error, seed) for seed in models)
            return fits
        seconds = usage.seconds - sum(sampler.seconds for sampler in samplers)
        for (seed, model), failed in zip(models.items(), errors, strict=True):
            if failed is not None:
                fits.failures.append(failure_of("fit", failed, seed))
                continue
            fits.models.append(self._fitted(model, seed))
            milestones = {seen: samples.numpy() for seen, samples in sorted(contexts[seed].milestones.items())}
            share = seconds / len(models), usage.peak_memory_mb / len(models)
            fits.records.append(FitRecord(seed, *share, tuple(logs[seed].entries), milestones))
        return fits

    def _built(self, seeds: Sequence[int]) -> dict[int, Model | BaseException]:
        """Return an untrained model of each seed, or what its constructor raised."""
        built: dict[int, Model | BaseException] = {}
        for seed in seeds:
            try:
                built[seed] = self._build(self._context(seed, None).seed)
            except BaseException as error:  # sys.exit in a plugin's code, too
                built[seed] = error
        return built

    def _watch(self, contexts: Mapping[int, FitContext], splits: tuple[Split, Split]) -> list[MilestoneSampler]:
        """Let each seed's context draw samples at the milestones of its training, if the model can sample at all."""
        if not hasattr(self.model_class, "sample"):
            return []
        samplers = []
        for seed, context in contexts.items():
            build = partial(self._untrained, seed)
            context.at_milestone = MilestoneSampler(build, splits, seed, self.job.protocol.evaluation.milestone_samples)
            samplers.append(context.at_milestone)
        return samplers

    def _untrained(self, seed: int) -> tuple[Any, FitContext]:
        """A fresh model and a fresh context of its fit."""
        context = self._context(seed, None)
        return self._build(context.seed), context

    def _context(self, seed: int, on_log: Callable[[int, dict[str, Any]], None] | None) -> FitContext:
        training, device = self.job.protocol.training, self.job.device
        fit_seed = derive_seed("fit", self.dataset.spec.name, seed)
        return FitContext(
            device=device,
            budget=Budget(training.examples_seen, training.batch_size),
            seed=fit_seed,
            draws=Draws(fit_seed, device),
            should_stop=lambda: time.monotonic() > self.deadline,
            on_log=on_log or (lambda step, scalars: None),
            on_progress=self.on_progress,
            precision=training.precision,
        )

    def _build(self, fit_seed: int) -> Model:
        """A model whose initialisation depends on its seed alone."""
        with torch.random.fork_rng():
            _seed_global_generators(derive_seed("init", fit_seed))
            model = self.model_class(self.dataset.spec, **self.hyperparameters)
        return model.to(self.job.device) if isinstance(model, NeuralModel) else model

    def _placed(self, train: Split) -> tuple[Split, Split]:
        """Training and validation split on the device, as the model is to see them."""
        placed = [
            training_data(self.model_class, self.dataset.spec, split, noise).to_torch(self.job.device)
            for split, noise in ((train, "train"), (self.dataset.validation, "validation"))
        ]
        return placed[0], placed[1]

    def _fitted(self, model: Model, seed: int) -> Fitted:
        if isinstance(model, torch.nn.Module):
            model.eval()
        return Fitted(model, self.dataset.spec, seed, self.job.device)


def _seed_global_generators(seed: int) -> None:
    """A model that draws from them, though it should not, still gives the same result in any worker and any order."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    torch.manual_seed(seed)


def state_arrays(fits: Fits, deterministic: bool) -> dict[str, Any]:
    """The fitted parameters of every seed, named ``<seed>/<parameter>``."""
    arrays: dict[str, Any] = {}
    for fitted in fits.models[:1] if deterministic else fits.models:
        for name, array in (fitted.model.state() or {}).items():
            arrays[f"{fitted.seed}/{name}"] = array
    return arrays

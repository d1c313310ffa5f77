"""The suite's own parts, as the lines of the table use them: data sets, fits under a protocol, evaluations."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import torch

from genbench.data.dataset import Dataset
from genbench.data.source import DataSource
from genbench.errors import ModelError
from genbench.execution.evaluating import evaluate
from genbench.execution.fitting import Fitter
from genbench.execution.job import DatasetRef, EvaluationRef, Job
from genbench.execution.loading import load, load_model_class
from genbench.execution.result import Failure
from genbench.execution.selection import select
from genbench.measurement import Measurement
from genbench.plugins import Registry
from genbench.protocol import Protocol, load_protocol

T = TypeVar("T")


def protocol(seeds: int = 1, examples_seen: int = 1, batch_size: int = 128, **evaluation: int) -> Protocol:
    """``standard`` with other seeds, another budget and other settings of its evaluations."""
    standard = load_protocol("standard")
    training = standard.training.model_copy(update={"examples_seen": examples_seen, "batch_size": batch_size})
    judged = standard.evaluation.model_copy(update=evaluation)
    return standard.model_copy(update={"seeds": seeds, "training": training, "evaluation": judged})


class Bench:
    """Fits and judges installed models on data sets at hand, as ``genbench run`` does, but in this process.

    Models and data sets are named as on the command line: ``kernel_density:bandwidth=0.3``, ``sonar:standardise=false``.
    """

    def __init__(self, registry: Registry, source: DataSource) -> None:
        self.registry, self.source = registry, source
        self._known: dict[Hashable, Any] = {}
        torch.set_num_threads(1)  # sums depend on it in their last digits

    def find(self, data: str) -> DatasetRef:
        """Raises :class:`genbench.errors.DataError` if the data set's files are not at hand."""
        return select(self.registry, protocol(), self.source, [], [data]).datasets[0]

    def dataset(self, data: str) -> Dataset:
        """Return the data set, loaded once."""
        return self.once(("data set", data), lambda: load(self.find(data)))

    def fitter(self, model: str, data: str, dataset: Dataset | None = None, under: Protocol | None = None) -> Fitter:
        """Fits the model to the data set ``data``, or to what was made of it (``dataset``)."""
        return self._fitter(model, data, dataset, under or protocol(), ())

    def measure(self, model: str, data: str, evaluation: str, under: Protocol) -> dict[tuple[str, str], Measurement]:
        """The rows of an evaluation by metric and estimator; asked again, those of the first time.

        Raises :class:`ModelError` if a seed, or the evaluation, failed.
        """
        return self.once(
            (model, data, evaluation, under.fingerprint), lambda: self._measured(model, data, evaluation, under)
        )

    @staticmethod
    def refuse_failures(failures: Sequence[Failure]) -> None:
        """Raises :class:`ModelError` for the first of them."""
        for failure in failures:
            raise ModelError(f"{failure.stage}: {failure.reason}")

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """What was computed under that key before, or is now."""
        if key not in self._known:
            self._known[key] = compute()
        found: T = self._known[key]
        return found

    def _measured(self, model: str, data: str, evaluation: str, under: Protocol) -> dict[tuple[str, str], Measurement]:
        provided = self.registry.evaluations[evaluation]
        reference = EvaluationRef(spec=provided.spec, plugin=provided.plugin.name, version="", code="")
        fitter = self._fitter(model, data, None, under, (reference,))
        fits = fitter.fit_all()
        self.refuse_failures(fits.failures)
        done = evaluate(fitter.job, fitter.dataset, fitter, fits, reference)
        self.refuse_failures([done.failure] if done.failure else [])
        return {(row.metric, row.estimator): row for row in done.rows}

    def _fitter(
        self, model: str, data: str, dataset: Dataset | None, under: Protocol, evaluations: tuple[EvaluationRef, ...]
    ) -> Fitter:
        chosen = select(self.registry, under, self.source, [model], [data])
        job = Job(
            model=chosen.models[0],
            dataset=chosen.datasets[0],
            fingerprint="",  # not published, so nobody asks for its key
            evaluations=evaluations,
            protocol=under,
            device="cpu",
            core_code="",
        )
        used = self.dataset(data) if dataset is None else dataset
        return Fitter(job, load_model_class(job.model.target), used, time.monotonic())

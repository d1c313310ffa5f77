"""Runs a job's evaluations on its fitted models, each on its own; those of plugins in a process of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genbench.data.dataset import Dataset, Split
from genbench.errors import ModelOutputError, Unavailable
from genbench.evaluation.context import EvaluationContext
from genbench.execution.cells import Cells
from genbench.execution.child import Channel, Death, Message, run_child
from genbench.execution.failure import failure_of
from genbench.execution.fitting import Fits, Fitter
from genbench.execution.job import EvaluationRef, Job
from genbench.execution.kept import keeper
from genbench.execution.memory import memory_limit
from genbench.execution.result import Failure, missing_rows, named
from genbench.measurement import Measurement
from genbench.model import FitsManySplits
from genbench.targets import resolve
from genbench.text import plain
from genbench.training import NeuralModel

Arrays = dict[str, NDArray[Any]]


@dataclass
class Evaluated:
    """What came of one evaluation: its rows, why it failed or was skipped, and arrays of values of single test examples."""

    evaluation: EvaluationRef
    rows: list[Measurement] = field(default_factory=list)
    failure: Failure | None = None
    skipped: str | None = None
    per_example: Arrays = field(default_factory=dict)

    def message(self, job: Job, examples: int) -> Message:
        """Return what the main process is told; ``examples`` is the size of the training split."""
        return {
            "evaluation": self.evaluation.spec.name,
            "rows": [named(row, job, examples).as_row() for row in self.rows],
            "failure": None if self.failure is None else self.failure.model_dump(),
            "skipped": self.skipped,
        }


def in_order(evaluations: Iterable[EvaluationRef]) -> list[EvaluationRef]:
    """Return genbench's own evaluations, then those of plugins."""
    return sorted(evaluations, key=is_own, reverse=True)


def is_own(evaluation: EvaluationRef) -> bool:
    """Tell whether it is genbench's own code."""
    return evaluation.spec.target.startswith("genbench.")


def evaluate(job: Job, dataset: Dataset, fitter: Fitter, fits: Fits, evaluation: EvaluationRef) -> Evaluated:
    """Return what came of one evaluation on the models that were fitted.

    genbench's own run in this process. One of a plugin runs in a child, with time and memory of its own, so that it can
    neither change what the others see nor end them; where the models lie on a GPU, which no child can use, it runs here
    on a copy of the data.
    """
    if is_own(evaluation):
        return _evaluated(job, dataset, fitter, fits, evaluation)
    if job.device == "cpu":
        return _evaluated_in_child(job, dataset, fitter, fits, evaluation)
    return _evaluated(job, _copied(dataset), fitter, fits, evaluation)


def filed(done: Evaluated, cells: Cells) -> Evaluated:
    """File the rows of an evaluation; return it as failed if one of them stands in a cell that is taken."""
    spec = done.evaluation.spec
    clash = cells.clash(spec.name, spec.table, done.rows)
    return _failed(done.evaluation, failure_of(spec.name, ModelOutputError(clash))) if clash else done


def _copied(dataset: Dataset) -> Dataset:
    train, validation, test = (
        Split(np.array(split.x), None if split.y is None else np.array(split.y))
        for split in (dataset.train, dataset.validation, dataset.test)
    )
    return replace(dataset, train=train, validation=validation, test=test)


def _evaluated(job: Job, dataset: Dataset, fitter: Fitter, fits: Fits, evaluation: EvaluationRef) -> Evaluated:
    done = Evaluated(evaluation)
    try:
        done.rows = _rows(evaluation, _context(job, dataset, fitter, fits, done))
    except Unavailable as reason:
        done.skipped = plain(reason)
    except BaseException as error:  # sys.exit in a plugin's code, too
        return _failed(evaluation, failure_of(evaluation.spec.name, error))
    return done


def _failed(evaluation: EvaluationRef, failure: Failure) -> Evaluated:
    return Evaluated(evaluation, missing_rows(evaluation, failure.status), failure)


def _evaluated_in_child(job: Job, dataset: Dataset, fitter: Fitter, fits: Fits, evaluation: EvaluationRef) -> Evaluated:
    limits, told = job.protocol.limits, list[Message]()

    def body(channel: Channel) -> None:
        with memory_limit(limits.memory_bytes, channel.run_out_of_memory):
            done = _evaluated(job, dataset, fitter, fits, evaluation)
        channel.send(
            {
                "rows": [row.as_row() for row in done.rows],
                "failure": None if done.failure is None else done.failure.model_dump(),
                "skipped": done.skipped,
                "per_example": {name: [array.dtype.str, array.tolist()] for name, array in done.per_example.items()},
            }
        )

    end = run_child(body, limits.seconds, told.append)
    if end is not None:
        status = end.status if isinstance(end, Death) else "failed"
        return _failed(evaluation, Failure(stage=evaluation.spec.name, status=status, reason=end.reason))
    (answer,) = told
    return Evaluated(
        evaluation,
        [Measurement(**row) for row in answer["rows"]],
        None if answer["failure"] is None else Failure(**answer["failure"]),
        answer["skipped"],
        {name: np.array(values, dtype) for name, (dtype, values) in answer["per_example"].items()},
    )


def _rows(evaluation: EvaluationRef, context: EvaluationContext) -> list[Measurement]:
    produced: Iterable[Any] = resolve(evaluation.spec.target)(context)
    rows = list(produced)
    for row in rows:
        if not isinstance(row, Measurement):
            raise ModelOutputError(f"the evaluation yielded a {type(row).__name__}, expected Measurement")
    return rows


def _context(job: Job, dataset: Dataset, fitter: Fitter, fits: Fits, done: Evaluated) -> EvaluationContext:
    evaluation = done.evaluation
    return EvaluationContext(
        data=dataset.spec,
        validation=dataset.validation,
        test=dataset.test,
        train_size=len(dataset.train),
        models=tuple(fits.models),
        protocol=job.protocol.evaluation,
        fits=tuple(fits.records),
        batch_size=job.protocol.training.batch_size,
        deterministic_fit=fitter.model_class.deterministic_fit,
        train=dataset.train if evaluation.spec.sees_training_data else None,
        files=evaluation.files,
        truth=dataset.truth,
        modes=dataset.modes,
        refit=fitter.refit,
        refit_all=fitter.refit_all,
        refit_many=fitter.fit_many if issubclass(fitter.model_class, FitsManySplits) else None,
        untrained=fitter.untrained if issubclass(fitter.model_class, NeuralModel) else None,
        keep=keeper(done.per_example, len(dataset.test)),
    )

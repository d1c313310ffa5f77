"""Runs a job's evaluations on its fitted models, each on its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from genbench.data.dataset import Dataset
from genbench.errors import ModelOutputError, Unavailable
from genbench.evaluation.context import EvaluationContext, Keep
from genbench.execution.cells import Cells
from genbench.execution.failure import failure_of
from genbench.execution.fitting import Fits, Fitter
from genbench.execution.job import EvaluationRef, Job
from genbench.execution.kept import keeper
from genbench.execution.result import Failure, missing_rows, named
from genbench.measurement import Measurement
from genbench.model import FitsManySplits
from genbench.targets import resolve
from genbench.text import plain
from genbench.training import NeuralModel


@dataclass
class Evaluations:
    """Measurements by table, evaluations that failed, those that the model could not be asked for, with the reason, and
    arrays of values of single test examples."""

    measurements: dict[str, list[Measurement]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    per_example: dict[str, NDArray[Any]] = field(default_factory=dict)


def evaluate_all(job: Job, dataset: Dataset, fitter: Fitter, fits: Fits) -> Evaluations:
    """Every evaluation of the job; without a single fitted model, rows that say why there is no value."""
    done = Evaluations()
    keep, cells = keeper(done.per_example, len(dataset.test)), Cells(len(dataset.train))
    for evaluation in job.evaluations:
        spec = evaluation.spec
        rows = done.measurements.setdefault(spec.table, [])
        if not fits.models:
            rows.extend(missing_rows(evaluation, fits.failures[0].status))
            continue
        try:
            found = _evaluate(evaluation, _context(job, dataset, fitter, fits, evaluation, keep))
            if clash := cells.clash(spec.name, spec.table, found):
                raise ModelOutputError(clash)
            rows.extend(found)
        except Unavailable as reason:
            done.skipped[spec.name] = plain(reason)
        except BaseException as error:  # sys.exit in a plugin's code, too
            failure = failure_of(spec.name, error)
            done.failures.append(failure)
            rows.extend(missing_rows(evaluation, failure.status))
    for table, rows in done.measurements.items():
        done.measurements[table] = [named(row, job, len(dataset.train)) for row in rows]
    return done


def _evaluate(evaluation: EvaluationRef, context: EvaluationContext) -> list[Measurement]:
    produced: Iterable[Any] = resolve(evaluation.spec.target)(context)
    rows = list(produced)
    for row in rows:
        if not isinstance(row, Measurement):
            raise ModelOutputError(f"the evaluation yielded a {type(row).__name__}, expected Measurement")
    return rows


def _context(
    job: Job, dataset: Dataset, fitter: Fitter, fits: Fits, evaluation: EvaluationRef, keep: Keep
) -> EvaluationContext:
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
        keep=keep,
    )

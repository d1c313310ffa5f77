"""The content of result.json and error.json; needs no torch, since the parent writes it too when a worker has died."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from genbench.execution.job import EvaluationRef, Job, Line
from genbench.measurement import Measurement, Status


class Failure(BaseModel):
    """``stage`` is ``job``, ``import``, ``fit``, ``artefacts`` or the name of an evaluation; ``seed`` the one that failed,
    if it was one."""

    model_config = ConfigDict(frozen=True)

    stage: str
    status: Status
    reason: Line
    seed: int | None = None
    traceback: str = ""


def result_of(
    job: Job, failures: Sequence[Failure], skipped: Mapping[str, str], rows: Mapping[str, Sequence[Measurement]]
) -> dict[str, Any]:
    """result.json: the job's identity, how it ended, the seeds that were fitted, and its measurements by table."""
    return {
        **job.identity(),
        "status": failures[0].status if failures else "ok",
        "failures": [failure.model_dump(exclude={"traceback"}) for failure in failures],
        "fitted_seeds": [seed for seed in job.seeds if seed not in {failure.seed for failure in failures}],
        "skipped": dict(skipped),
        "measurements": {table: [row.as_row() for row in found] for table, found in rows.items() if found},
    }


def error_of(failures: Sequence[Failure]) -> dict[str, Any] | None:
    """error.json: the failures with their tracebacks; None if there is none."""
    return {"failures": [failure.model_dump() for failure in failures]} if failures else None


def missing_rows(evaluation: EvaluationRef, status: Status) -> list[Measurement]:
    """A row with a status for each of the evaluation's headline metrics."""
    return [Measurement(metric, "", None, status=status) for metric in evaluation.spec.metrics]


def named(row: Measurement, job: Job, examples: int | None = None) -> Measurement:
    """The row with the names that only the harness knows, and the size of the training set if it has none."""
    return replace(
        row,
        dataset=job.dataset.label,
        model=job.model.label,
        plugin=job.model.plugin,
        examples=examples if row.examples is None else row.examples,
    )


def rows_of_the_dead(job: Job, status: Status) -> dict[str, list[Measurement]]:
    """What a job leaves in the tables whose worker died."""
    rows: dict[str, list[Measurement]] = {}
    for evaluation in job.evaluations:
        missing = missing_rows(evaluation, status)
        rows.setdefault(evaluation.spec.table, []).extend(named(row, job) for row in missing)
    return rows

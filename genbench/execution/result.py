"""The content of result.json and error.json; needs no torch, since the parent writes it too when a worker has died."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from genbench.execution.child import Death, Message
from genbench.execution.job import EvaluationRef, Job, Line
from genbench.execution.task import Outcome
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


def failed(failure: Failure) -> Message:
    """Return what the main process is told of a failure."""
    return {"failure": failure.model_dump()}


def result_of(job: Job, outcome: Outcome) -> tuple[dict[str, Any], list[Failure]]:
    """Return result.json and the failures, of what the job's process sent before it ended or died.

    result.json has the job's identity, how it ended, the seeds that were fitted, and its measurements by table.
    An evaluation of which nothing was heard has a row with the status of the first failure for each headline metric.
    """
    failures = [*_end_of(outcome), *(Failure(**sent["failure"]) for sent in outcome.messages if sent.get("failure"))]
    evaluated = {sent["evaluation"]: sent for sent in outcome.messages if "evaluation" in sent}
    measurements: dict[str, list[dict[str, Any]]] = {}
    for evaluation in job.evaluations:
        rows = measurements.setdefault(evaluation.spec.table, [])
        if evaluation.spec.name in evaluated:
            rows.extend(evaluated[evaluation.spec.name]["rows"])
        else:
            rows.extend(named(row, job).as_row() for row in missing_rows(evaluation, failures[0].status))
    result = {
        **job.identity(),
        "status": failures[0].status if failures else "ok",
        "failures": [failure.model_dump(exclude={"traceback"}) for failure in failures],
        "fitted_seeds": next((sent["fitted"] for sent in outcome.messages if "fitted" in sent), []),
        "skipped": {name: sent["skipped"] for name, sent in evaluated.items() if sent["skipped"] is not None},
        "measurements": {table: rows for table, rows in measurements.items() if rows},
    }
    return result, failures


def _end_of(outcome: Outcome) -> list[Failure]:
    """Return the failure of a job whose process died, or which raised what nothing caught."""
    end = outcome.end
    if end is None:
        return []
    return [Failure(stage="job", status=end.status if isinstance(end, Death) else "failed", reason=end.reason)]


def error_of(failures: Sequence[Failure]) -> dict[str, Any] | None:
    """Return error.json: the failures with their tracebacks; None if there is none."""
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

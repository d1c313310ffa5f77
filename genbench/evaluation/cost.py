"""What a model costs: seconds to train and to sample, and memory. Depends on the machine."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.intervals import set_interval
from genbench.evaluation.missing import missing, status_of
from genbench.evaluation.ranges import range_of
from genbench.measurement import Measurement
from genbench.model import capabilities


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``train_seconds`` a seed, ``peak_memory_mb`` over all fits, ``sample_seconds_per_1000`` where the model samples."""
    row = Measurement("", "wall-clock", None, "s", "lower", examples=context.train_size, status="failed")
    yield _with_values(replace(row, metric="train_seconds"), [fit.seconds for fit in context.fits])
    yield replace(
        row,
        metric="peak_memory_mb",
        estimator="max",
        unit="MB",
        value=max(fit.peak_memory_mb for fit in context.fits),
        seeds=len(context.fits),
        status="ok",
    )
    if "sample" in capabilities(type(context.models[0].model)):
        yield _sampling(context, replace(row, metric="sample_seconds_per_1000", n=context.protocol.samples))


def _sampling(context: EvaluationContext, row: Measurement) -> Measurement:
    try:
        seconds = [seconds_per_1000(model, context.protocol.samples) for model in context.models]
    except Exception as error:  # whatever the model raises: what its training cost is known all the same
        return missing(replace(row, seeds=len(context.models)), f"{type(error).__name__}: {error}", status_of(error))
    return _with_values(row, seconds)


def seconds_per_1000(model: Fitted, n: int) -> float:
    """Seconds that 1,000 samples take, from n timed ones; a few before them pay for what only the first call needs."""
    model.sample(2, "warm-up")
    started = time.perf_counter()
    model.sample(n, "cost")
    return (time.perf_counter() - started) * 1000 / n


def _with_values(row: Measurement, values: list[float]) -> Measurement:
    low, high = set_interval(values, bounds=range_of(row.metric))
    return replace(row, value=sum(values) / len(values), ci_low=low, ci_high=high, seeds=len(values), status="ok")

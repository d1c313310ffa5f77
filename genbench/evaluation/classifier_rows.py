"""Error, log loss and calibration of a classifier as rows, under whatever condition their estimator names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.classification import CLIP, calibration, example_losses
from genbench.evaluation.intervals import mean_interval
from genbench.evaluation.missing import missing, status_of
from genbench.evaluation.sample_sets import with_value
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRICS = ("test_error", "log_loss", "calibration_error")


def classifier_rows(
    row: Measurement, log_proba: NDArray[np.float64], labels: NDArray[np.int64], resamples: int
) -> Iterator[Measurement]:
    """``test_error`` (share), ``log_loss`` (nats) and ``calibration_error`` of log p(y | x) (fits, n, classes).

    All are better lower. ``row`` brings the estimator's name; that of the log loss says besides where it
    is clipped.
    """
    row = replace(row, seeds=len(log_proba), n=len(labels), better="lower")
    losses = example_losses(log_proba, labels)
    error = replace(row, metric="test_error")
    log_loss = replace(row, metric="log_loss", unit="nats", estimator=f"{row.estimator}[clip={CLIP:g}]")
    yield mean_row(error, losses[:, 0], resamples)
    yield mean_row(log_loss, losses[:, 1], resamples)
    yield calibration_row(replace(row, metric="calibration_error"), calibration(log_proba, labels))


def calibration_row(row: Measurement, errors: NDArray[np.float64]) -> Measurement:
    """The row with the mean of :func:`calibration` errors (fits, 1 + G), and its interval."""
    return with_value(row, errors[:, 0], [errors[:, 1:]] if errors.shape[1] > 1 else (), bounds=(0.0, 1.0))


def mean_row(row: Measurement, values: NDArray[np.float64], resamples: int) -> Measurement:
    """The row with the mean of values (fits, n) of the same examples, and its interval."""
    low, high = mean_interval(values, resamples)
    per_seed = tuple(values.mean(axis=1))
    return replace(row, value=float(values.mean()), ci_low=low, ci_high=high, per_seed=per_seed, status="ok")


def attempted_rows(
    row: Measurement, predict: Callable[[], NDArray[np.float64]], labels: NDArray[np.int64], resamples: int
) -> Iterator[Measurement]:
    """As :func:`classifier_rows`, of predictions that take a fit; if that fails, rows that say so."""
    try:
        log_proba = predict()
    except Exception as error:  # whatever the model raises: the other conditions still count
        lost = replace(row, n=len(labels), better="lower")
        for metric in METRICS:
            yield missing(replace(lost, metric=metric), f"{type(error).__name__}: {error}", status_of(error))
        return
    yield from classifier_rows(row, log_proba, labels, resamples)

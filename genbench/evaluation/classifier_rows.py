"""Error, log loss and calibration of a classifier as rows, under whatever condition their estimator names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.classification import CLIP, calibration_of_groups, example_losses
from genbench.evaluation.example_means import mean_rows, share_row
from genbench.evaluation.missing import missing, status_of
from genbench.evaluation.sample_sets import with_value
from genbench.evaluation.splits import halves_of_groups
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = 20
"""Of test examples, that are left out in turn for the interval of a calibration error."""
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
    yield share_row(error, losses[:, 0], resamples)
    yield from mean_rows(log_loss, losses[:, 1], resamples)
    yield calibration_row(replace(row, metric="calibration_error"), calibration(log_proba, labels))


def calibration(log_proba: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """The calibration error of log p(y | x) (fits, n, classes): of all test examples, of those without each of G groups,
    and of the first halves of the groups, then the second ones, in R splits. (fits, 1 + G + 2 R)"""
    groups = _groups(log_proba.shape[1])
    first = halves_of_groups(groups)
    kept = np.vstack([np.ones((1, groups), dtype=bool), ~np.eye(groups, dtype=bool), first, ~first])
    return calibration_of_groups(log_proba, labels, kept[:1] if groups == 1 else kept)


def calibration_row(row: Measurement, errors: NDArray[np.float64]) -> Measurement:
    """The row with the mean of :func:`calibration` errors of its ``row.n`` test examples, and its interval."""
    assert row.n is not None
    whole, less_each_group, halves = np.split(errors, [1, 1 + _groups(row.n)], axis=1)
    jackknives = [less_each_group] if less_each_group.size else []
    halves = np.moveaxis(halves.reshape(len(errors), 2, -1), 1, 2)
    return with_value(row, whole[:, 0], jackknives, halves=halves)


def _groups(n: int) -> int:
    return min(GROUPS, n)


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

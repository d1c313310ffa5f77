"""Error and probabilities of a classifier at growing training sizes (Ng & Jordan 2001)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.curve_statistics import LEAST_SIZES
from genbench.data.dataset import Split
from genbench.evaluation.classification import CLIP, example_losses
from genbench.evaluation.classifier_rows import calibration, calibration_row
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.example_means import mean_row, mean_rows, share_row
from genbench.evaluation.missing import missing, status_of
from genbench.evaluation.power_law import power_law_rows
from genbench.evaluation.subsets import subset_order
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

ERROR = "test_error"
ESTIMATORS = {ERROR: "test", "log_loss": f"test[clip={CLIP:g}]", "brier_score": "test"}
"""Of the means over test examples, in the order of :func:`example_losses`."""
ROWS: dict[str, Callable[[Measurement, NDArray[np.float64], int], Iterable[Measurement]]] = {
    ERROR: lambda *of: [share_row(*of)],
    "log_loss": mean_rows,
    "brier_score": lambda *of: [mean_row(*of)],
}
CALIBRATION = ("calibration_error", "ece[bins=15]")
HEADLINES = (*ESTIMATORS, CALIBRATION[0])


@dataclass(frozen=True)
class Measured:
    """Of several fits at one size: losses (fits, 3, n) of the test examples, and :func:`calibration`."""

    losses: NDArray[np.float64]
    calibration: NDArray[np.float64]


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``test_error`` (share), ``log_loss`` (nats), ``brier_score`` and ``calibration_error`` on the test examples, better
    lower, at each training size; and the power law of the error (:func:`power_law_rows`).

    At each size of ``protocol.learning_curve_sizes`` the model is fitted to ``protocol.learning_curve_subsets`` random
    subsets, which play the part of seeds in the interval; side by side, if the model can. The full size takes the models
    that are fitted already, whose interval knows of no other training set. A fit that fails leaves a row with its status,
    and the others go on.
    """
    assert context.train is not None, "declared by sees_training_data"
    at_full_size = [model.predict_log_proba(context.test_subset.x) for model in context.distinct]
    sizes = [m for m in sorted(set(context.protocol.learning_curve_sizes)) if m < len(context.train)]
    count = context.protocol.learning_curve_subsets
    orders = np.stack([subset_order(context.train.y, index) for index in range(count)])
    classes = len(np.unique(context.train.y))
    together = [m for m in sizes if classes == context.data.classes and m >= classes and context.refit_many is not None]
    at_sizes = [
        row for size in sizes if size not in together for row in _one_by_one(context, context.train, orders, size)
    ]
    at_sizes += _side_by_side(context, context.train, orders, together)
    yield from at_sizes
    yield from _power_law(context, at_sizes, count)
    yield from _rows(context, _measured(context, np.stack(at_full_size)), len(context.train))


def _side_by_side(
    context: EvaluationContext, train: Split, orders: NDArray[np.int64], sizes: list[int]
) -> Iterable[Measurement]:
    """All sizes at once, by the model's own ``fit_predict_many``; if that fails, one by one, to see which fits fail."""
    if not sizes:
        return
    assert context.refit_many is not None
    parts: list[list[Measured]] = [[] for _ in sizes]
    try:
        for index, log_proba in context.refit_many(train, orders[:, : sizes[-1]], sizes, context.test_subset.x):
            parts[index].append(_measured(context, log_proba))
    except Exception:  # whatever the model raises
        for size in sizes:
            yield from _one_by_one(context, train, orders, size)
        return
    for size, found in zip(sizes, parts, strict=True):
        losses, calibration = (np.concatenate([getattr(m, name) for m in found]) for name in ("losses", "calibration"))
        yield from _rows(context, Measured(losses, calibration), size)


def _one_by_one(
    context: EvaluationContext, train: Split, orders: NDArray[np.int64], size: int
) -> Iterable[Measurement]:
    assert context.refit is not None
    measured, failures = [], []
    for index, order in enumerate(orders):
        try:
            fitted = context.refit(train[order[:size]], derive_seed("learning-curve-fit", index))
            measured.append(fitted.predict_log_proba(context.test_subset.x))
        except Exception as error:  # whatever the model raises: the other sizes and subsets still count
            failures.append(error)
    if measured:
        yield from _rows(context, _measured(context, np.stack(measured)), size)
    if failures:
        first = failures[0]
        reason = f"{len(failures)} of {len(orders)} fits, the first with {type(first).__name__}: {first}"
        for metric in HEADLINES:
            yield missing(_row(context, metric, len(failures), size), reason, status_of(first))


def _power_law(context: EvaluationContext, rows: list[Measurement], fits: int) -> Iterable[Measurement]:
    """Of the sizes at which no fit failed, if there are enough for a fit."""
    full = len(context.train or ())
    whole = [row for row in rows if row.metric == ERROR and len(row.per_seed) == fits and (row.examples or full) < full]
    errors = {row.examples or full: row.per_seed for row in whole}
    if len(errors) >= LEAST_SIZES and fits > 1:
        sizes = sorted(errors)
        row = _row(context, ERROR, fits, sizes[-1])
        yield from power_law_rows(row, sizes, np.array([errors[size] for size in sizes]).T)


def _measured(context: EvaluationContext, log_proba: NDArray[np.float64]) -> Measured:
    """Of log p(y | x) (fits, n, classes)."""
    labels = context.test_subset.y
    return Measured(example_losses(log_proba, labels), calibration(log_proba, labels))


def _rows(context: EvaluationContext, measured: Measured, size: int) -> Iterable[Measurement]:
    for metric, values in zip(ESTIMATORS, np.moveaxis(measured.losses, 1, 0), strict=True):
        row = _row(context, metric, len(values), size)
        yield from ROWS[metric](row, values, context.protocol.resamples)
    row = _row(context, CALIBRATION[0], len(measured.calibration), size)
    yield calibration_row(row, measured.calibration)


def _row(context: EvaluationContext, metric: str, fits: int, size: int) -> Measurement:
    """The row without its value."""
    unit, n = "nats" if metric == "log_loss" else "", len(context.test_subset)
    row = Measurement(metric, {**ESTIMATORS, **dict([CALIBRATION])}[metric], None, unit, "lower", status="failed")
    return replace(row, seeds=fits, n=n, examples=size)

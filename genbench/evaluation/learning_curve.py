"""Test error and log loss of a classifier at growing training sizes (Ng & Jordan 2001)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.data.dataset import Split
from genbench.evaluation.context import EvaluationContext
from genbench.evaluation.fitted import Fitted
from genbench.evaluation.intervals import mean_interval
from genbench.evaluation.missing import missing, status_of
from genbench.measurement import Measurement
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLIP = 1e-15
"""Probabilities below it are raised to it in the log loss, which one impossible label would else make infinite."""

ESTIMATORS = {"test_error": "test", "log_loss": f"test[clip={CLIP:g}]"}


def evaluate(context: EvaluationContext) -> Iterable[Measurement]:
    """``test_error`` (share) and ``log_loss`` (nats) on the test examples, both better lower, at each training size.

    At each size of ``protocol.learning_curve_sizes`` the model is fitted to ``protocol.learning_curve_subsets`` random
    subsets, which play the part of seeds in the interval. The full size takes the models that are fitted already, whose
    interval knows of no other training set. A fit that fails leaves a row with its status, and the others go on.
    """
    assert context.train is not None, "declared by sees_training_data"
    at_full_size = [losses(model, context.test_subset) for model in context.distinct]
    orders = [subset_order(context.train.y, index) for index in range(context.protocol.learning_curve_subsets)]
    for size in sorted(set(context.protocol.learning_curve_sizes)):
        if size < len(context.train):
            yield from _at_size(context, context.train, orders, size)
    yield from _rows(context, at_full_size, len(context.train))


def subset_order(labels: NDArray[np.int64], index: int) -> NDArray[np.int64]:
    """An order (n,) of the training examples; its first m, for growing m, are nested, stratified random subsets.

    One example of each class comes first, so that none is lacking once m allows it; the rest follows in proportion.
    """
    rng = np.random.default_rng(derive_seed("learning-curve", index))
    position = np.empty(len(labels))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        position[members] = (np.arange(len(members)) + rng.random(len(members))) / len(members)
        position[members[0]] -= 1
    return np.argsort(position)


def losses(model: Fitted, test: Split) -> NDArray[np.float64]:
    """Whether each test example is misclassified, and its log loss in nats. (2, n)"""
    log_proba = model.predict_log_proba(test.x)
    wrong = log_proba.argmax(axis=1) != test.y
    return np.stack([wrong, -log_proba[np.arange(len(test)), test.y].clip(math.log(CLIP), 0)])


def _at_size(
    context: EvaluationContext, train: Split, orders: list[NDArray[np.int64]], size: int
) -> Iterable[Measurement]:
    assert context.refit is not None
    measured, failures = [], []
    for index, order in enumerate(orders):
        try:
            fitted = context.refit(train[order[:size]], derive_seed("learning-curve-fit", index))
            measured.append(losses(fitted, context.test_subset))
        except Exception as error:  # whatever the model raises: the other sizes and subsets still count
            failures.append(error)
    if measured:
        yield from _rows(context, measured, size)
    if failures:
        first = failures[0]
        reason = f"{len(failures)} of {len(orders)} fits, the first with {type(first).__name__}: {first}"
        for metric in ESTIMATORS:
            yield missing(_row(context, metric, len(failures), size), reason, status_of(first))


def _rows(context: EvaluationContext, measured: list[NDArray[np.float64]], size: int) -> Iterable[Measurement]:
    for metric, values in zip(ESTIMATORS, np.stack(measured, axis=1), strict=True):
        low, high = mean_interval(values, context.protocol.resamples)
        row = _row(context, metric, len(values), size)
        yield replace(row, value=float(values.mean()), ci_low=low, ci_high=high, status="ok")


def _row(context: EvaluationContext, metric: str, fits: int, size: int) -> Measurement:
    """The row without its value."""
    unit, n = "nats" if metric == "log_loss" else "", len(context.test_subset)
    row = Measurement(metric, ESTIMATORS[metric], None, unit, "lower", status="failed")
    return replace(row, seeds=fits, n=n, examples=size)

"""What a classifier's predictions are judged by."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLIP = 1e-15
"""Probabilities below it are raised to it in the log loss, which one impossible label would else make infinite."""


def predicted_classes(log_proba: NDArray[np.float64]) -> NDArray[np.int64]:
    """The likeliest class (..., n) by log p(y | x) (..., n, classes), the first of several: argmax, class by class, which
    is faster for few classes that vary slowly in memory."""
    largest = log_proba.max(axis=-1)
    predicted = np.full(largest.shape, log_proba.shape[-1] - 1)
    for k in reversed(range(log_proba.shape[-1] - 1)):
        np.putmask(predicted, log_proba[..., k] == largest, k)
    return predicted


def example_losses(log_proba: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Of log p(y | x) (..., n, classes) and labels (n,) or (..., n): (..., 3, n).

    Whether an example is misclassified (a tie goes to the first class), its log loss in nats, and its Brier score: the sum
    over classes of squared differences of probability and indicator, between 0 and 2 (Brier 1950).
    """
    labels = np.broadcast_to(labels, log_proba.shape[:-1])
    of_label = np.take_along_axis(log_proba, labels[..., None], axis=-1)[..., 0]
    proba = np.exp(log_proba)
    brier = (np.square(proba).sum(axis=-1) + 1 - 2 * np.exp(of_label)).clip(0)  # rounding may bring it below
    wrong = predicted_classes(log_proba) != labels
    return np.stack([wrong, -of_label.clip(math.log(CLIP), 0), brier], axis=-2)


def expected_calibration_error(
    log_proba: NDArray[np.float64], labels: NDArray[np.int64], bins: int = 15
) -> NDArray[np.float64]:
    """Mean over examples of |accuracy - confidence| of the bin that the example falls into (Naeini et al. 2015).

    ``bins`` of equal width over the largest probability. log_proba (fits, n, classes), labels (n,) or (fits, n) give
    (fits,). On few examples it is biased upwards.
    """
    return calibration_of_groups(log_proba, labels, np.ones((1, 1), dtype=bool), bins)[:, 0]


def calibration_of_groups(
    log_proba: NDArray[np.float64], labels: NDArray[np.int64], kept: NDArray[np.bool_], bins: int = 15
) -> NDArray[np.float64]:
    """:func:`expected_calibration_error` of the examples of some groups: of each fit and each choice (V, G), (fits, V).

    Groups are of consecutive examples, as equally large as can be; no choice is empty.
    """
    n, groups = log_proba.shape[1], kept.shape[1]
    group_of = np.arange(n) * groups // n
    gaps = np.einsum("vg,fgb->fvb", kept.astype(np.float64), _gaps(log_proba, labels, bins, group_of))
    errors: NDArray[np.float64] = np.abs(gaps).sum(axis=2) / (kept @ np.bincount(group_of))
    return errors


def _gaps(
    log_proba: NDArray[np.float64], labels: NDArray[np.int64], bins: int, groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Sums of hits less confidences in each bin, of each fit and each group (n,): (fits, G, bins)."""
    fits, count = len(log_proba), int(groups[-1]) + 1
    confidence = np.exp(log_proba.max(axis=2))
    correct = predicted_classes(log_proba) == labels
    cell = np.minimum((confidence * bins).astype(int), bins - 1) + bins * (groups + count * np.arange(fits)[:, None])
    sums = np.bincount(cell.ravel(), weights=(correct - confidence).ravel(), minlength=fits * count * bins)
    return sums.astype(np.float64).reshape(fits, count, bins)

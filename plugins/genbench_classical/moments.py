"""Maximum-likelihood moments of classes, and what stands in where a class has too few examples for them.

``members`` (n, k) says how far each example belongs to each class: indicators where labels are known, probabilities where
they are not. Every class has members that add up to at least 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LIBRARY_SMOOTHING = 1e-9
"""scikit-learn's ``GaussianNB(var_smoothing)``."""
UNIT_SMOOTHING = 0.1
"""For variances of each class on ``unit`` data, where pixels that hardly vary in one class otherwise rule it out.
Chosen on MNIST's validation split (the last 10,000 of the 60,000 training images) for its error with naive Bayes."""


def class_means(x: Array, members: Array) -> Array:
    """(n, d) -> (k, d)."""
    return members.T @ x / members.sum(axis=0)[:, None]


def shared_covariance(x: Array, members: Array) -> Array:
    """Covariance (d, d) around the class means; around the common mean where no class has two examples."""
    return _shared(x, members, _products)


def shared_variance(x: Array, members: Array) -> Array:
    """The diagonal (d,) of :func:`shared_covariance`."""
    return _shared(x, members, _squares)


def class_covariances(x: Array, members: Array) -> Array:
    """Covariance of each class (k, d, d); a class of less than two examples takes the shared one."""
    return _of_classes(x, members, _products)


def class_variances(x: Array, members: Array) -> Array:
    """The diagonals (k, d) of :func:`class_covariances`."""
    return _of_classes(x, members, _squares)


def variance_floor(x: Array, smoothing: float) -> float:
    """What is added to every variance: ``smoothing`` times the largest variance of a feature (times 1 if all are 0)."""
    largest = x.var(axis=0).max(initial=0.0)
    return smoothing * (largest if largest > 0 else 1.0)


Scatter = Callable[[Array, Array], Array]


def _products(residuals: Array, weights: Array) -> Array:
    return (weights[:, None] * residuals).T @ residuals


def _squares(residuals: Array, weights: Array) -> Array:
    return weights @ residuals**2


def _scatters(x: Array, members: Array, scatter: Scatter) -> Array:
    """Weighted sums of products, or of squares, around each class's mean (k, ...)."""
    sums = []
    for mean, weights in zip(class_means(x, members), members.T, strict=True):
        inside = weights > 0
        sums.append(scatter(x[inside] - mean, weights[inside]))
    return np.stack(sums)


def _shared(x: Array, members: Array, scatter: Scatter) -> Array:
    if (members.sum(axis=0) < 2).all():
        return scatter(x - x.mean(axis=0), np.ones(len(x))) / len(x)
    return _scatters(x, members, scatter).sum(axis=0) / len(x)


def _of_classes(x: Array, members: Array, scatter: Scatter) -> Array:
    sums, sizes = _scatters(x, members, scatter), members.sum(axis=0)
    few = sizes < 2
    if few.any():
        sums[few], sizes[few] = _shared(x, members, scatter), 1.0
    return sums / sizes.reshape(-1, *(1,) * (sums.ndim - 1))

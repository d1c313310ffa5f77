"""Maximum-likelihood moments of classes, and what stands in where a class has too few examples for them.

``codes`` (n,) run over 0, ..., k - 1, each with at least one example.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

LIBRARY_SMOOTHING = 1e-9
"""scikit-learn's ``GaussianNB(var_smoothing)``."""
UNIT_SMOOTHING = 0.1
"""For variances of each class on ``unit`` data, where pixels that hardly vary in one class otherwise rule it out.
Chosen on MNIST's validation split (the last 10,000 of the 60,000 training images) for its error with naive Bayes."""


def class_means(x: Array, codes: Codes) -> Array:
    """(n, d) -> (k, d)."""
    return np.stack([x[codes == k].mean(axis=0) for k in range(codes.max() + 1)])


def shared_covariance(x: Array, codes: Codes) -> Array:
    """Covariance (d, d) around the class means; around the common mean where no class has two examples."""
    residuals = x - _centres(x, codes)
    return residuals.T @ residuals / len(x)


def shared_variance(x: Array, codes: Codes) -> Array:
    """The diagonal (d,) of :func:`shared_covariance`."""
    return np.mean((x - _centres(x, codes)) ** 2, axis=0)


def class_covariances(x: Array, codes: Codes) -> Array:
    """Covariance of each class (k, d, d); a class of a single example takes the shared one."""
    shared = shared_covariance(x, codes)
    members = [x[codes == k] for k in range(codes.max() + 1)]
    return np.stack([np.cov(m.T, ddof=0).reshape(shared.shape) if len(m) > 1 else shared for m in members])


def class_variances(x: Array, codes: Codes) -> Array:
    """The diagonals (k, d) of :func:`class_covariances`."""
    shared = shared_variance(x, codes)
    members = [x[codes == k] for k in range(codes.max() + 1)]
    return np.stack([m.var(axis=0) if len(m) > 1 else shared for m in members])


def variance_floor(x: Array, smoothing: float) -> float:
    """What is added to every variance: ``smoothing`` times the largest variance of a feature (times 1 if all are 0)."""
    largest = x.var(axis=0).max(initial=0.0)
    return smoothing * (largest if largest > 0 else 1.0)


def _centres(x: Array, codes: Codes) -> Array:
    if len(x) == codes.max() + 1:
        return x.mean(axis=0)
    return class_means(x, codes)[codes]

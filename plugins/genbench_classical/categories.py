"""Independent categorical columns with Laplace smoothing, a distribution for each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class CategoricalColumns:
    """log theta[k, j, c] = log((count + l) / (n_k + l C_j)): Ng & Jordan 2001, eq. 1; two categories give Bernoulli.

    The tables of all columns lie side by side (classes, C_1 + ... + C_d), so that a log-likelihood is one product with
    the examples' indicators.
    """

    def __init__(self, categories: NDArray[np.int64], smoothing: float) -> None:
        self.categories, self.smoothing = categories, smoothing
        self.starts = np.cumsum(categories) - categories

    def fit(self, x: Array, codes: NDArray[np.int64]) -> None:
        """Codes 0, ..., C_j - 1 in the columns of ``x`` (n, d), classes (n,)."""
        indicators = self._indicators(x)
        counts = np.stack([indicators[codes == k].sum(axis=0) for k in range(codes.max() + 1)])
        members = np.bincount(codes)[:, None]
        widths = np.repeat(self.categories, self.categories)
        self.log_theta = np.log(counts + self.smoothing) - np.log(members + self.smoothing * widths)

    def log_prob(self, x: Array) -> Array:
        """(n, d) -> (n, classes)."""
        return self._indicators(x) @ self.log_theta.T

    def sample(self, codes: NDArray[np.int64], rng: np.random.Generator) -> Array:
        """Classes (n,) -> categories (n, d)."""
        x = np.empty((len(codes), len(self.categories)))
        for j, (start, width) in enumerate(zip(self.starts, self.categories, strict=True)):
            cumulative = np.exp(self.log_theta[:, start : start + width]).cumsum(axis=1)[:, :-1]
            x[:, j] = (rng.random((len(codes), 1)) >= cumulative[codes]).sum(axis=1)
        return x

    def _indicators(self, x: Array) -> Array:
        indicators = np.zeros((len(x), int(self.categories.sum())))
        np.put_along_axis(indicators, self.starts + np.rint(x).astype(np.int64), 1.0, axis=1)
        return indicators

"""A distribution that is like given examples, has a known density or mass everywhere, and can be drawn from.

Against it the integral of a model's density is estimated. How alike they are decides how much is found.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.special import expit, log_expit, logit, logsumexp

from genbench.data.spec import DataSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EDGE, ROUNDED = 1e-4, 1e-7
"""Features in [0, 1] are taken to be no nearer to 0 and 1 than this where the proposal is fitted, and where it is asked."""
WIDE = 1.2
"""Standard deviations of the wide component, in those of the examples."""
SCALES = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.01)
"""Standard deviations of the kernels that are tried, in those of the examples."""
RIDGE = 1e-4
UNIFORM = 0.1
"""Weight of uniform values of a feature that takes finitely many."""


class Proposal:
    """Independent draws for the features that take finitely many values, by their frequencies; for the others half a
    Gaussian wider than the examples and half kernels around them, as wide as explains other examples best.

    Features in [0, 1] are so described by their log odds, and never leave [0, 1].
    """

    def __init__(self, x: NDArray[Any], data: DataSpec) -> None:
        """``x`` (n, *shape), at least four examples."""
        rows = _as_rows(x)
        values = value_counts(data)
        self.data, self.finite, self.numbers = data, np.flatnonzero(values > 0), np.flatnonzero(values == 0)
        self.bounded, self.step, self.counts = data.support == "unit", (data.levels or 2) - 1, values[self.finite]
        self.shares = [
            (1 - UNIFORM) * np.bincount(code, minlength=count) / len(rows) + UNIFORM / count
            for code, count in zip(self._codes(rows).T, self.counts, strict=True)
        ]
        if len(self.numbers):
            z = self._unbounded(rows[:, self.numbers], EDGE)
            self.centres = z[::2]
            self.mean = z.mean(axis=0)
            spread = z.std(axis=0)
            covariance = np.cov(z, rowvar=False).reshape(len(spread), len(spread))
            self.root = cholesky(covariance + np.diag(RIDGE * np.where(spread > 0, spread**2, 1.0)), lower=True)
            self.scale = max(SCALES, key=lambda scale: self._log_kernels(z[1::2], scale).mean())

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return n draws (n, *shape)."""
        rows = np.empty((n, self.data.dim))
        codes = [rng.choice(len(shares), size=n, p=shares) for shares in self.shares]
        rows[:, self.finite] = np.reshape(codes, (len(codes), n)).T / self.step
        if len(self.numbers):
            noise = rng.standard_normal((n, len(self.numbers))) @ self.root.T
            wide = (rng.random(n) < 0.5)[:, None]
            centres = self.centres[rng.integers(len(self.centres), size=n)]
            z = np.where(wide, self.mean + WIDE * noise, centres + self.scale * noise)
            rows[:, self.numbers] = expit(z) if self.bounded else z
        return rows.astype(np.float32).reshape(n, *self.data.shape)

    def log_density(self, x: NDArray[Any]) -> Floats:
        """Return the log density or mass (n,) in nats, of mixed tables with respect to both."""
        rows = _as_rows(x)
        of_codes = [np.log(shares)[code] for shares, code in zip(self.shares, self._codes(rows).T, strict=True)]
        total = np.sum(of_codes, axis=0) if of_codes else np.zeros(len(rows))
        if len(self.numbers):
            numbers = rows[:, self.numbers]
            z = self._unbounded(numbers, ROUNDED)
            both = np.logaddexp(self._log_gaussian(z, self.mean[None], WIDE)[:, 0], self._log_kernels(z, self.scale))
            total = total + both - math.log(2)
            if self.bounded:
                total = total - (log_expit(z) + log_expit(-z)).sum(axis=1)
        return np.asarray(total)

    def _codes(self, rows: Floats) -> NDArray[np.int64]:
        """Return the finitely many values of rows (n, d) as 0, 1, ...: levels lie in [0, 1], categories are codes.

        What is none of them, as a model may sample, counts as the nearest.
        """
        codes = (rows[:, self.finite] * self.step).clip(0, self.counts - 1)
        return np.asarray(np.rint(codes), dtype=np.int64)

    def _unbounded(self, numbers: Floats, edge: float) -> Floats:
        return np.asarray(logit(numbers.clip(edge, 1 - edge))) if self.bounded else numbers

    def _log_kernels(self, z: Floats, scale: float) -> Floats:
        of_kernels = self._log_gaussian(z, self.centres, scale)
        return np.asarray(logsumexp(of_kernels, axis=1) - math.log(len(self.centres)))

    def _log_gaussian(self, z: Floats, means: Floats, scale: float) -> Floats:
        """Log densities (n, means) of Gaussians with the examples' covariance times the squared scale."""
        white, white_means = (solve_triangular(self.root, rows.T, lower=True).T / scale for rows in (z, means))
        squares = (
            np.square(white).sum(axis=1)[:, None] - 2 * white @ white_means.T + np.square(white_means).sum(axis=1)[None]
        )
        dim = z.shape[1]
        log_root = np.log(np.diag(self.root)).sum() + dim * math.log(scale)
        return np.asarray(-squares.clip(0) / 2 - log_root - dim / 2 * math.log(2 * math.pi))


def value_counts(data: DataSpec) -> NDArray[np.int64]:
    """Return how many values each feature (d,) takes; 0 if it is a number."""
    if data.levels is not None:
        return np.full(data.dim, data.levels)
    return np.array(data.categories, dtype=np.int64)


def _as_rows(x: NDArray[Any]) -> Floats:
    return np.asarray(x, dtype=np.float64).reshape(len(x), -1)

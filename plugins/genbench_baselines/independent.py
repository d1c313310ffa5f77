"""Each feature on its own."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.stats import norm
from torch import Tensor

from genbench import DataSpec, Draws, FitContext, Model, Split, as_rows
from genbench_baselines.features import from_codes, to_codes, value_counts

Array = NDArray[np.float64]


class Independent(Model):
    """The product of a smoothed histogram for each feature. Labels are ignored.

    Features with levels or categories: the exact mass (count + smoothing) / (n + smoothing * values).
    Continuous features: such a histogram of ceil(2 n^(1/3)) bins of equal width (Rice's rule), over [0, 1] for ``unit``
    data, else over the training range and mixed with a Gaussian of the feature's mean and twice its standard deviation,
    so that no value is impossible.

    smoothing  added to every count.
    tail       weight of the Gaussian.
    """

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    deterministic_fit = True
    fitted_attributes = ("log_mass", "log_bin_mass", "bins", "low", "high", "mean", "deviation")

    def __init__(
        self,
        data: DataSpec,
        *,
        smoothing: Annotated[float, Field(gt=0)] = 1.0,
        tail: Annotated[float, Field(gt=0, lt=1)] = 0.05,
    ) -> None:
        super().__init__(data)
        self.smoothing = smoothing
        self.tail = 0.0 if data.support == "unit" else tail
        values = value_counts(data)
        self.discrete, self.continuous = np.flatnonzero(values), np.flatnonzero(values == 0)
        self.values = values[self.discrete]

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x = as_rows(train.x)
        numbers = x[:, self.continuous]
        self.low, self.high = self._range(numbers)
        spread = numbers.std(axis=0)
        self.mean, self.deviation = numbers.mean(axis=0), 2 * np.where(spread > 0, spread, 1.0)
        bins = int(np.ceil(2 * len(x) ** (1 / 3)))
        self.bins = np.full(len(self.continuous), bins)
        self.log_mass = self._log_histogram(to_codes(x[:, self.discrete], self.data), self.values)
        self.log_bin_mass = self._log_histogram(self._bin(numbers), self.bins)

    def log_prob(self, x: Tensor) -> Array:
        rows = as_rows(x)
        codes = to_codes(rows[:, self.discrete], self.data)
        mass = np.take_along_axis(self.log_mass, codes.T, axis=1).sum(axis=0)
        return mass + self._log_density(rows[:, self.continuous]).sum(axis=1)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Array:
        rng = draws.numpy()
        x = np.empty((n, self.data.dim))
        x[:, self.discrete] = from_codes(_sampled_codes(self.log_mass, n, rng), self.data)
        binned = _sampled_codes(self.log_bin_mass, n, rng)
        inside = self.low + (binned + rng.random(binned.shape)) / self.bins * (self.high - self.low)
        outside = rng.normal(self.mean, self.deviation, size=binned.shape)
        x[:, self.continuous] = np.where(rng.random(binned.shape) < self.tail, outside, inside)
        return x.reshape(n, *self.data.shape)

    def _range(self, x: Array) -> tuple[Array, Array]:
        if self.data.support == "unit":
            return np.zeros(x.shape[1]), np.ones(x.shape[1])
        low, high = x.min(axis=0), x.max(axis=0)
        margin = np.where(high > low, 0.0, 0.5)
        return low - margin, high + margin

    def _bin(self, x: Array) -> NDArray[np.int64]:
        return np.clip((x - self.low) / (self.high - self.low) * self.bins, 0, self.bins - 1).astype(np.int64)

    def _log_density(self, x: Array) -> Array:
        """Log densities (n, continuous features)."""
        histogram = np.take_along_axis(self.log_bin_mass, self._bin(x).T, axis=1).T
        histogram = histogram + np.log(self.bins / (self.high - self.low))
        histogram[(x < self.low) | (x > self.high)] = -np.inf
        if self.tail == 0:
            return histogram
        gaussian = norm.logpdf(x, self.mean, self.deviation)
        return np.logaddexp(np.log1p(-self.tail) + histogram, np.log(self.tail) + gaussian)

    def _log_histogram(self, codes: NDArray[np.int64], values: NDArray[np.int64]) -> Array:
        """Log masses (features, most values), -inf beyond a feature's own values."""
        most = int(values.max(initial=1))
        table = np.full((len(values), most), -np.inf)
        for j, count in enumerate(values):
            counts = np.bincount(codes[:, j], minlength=count) + self.smoothing
            table[j, :count] = np.log(counts / counts.sum())
        return table


def _sampled_codes(log_mass: Array, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """n codes of each feature (n, features)."""
    codes = np.empty((n, len(log_mass)), dtype=np.int64)
    for j, masses in enumerate(np.exp(log_mass)):
        codes[:, j] = rng.choice(len(masses), size=n, p=masses / masses.sum())
    return codes

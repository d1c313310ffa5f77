"""The uniform distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from genbench import DataSpec, Draws, FitContext, Model, Split, as_rows
from genbench_baselines.features import from_codes, value_counts

Array = NDArray[np.float64]


class Uniform(Model):
    """Every value as likely as any other. Labels are ignored.

    Features with levels or categories: an exact mass, one over their number. Continuous ``unit`` features: [0, 1].
    Other continuous features: the training range, widened on each side by half its width (by 1/2 where it is a point);
    the density is zero outside.
    """

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    deterministic_fit = True
    fitted_attributes = ("low", "high")

    def __init__(self, data: DataSpec) -> None:
        super().__init__(data)
        values = value_counts(data)
        self.discrete, self.continuous = np.flatnonzero(values), np.flatnonzero(values == 0)
        self.values = values[self.discrete]

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x = as_rows(train.x)[:, self.continuous]
        self.low, self.high = np.zeros(x.shape[1]), np.ones(x.shape[1])
        if self.data.support != "unit":
            low, width = x.min(axis=0), np.ptp(x, axis=0)
            margin = np.where(width > 0, width, 1.0) / 2
            self.low, self.high = low - margin, low + width + margin

    def log_prob(self, x: Tensor) -> Array:
        numbers = as_rows(x)[:, self.continuous]
        inside = np.all((numbers >= self.low) & (numbers <= self.high), axis=1)
        inside_value = -np.log(self.high - self.low).sum() - np.log(self.values).sum()
        return np.where(inside, inside_value, -np.inf)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Array:
        rng = draws.numpy()
        x = np.empty((n, self.data.dim))
        x[:, self.discrete] = from_codes(rng.integers(self.values, size=(n, len(self.values))), self.data)
        x[:, self.continuous] = rng.uniform(self.low, self.high, size=(n, len(self.low)))
        return x.reshape(n, *self.data.shape)

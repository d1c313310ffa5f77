"""Nearly all noise, and hardly less likely (Theis et al. 2016, section 3.2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from genbench import Draws, FitContext, Split
from genbench_baselines.gaussian import Gaussian

Array = NDArray[np.float64]
SHARE, WIDTH = 0.01, 10.0


class GaussianOnePercent(Gaussian):
    """A hundredth is the control ``gaussian``, the rest a Gaussian ten times as wide: at most log 100 nats are lost."""

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        super().fit(train, validation, context)
        self.wide = Gaussian(self.data, ridge=self.ridge)
        self.wide.mean, self.wide.cholesky = self.mean, WIDTH * self.cholesky

    def log_prob(self, x: Tensor) -> Array:
        return np.asarray(np.logaddexp(*self._joint(x)))

    def score(self, x: Tensor) -> Array:
        weights = softmax(np.stack(self._joint(x)), axis=0).reshape(2, len(x), *[1] * (x.ndim - 1))
        return np.asarray(weights[0] * super().score(x) + weights[1] * self.wide.score(x))

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Array:
        rng = draws.numpy()
        width = np.where(rng.random((n, 1)) < SHARE, 1.0, WIDTH)
        noise = width * rng.standard_normal((n, self.data.dim))
        return (self.mean + noise @ self.cholesky.T).reshape(n, *self.data.shape)

    def _joint(self, x: Tensor) -> tuple[Array, Array]:
        """The log densities (n,) of the two, with their shares."""
        return math.log(SHARE) + super().log_prob(x), math.log1p(-SHARE) + self.wide.log_prob(x)

"""One Gaussian with full covariance."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.linalg import cho_solve, cholesky
from scipy.stats import Covariance, multivariate_normal
from torch import Tensor

from genbench import DataSpec, Draws, FitContext, Model, Split, as_rows

Array = NDArray[np.float64]


class Gaussian(Model):
    """Mean and covariance of the training set (maximum likelihood). Labels are ignored.

    ridge  added to each variance, as a share of it (of 1 where a feature is constant), so that fewer examples than
           features still give a density.
    """

    supports = frozenset({"real", "unit"})
    deterministic_fit = True
    continuous_density = True
    fitted_attributes = ("mean", "cholesky")

    def __init__(self, data: DataSpec, *, ridge: Annotated[float, Field(gt=0)] = 1e-6) -> None:
        super().__init__(data)
        self.ridge = ridge

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        x = as_rows(train.x)
        self.mean = x.mean(axis=0)
        covariance = (x - self.mean).T @ (x - self.mean) / len(x)
        variances = np.diag(covariance)
        covariance += np.diag(self.ridge * np.where(variances > 0, variances, 1.0))
        self.cholesky = cholesky(covariance, lower=True)

    def log_prob(self, x: Tensor) -> Array:
        gaussian = multivariate_normal(self.mean, Covariance.from_cholesky(self.cholesky))
        return np.reshape(gaussian.logpdf(as_rows(x)), len(x))

    def score(self, x: Tensor) -> Array:
        return -cho_solve((self.cholesky, True), (as_rows(x) - self.mean).T).T.reshape(x.shape)

    def sample(self, n: int, draws: Draws, y: Tensor | None = None) -> Array:
        noise = draws.numpy().standard_normal((n, self.data.dim))
        return (self.mean + noise @ self.cholesky.T).reshape(n, *self.data.shape)

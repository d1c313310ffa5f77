"""Gaussian discriminant analysis with a covariance for each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from scipy.linalg import cho_solve, cholesky
from scipy.stats import Covariance, multivariate_normal
from torch import Tensor

from genbench import DataSpec, ModelError
from genbench_classical import moments
from genbench_classical.class_sums import ClassSums
from genbench_classical.generative import Array, GenerativeClassifier
from genbench_classical.linear import log_proba_of_tested


class GDA(GenerativeClassifier):
    """A Gaussian with full covariance for each class: quadratic boundaries.

    shrinkage           share of the correlations that is taken away: (1 - shrinkage) S + shrinkage diag(S). It makes the
                        covariance regular where there are fewer examples than features; 1 gives naive Bayes.
    variance_smoothing  share of the largest variance of a feature that is added to all variances. None takes
                        the defaults of naive Bayes: 1e-9, on ``unit`` data 0.1.

    Covariances are maximum-likelihood estimates. A class of a single example takes the one that the classes share.
    """

    supports = frozenset({"real", "unit"})
    fitted_attributes = (*GenerativeClassifier.fitted_attributes, "mean", "cholesky")
    unit_smoothing: ClassVar[float] = moments.UNIT_SMOOTHING
    """Default of ``variance_smoothing`` on ``unit`` data."""

    def __init__(
        self,
        data: DataSpec,
        *,
        shrinkage: Annotated[float, Field(ge=0, le=1)] = 0.01,
        variance_smoothing: Annotated[float | None, Field(ge=0)] = None,
    ) -> None:
        super().__init__(data)
        if variance_smoothing is None:
            variance_smoothing = self.unit_smoothing if data.support == "unit" else moments.LIBRARY_SMOOTHING
        self.shrinkage, self.variance_smoothing = shrinkage, variance_smoothing

    def covariances(self, x: Array, members: Array) -> Array:
        """(seen classes, d, d), or (1, d, d) for one that all share."""
        return moments.class_covariances(x, members)

    def fit_classes(self, x: Array, members: Array) -> None:
        self.mean = moments.class_means(x, members)
        floor = moments.variance_floor(x, self.variance_smoothing)
        self.cholesky = np.stack([self._factor(covariance, floor) for covariance in self.covariances(x, members)])

    def covariances_of_splits(self, sums: ClassSums) -> Tensor:
        """As :meth:`covariances`, of many splits: (splits, classes or 1, d, d)."""
        return sums.class_seconds()

    def fit_predict_many(
        self, x: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int], x_test: Tensor, tested: Tensor
    ) -> Iterator[Tensor]:
        sums = ClassSums(x.flatten(1), y, orders, self.data.classes, products=True)
        test = (x_test.flatten(1).double() - sums.centre).mT
        for size in sizes:
            sums.grow(size)
            covariances = self.covariances_of_splits(sums)
            diagonal = covariances.diagonal(dim1=2, dim2=3)
            added = self.shrinkage * diagonal + sums.floor(self.variance_smoothing)[:, None, None]
            factors, failed = torch.linalg.cholesky_ex((1 - self.shrinkage) * covariances + torch.diag_embed(added))
            if bool(failed.any()):
                raise self._singular()
            log_joint = gaussian_log_density(test, sums.means, factors) + sums.log_prior[..., None]
            yield log_proba_of_tested(log_joint, tested)

    def class_log_prob(self, x: Array) -> Array:
        columns = []
        for mean, factor in zip(self.mean, self._factors(), strict=True):
            gaussian = multivariate_normal(mean, Covariance.from_cholesky(factor))
            columns.append(np.reshape(gaussian.logpdf(x), len(x)))
        return np.stack(columns, axis=1)

    def class_sample(self, codes: NDArray[np.int64], rng: np.random.Generator) -> Array:
        noise = rng.standard_normal((len(codes), self.data.dim))
        x = np.empty_like(noise)
        for k, factor in enumerate(self._factors()):
            x[codes == k] = self.mean[k] + noise[codes == k] @ factor.T
        return x

    def class_score(self, x: Array, k: int) -> Array:
        return -cho_solve((self._factors()[k], True), (x - self.mean[k]).T).T

    def _factors(self) -> Array:
        """Cholesky factors (seen classes, d, d), without copying a shared one."""
        return np.broadcast_to(self.cholesky, (len(self.mean), *self.cholesky.shape[1:]))

    def _factor(self, covariance: Array, floor: float) -> Array:
        diagonal = np.diag(covariance)
        shrunk = (1 - self.shrinkage) * covariance + np.diag(self.shrinkage * diagonal + floor)
        try:
            return cholesky(shrunk, lower=True)
        except np.linalg.LinAlgError:
            raise self._singular() from None

    def _singular(self) -> ModelError:
        return ModelError(
            f"a covariance is singular with shrinkage={self.shrinkage} and "
            f"variance_smoothing={self.variance_smoothing}; raise one of them"
        )


def gaussian_log_density(x: Tensor, means: Tensor, factors: Tensor) -> Tensor:
    """Log density (splits, classes, n) of columns (d, n) under Gaussians with means (splits, classes, d) and Cholesky
    factors (splits, classes, d, d), or (splits, 1, d, d) for one covariance that all classes share.

    Of a shared covariance the part that no class changes is left out: it cancels in Bayes' rule.
    """
    if factors.shape[1] == 1:
        weights = torch.cholesky_solve(means.mT, factors[:, 0]).mT
        return weights @ x - 0.5 * (weights * means).sum(dim=2)[..., None]
    columns = []
    for k in range(factors.shape[1]):
        whitened = torch.linalg.solve_triangular(factors[:, k], x - means[:, k, :, None], upper=False)
        log_scale = factors[:, k].diagonal(dim1=1, dim2=2).log().sum(dim=1)
        columns.append(-0.5 * whitened.square().sum(dim=1) - log_scale[:, None])
    return torch.stack(columns, dim=1)

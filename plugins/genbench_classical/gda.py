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

from genbench import UNLABELLED, DataSpec, FitContext, ModelError, Split, as_rows
from genbench_classical import moments
from genbench_classical.class_sums import ClassSums
from genbench_classical.generative import Array, GenerativeClassifier
from genbench_classical.linear import log_proba_of_tested
from genbench_classical.shrinkage import DEFAULT, Gaussians, best, folds


class GDA(GenerativeClassifier):
    """A Gaussian with full covariance for each class: quadratic boundaries.

    shrinkage           share of the correlations that is taken away: (1 - shrinkage) S + shrinkage diag(S). It makes the
                        covariance regular where there are fewer examples than features; 1 gives naive Bayes. None chooses
                        among a few by the errors in a cross-validation of the training examples, and then fits to all; the
                        validation split is not read, so that a learning curve's fits to subsets choose by the same rule.
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
        shrinkage: Annotated[float | None, Field(ge=0, le=1)] = None,
        variance_smoothing: Annotated[float | None, Field(ge=0)] = None,
    ) -> None:
        super().__init__(data)
        if variance_smoothing is None:
            variance_smoothing = self.unit_smoothing if data.support == "unit" else moments.LIBRARY_SMOOTHING
        self.shrinkage, self.variance_smoothing = shrinkage, variance_smoothing
        self.chosen_shrinkage = DEFAULT if shrinkage is None else shrinkage

    def fit(self, train: Split, validation: Split, context: FitContext) -> None:
        if self.shrinkage is None:
            self.chosen_shrinkage = self._choice(as_rows(train.x), train.y.cpu().numpy())
        super().fit(train, validation, context)

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
            gaussians = self._gaussians(sums)
            factors, failed = gaussians.factors(self._shrinkages(sums, y, orders[:, :size]))
            if bool(failed.any()):
                raise self._singular()
            yield log_proba_of_tested(gaussians.log_joint(test, factors), tested)

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

    def _choice(self, x: Array, y: NDArray[np.int64]) -> float:
        """Choose the shrinkage for labelled examples (n, d), as :meth:`_shrinkages` does for subsets."""
        known = y != UNLABELLED
        x, seen = x[known], np.unique(y[known])
        codes = np.searchsorted(seen, y[known])
        scores = []
        for positions in folds(torch.as_tensor(codes)[None], len(seen)):
            held_out = positions[0].numpy()
            train = np.setdiff1d(np.arange(len(x)), held_out)
            members = np.eye(len(seen))[codes[train]]
            fitted = (
                moments.class_means(x[train], members),
                self.covariances(x[train], members),
                np.array(moments.variance_floor(x[train], self.variance_smoothing)),
                np.log(members.mean(axis=0)),
            )
            gaussians = Gaussians(*(torch.as_tensor(part)[None] for part in fitted))
            scores.append(
                gaussians.scores(torch.as_tensor(x[held_out].T)[None], torch.as_tensor(codes[held_out])[None])
            )
        return float(best(torch.stack(scores).sum(dim=0))) if scores else DEFAULT

    def _shrinkages(self, sums: ClassSums, y: Tensor, orders: Tensor) -> Tensor:
        """The shrinkage (splits,) given, or the one chosen for each of the subsets ``orders`` behind the sums."""
        scores = []
        for positions in folds(y[orders], self.data.classes) if self.shrinkage is None else ():
            held_out = orders.gather(1, positions)
            fold = ClassSums(sums.x, y, held_out, self.data.classes, products=True, shifted=False)
            fold.grow(held_out.shape[1])
            scores.append(self._gaussians(sums.without(fold)).scores(sums.x[held_out].mT, y[held_out]))
        if scores:
            return best(torch.stack(scores).sum(dim=0))
        return torch.full((len(orders),), self.chosen_shrinkage, dtype=torch.float64, device=orders.device)

    def _gaussians(self, sums: ClassSums) -> Gaussians:
        return Gaussians(
            sums.means, self.covariances_of_splits(sums), sums.floor(self.variance_smoothing), sums.log_prior
        )

    def _factors(self) -> Array:
        """Cholesky factors (seen classes, d, d), without copying a shared one."""
        return np.broadcast_to(self.cholesky, (len(self.mean), *self.cholesky.shape[1:]))

    def _factor(self, covariance: Array, floor: float) -> Array:
        diagonal = np.diag(covariance)
        share = self.chosen_shrinkage
        shrunk = (1 - share) * covariance + np.diag(share * diagonal + floor)
        try:
            return cholesky(shrunk, lower=True)
        except np.linalg.LinAlgError:
            raise self._singular() from None

    def _singular(self) -> ModelError:
        return ModelError(
            f"a covariance is singular with shrinkage={self.chosen_shrinkage} and "
            f"variance_smoothing={self.variance_smoothing}; raise one of them"
        )

"""Naive Bayes: given the class, the features are independent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from genbench import DataSpec, as_rows
from genbench_classical import moments
from genbench_classical.categories import CategoricalColumns
from genbench_classical.class_sums import ClassSums
from genbench_classical.generative import Array, GenerativeClassifier
from genbench_classical.linear import linear_scores, log_proba_of_tested


class NaiveBayes(GenerativeClassifier):
    """Gaussian for continuous columns, Bernoulli for binary and multinomial for categorical ones.

    smoothing           l of Laplace smoothing of the categorical columns; Ng & Jordan (2001) take 1.
    variance_smoothing  share of the largest variance of a feature that is added to all variances. None takes
                        scikit-learn's 1e-9, on ``unit`` data 0.1 (:data:`moments.UNIT_SMOOTHING`).

    A class of a single example takes the variances that the classes share.
    """

    supports = frozenset({"real", "unit", "binary", "categorical", "mixed"})
    fitted_attributes = (*GenerativeClassifier.fitted_attributes, "mean", "variance", "log_theta")
    unit_smoothing: ClassVar[float] = moments.UNIT_SMOOTHING
    """Default of ``variance_smoothing`` on ``unit`` data."""

    def __init__(
        self,
        data: DataSpec,
        *,
        smoothing: Annotated[float, Field(gt=0)] = 1.0,
        variance_smoothing: Annotated[float | None, Field(ge=0)] = None,
    ) -> None:
        super().__init__(data)
        if variance_smoothing is None:
            variance_smoothing = self.unit_smoothing if data.support == "unit" else moments.LIBRARY_SMOOTHING
        self.variance_smoothing = variance_smoothing
        categories = np.array(data.categories)
        self.continuous, self.categorical = np.flatnonzero(categories == 0), np.flatnonzero(categories)
        self.columns = CategoricalColumns(categories[self.categorical], smoothing)

    def variances(self, x: Array, members: Array) -> Array:
        """Variances of the continuous features, (seen classes, continuous features)."""
        return moments.class_variances(x, members)

    def variances_of_splits(self, sums: ClassSums) -> Tensor:
        """As :meth:`variances`, of many splits: (splits, classes, continuous features)."""
        return sums.class_seconds()

    def fit_predict_many(
        self, x: Tensor, y: Tensor, orders: Tensor, sizes: Sequence[int], x_test: Tensor, tested: Tensor
    ) -> Iterator[Tensor]:
        rows, test_rows = x.flatten(1), x_test.flatten(1).double()
        indicators = torch.as_tensor(self.columns.indicators(as_rows(x)[:, self.categorical]), device=x.device)
        test_indicators = torch.as_tensor(self.columns.indicators(as_rows(x_test)[:, self.categorical])).to(x.device)
        numbers = ClassSums(rows[:, self.continuous], y, orders, self.data.classes)
        counts = ClassSums(indicators, y, orders, self.data.classes, shifted=False)
        test_numbers = test_rows[:, self.continuous] - numbers.centre
        test = torch.cat([test_numbers.square(), test_numbers, test_indicators], dim=1)
        for size in sizes:
            numbers.grow(size)
            counts.grow(size)
            floor = numbers.floor(self.variance_smoothing) if len(self.continuous) else numbers.counts.new_zeros(1)
            variance = self.variances_of_splits(numbers) + floor[:, None, None]
            gaussian = diagonal_log_density(numbers.means, variance)
            log_theta = self.columns.log_theta_of(counts.sums, counts.counts)
            constant = gaussian[..., -1] + numbers.log_prior
            weights = torch.cat([gaussian[..., :-1], log_theta, constant[..., None]], dim=2)
            yield log_proba_of_tested(linear_scores(test, weights), tested)

    def fit_classes(self, x: Array, members: Array) -> None:
        numbers = x[:, self.continuous]
        self.mean = moments.class_means(numbers, members)
        self.variance = self.variances(numbers, members) + moments.variance_floor(numbers, self.variance_smoothing)
        self.log_theta = self.columns.fit(x[:, self.categorical], members)

    def class_log_prob(self, x: Array) -> Array:
        return self._gaussian_log_prob(x[:, self.continuous]) + self.columns.log_prob(
            x[:, self.categorical], self.log_theta
        )

    def class_sample(self, codes: NDArray[np.int64], rng: np.random.Generator) -> Array:
        x = np.empty((len(codes), self.data.dim))
        x[:, self.categorical] = self.columns.sample(codes, self.log_theta, rng)
        noise = rng.standard_normal((len(codes), len(self.continuous)))
        x[:, self.continuous] = self.mean[codes] + np.sqrt(self.variance)[codes] * noise
        return x

    def class_score(self, x: Array, k: int) -> Array:
        return (self.mean[k] - x) / self.variance[k]

    def _gaussian_log_prob(self, x: Array) -> Array:
        normaliser = -0.5 * np.log(2 * np.pi * self.variance).sum(axis=1)
        quadratic = [((x - m) ** 2 / v).sum(axis=1) for m, v in zip(self.mean, self.variance, strict=True)]
        return normaliser - 0.5 * np.stack(quadratic, axis=1)


def diagonal_log_density(mean: Tensor, variance: Tensor) -> Tensor:
    """Coefficients (..., 2 d + 1) of x^2, x and 1 in the log density of Gaussians with independent features (..., d)."""
    precision = 1 / variance
    constant = (mean.square() * precision + torch.log(2 * torch.pi * variance)).sum(dim=-1, keepdim=True)
    return torch.cat([-0.5 * precision, mean * precision, -0.5 * constant], dim=-1)

"""Independent categorical columns with Laplace smoothing, a distribution for each class."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]


class CategoricalColumns:
    """log theta[k, j, c] = log((count + l) / (n_k + l C_j)), as in Ng & Jordan 2001; two categories give Bernoulli.

    The tables of all columns lie side by side (classes, C_1 + ... + C_d), so that a log-likelihood is one product with
    the examples' indicators.
    """

    def __init__(self, categories: NDArray[np.int64], smoothing: float) -> None:
        self.categories, self.smoothing = categories, smoothing
        self.starts = np.cumsum(categories) - categories

    def fit(self, x: Array, members: Array) -> Array:
        """The tables, of codes 0, ..., C_j - 1 in the columns of ``x`` (n, d), and of how far each example belongs to each
        class (n, classes)."""
        counts, sizes = members.T @ self.indicators(x), members.sum(axis=0)
        tables: Array = self.log_theta_of(torch.as_tensor(counts), torch.as_tensor(sizes)).numpy()
        return tables

    def log_theta_of(self, counts: Tensor, members: Tensor) -> Tensor:
        """log theta (..., classes, C_1 + ... + C_d) from the categories' counts of that shape and the classes' sizes."""
        widths = torch.as_tensor(np.repeat(self.categories, self.categories), dtype=torch.float64, device=counts.device)
        return (counts + self.smoothing).log() - (members[..., None] + self.smoothing * widths).log()

    def log_prob(self, x: Array, log_theta: Array) -> Array:
        """(n, d) -> (n, classes)."""
        return self.indicators(x) @ log_theta.T

    def sample(self, codes: NDArray[np.int64], log_theta: Array, rng: np.random.Generator) -> Array:
        """Classes (n,) -> categories (n, d)."""
        x = np.empty((len(codes), len(self.categories)))
        for j, (start, width) in enumerate(zip(self.starts, self.categories, strict=True)):
            cumulative = np.exp(log_theta[:, start : start + width]).cumsum(axis=1)[:, :-1]
            x[:, j] = (rng.random((len(codes), 1)) >= cumulative[codes]).sum(axis=1)
        return x

    def indicators(self, x: Array) -> Array:
        """Of the categories of all columns (n, C_1 + ... + C_d)."""
        indicators = np.zeros((len(x), int(self.categories.sum())))
        np.put_along_axis(indicators, self.starts + np.rint(x).astype(np.int64), 1.0, axis=1)
        return indicators

"""The Fréchet distance of two sets (Dowson & Landau 1982; Heusel et al. 2017, where it is taken on Inception features).

``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``: the squared 2-Wasserstein distance of two Gaussians with the sets' means
and covariances. It is biased upwards by an amount that falls with n, so it compares only at the same n.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torchmetrics.image.fid import FrechetInceptionDistance

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Identity(torch.nn.Module):
    """Hands torchmetrics features that are extracted already; without ``num_features`` it would try an image."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features


def frechet_distances(real: NDArray[np.float64], fakes: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The distance (S,) of each generated set (n, d) from the real one (n, d); at least two examples in each."""
    metric = FrechetInceptionDistance(Identity(real.shape[1]), reset_real_features=False)
    metric.update(torch.from_numpy(real), real=True)
    distances = []
    for fake in fakes:
        metric.reset()
        metric.update(torch.from_numpy(fake), real=False)
        distances.append(max(float(metric.compute()), 0.0))
    return np.array(distances)


@dataclass(frozen=True)
class Moments:
    """Count, sum (d,) and sum of outer products (d, d) of a set: those of a part subtract."""

    n: int
    total: torch.Tensor
    outer: torch.Tensor

    @classmethod
    def of(cls, features: NDArray[np.float64]) -> Moments:
        x = torch.from_numpy(features)
        return cls(len(x), x.sum(dim=0), x.T @ x)

    def __sub__(self, part: Moments) -> Moments:
        return Moments(self.n - part.n, self.total - part.total, self.outer - part.outer)

    @cached_property
    def mean(self) -> torch.Tensor:
        return self.total / self.n

    @cached_property
    def covariance(self) -> torch.Tensor:
        return (self.outer - self.n * torch.outer(self.mean, self.mean)) / (self.n - 1)

    @cached_property
    def root(self) -> torch.Tensor:
        """The symmetric square root of the covariance."""
        values, vectors = torch.linalg.eigh(self.covariance)
        return torch.mm(vectors * values.clamp(min=0).sqrt(), vectors.T)

    def distance(self, other: Moments) -> float:
        """The Fréchet distance, with the eigenvalues of ``C1^(1/2) C2 C1^(1/2)`` for those of ``C1 C2``."""
        cross = torch.linalg.eigvalsh(self.root @ other.covariance @ self.root).clamp(min=0).sqrt().sum()
        spread = self.covariance.trace() + other.covariance.trace() - 2 * cross
        return float((self.mean - other.mean).square().sum() + spread)


def jackknifed_distances(
    jackknifed: NDArray[np.float64], others: list[NDArray[np.float64]], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The mean distance (G,) of the sets ``others`` from ``jackknifed`` (n, d) less each of its groups in turn.

    torchmetrics takes the eigenvalues of a product that is not symmetric, some four times slower than the symmetric form
    used here, in which the root of one covariance also serves all the other sets.
    """
    whole, other_moments = Moments.of(jackknifed), [Moments.of(x) for x in others]
    replicates = []
    for group in range(int(groups[-1]) + 1):
        rest = whole - Moments.of(jackknifed[groups == group])
        replicates.append(np.mean([rest.distance(other) for other in other_moments]))
    return np.array(replicates)

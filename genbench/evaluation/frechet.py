"""The Fréchet distance of two sets (Dowson & Landau 1982; Heusel et al. 2017, where it is taken on Inception features).

``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``: the squared 2-Wasserstein distance of two Gaussians with the sets' means
and covariances. It is biased upwards by an amount that falls with n, so it compares only at the same n.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    total: NDArray[np.float64]
    outer: NDArray[np.float64]

    @classmethod
    def of(cls, x: NDArray[np.float64]) -> Moments:
        return cls(len(x), x.sum(axis=0), x.T @ x)

    def __sub__(self, part: Moments) -> Moments:
        return Moments(self.n - part.n, self.total - part.total, self.outer - part.outer)

    @property
    def mean(self) -> NDArray[np.float64]:
        return self.total / self.n

    @property
    def covariance(self) -> NDArray[np.float64]:
        return (self.outer - self.n * np.outer(self.mean, self.mean)) / (self.n - 1)


def jackknifed_distances(
    jackknifed: NDArray[np.float64], others: list[NDArray[np.float64]], groups: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The mean distance (G,) of the sets ``others`` from ``jackknifed`` (n, d) less each of its groups in turn.

    torchmetrics takes the eigenvalues of a product that is not symmetric, some five times slower than the symmetric form
    used here, in which the root of one covariance also serves all the other sets.
    """
    whole, other_moments = Moments.of(jackknifed), [Moments.of(x) for x in others]
    other_covariances = [other.covariance for other in other_moments]
    replicates = []
    for group in range(int(groups.max()) + 1):
        rest = whole - Moments.of(jackknifed[groups == group])
        covariance = rest.covariance
        root = _root(covariance)
        distances = []
        for other, other_covariance in zip(other_moments, other_covariances, strict=True):
            cross = np.sqrt(np.linalg.eigvalsh(root @ other_covariance @ root).clip(0)).sum()
            spread = np.trace(covariance) + np.trace(other_covariance) - 2 * cross
            distances.append(np.square(rest.mean - other.mean).sum() + spread)
        replicates.append(np.mean(distances))
    return np.array(replicates)


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric square root of a covariance (d, d)."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T)

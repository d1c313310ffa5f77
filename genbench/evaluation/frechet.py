"""The Fréchet distance of two sets (Dowson & Landau 1982; Heusel et al. 2017, where it is taken on Inception features).

``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``: the squared 2-Wasserstein distance of two Gaussians with the sets' means
and covariances. It is biased upwards by an amount that falls with n, so it compares only at the same n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torchmetrics.image.fid import FrechetInceptionDistance

from genbench.evaluation.size_curve import BLOCKS, Distance, Groups

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
    """Mean (d,) and covariance (d, d) of a set."""

    mean: torch.Tensor
    covariance: torch.Tensor

    @classmethod
    def of(cls, features: NDArray[np.float64]) -> Moments:
        x = torch.from_numpy(features)
        return cls(x.mean(dim=0), torch.cov(x.T).reshape(x.shape[1], x.shape[1]))

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


MomentsOf = Callable[[Groups], Moments]


def frechet_by_groups(
    real: NDArray[np.float64], fakes: Sequence[NDArray[np.float64]], groups: NDArray[np.int64]
) -> list[Distance]:
    """For each generated set (n, d), its distance from the real one (n, d) as a function of groups of both.

    torchmetrics takes the eigenvalues of a product that is not symmetric, some four times slower than the symmetric form
    used here, in which the root of one covariance also serves all the other sets.
    """
    of_real = _moments_by_groups(real, groups, kept=1)
    of_fakes = [_moments_by_groups(fake, groups, kept=sum(BLOCKS)) for fake in fakes]
    return [partial(_distance, of_real, of_fake) for of_fake in of_fakes]


def _distance(real: MomentsOf, fake: MomentsOf, chosen: Groups, chosen_fakes: Groups) -> float:
    return real(chosen).distance(fake(chosen_fakes))


def _moments_by_groups(features: NDArray[np.float64], groups: NDArray[np.int64], kept: int) -> MomentsOf:
    """The moments of any union of groups; so many of those last asked for are kept."""

    @lru_cache(maxsize=kept)
    def moments(chosen: Groups) -> Moments:
        return Moments.of(features[np.isin(groups, chosen)])

    return moments

"""The Fréchet distance of two sets (Dowson & Landau 1982; Heusel et al. 2017, where it is taken on Inception features).

``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``: the squared 2-Wasserstein distance of two Gaussians with the sets' means
and covariances. It is biased upwards by an amount that falls with n, so it compares only at the same n.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torchmetrics.image.fid import FrechetInceptionDistance

from genbench.evaluation.size_curve import BLOCKS, Distances, Groups, Pair, among

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
    """The distance (S,) of each generated set (n, d) from the real one (n, d); at least two examples in each.

    By torchmetrics; where its eigenvalues of a product that is not symmetric cannot be found, as of few examples with many
    features, in the symmetric form.
    """
    metric = FrechetInceptionDistance(Identity(real.shape[1]), reset_real_features=False)
    metric.update(torch.from_numpy(real), real=True)
    distances = []
    for fake in fakes:
        metric.reset()
        metric.update(torch.from_numpy(fake), real=False)
        try:
            distance = float(metric.compute())
        except RuntimeError:  # of which torch's LinAlgError is one
            distance = float(Moments.of(real).distances([Moments.of(fake)])[0])
        distances.append(max(distance, 0.0))
    return np.array(distances)


class Moments(NamedTuple):
    """Means (..., d) and covariances (..., d, d) of sets."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, features: NDArray[np.float64]) -> Moments:
        """Of one set (n, d)."""
        mean = features.mean(axis=0)
        centred = features - mean
        return cls(mean, centred.T @ centred / (len(features) - 1))

    @classmethod
    def of_all(cls, sets: Iterable[Moments]) -> Moments:
        means, covariances = zip(*sets, strict=True)
        return cls(np.stack(means), np.stack(covariances))

    def root(self) -> torch.Tensor:
        """The symmetric square roots of the covariances."""
        values, vectors = torch.linalg.eigh(torch.from_numpy(self.covariance))
        root: torch.Tensor = (vectors * values.clamp(min=0).sqrt()[..., None, :]) @ vectors.mT
        return root

    def distances(self, others: Sequence[Moments]) -> NDArray[np.float64]:
        """The Fréchet distances from each of the others (others, ...), with the eigenvalues of ``C1^(1/2) C2 C1^(1/2)`` for
        those of ``C1 C2``."""
        root = self.root()
        return np.array([self._distance(other, root) for other in others])

    def _distance(self, other: Moments, root: torch.Tensor) -> NDArray[np.float64]:
        product = root @ torch.from_numpy(other.covariance) @ root
        cross = torch.linalg.eigvalsh(product).clamp(min=0).sqrt().sum(dim=-1).numpy()
        traces = np.trace(self.covariance + other.covariance, axis1=-2, axis2=-1)
        return np.asarray(np.square(self.mean - other.mean).sum(axis=-1) + traces - 2 * cross)


def frechet_by_groups(
    real: NDArray[np.float64], fakes: Sequence[NDArray[np.float64]], groups: NDArray[np.int64]
) -> Distances:
    """The distance of each generated set (n, d) from the real one (n, d) as a function of groups of both.

    torchmetrics takes the eigenvalues of a product that is not symmetric, some four times slower than the symmetric form
    used here, in which the root of one covariance also serves all the other sets.
    """
    of_real, *of_fakes = (_moments_by_groups(features, groups) for features in (real, *fakes))

    def distances(pairs: Sequence[Pair]) -> NDArray[np.float64]:
        chosen, chosen_fakes = zip(*pairs, strict=True)
        return Moments.of_all(map(of_real, chosen)).distances(
            [Moments.of_all(map(of_fake, chosen_fakes)) for of_fake in of_fakes]
        )

    return distances


def _moments_by_groups(features: NDArray[np.float64], groups: NDArray[np.int64]) -> Callable[[Groups], Moments]:
    """The moments of any union of groups; those last asked for are kept: one set stays while groups of the other go."""

    @lru_cache(maxsize=sum(BLOCKS))
    def moments(chosen: Groups) -> Moments:
        return Moments.of(features[among(groups, chosen)])

    return moments

"""A Parzen window: a Gaussian kernel around each of a set of examples, as an estimate of the density they come from.

Of a model's samples it has been taken for the model's log-likelihood (Breuleux et al. 2011; Goodfellow et al. 2014), which
in many dimensions it is not: it is far from it, and k-means centres beat the true distribution (Theis et al. 2016, section
3.4). So it is only worth something beside windows on training examples and on k-means centres.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from genbench.evaluation.neighbours import rounding_of_squares, squared_distance_chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BANDWIDTHS = np.geomspace(1e-3, 1, 28)
"""Nine a decade; the last ten are the usual 10^-1, ..., 10^0."""
LLOYD_STEPS = 6


@dataclass(frozen=True)
class ParzenWindow:
    """The density (1 / m) sum_i N(x; c_i, bandwidth^2 I) of m centres (m, d), float64."""

    centres: Floats
    bandwidth: float

    @classmethod
    def chosen(cls, centres: Floats, validation: Floats, bandwidths: NDArray[Any] = BANDWIDTHS) -> ParzenWindow:
        """With that of the bandwidths, in units of the features, under which validation examples (v, d) are most likely.

        A centre that equals a validation example says nothing of it: it is left out, since with it the smallest bandwidth
        would be best. The largest is taken if there are no other centres.
        """
        of_examples = log_densities(centres, validation, bandwidths, of_copies=False)
        known = np.isfinite(of_examples).all(axis=0)
        if not known.any():
            return cls(centres, float(bandwidths.max()))
        return cls(centres, float(bandwidths[int(of_examples[:, known].mean(axis=1).argmax())]))

    def log_density(self, x: Floats) -> Floats:
        """(n, d) -> (n,) nats."""
        of_one: Floats = log_densities(self.centres, x, np.array([self.bandwidth]))[0]
        return of_one


def log_densities(centres: Floats, x: Floats, bandwidths: NDArray[Any], of_copies: bool = True) -> Floats:
    """log density (bandwidths, n) in nats of examples (n, d) in the windows of centres (m, d); in bounded memory.

    Without ``of_copies`` the kernels of centres that equal an example count nothing for it; NaN where no other is left.
    """
    rounding = max(rounding_of_squares(centres), rounding_of_squares(x))
    count, dim = centres.shape
    constants = math.log(count) + dim * (0.5 * math.log(2 * math.pi) + np.log(bandwidths))
    found = np.empty((len(bandwidths), len(x)))
    for part, squares in squared_distance_chunks(x, centres):
        if not of_copies:
            squares[squares <= rounding] = torch.inf
        smallest = squares.amin(dim=1, keepdim=True)
        squares -= smallest
        for row, bandwidth in enumerate(bandwidths):
            scale = -0.5 / float(bandwidth) ** 2
            sums = (scale * squares).exp_().sum(dim=1).log_() + scale * smallest.clamp(min=0).squeeze(1)
            found[row, part] = sums.numpy()
    return np.asarray(found - constants[:, None])


def kmeans_centres(x: NDArray[Any], count: int, steps: int = LLOYD_STEPS) -> Floats:
    """The means (count, d) of groups of the examples (n, d), after so many of Lloyd's steps from the first examples."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # equal examples: fewer distinct means
        means = KMeans(count, init=x[:count], n_init=1, max_iter=steps, algorithm="lloyd").fit(x).cluster_centers_
    return np.asarray(means, dtype=np.float64)

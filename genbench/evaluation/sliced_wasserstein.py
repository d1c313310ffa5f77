"""The sliced Wasserstein distance (Rabin et al. 2011; Bonneel et al. 2015): the 2-Wasserstein distance of two sets on lines.

The sets are projected to random directions, the squared distances on the lines are averaged, and the root is taken, as by
POT. Squares are what is handled here: it is their bias that falls as 1/n.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.size_curve import Distance, Groups
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def directions(dim: int, count: int) -> Floats:
    """Random unit vectors (dim, count), the same at each call."""
    vectors = np.random.default_rng(derive_seed("sliced_wasserstein", dim, count)).normal(size=(dim, count))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=0))


def sliced_wasserstein_distances(real: Floats, fakes: Sequence[Floats], projections: Floats) -> Floats:
    """POT's distance (S,) of each generated set (n, d) from the real one (n, d), along ``projections`` (d, count)."""
    from ot.sliced import sliced_wasserstein_distance

    return np.array(
        [sliced_wasserstein_distance(real, fake, projections=projections) for fake in fakes], dtype=np.float64
    )


def squared_by_groups(
    real: Floats, fakes: Sequence[Floats], projections: Floats, groups: NDArray[np.int64]
) -> list[Distance]:
    """For each generated set (n, d), its squared distance from the real one (n, d) as a function of groups of both."""
    lines = real @ projections
    return [partial(_squared, lines, fake @ projections, groups) for fake in fakes]


def _squared(x: Floats, y: Floats, groups: NDArray[np.int64], real: Groups, fake: Groups) -> float:
    """The mean over lines of the squared distance of two sets of numbers: ``integral of (F^-1(u) - G^-1(u))^2 du``."""
    one, other = np.sort(x[np.isin(groups, real)], axis=0), np.sort(y[np.isin(groups, fake)], axis=0)
    positions, other_positions, widths = _quantile_steps(len(one), len(other))
    return float(widths @ np.square(one[positions] - other[other_positions]).mean(axis=1))


@lru_cache(maxsize=64)
def _quantile_steps(n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where the quantile functions of n and of m sorted numbers are both constant: the positions in each, and the widths."""
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)  # in units of 1 / (n m)
    starts = np.concatenate([[0], ends[:-1]])
    return starts // m, starts // n, (ends - starts) / (n * m)

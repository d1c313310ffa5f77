"""The sliced Wasserstein distance (Rabin et al. 2011; Bonneel et al. 2015): the 2-Wasserstein distance of two sets on lines.

The sets are projected to random directions, the squared distances on the lines are averaged, and the root is taken, as by
POT. Squares are what is handled here: it is their bias that falls as 1/n.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.size_curve import BLOCKS, Distances, Groups, among
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
) -> Distances:
    """The squared distance of each generated set (n, d) from the real one (n, d) as a function of groups of both."""
    of_real, *of_fakes = (_sorted_by_groups(x @ projections, groups) for x in (real, *fakes))
    return lambda pairs: np.array([[_squared(of_real(x), of_fake(y)) for x, y in pairs] for of_fake in of_fakes])


def _sorted_by_groups(lines: Floats, groups: NDArray[np.int64]) -> Callable[[Groups], Floats]:
    """The numbers (n, lines) of any union of groups, sorted on each line; those last asked for are kept: one set stays while
    groups of the other go."""

    @lru_cache(maxsize=sum(BLOCKS))
    def of_union(chosen: Groups) -> Floats:
        return np.sort(lines[among(groups, chosen)], axis=0)

    return of_union


def _squared(one: Floats, other: Floats) -> float:
    """The mean over lines of the squared distance of two sets of sorted numbers (n, lines) and (m, lines):
    ``integral of (F^-1(u) - G^-1(u))^2 du``."""
    positions, other_positions, widths = _quantile_steps(len(one), len(other))
    return float((widths @ np.square(one[positions] - other[other_positions])).mean())


@lru_cache(maxsize=64)
def _quantile_steps(n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where the quantile functions of n and of m sorted numbers are both constant: the positions in each, and the widths."""
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)  # in units of 1 / (n m)
    starts = np.concatenate([[0], ends[:-1]])
    return starts // m, starts // n, (ends - starts) / (n * m)

"""The kernel distance of two sets (Bińkowski et al. 2018; "KID" where it is taken on Inception features).

The unbiased squared maximum mean discrepancy with the cubic kernel ``(x.y / d + 1)^3``. It may come out below 0, its mean
over equal distributions, and does not depend on n. All examples are used at once, in chunks; random subsets, as torchmetrics
draws them, only save time and memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.size_curve import Distance, Groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CHUNK_NUMBERS = 4_000_000
"""Kernel values held in memory at once."""


def kernel_by_groups(real: Floats, fakes: Sequence[Floats], groups: NDArray[np.int64]) -> list[Distance]:
    """For each generated set (n, d), its distance from the real one (n, d) as a function of groups of both (sorted)."""
    edges = np.searchsorted(groups, np.arange(int(groups[-1]) + 2))
    within_real = _sums_within(real, edges)
    return [
        partial(_distance, within_real, _sums_within(fake, edges), _sums(real, fake, edges), np.diff(edges))
        for fake in fakes
    ]


def _distance(
    within_real: Floats, within_fake: Floats, across: Floats, sizes: NDArray[np.int64], real: Groups, fake: Groups
) -> float:
    """From the kernel's sums over pairs of groups (G, G) and the groups' sizes (G,)."""
    n, m = sizes[list(real)].sum(), sizes[list(fake)].sum()
    return float(
        within_real[np.ix_(real, real)].sum() / (n * (n - 1))
        + within_fake[np.ix_(fake, fake)].sum() / (m * (m - 1))
        - 2 * across[np.ix_(real, fake)].sum() / (n * m)
    )


def _sums_within(x: Floats, edges: NDArray[np.int64]) -> Floats:
    """As :func:`_sums` of a set and itself, without the pairs of an example and itself."""
    own = (np.square(x).sum(axis=1) / x.shape[1] + 1) ** 3
    sums: Floats = _sums(x, x, edges) - np.diag(np.add.reduceat(own, edges[:-1]))
    return sums


def _sums(x: Floats, y: Floats, edges: NDArray[np.int64]) -> Floats:
    """Sums of the kernel over the examples of each group of x (n, d) and each of y (n, d): (G, G)."""
    by_row = np.empty((len(x), len(edges) - 1))
    size = max(1, CHUNK_NUMBERS // len(y))
    for start in range(0, len(x), size):
        part = slice(start, start + size)
        kernel = x[part] @ y.T
        kernel /= x.shape[1]
        kernel += 1
        by_row[part] = np.add.reduceat(kernel * kernel * kernel, edges[:-1], axis=1)
    return np.asarray(np.add.reduceat(by_row, edges[:-1], axis=0))

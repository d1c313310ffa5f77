"""The kernel distance of two sets (Bińkowski et al. 2018; "KID" where it is taken on Inception features).

The unbiased squared maximum mean discrepancy with the cubic kernel ``(x.y / d + 1)^3``. It may come out below 0, its mean
over equal distributions, and does not depend on n. All examples are used at once, in chunks; random subsets, as torchmetrics
draws them, only save time and memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.size_curve import Groups, Pair

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CHUNK_NUMBERS = 4_000_000
"""Kernel values held in memory at once."""


@dataclass(frozen=True)
class KernelDistance:
    """A distance as a function of groups of both sets (sorted).

    within_real, within_fake, across  the kernel's sums over pairs of groups (G, G), without those of an example and itself.
    own                               the mean of the latter over each set's examples, added.
    sizes                             of the groups (G,).
    """

    within_real: Floats
    within_fake: Floats
    across: Floats
    own: float
    sizes: NDArray[np.int64]

    def __call__(self, pairs: Sequence[Pair]) -> Floats:
        """(pairs,)"""
        real, fake = (self._indicators(chosen) for chosen in zip(*pairs, strict=True))
        n, m = real @ self.sizes, fake @ self.sizes
        within_real = _sums_between(real, self.within_real, real) / (n * (n - 1))
        within_fake = _sums_between(fake, self.within_fake, fake) / (m * (m - 1))
        return within_real + within_fake - 2 * _sums_between(real, self.across, fake) / (n * m)

    def _indicators(self, chosen: Sequence[Groups]) -> Floats:
        """1 for each group that is among those chosen, else 0 (pairs, G)."""
        found = np.zeros((len(chosen), len(self.sizes)))
        for row, groups in zip(found, chosen, strict=True):
            row[list(groups)] = 1
        return found

    @property
    def least(self) -> float:
        """What the distance of all examples cannot be below: with the pairs of an example and itself it is a square."""
        n = int(self.sizes.sum())
        others = float(self.within_real.sum() + self.within_fake.sum()) / (n * (n - 1))
        return (others - self.own) / n


def kernel_by_groups(real: Floats, fakes: Sequence[Floats], groups: NDArray[np.int64]) -> list[KernelDistance]:
    """The distance of each generated set (n, d) from the real one (n, d)."""
    edges = np.searchsorted(groups, np.arange(int(groups[-1]) + 2))
    within_real = _sums_within(real, edges)
    return [
        KernelDistance(
            within_real,
            _sums_within(fake, edges),
            _sums(real, fake, edges),
            float(_own(real).mean() + _own(fake).mean()),
            np.diff(edges),
        )
        for fake in fakes
    ]


def _sums_between(real: Floats, sums: Floats, fake: Floats) -> Floats:
    """The sum (pairs,) over the groups (pairs, G) of either part of a pair."""
    return np.asarray(((real @ sums) * fake).sum(axis=1))


def _own(x: Floats) -> Floats:
    """The kernel of each example (n, d) and itself."""
    return np.asarray((np.square(x).sum(axis=1) / x.shape[1] + 1) ** 3)


def _sums_within(x: Floats, edges: NDArray[np.int64]) -> Floats:
    """As :func:`_sums` of a set and itself, without the pairs of an example and itself."""
    sums: Floats = _sums(x, x, edges) - np.diag(np.add.reduceat(_own(x), edges[:-1]))
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

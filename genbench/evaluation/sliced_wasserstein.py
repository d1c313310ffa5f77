"""The sliced Wasserstein distance (Rabin et al. 2011; Bonneel et al. 2015): the 2-Wasserstein distance of two sets on lines.

The sets are projected to random directions, the squared distances on the lines are averaged, and the root is taken. Squares
are what is handled here: it is their bias that falls as 1/n.

What is wanted is the mean over all directions, and few directions are far from it. Three things bring them nearer.
On a line the squared distance is that of the two means plus that of the sets centred on them; the mean of the former over
all directions is known, ``|m - m'|^2 / d``, and only the latter is left to random directions. The variances of the two sets
along a direction, whose means over all directions are known too, tell nearly all of it: they are control variates (Nguyen &
Ho 2024). And directions are orthogonal, as many at once as there are dimensions (Rowland et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genbench.evaluation.size_curve import BLOCKS, Distances, Groups, Pair, among
from genbench.seeding import derive_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DIRECTION_GROUPS = 20
"""Of directions, at most, that are left out in turn to see how much they vary."""
FEWEST_BASES = 10
"""Of fewer the spread between bases says too little of itself, and single directions are left out, as if independent."""
TINY = 1e-300
ROUNDING = 1e-10
"""Controls that vary less than that are constant, as in one dimension."""
FEWEST_CONTROLLED = 10
"""Directions, of fewer of which the plain mean is taken: a regression has three coefficients."""


def directions(dim: int, count: int) -> Floats:
    """Return random unit vectors (dim, count), the same at each call: one orthonormal basis after the other."""
    rng = np.random.default_rng(derive_seed("sliced_wasserstein", dim, count))
    bases, triangles = np.linalg.qr(rng.normal(size=(-(-count // dim), dim, min(dim, count))))
    bases *= np.sign(np.einsum("bii->bi", triangles))[:, None]  # else QR prefers some directions
    vectors: Floats = np.moveaxis(bases, 1, 0).reshape(dim, -1)[:, :count]
    return vectors


def squared_by_groups(
    real: Floats, fakes: Sequence[Floats], projections: Floats, groups: NDArray[np.int64]
) -> tuple[Distances, list[Distances]]:
    """Return the squared distance of each generated set (n, d) from the real one (n, d) as a function of groups of both, and
    that function without each group of directions."""
    dim, count = projections.shape
    of_real, *of_fakes = (_projected_by_groups(x, projections, groups) for x in (real, *fakes))

    @lru_cache(maxsize=sum(BLOCKS))
    def on_lines(pair: Pair) -> list[OnLines]:
        return [OnLines.of(of_real(pair[0]), of_fake(pair[1])) for of_fake in of_fakes]

    def along(kept: NDArray[np.bool_], pairs: Sequence[Pair]) -> Floats:
        return np.array([[one.mean(kept) for one in on_lines(pair)] for pair in pairs]).T

    left_out = _direction_groups(dim, count)
    every = np.ones(count, dtype=bool)
    return partial(along, every), [partial(along, left_out != group) for group in range(int(left_out.max()) + 1)]


class Projected(NamedTuple):
    """A set on the lines: its mean (d,), its numbers (n, lines) centred and sorted, their variances (lines,) and the mean of
    these over all directions."""

    mean: Floats
    numbers: Floats
    variances: Floats
    mean_variance: float


class OnLines(NamedTuple):
    """The squared distance of two sets: of their means, over all directions; of the centred sets, on each line (lines,); and
    beside it their variances there (lines, 2), as relative differences from the mean over all directions."""

    of_means: float
    of_centred: Floats
    controls: Floats

    @classmethod
    def of(cls, one: Projected, other: Projected) -> OnLines:
        positions, other_positions, widths = _quantile_steps(len(one.numbers), len(other.numbers))
        controls = [each.variances / max(each.mean_variance, TINY) - 1 for each in (one, other)]
        return cls(
            of_means=float(np.square(one.mean - other.mean).mean()),
            of_centred=widths @ np.square(one.numbers[positions] - other.numbers[other_positions]),
            controls=np.column_stack(controls),
        )

    def mean(self, kept: NDArray[np.bool_]) -> float:
        """Return the mean over all directions, from those kept (lines,): the intercept of the regression on the controls."""
        values, controls = self.of_centred[kept], self.controls[kept]
        if len(values) < FEWEST_CONTROLLED:
            return self.of_means + float(values.mean())
        design = np.column_stack([np.ones(len(values)), controls])
        intercept = float(np.linalg.lstsq(design, values, rcond=ROUNDING)[0][0])
        return self.of_means + max(intercept, 0.0)


def _direction_groups(dim: int, count: int) -> NDArray[np.int64]:
    """Return the group (count,) of each direction: of whole bases where they are enough, since directions of one basis are
    not independent of each other."""
    whole = -(-count // dim) >= FEWEST_BASES
    units = np.arange(count) // dim if whole else np.arange(count)
    several = int(units[-1]) + 1
    return np.asarray(units * min(DIRECTION_GROUPS, several) // several)


def _projected_by_groups(x: Floats, projections: Floats, groups: NDArray[np.int64]) -> Callable[[Groups], Projected]:
    """Return a function that projects any union of groups of x (n, d). Those last asked for are kept: one set stays while
    groups of the other go."""
    centre = x.mean(axis=0)
    x = x - centre  # far from 0 the variances would be lost in rounding
    lines = x @ projections
    starts = np.searchsorted(groups, np.arange(int(groups[-1]) + 1))
    sums, squares = (np.add.reduceat(values, starts, axis=0) for values in (x, np.square(x).sum(axis=1)))
    sizes = np.bincount(groups)

    @lru_cache(maxsize=sum(BLOCKS))
    def of_union(chosen: Groups) -> Projected:
        indices, numbers = list(chosen), lines[among(groups, chosen)]
        mean = sums[indices].sum(axis=0) / sizes[indices].sum()
        total = squares[indices].sum() / sizes[indices].sum() - np.square(mean).sum()
        centred = np.sort(numbers - numbers.mean(axis=0), axis=0)
        return Projected(centre + mean, centred, np.square(centred).mean(axis=0), float(total) / x.shape[1])

    return of_union


@lru_cache(maxsize=64)
def _quantile_steps(n: int, m: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Where the quantile functions of n and of m sorted numbers are both constant: the positions in each, and the widths."""
    ends = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)  # in units of 1 / (n m)
    starts = np.concatenate([[0], ends[:-1]])
    return starts // m, starts // n, (ends - starts) / (n * m)

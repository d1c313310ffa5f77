"""Fréchet, kernel and sliced Wasserstein distance: at n, at n/2 and n/4, and extrapolated to infinitely many examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.frechet import frechet_by_groups, frechet_distances
from genbench.evaluation.kernel_distance import kernel_by_groups
from genbench.evaluation.missing import missing
from genbench.evaluation.sample_sets import Sets, with_value
from genbench.evaluation.size_curve import BLOCKS, SizeCurve
from genbench.evaluation.sliced_wasserstein import directions, squared_by_groups
from genbench.measurement import Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_BLOCK = 20
CURVE_DIMENSIONS = 256
"""In more the Fréchet distance is taken at n alone: its time grows with the cube, and n would have to be large."""


def frechet_rows(sets: Sets) -> Iterator[Measurement]:
    """``frechet_distance``; the extrapolation needs blocks of at least twice as many examples as dimensions."""
    row = sets.row("frechet_distance", f"fd[{sets.space}]", "lower")
    if sets.n < 3:
        yield missing(row, f"needs at least 3 test examples, there are {sets.n}", "skipped")
        return
    dim = sets.real.shape[1]
    blocks = _blocks(sets, 2 * dim) if dim <= CURVE_DIMENSIONS else (1,)
    cells = sets.cells(max(blocks))
    curve = SizeCurve.of(frechet_by_groups(sets.real, sets.fakes, cells), np.bincount(cells), blocks)
    values = np.column_stack([frechet_distances(sets.real, sets.fakes), curve.values[:, 1:]])
    yield from _rows(row, replace(curve, values=values), blocks, least=0.0)
    if len(blocks) > 1:
        yield _at_infinity(replace(row, estimator=f"fd[{sets.space},n=inf]"), curve)


def kernel_rows(sets: Sets) -> Iterator[Measurement]:
    """``kernel_distance``, which is without bias and needs no extrapolation."""
    row = sets.row("kernel_distance", f"kd[{sets.space}]", "lower")
    if int(sets.n - sets.group_sizes.max()) < 2:
        yield missing(row, f"needs more than {sets.n} test examples", "skipped")
        return
    blocks = _blocks(sets, SMALLEST_BLOCK)
    cells = sets.cells(max(blocks))
    distances = kernel_by_groups(sets.real, sets.fakes, cells)
    curve = SizeCurve.of(
        lambda pairs: np.stack([distance(pairs) for distance in distances]), np.bincount(cells), blocks
    )
    yield from _rows(row, curve, blocks, least=float(np.mean([distance.least for distance in distances])))


def sliced_rows(sets: Sets, projections: int) -> Iterator[Measurement]:
    """``sliced_wasserstein`` along so many random directions, whose noise is in the interval."""
    row = sets.row("sliced_wasserstein", f"swd[{sets.space},directions={projections}]", "lower")
    lines = directions(sets.real.shape[1], projections)
    blocks = _blocks(sets, SMALLEST_BLOCK)
    cells = sets.cells(max(blocks))
    distances, along_fewer = squared_by_groups(sets.real, sets.fakes, lines, cells)
    squared = SizeCurve.of(distances, np.bincount(cells), blocks, along_fewer)
    jackknives = [_root(replicates) for replicates in squared.jackknives]
    curve = replace(squared, values=_root(squared.values), jackknives=jackknives, halves=_root(squared.halves))
    yield from _rows(row, curve, blocks)
    if len(blocks) > 1:
        yield _rooted(_at_infinity(replace(row, estimator=row.estimator[:-1] + ",n=inf]"), squared))


def _blocks(sets: Sets, smallest: int) -> tuple[int, ...]:
    """Into how many blocks the sets are cut, each of at least so many examples, and one for each group."""
    least = max(smallest, len(sets.group_sizes))
    return tuple(count for count in BLOCKS if count == 1 or sets.n // count >= least)


def _rows(
    row: Measurement, curve: SizeCurve, blocks: Sequence[int], least: float | None = None
) -> Iterator[Measurement]:
    """A row for each size, the largest first. A squared distance of all examples cannot be below ``least``, which is, as its
    bias, in proportion to 1 / n."""
    assert row.n is not None
    for size, count in enumerate(blocks):
        jackknives = [replicates[..., size] for replicates in curve.jackknives]
        halves = curve.halves[..., size]
        of_size = replace(row, n=row.n // count)
        lowest = None if least is None else count * least
        yield with_value(of_size, curve.values[:, size], jackknives, halves=halves, least=lowest)


def _at_infinity(row: Measurement, curve: SizeCurve) -> Measurement:
    """Of squared distances, which at n are at least 0: without their bias not less than what that takes off."""
    values, jackknives, halves = curve.extrapolated()
    least = min(float((values - curve.values[:, 0]).mean()), 0.0)
    return with_value(row, values, jackknives, halves=halves, least=least)


def _root(squares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(squares.clip(0)))


def _rooted(row: Measurement) -> Measurement:
    """The row of a squared distance as that of the distance; below 0 it is 0. A root of a mean is no mean over seeds."""
    assert row.value is not None
    low, high = (None if end is None else max(end, 0.0) ** 0.5 for end in (row.ci_low, row.ci_high))
    return replace(row, value=max(row.value, 0.0) ** 0.5, ci_low=low, ci_high=high, per_seed=())

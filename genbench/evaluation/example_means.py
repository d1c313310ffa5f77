"""Means over test examples as rows; where a mean rests on few of them, what says so and what does not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from genbench.evaluation.intervals import Interval, clipped, mean_interval
from genbench.evaluation.ranges import UNBOUNDED, Range, range_of
from genbench.evaluation.sample_sets import with_interval
from genbench.evaluation.tails import rests_on_few, tail_index
from genbench.measurement import TAIL_INDEX, Measurement

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def share_row(row: Measurement, hits: NDArray[np.generic], resamples: int) -> Measurement:
    """Return the row with the mean of ``hits`` (fits, n), 0 or 1, of the same examples, and its interval."""
    values = np.asarray(hits, dtype=np.float64)
    return with_interval(row, values.mean(axis=1), mean_interval(values, resamples, share=True))


def mean_row(row: Measurement, values: Floats, resamples: int, bounds: Range | None = None) -> Measurement:
    """Return the row with the mean of ``values`` (fits, n) of the same examples and its interval, within the range of the
    row's metric or within ``bounds``."""
    interval = mean_interval(values, resamples, bounds=_range(row, bounds))
    return with_interval(row, values.mean(axis=1), interval)


def mean_rows(row: Measurement, values: Floats, resamples: int, bounds: Range | None = None) -> Iterator[Measurement]:
    """Yield :func:`mean_row` of values without an upper or a lower limit, and its :func:`marks`."""
    yield mean_row(row, values, resamples, bounds)
    yield from marks(row, values, bounds)


def marks(row: Measurement, values: Floats, bounds: Range | None = None) -> Iterator[Measurement]:
    """Yield, if the mean of ``values`` (fits, n) rests on few examples, ``<metric>_tail_index``, by which tables mark it,
    and ``median_<metric>``, which few examples cannot move; else nothing. ``row`` is that of the mean."""
    of_examples = values.mean(axis=0)
    if rests_on_few(of_examples):
        found = np.array([tail_index(of_examples)])
        yield with_interval(replace(row, metric=row.metric + TAIL_INDEX, unit="", better=""), found, (None, None))
        median = replace(row, metric=f"median_{row.metric}")
        yield with_interval(median, np.median(values, axis=1), median_interval(values, _range(row, bounds)))


def median_interval(values: Floats, bounds: Range = UNBOUNDED, level: float = 0.95) -> Interval:
    """Return the interval of the mean over fits of the median of values (fits, n) of the same examples.

    The examples' part reaches to the order statistics between which the median of any distribution lies as often as
    promised, by the binomial distribution of how many values are below it; several fits add Student's half-width of theirs
    (in squares, Howe 1974). None where the examples are too few.
    """
    fits, n = values.shape
    below = int(stats.binom.ppf((1 - level) / 2, n, 0.5))  # so many values below the median, or fewer, are rare
    if below < 1:
        return None, None
    ordered = np.sort(values, axis=1)
    medians = np.median(values, axis=1)
    median, low, high = (float(each.mean()) for each in (medians, ordered[:, below - 1], ordered[:, n - below]))
    of_fits = 0.0
    if fits > 1:
        of_fits = float(stats.t.ppf((1 + level) / 2, fits - 1) * medians.std(ddof=1)) / math.sqrt(fits)
    ends = median - math.hypot(median - low, of_fits), median + math.hypot(high - median, of_fits)
    return clipped(ends, median, bounds)


def _range(row: Measurement, bounds: Range | None) -> Range:
    return range_of(row.metric) if bounds is None else bounds

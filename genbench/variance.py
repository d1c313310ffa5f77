"""The variance of a mean in parts, each with its own degrees of freedom, and what they amount to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special

if TYPE_CHECKING:
    from numpy.typing import NDArray

Part = tuple[float, float]
"""A part of a variance and its degrees of freedom."""
SMALLEST_P = 1e-60
"""Far enough above 1e-110, below which SciPy's quantiles of Student's t are NaN for some degrees of freedom that are no
whole number."""


def crossed_variance(values: NDArray[np.float64]) -> list[Part]:
    """The variance of the grand mean of values (seeds, n) of the same n examples: the seeds' part and the examples'.

    Both are random effects of a two-way layout; see :func:`genbench.evaluation.intervals.mean_interval`. At least two of
    either.
    """
    return [seeds_part(values), examples_part(values.mean(axis=0))]


def seeds_part(values: NDArray[np.float64]) -> Part:
    """The seeds' part of :func:`crossed_variance`, at least 0."""
    seeds = len(values)
    return max(float(values.mean(axis=1).var(ddof=1)) / seeds - residual_part(values), 0.0), seeds - 1.0


def residual_part(values: NDArray[np.float64]) -> float:
    """The residuals' part of the variance of the grand mean, which both means, over seeds and over examples, hold."""
    seeds, n = values.shape
    residuals = values - values.mean(axis=1)[:, None] - values.mean(axis=0) + values.mean()
    return float(np.square(residuals).sum()) / float((seeds - 1) * (n - 1) * seeds * n)


def examples_part(example_means: NDArray[np.float64]) -> Part:
    """The examples' part of :func:`crossed_variance`, from the mean over seeds of each example (n,)."""
    n = len(example_means)
    return float(example_means.var(ddof=1)) / n, n - 1.0


def half_width(parts: Sequence[Part], level: float = 0.05) -> float:
    """Of the interval of coverage 1 - level: between Howe's (1974), the square root of the sum of the squared half-widths
    that each part would have alone, and Satterthwaite's (1946), one Student's t with the effective degrees of freedom of the
    sum.

    Howe's has the weight that the part with the fewest degrees of freedom has in the variance, for there the other fails.
    With parts of 2 and 9 to 99 degrees of freedom, in whatever ratio, at 95 % Howe's holds the truth in 95.0 to 97.9 % of
    20,000 repetitions, Satterthwaite's in 92.2 to 95.4 %, and this in 94.5 to 96.4 %.
    """
    parts = [part for part in parts if part[0] > 0]
    total = sum(variance for variance, _ in parts)
    if not parts:
        return 0.0
    howe = math.hypot(*(math.sqrt(variance) * _quantile(degrees, level) for variance, degrees in parts))
    effective = 1 / sum((variance / total) ** 2 / degrees for variance, degrees in parts)
    satterthwaite = math.sqrt(total) * _quantile(effective, level)
    weight = min(parts, key=lambda part: part[1])[0] / total
    return weight * howe + (1 - weight) * satterthwaite


def _quantile(degrees: float, level: float) -> float:
    return -float(special.stdtrit(degrees, level / 2))  # that of stats.t.isf, in a fiftieth of the time


def p_value(mean: float, parts: Sequence[Part]) -> float:
    """Of a mean of 0: the level at which the interval just reaches it."""
    if mean == 0:
        return 1.0
    if half_width(parts, SMALLEST_P) <= abs(mean):
        return SMALLEST_P
    logarithm = optimize.brentq(
        lambda log_level: half_width(parts, math.exp(log_level)) - abs(mean), math.log(SMALLEST_P), 0.0
    )
    return math.exp(logarithm)

"""Whether a mean rests on few examples: how heavy the tails of its values are.

Above a high threshold values of nearly any distribution follow a generalised Pareto distribution (Pickands 1975), whose
shape k is the tail index: from k = 1/2 on the variance is infinite, from k = 1 on the mean. Then what decides the mean may
not have been seen yet, and no interval that is made of the values holds it as often as it promises (Vehtari et al. 2024).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from genbench.evaluation.skewness import skewness_of_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

INFINITE_VARIANCE, INFINITE_KURTOSIS = 0.5, 0.25
FEWEST_IN_TAIL = 5
FEWEST_VALUES = 50
STANDARD_ERRORS = 1.5
"""So far below an infinite variance the tail index has to be. A sample that lacks the largest values seems less heavy than
its distribution is, and is the one whose interval misses the mean."""
LEAST_SKEWNESS = 0.12
"""Of the mean. Up to it the interval is what it promises, whatever the tails: those of both sides balance."""
TIED = 1e-9
"""In units of the largest excess: that of values equal to the threshold, where fewer than FEWEST_IN_TAIL exceed it."""


def tail_index(values: Floats) -> float | None:
    """Return the shape of the generalised Pareto distribution that the heavier tail of ``values`` (n,) follows; None of
    fewer than 50 values, and of values that are all alike."""
    n = len(values)
    if n < FEWEST_VALUES or np.ptp(values) == 0:
        return None
    return max(_shape_of_upper_tail(side * values, tail_size(n)) for side in (1, -1))


def tail_size(n: int) -> int:
    """Return how many of n values count as a tail: a fifth, of many fewer (Vehtari et al. 2024)."""
    return int(min(0.2 * n, 3 * math.sqrt(n)))


def rests_on_few(values: Floats) -> bool:
    """Return whether an interval of the mean of ``values`` (n,) may not hold as often as it promises: whether the tail index
    is not well below where the variance is infinite (and, of few values, at least where the variance's own error is), and
    the values are skewed."""
    index = tail_index(values)
    if index is None:
        return False
    standard_error = 1 / math.sqrt(tail_size(len(values)))
    lightest = max(INFINITE_VARIANCE - STANDARD_ERRORS * standard_error, INFINITE_KURTOSIS)
    return index > lightest and abs(skewness_of_mean(values)) > LEAST_SKEWNESS


def _shape_of_upper_tail(values: Floats, size: int) -> float:
    """Return the shape for the ``size`` largest values."""
    ordered = np.sort(values)
    excesses = ordered[-size:] - ordered[-size - 1]
    if excesses[-1] == 0:  # the largest are all alike
        return -1.0
    excesses /= excesses[-1]
    beyond = excesses[excesses > 0]
    return _generalised_pareto_shape(beyond if len(beyond) >= FEWEST_IN_TAIL else np.maximum(excesses, TIED))


def _generalised_pareto_shape(excesses: Floats) -> float:
    """Return the shape of excesses (m,), positive and in order, by the estimator of Zhang & Stephens (2009): the mean over
    the posterior of one parameter, a quasi-Bayesian estimate that needs no search and always exists."""
    count = len(excesses)
    grid = 30 + int(math.sqrt(count))
    quartile = excesses[int(count / 4 + 0.5) - 1]
    rates = 1 / excesses[-1] + (1 - np.sqrt(grid / (np.arange(grid) + 0.5))) / (3 * quartile)
    shapes = np.log1p(-rates[:, None] * excesses).mean(axis=1)
    log_likelihoods = count * (np.log(-rates / shapes) - shapes - 1)
    weights = np.exp(log_likelihoods - log_likelihoods.max())
    rate = float(weights @ rates / weights.sum())
    return float(np.log1p(-rate * excesses).mean())

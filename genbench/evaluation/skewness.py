"""How far the interval of a mean reaches to either side where the examples are skewed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_SKEWNESS = 1e-6
"""Over the root of n; below it Student's interval is the limit."""
FEWEST_EXAMPLES = 3


def reach_of_skewed(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """Return how many times further than Student's the interval of the mean of ``values`` (n,) reaches down, and up.

    Hall's (1992) cubic transformation of Student's t, which takes its skewness away and has an inverse for any sample. Of
    examples skewed to the right the mean is often too low, and its interval reaches less far down than up.
    """
    n = len(values)
    spread = values.std()
    skewness = float(stats.skew(values, bias=False)) / math.sqrt(n) if n >= FEWEST_EXAMPLES and spread > 0 else 0.0
    if not abs(skewness) > LEAST_SKEWNESS:
        return 1.0, 1.0
    quantile = -float(stats.t.ppf((1 - level) / 2, n - 1))
    down, up = (_inverse(side * quantile, skewness) / (side * quantile) for side in (1, -1))
    return down, up


def _inverse(t: float, skewness: float) -> float:
    """Return Student's t that Hall's transformation takes to ``t``."""
    return float(3 / skewness * (np.cbrt(1 + skewness * (t - skewness / 6)) - 1))

"""How far the interval of a mean reaches to either side where the examples are skewed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

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
    skewness = skewness_of_mean(values) if n >= FEWEST_EXAMPLES else 0.0
    if not abs(skewness) > LEAST_SKEWNESS:
        return 1.0, 1.0
    quantile = -float(special.stdtrit(n - 1, (1 - level) / 2))
    down, up = (_inverse(side * quantile, skewness) / (side * quantile) for side in (1, -1))
    return down, up


def skewness_of_mean(values: NDArray[np.float64]) -> float:
    """Return the skewness of the mean of at least three ``values`` (n,), from their own, corrected for n; 0 or NaN if they
    are all alike. (The moments by hand take a tenth of SciPy's time.)"""
    n, centred = len(values), values - values.mean()
    spread = math.sqrt(float(np.square(centred).mean()))
    if not 0 < spread < math.inf:
        return 0.0
    standardised = centred / spread
    return float((standardised * standardised * standardised).mean()) * math.sqrt(n - 1) / (n - 2)


def _inverse(t: float, skewness: float) -> float:
    """Return Student's t that Hall's transformation takes to ``t``."""
    return float(3 / skewness * (np.cbrt(1 + skewness * (t - skewness / 6)) - 1))

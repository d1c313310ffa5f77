"""The bootstrap of a mean without resampling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtri
from scipy.stats import skew

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOG_TILTS = (math.log(0.01), math.log(100.0))
"""Between which the tilt of a quantile is sought, log of sqrt(n) times it; for normal values it is the quantile itself."""


def acceleration_of_mean(values: NDArray[np.float64]) -> float:
    """Of the BCa interval: skewness / (6 sqrt(n))."""
    return float(skew(values)) / (6 * math.sqrt(len(values)))


def computed_bootstrap(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    """The BCa interval (Efron 1987) of the mean of ``values`` (n,), not all equal, with infinitely many resamples.

    The distribution of a resample's mean is that of a sum of n independent draws from the values, whose cumulant function
    is known; its quantiles are found by the saddlepoint approximation (Davison & Hinkley 1988; Barndorff-Nielsen's r*).
    The bias correction is the acceleration, to the order in which the mean's distribution is skewed. Where a single value
    decides (an :func:`acceleration_of_mean` beyond about 0.1) that distribution has steps, which this smooths over. NaN
    where the approximation does not reach an end, as of two values one of which is rare.
    """
    centre, spread, acceleration = float(values.mean()), float(values.std()), acceleration_of_mean(values)
    standardised = (values - centre) / spread
    ends = []
    for quantile in ndtri([(1 - level) / 2, (1 + level) / 2]):
        moved = acceleration + quantile
        corrected = acceleration + moved / (1 - acceleration * moved)
        ends.append(centre + spread * _quantile(standardised, corrected))
    return ends[0], ends[1]


def _quantile(values: NDArray[np.float64], normal: float) -> float:
    """Of the mean of n draws from standardised values, at the probability of the standard ``normal`` quantile; or NaN."""
    side, root_n = math.copysign(1.0, normal), math.sqrt(len(values))

    def beyond(log_tilt: float) -> float:
        return _saddlepoint(values, side * math.exp(log_tilt) / root_n)[1] - normal

    if not beyond(LOG_TILTS[0]) * beyond(LOG_TILTS[1]) < 0:
        return math.nan
    log_tilt = brentq(beyond, *LOG_TILTS, xtol=1e-6)
    return _saddlepoint(values, side * math.exp(log_tilt) / root_n)[0]


def _saddlepoint(values: NDArray[np.float64], tilt: float) -> tuple[float, float]:
    """The mean of the values under weights in proportion to exp(tilt x), and the standard normal quantile that has the
    probability of that mean."""
    n, exponents = len(values), tilt * values
    cumulant = float(logsumexp(exponents)) - math.log(n)
    weights = np.exp(exponents - cumulant) / n
    mean = float(weights @ values)
    variance = float(weights @ np.square(values - mean))
    r = math.copysign(math.sqrt(2 * n * max(tilt * mean - cumulant, 0.0)), tilt)
    v = tilt * math.sqrt(n * variance)
    return mean, r + math.log(v / r) / r

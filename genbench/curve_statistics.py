"""What learning curves over random splits or subsets say: asymptotes, crossings, differences that are no chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from scipy.optimize import least_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 500
"""Of the splits, behind an interval of a crossing."""
REFITS = 100
"""Power laws behind an interval of an asymptote or a rate."""
LEAST_SIZES = 4
"""For a power law, which has three parameters."""
WITHIN = 0.01
"""How near to its asymptote a curve must come to have arrived."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; None where there is no such value, or no such end."""

    value: float | None
    low: float | None = None
    high: float | None = None


def mean_with_interval(values: NDArray[np.float64]) -> Estimate:
    """Mean over splits (splits,) of one data set, with Student's interval: of the splits, not of other data."""
    mean = float(values.mean())
    half = float(stats.t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)


def resampled_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean curves (RESAMPLES, sizes) of splits drawn with replacement from ``values`` (splits, sizes)."""
    splits = len(values)
    counts = np.random.default_rng(0).multinomial(splits, np.full(splits, 1 / splits), size=RESAMPLES)
    means: NDArray[np.float64] = counts @ values / splits
    return means


@dataclass(frozen=True)
class PowerLaw:
    """error(m) = asymptote + scale m^-rate."""

    asymptote: Estimate
    rate: Estimate


def power_law(sizes: Sequence[int], errors: NDArray[np.float64]) -> PowerLaw:
    """Fitted by least squares to the mean of ``errors`` (splits, sizes), with percentile intervals over the splits.

    The asymptote lies between 0 and the smallest mean error, the rate between 0.1 and 3. A curve without a fit has none.
    """
    best = _fit_power_law(sizes, errors.mean(axis=0))
    if best is None:
        return PowerLaw(Estimate(None), Estimate(None))
    resampled = (_fit_power_law(sizes, mean, best) for mean in resampled_means(errors)[:REFITS])
    fits = [fit for fit in resampled if fit is not None]
    low, high = np.percentile([*fits, best], [2.5, 97.5], axis=0)
    return PowerLaw(*(Estimate(float(best[i]), float(low[i]), float(high[i])) for i in (0, 2)))


def examples_within(sizes: Sequence[int], errors: NDArray[np.float64], asymptote: float) -> Estimate:
    """From how many examples on the mean error stays within :data:`WITHIN` of the asymptote, log-linear between the sizes.

    None if the curve does not come so near.
    """
    gaps = asymptote + WITHIN - errors.mean(axis=0)
    resampled = [arrival(sizes, asymptote + WITHIN - mean) for mean in resampled_means(errors)]
    return _with_percentiles(arrival(sizes, gaps), resampled)


def crossing(sizes: Sequence[int], first: NDArray[np.float64], second: NDArray[np.float64]) -> Estimate:
    """From how many examples on the mean error of the second model stays below that of the first, with a percentile
    interval over the splits; an end is None where resamples without a crossing are more than 2.5 % on its side.

    Errors (splits, sizes) on the same splits. None if the second is not ahead at the largest size, or always was.
    """
    differences = first - second
    resampled = [arrival(sizes, mean) for mean in resampled_means(differences)]
    return _with_percentiles(arrival(sizes, differences.mean(axis=0)), resampled)


def arrival(sizes: Sequence[int], gaps: NDArray[np.float64]) -> float | None:
    """The last m at which ``gaps`` (sizes,) turn from at most 0 to above it, log-linear between the sizes.

    None if the last gap is not above 0; minus infinity if all gaps are.
    """
    behind = np.flatnonzero(gaps <= 0)
    if not len(behind):
        return -np.inf
    last = int(behind[-1])
    if last == len(gaps) - 1:
        return None
    share = gaps[last] / (gaps[last] - gaps[last + 1])
    return math.exp(math.log(sizes[last]) * (1 - share) + math.log(sizes[last + 1]) * share)


def paired_p_values(
    first: NDArray[np.float64], second: NDArray[np.float64], overlap: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Two-sided p-values (sizes,) of the hypothesis of equal errors (splits, sizes), corrected for the number of sizes.

    The corrected resampled t-test (Nadeau & Bengio 2003, section 4): splits of one data set overlap, so that the variance
    of the mean difference is s^2 (1 / splits + overlap), not s^2 / splits; ``overlap`` (sizes,) is r / (1 - r) for a
    correlation r of two splits, by their rule the number of test examples over that of training examples. Then Holm's
    correction (1979).
    """
    differences = first - second
    splits = len(differences)
    error = np.sqrt(differences.var(axis=0, ddof=1) * (1 / splits + overlap))
    mean = differences.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(error > 0, np.abs(mean) / error, np.where(mean == 0, 0.0, np.inf))
    return holm(2 * stats.t.sf(statistic, splits - 1))


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's step-down correction (1979) of p-values (tests,)."""
    order = np.argsort(p_values)
    factors = len(p_values) - np.arange(len(p_values))
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return corrected


def exponent(dimensions: Sequence[int], examples: Sequence[float]) -> Estimate:
    """b of examples = a dimension^b: the slope of the logarithms, with Student's interval of a regression."""
    fit = stats.linregress(np.log(dimensions), np.log(examples))
    half = float(stats.t.ppf(0.975, len(dimensions) - 2)) * float(fit.stderr)
    return Estimate(float(fit.slope), float(fit.slope) - half, float(fit.slope) + half)


def _with_percentiles(value: float | None, resampled: list[float | None]) -> Estimate:
    if value is None or not np.isfinite(value):
        return Estimate(None)
    never_last = np.array([np.inf if one is None else one for one in resampled])
    low, high = np.percentile(never_last, [2.5, 97.5], method="nearest")
    return Estimate(value, *(float(end) if np.isfinite(end) else None for end in (low, high)))


def _fit_power_law(
    sizes: Sequence[int], errors: NDArray[np.float64], start: NDArray[np.float64] | None = None
) -> NDArray[np.float64] | None:
    """Asymptote, scale at the smallest size, and rate (3,)."""
    m, least = np.asarray(sizes, dtype=float) / sizes[0], float(errors.min())
    if len(m) < LEAST_SIZES or np.ptp(errors) == 0:
        return None
    bounds = np.array([0, 0, 0.1]), np.array([max(least, 1e-9), 2, 3])
    if start is None:
        start = np.array([0.9 * least, max(errors[0] - least, 1e-3), 0.7])

    def residuals(curve: NDArray[np.float64]) -> NDArray[np.float64]:
        asymptote, scale, rate = curve
        off: NDArray[np.float64] = asymptote + scale * m**-rate - errors
        return off

    def jacobian(curve: NDArray[np.float64]) -> NDArray[np.float64]:
        power = m ** -curve[2]
        return np.stack([np.ones_like(m), power, -curve[1] * np.log(m) * power], axis=1)

    found = least_squares(residuals, np.clip(start, *bounds), jacobian, bounds, max_nfev=2000)
    curve: NDArray[np.float64] = found.x
    return curve if found.success else None

"""What learning curves over random splits or subsets say: asymptotes, crossings, differences that are no chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 1000
"""Of the splits, behind an interval of a crossing or of a power law."""
LEAST_SIZES = 4
"""For a power law, which has three parameters."""
WITHIN = 0.01
"""How near to its asymptote a curve must come to have arrived."""
RATES = 0.1, 3.0
"""Between which the rate of a power law is sought."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; None where there is no such value, or no such end."""

    value: float | None
    low: float | None = None
    high: float | None = None


def mean_with_interval(values: NDArray[np.float64], bounds: tuple[float, float]) -> Estimate:
    """Return the mean over splits (splits,) of one data set, with Student's interval: of the splits, not of other data. It
    ends where what is estimated does, at ``bounds``. A single split has none."""
    mean = float(values.mean())
    if len(values) < 2:
        return Estimate(mean)
    half = float(stats.t.ppf(0.975, len(values) - 1)) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return Estimate(mean, min(max(mean - half, bounds[0]), mean), max(min(mean + half, bounds[1]), mean))


def resampled_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean curves (RESAMPLES, sizes) of splits drawn with replacement from ``values`` (splits, sizes).

    They are stretched about the mean of ``values``, so that the percentiles of a mean at 95 % are Student's interval: those
    of plain resamples are too near to each other where splits are few (Hesterberg 2015). NaN of a single split.
    """
    splits, mean = len(values), values.mean(axis=0)
    quantiles = stats.t.ppf(0.975, splits - 1) / stats.norm.ppf(0.975)
    stretch = quantiles * np.sqrt(splits / max(splits - 1, 1))
    stretched: NDArray[np.float64] = mean + stretch * (_shares(splits) @ values - mean)
    return stretched


@lru_cache(maxsize=2)
def _shares(splits: int) -> NDArray[np.float64]:
    """Of each split in each resample (RESAMPLES, splits)."""
    drawn = np.random.default_rng(0).multinomial(splits, np.full(splits, 1 / splits), size=RESAMPLES)
    return drawn / splits


@dataclass(frozen=True)
class PowerLaw:
    """error(m) = asymptote + scale m^-rate; and from how many examples on the mean error stays within :data:`WITHIN` of the
    asymptote, log-linear between the sizes: none if the curve does not come so near."""

    asymptote: Estimate
    rate: Estimate
    examples_within: Estimate


def power_law(sizes: Sequence[int], errors: NDArray[np.float64]) -> PowerLaw:
    """Fitted by least squares to the mean of ``errors`` (splits, sizes), with percentile intervals over the splits.

    The asymptote lies between 0 and the smallest mean error, the rate between :data:`RATES`. A curve without a fit has none.
    Each resample is held against its own asymptote.
    """
    mean = errors.mean(axis=0)
    if len(sizes) < LEAST_SIZES or np.ptp(mean) == 0:
        return PowerLaw(Estimate(None), Estimate(None), Estimate(None))
    curves = np.vstack([mean, resampled_means(errors).clip(0)])  # stretched, they may fall below what an error can be
    asymptotes, rates = _fit_power_laws(sizes, curves)
    arrivals = arrival(sizes, asymptotes[:, None] + WITHIN - curves)
    return PowerLaw(*(_with_percentiles(found[0], found[1:]) for found in (asymptotes, rates, arrivals)))


def crossing(sizes: Sequence[int], first: NDArray[np.float64], second: NDArray[np.float64]) -> Estimate:
    """From how many examples on the mean error of the second model stays below that of the first, with a percentile
    interval over the splits; an end is None where resamples without a crossing are more than 2.5 % on its side.

    Errors (splits, sizes) on the same splits. None if the second is not ahead at the largest size, or always was.
    """
    differences = first - second
    at = arrival(sizes, np.vstack([differences.mean(axis=0), resampled_means(differences)]))
    return _with_percentiles(at[0], at[1:])


def arrival(sizes: Sequence[int], gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The last m at which each of ``gaps`` (curves, sizes) turns from at most 0 to above it, log-linear between the sizes.

    Infinity if the last gap is not above 0; minus infinity if all gaps are.
    """
    behind, logs = gaps <= 0, np.log(sizes)
    last = len(sizes) - 1 - behind[:, ::-1].argmax(axis=1)
    turns = behind.any(axis=1) & ~behind[:, -1]
    at = np.where(behind[:, -1], np.inf, -np.inf)
    curves, before = np.flatnonzero(turns), last[turns]
    low, high = gaps[curves, before], gaps[curves, before + 1]
    share = low / (low - high)
    at[turns] = np.exp(logs[before] * (1 - share) + logs[before + 1] * share)
    return at


def paired_p_values(
    first: NDArray[np.float64], second: NDArray[np.float64], overlap: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Two-sided p-values (sizes,) of the hypothesis of equal errors (splits, sizes), corrected for the number of sizes.

    The corrected resampled t-test (Nadeau & Bengio 2003): splits of one data set overlap, so that the variance
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


def _with_percentiles(value: float, resampled: NDArray[np.float64]) -> Estimate:
    """Return the value and its percentiles, which reach to the value where it is outside; None in place of what is not
    finite."""
    if not np.isfinite(value):
        return Estimate(None)
    low, high = np.percentile(resampled, [2.5, 97.5], method="nearest")
    return Estimate(
        float(value),
        float(min(low, value)) if np.isfinite(low) else None,
        float(max(high, value)) if np.isfinite(high) else None,
    )


def _fit_power_laws(
    sizes: Sequence[int], curves: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The asymptote and the rate of each of ``curves`` (curves, sizes), each (curves,).

    Rates are sought on a grid that is narrowed four times about the best: for a given rate the rest is linear.
    """
    step = np.log(RATES[1] / RATES[0]) / 49
    asymptotes, rates = _best_of(sizes, curves, np.geomspace(*RATES, 50)[None])
    for _ in range(4):
        around = rates[:, None] * np.exp(np.linspace(-step, step, 11))
        asymptotes, rates = _best_of(sizes, curves, np.clip(around, *RATES))
        step /= 5
    return asymptotes, rates


def _best_of(
    sizes: Sequence[int], curves: NDArray[np.float64], rates: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of rates (curves or 1, grid), for each curve the one with the least squares, and its asymptote.

    An asymptote at a bound is that of the bounded problem: with the best scale the squares are a parabola in it.
    """
    powers = (np.asarray(sizes, dtype=float) / sizes[0]) ** -rates[..., None]
    errors = curves[:, None]
    centred = powers - powers.mean(axis=2, keepdims=True)
    scales = (centred * errors).sum(axis=2) / np.square(centred).sum(axis=2)
    asymptotes = np.clip(errors.mean(axis=2) - scales * powers.mean(axis=2), 0, curves.min(axis=1)[:, None])
    scales = ((errors - asymptotes[..., None]) * powers).sum(axis=2) / np.square(powers).sum(axis=2)
    squares = np.square(asymptotes[..., None] + scales[..., None] * powers - errors).sum(axis=2)
    at = np.arange(len(curves)), squares.argmin(axis=1)
    return asymptotes[at], np.broadcast_to(rates, squares.shape)[at]

"""95 % confidence intervals.

Seeds are few (two to five), and a percentile bootstrap over so few covers far too rarely. So wherever there are several
seeds, their variance and that of the examples are estimated in closed form, each with its own degrees of freedom. The
half-width lies between two approximations, of which with three seeds the one is too wide and the other too narrow
(see :func:`genbench.variance.half_width`). Shares are given Wilson's interval with the effective number of trials that
the variance amounts to (Dean & Pagano 2015), which stays inside [0, 1] and is never of zero width. Of all else, what does
not vary at all has no interval.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from genbench.evaluation.ranges import UNBOUNDED, Range
from genbench.evaluation.saddlepoint import acceleration_of_mean, computed_bootstrap
from genbench.evaluation.skewness import reach_of_skewed
from genbench.evaluation.splits import second_order_part, variance_by_pieces
from genbench.variance import Part, crossed_variance, half_width, residual_part

if TYPE_CHECKING:
    from numpy.typing import NDArray

Interval = tuple[float | None, float | None]

RESAMPLED_EXAMPLES = 200
"""Up to so many examples a bootstrap draws its resamples; of more, the distribution of their mean is computed."""
MOST_ACCELERATION = 0.1
"""Beyond it the mean hangs on very few examples, and resamples are drawn however many there are."""
ROUNDING = 1e-10
"""Values that are all alike may seem to differ by less, relative to their mean."""
BATCH_NUMBERS = 2_000_000
"""Numbers that a bootstrap holds in memory at once."""


def mean_interval(values: NDArray[Any], resamples: int, share: bool = False, bounds: Range = UNBOUNDED) -> Interval:
    """Of the mean of ``values`` (seeds, n): the same n examples, seen by models fitted with different seeds.

    One seed: BCa bootstrap over the examples, with so many ``resamples`` where they are few. Several: the design is crossed,
    seed and example are random effects, and the variance of the mean is estimated without bias (Searle, Casella & McCulloch
    1992) by

        se^2 = s^2(seed means) / S + s^2(example means) / n - s^2(residuals) / (S n),

    where the first term less the last is the seeds' part (at least 0), and the second the examples'. It is the closed
    form, right for few seeds, of the two-level bootstrap that resamples seeds and examples. The examples' part reaches
    further to the side to which the examples are skewed (:func:`genbench.evaluation.skewness.reach_of_skewed`).
    ``bounds`` are the range of what is estimated, to which the interval is clipped, but for the value itself.
    A ``share``, of values that are 0 or 1, is given Wilson's interval. A single example admits none, nor do examples that
    are all alike under every seed, of anything but a share: they do not tell how much they vary.
    """
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    seeds, n = values.shape
    if n < 2:
        return None, None
    mean = float(values.mean())
    parts = crossed_variance(values) if seeds > 1 else []
    if share:
        return _wilson(mean, parts, n, seeds)
    if np.ptp(values) <= ROUNDING * abs(mean):
        return None, None
    ends = _of_skewed(mean, parts, values.mean(axis=0)) if parts else _bootstrap(values[0], resamples)
    return clipped(ends, mean, bounds)


def set_interval(
    seed_values: Sequence[float] | NDArray[Any],
    jackknives: Sequence[NDArray[Any]] = (),
    bounds: Range = UNBOUNDED,
    trials: int | None = None,
    halves: NDArray[Any] | None = None,
    least: float | None = None,
) -> Interval:
    """Of the mean over seeds of a statistic of whole sets of examples (a Fréchet distance, a median, a count of modes).

    Resampling a set with replacement would spoil such statistics: duplicates are at distance zero of each other, and the
    bias of a Fréchet distance grows as distinct examples get fewer. The variance has a part
    between the seeds, which holds the noise of the generated sets, and delete-a-group jackknife parts (Kott 2001).

    seed_values  (S,), one value a seed.
    jackknives   for each set that is resampled, (S, G): each seed's value when each of G groups is left out. With several
                 seeds the set is one that they share, crossed with them as in :func:`mean_interval`: what is of one seed
                 and one group together is in either part, and is taken off once, by the pseudo-values.
    bounds       the range of what is estimated, to which the interval is clipped, but for the value itself.
    trials       if the statistic is a share, of how many; it is then given Wilson's interval.
    halves       (S, R, 2), each seed's values in two halves of the groups, for R splits, by which some is taken off of what
                 the jackknives count twice, see :func:`_less_second_order`.
    least        if the statistic is a squared distance, what it cannot be below. Its variance grows with it, that of its
                 root above ``least`` hardly does, so the interval is the root's, by the delta method.

    One seed and nothing to resample admits none, nor do seeds that are all alike, unless it is a share.
    """
    seed_values = np.asarray(seed_values, dtype=np.float64)
    seeds, mean = len(seed_values), float(np.mean(seed_values))
    replicates = [np.asarray(each, dtype=np.float64) for each in jackknives]
    parts = [_jackknife_variance(each.mean(axis=0)) for each in replicates]
    if halves is not None and replicates:
        parts = _less_second_order(parts, second_order_part(halves, replicates[0].shape[1]))
    if seeds > 1:
        between = float(np.var(seed_values, ddof=1)) / seeds
        between -= sum(_of_seeds_and_groups(seed_values, each) for each in replicates)
        parts.append((max(between, 0.0), seeds - 1.0))
    if trials is not None:
        return _wilson(mean, parts, trials, seeds)
    if least is None or mean <= least:
        return _student(mean, parts, bounds)
    return clipped(_of_root(mean, half_width(parts), least, 2), mean, bounds)


def pieces_interval(
    seed_values: NDArray[np.float64],
    pieces: NDArray[np.float64],
    bounds: Range = UNBOUNDED,
    trials: int | None = None,
) -> Interval:
    """Of the mean over seeds of a statistic of nearest neighbours, by its values in pieces of the sets (S, R, B), see
    :func:`variance_by_pieces`; else as :func:`set_interval`.

    A share varies more than so many trials would, or less. By how much is told by the pieces alone, variance and share:
    where one is low the other often is, too.
    """
    parts, mean = variance_by_pieces(seed_values, pieces), float(seed_values.mean())
    if trials is None:
        return _student(mean, parts, bounds)
    return _wilson(mean, parts, trials, len(seed_values), varying_as=float(pieces.mean()))


def skewed_interval(
    seed_values: Sequence[float] | NDArray[Any], least: float = 0.0, bounds: Range = UNBOUNDED
) -> Interval:
    """Of the mean over seeds of a divergence, or of what else is skewed between them as a chi-square is: Student's, by the
    delta method, of the cube root of what the mean is above ``least``, the scale on which a chi-square is all but normal
    (Wilson & Hilferty 1931). It reaches further up than down.

    seed_values  (S,), one value a seed; a single one admits no interval, nor do several that are all alike.
    least        what no value can be below.
    bounds       as in :func:`set_interval`.
    """
    values = np.asarray(seed_values, dtype=np.float64)
    above = float(values.mean()) - least
    if len(values) < 2 or above <= 0:
        return set_interval(values, bounds=bounds)
    half = half_width([(float(values.var(ddof=1)) / len(values), len(values) - 1.0)])
    return clipped(_of_root(float(values.mean()), half, least, 3), float(values.mean()), bounds)


def means_less_each_group(values: NDArray[Any], groups: int) -> NDArray[np.float64]:
    """The means of values (S, n) without each of so many groups of the n in turn (S, G)."""
    parts = np.array_split(np.arange(values.shape[1]), min(groups, values.shape[1]))
    return np.stack([np.delete(values, part, axis=1).mean(axis=1) for part in parts], axis=1)


def _jackknife_variance(replicates: NDArray[np.float64]) -> Part:
    groups = len(replicates)
    return (groups - 1) * float(replicates.var()), groups - 1.0


def _less_second_order(parts: Sequence[Part], counted_twice: float) -> list[Part]:
    """The parts in proportion less what they hold twice, which is at most half of them.

    Where it is less, it is known the less well, and too small a variance is worse than too large a one: of a half all is
    taken off, of a quarter half, and hardly anything of what is small.
    """
    total = sum(variance for variance, _ in parts)
    share = 1 - 2 * min(counted_twice / total, 0.5) ** 2 if total > 0 else 1.0
    return [(share * variance, degrees) for variance, degrees in parts]


def _of_seeds_and_groups(seed_values: NDArray[np.float64], replicates: NDArray[np.float64]) -> float:
    """The interaction of seeds and groups in the variance of the mean, from replicates (S, G)."""
    groups = replicates.shape[1]
    return residual_part(groups * seed_values[:, None] - (groups - 1) * replicates)


def _student(mean: float, parts: Sequence[Part], bounds: Range) -> Interval:
    half = half_width(parts)
    return clipped((mean - half, mean + half), mean, bounds)


def _of_skewed(mean: float, parts: Sequence[Part], examples: NDArray[np.float64]) -> tuple[float, float]:
    """Student's interval from the seeds' and the examples' part, of which the latter reaches as far to either side as the
    skewness of the examples (n,) asks for."""
    seeds, (variance, degrees) = parts
    below, above = (half_width([seeds, (variance * reach**2, degrees)]) for reach in reach_of_skewed(examples))
    return mean - below, mean + above


def _of_root(mean: float, half: float, least: float, power: int) -> tuple[float, float]:
    """Return, by the delta method, the interval of that root of what a mean with this half-width is above ``least``, as one
    of the mean: it reaches further up than down.

    Where the root's interval would reach below 0 its slope there is that of a point and says nothing of so wide an interval:
    the upper end would go to infinity as the mean goes to ``least``. It then reaches up as many half-widths as where the
    lower end just arrives at ``least``: 1.5 of a square, 7/3 of a cube.
    """
    above = mean - least
    relative = min(half / (power * above), 1.0)
    stretch = ((1 + relative) ** power - 1) / (power * relative) if relative > 0 else 1.0
    return least + above * (1 - relative) ** power, mean + half * stretch


def clipped(interval: tuple[float, float], mean: float, bounds: Range) -> Interval:
    """Return the interval clipped to the bounds, but for the mean itself, which an estimator without bias may have outside.
    None if nothing varied, which does not tell how much it would have, or more than a number can hold."""
    low, high = interval
    if not ROUNDING * abs(mean) < high - low < math.inf:
        return None, None
    return min(max(low, bounds[0]), mean), max(min(high, bounds[1]), mean)


def _wilson(share: float, parts: Sequence[Part], trials: int, seeds: int, varying_as: float | None = None) -> Interval:
    """Wilson's score interval with the effective number of trials that the variance amounts to (Dean & Pagano 2015), but
    not narrower than one standard error of seeds x trials independent ones to either side.

    Student's interval of seeds that are alike but for chance holds the truth as often as promised already. Were it never
    narrower than the 95 % interval of independent trials, either of two such intervals could hold it, and three seeds would
    in 98.7 %. The standard error is there for seeds that happen to agree.

    Without a variance (one seed, or no variation at all) the trials themselves count. The variance may be that of another
    share (``varying_as``).
    """
    half, binomial, quantile = half_width(parts), share * (1 - share), float(stats.norm.ppf(0.975))
    other = share if varying_as is None else varying_as
    if half > ROUNDING and 0 < other < 1:
        shrinkage = max(half**2 / (other * (1 - other)), 1 / (seeds * trials))
    else:
        shrinkage = quantile**2 / trials
    centre = (share + shrinkage / 2) / (1 + shrinkage)
    half = math.sqrt(binomial * shrinkage + shrinkage**2 / 4) / (1 + shrinkage)
    return min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share)


def _bootstrap(values: NDArray[np.float64], resamples: int) -> tuple[float, float]:
    """BCa bootstrap of the mean (Efron 1987), or the percentile one where BCa is degenerate."""
    if len(values) > RESAMPLED_EXAMPLES and abs(acceleration_of_mean(values)) < MOST_ACCELERATION:
        low, high = computed_bootstrap(values)
        if math.isfinite(low) and math.isfinite(high):
            return low, high
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)
            rng = np.random.default_rng(0)
            batch = max(1, BATCH_NUMBERS // len(values))
            result = stats.bootstrap(
                (values,), np.mean, n_resamples=resamples, batch=batch, method=method, random_state=rng
            )
        low, high = (float(end) for end in result.confidence_interval)
        if math.isfinite(low) and math.isfinite(high):
            break
    return low, high

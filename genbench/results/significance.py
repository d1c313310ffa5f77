"""How sure it is that two rows differ: tests for many rows at once, and their correction for being many.

Which test a pair of rows gets is decided by what is kept of them, never by their own values:

1. examples   both jobs kept the value of every test example (per_example.npz),
2. seeds      both rows have the values of the seeds,
3. interval   otherwise: from the two means and their intervals, as if the runs shared nothing.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEVEL = 0.05
MANY = 1e6
"""Degrees of freedom where nothing tells them: a normal distribution."""
MOST_SIGNS = 12
"""Signs that are all tried; of more seeds so many at random."""
RESAMPLES = 2**MOST_SIGNS
ROWS_AT_ONCE = 10_000
ROUNDING = 1e-9
"""Relative spread below which seeds count as equal."""


@dataclass
class Tested:
    """Of each row: the difference (second less first), its 95 % interval and p; NaN where they cannot be told."""

    difference: Floats
    low: Floats
    high: Floats
    p: Floats


def smallest_paired(seeds: int) -> float:
    """The least p that a sign-flip permutation test can give, whatever the values."""
    return 1 / float(min(2 ** (seeds - 1), RESAMPLES))


def smallest_unpaired(first: int, second: int) -> float:
    """The least p that a permutation test of two groups' means can give."""
    alike = 2 if first == second else 1  # the observed groups exchanged are as far apart
    return float(max(alike / math.comb(first + second, first), 1 / RESAMPLES))


def paired(a: Floats, b: Floats, free: Mask) -> Tested:
    """Rows (rows, seeds) of the same seeds: Student's t of the differences; where ``free`` (rows,), p is that of the
    sign-flip permutation test, which assumes nothing of their distribution."""
    with _quiet():
        found = stats.ttest_rel(b, a, axis=1)
        interval = found.confidence_interval(0.95)
    p = np.array(found.pvalue)
    p[free] = _in_parts(_sign_flips, (b - a)[free])
    tested = Tested((b - a).mean(axis=1), interval.low, interval.high, p)
    return _without_spread(tested, (b - a).std(axis=1), _scale(a, b), smallest_paired(a.shape[1]))


def unpaired(a: Floats, b: Floats, free: Mask) -> Tested:
    """Rows (rows, seeds of a) and (rows, seeds of b) of other seeds: Welch's t; where ``free``, p is that of the permutation
    test of the difference of means."""
    with _quiet():
        found = stats.ttest_ind(b, a, axis=1, equal_var=False)
        interval = found.confidence_interval(0.95)
    p = np.array(found.pvalue)
    contrasts = _relabellings(a.shape[1], a.shape[1] + b.shape[1])
    p[free] = _in_parts(lambda values: _exceeding(values @ contrasts.T), np.concatenate([a, b], axis=1)[free])
    tested = Tested(b.mean(axis=1) - a.mean(axis=1), interval.low, interval.high, p)
    spread = np.hypot(a.std(axis=1), b.std(axis=1))
    return _without_spread(tested, spread, _scale(a, b), smallest_unpaired(a.shape[1], b.shape[1]))


def from_intervals(means: Floats, low: Floats, high: Floats, degrees: Floats, seeds: Floats | None = None) -> Tested:
    """Welch's t from the means, ends of the 95 % intervals, degrees of freedom and numbers of seeds of both sides,
    (rows, 2) each.

    Intervals reach further to one side than to the other, or end where the statistic does, so that the difference's low end
    is told by how far the first may be above its mean and the second below, and its high end by the others (Zou & Donner
    2008). p is told by the end that is nearer to 0. Without a spread there it is NaN: nothing says how large a difference by
    chance would be. The interval of a single seed does not hold what seeds vary by; several on the other side tell that.
    """
    difference = means[:, 1] - means[:, 0]
    below, above = (means - low) / stats.t.ppf(0.975, degrees), (high - means) / stats.t.ppf(0.975, degrees)
    if seeds is not None:
        below, above, degrees = _with_lone_seeds(below, above, degrees, seeds)
    to_low = np.column_stack([above[:, 0], below[:, 1]])
    to_high = np.column_stack([below[:, 0], above[:, 1]])
    error_low, degrees_low = _welch(to_low, degrees)
    error_high, degrees_high = _welch(to_high, degrees)
    rises = difference > 0
    error, effective = np.where(rises, error_low, error_high), np.where(rises, degrees_low, degrees_high)
    known = error > ROUNDING * np.abs(means).max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(known, 2 * stats.t.sf(np.abs(difference) / error, effective), np.nan)
        ends = (
            difference - error_low * stats.t.ppf(0.975, degrees_low),
            difference + error_high * stats.t.ppf(0.975, degrees_high),
        )
    low_end, high_end = (np.where(known, end, np.where(difference == 0, 0.0, np.nan)) for end in ends)
    return Tested(difference, low_end, high_end, np.where(~known & (difference == 0), 1.0, p))


def shares_of_seeds(shares: Floats, low: Floats, high: Floats, seeds: Floats) -> Tested:
    """Of shares of so many seeds with Wilson's intervals, (rows, 2) each: Newcombe's (1998) interval of the difference, and
    p of Fisher's exact test."""
    tested = from_intervals(shares, low, high, np.full(shares.shape, MANY))
    hits = np.round(shares * seeds)
    for row, (hit, of) in enumerate(zip(hits, seeds, strict=True)):
        tested.p[row] = stats.fisher_exact([hit, of - hit]).pvalue
    return tested


def _with_lone_seeds(below: Floats, above: Floats, degrees: Floats, seeds: Floats) -> tuple[Floats, Floats, Floats]:
    """Standard errors and degrees of freedom (rows, 2) where one side has a single seed and the other several, which answer
    for both: one seed varies as many times more (in variance) than their mean as they are, and is known as little. Of uneven
    sides the longer counts for that."""
    several = (seeds > 1) & (seeds.min(axis=1) == 1)[:, None]
    lone = np.where(several, np.sqrt(seeds) * np.maximum(below, above), 0.0)
    fewest = np.where(several.any(axis=1), degrees.min(axis=1), np.inf)[:, None]
    return np.hypot(below, lone), np.hypot(above, lone), np.minimum(degrees, fewest)


def _welch(errors: Floats, degrees: Floats) -> tuple[Floats, Floats]:
    """Standard error (rows,) of a difference and its effective degrees of freedom, from those of both sides (rows, 2)."""
    total = (errors**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = np.where(total > 0, total**2 / (errors**4 / degrees).sum(axis=1), MANY)
    return np.sqrt(total), effective


def holm(p: Floats, family: NDArray[np.int64]) -> Floats:
    """Holm's (1979) adjusted p within each family: p below the level for none by chance, with 95 % probability."""
    order = np.lexsort((p, family))
    sorted_p, sorted_family = p[order], family[order]
    starts = np.flatnonzero(np.diff(sorted_family, prepend=-1))
    sizes = np.diff(starts, append=len(p))
    ranks = np.arange(len(p)) - np.repeat(starts, sizes)
    scaled = (np.repeat(sizes, sizes) - ranks) * sorted_p
    # The running maximum of each family: shifted apart, the families do not reach into each other.
    shift = np.repeat(np.arange(len(starts)), sizes) * (sizes.max(initial=0) + 1.0)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled + shift) - shift, 1.0)
    return adjusted


def _sign_flips(differences: Floats) -> Floats:
    seeds = differences.shape[1]
    if seeds <= MOST_SIGNS:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=seeds - 1)))
    else:
        signs = np.random.default_rng(0).choice([1.0, -1.0], (RESAMPLES, seeds - 1))
        signs[0] = 1.0
    flips = np.column_stack([np.ones(len(signs)), signs])  # the first sign may be fixed: the statistic is two-sided
    return _exceeding(differences @ flips.T)


def _relabellings(first: int, total: int) -> Floats:
    """Contrasts (relabellings, total) of second less first group; the one that was observed comes first."""
    if math.comb(total, first) <= RESAMPLES:
        chosen = np.array(list(itertools.combinations(range(total), first)))
    else:
        draws = np.random.default_rng(0).random((RESAMPLES, total)).argsort(axis=1)[:, :first]
        chosen = np.concatenate([np.arange(first)[None], draws[1:]])
    contrasts = np.full((len(chosen), total), 1 / (total - first))
    np.put_along_axis(contrasts, chosen, -1 / first, axis=1)
    return contrasts


def _exceeding(statistics: Floats) -> Floats:
    """The share of statistics (rows, resamples) as far from 0 as the first, the observed one (Phipson & Smyth 2010)."""
    sizes = np.abs(statistics)
    return np.asarray((sizes >= sizes[:, :1] * (1 - ROUNDING)).mean(axis=1))


@contextmanager
def _quiet() -> Iterator[None]:
    """Rows without spread are nothing to warn of; :func:`_without_spread` sees to them."""
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def _in_parts(test: Callable[[Floats], Floats], values: Floats) -> Floats:
    """A test of the rows, a bounded number of them at once."""
    return np.concatenate([test(part) for part in np.array_split(values, len(values) // ROWS_AT_ONCE + 1)])


def _scale(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.maximum(np.abs(a).max(axis=1), np.abs(b).max(axis=1)))


def _without_spread(tested: Tested, spread: Floats, scale: Floats, smallest: float) -> Tested:
    """Where all seeds differ alike, nothing says by how much they might: equal rows are equal, and of others p is the least
    that a permutation test can give, which is what it gives them."""
    flat = spread <= ROUNDING * scale
    equal = flat & (np.abs(tested.difference) <= ROUNDING * scale)
    end = np.where(equal, tested.difference, np.nan)
    return Tested(
        tested.difference,
        np.where(flat, end, tested.low),
        np.where(flat, end, tested.high),
        np.where(equal, 1.0, np.where(flat, smallest, tested.p)),
    )

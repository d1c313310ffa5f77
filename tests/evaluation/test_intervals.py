"""Intervals against simulations of what they promise, and against scipy."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import stats

from genbench.evaluation.intervals import mean_interval, set_interval, skewed_interval


def coverage(seeds, n, seed_effect, example_effect, noise, repetitions, threshold=None):
    """How often the interval holds the true mean; with ``threshold``, of the 0/1 values above that normal quantile."""
    rng = np.random.default_rng(0)
    hits = 0
    total = np.sqrt(seed_effect**2 + example_effect**2 + noise**2)
    for _ in range(repetitions):
        values = (
            seed_effect * rng.normal(size=(seeds, 1))
            + example_effect * rng.normal(size=(1, n))
            + noise * rng.normal(size=(seeds, n))
        )
        truth = 0.0
        if threshold is not None:
            values, truth = values > threshold * total, stats.norm.sf(threshold)
        low, high = mean_interval(values, 500, share=threshold is not None)
        hits += low <= truth <= high
    return hits / repetitions


@pytest.mark.parametrize(
    ("seeds", "seed_effect"),
    [(3, 0.0), (3, 0.1), (3, 1.0), *(pytest.param(5, effect, marks=pytest.mark.slow) for effect in (0.0, 0.1, 1.0))],
)
def test_crossed_interval_covers_as_promised(seeds, seed_effect):
    covered = coverage(seeds, 100, seed_effect, 1.0, 0.5, repetitions=3000)
    assert 0.93 <= covered <= 0.97


def test_a_single_seed_covers_as_promised():
    assert 0.91 <= coverage(1, 150, 0, 1.0, 0.0, repetitions=300) <= 0.98


@pytest.mark.parametrize(("seeds", "n"), [(1, 30), (1, 100), (3, 50), (5, 100)])
def test_shares_cover_as_promised(seeds, n):
    assert 0.92 <= coverage(seeds, n, 0.1, 1.0, 0.5, repetitions=1000, threshold=stats.norm.isf(0.05)) <= 0.99


def test_seeds_alone_would_be_too_narrow():
    """Leaving out the seeds' part must be seen by the test above."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        values = rng.normal(size=(3, 1)) + rng.normal(size=(3, 100))
        low, high = mean_interval(values.mean(axis=0)[None], 200)
        hits += low <= 0 <= high
    assert hits / 200 < 0.5


def test_no_error_in_thirty_is_no_certainty():
    low, high = mean_interval(np.zeros((1, 30)), 100, share=True)
    reference = stats.binomtest(0, 30).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((reference.low, reference.high))
    assert high > 0.1


@pytest.mark.parametrize("errors", [0, 1, 7, 30])
def test_one_seed_of_zeros_and_ones_is_wilson(errors):
    values = np.zeros(30)
    values[:errors] = 1
    reference = stats.binomtest(errors, 30).proportion_ci(method="wilson")
    assert mean_interval(values, 100, share=True) == pytest.approx((reference.low, reference.high))


def test_identical_seeds_know_no_more_than_one():
    """Three seeds that err on the very same examples: the seeds' part is nil, the examples' remains."""
    values = np.repeat((np.arange(50) < 5)[None], 3, axis=0)
    one, three = mean_interval(values[:1], 100, share=True), mean_interval(values, 100, share=True)
    assert three[0] == pytest.approx(one[0], abs=0.01)
    assert three[1] == pytest.approx(one[1], abs=0.02)


def test_one_seed_is_scipys_bootstrap():
    values = np.random.default_rng(1).exponential(size=200)
    reference = stats.bootstrap((values,), np.mean, n_resamples=2000, random_state=np.random.default_rng(5))
    assert mean_interval(values, 2000) == pytest.approx(tuple(reference.confidence_interval), rel=0.02)
    assert mean_interval(values, 2000) == mean_interval(values, 2000)


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("value", [0.0, 1.0, 2.5, 0.1])
def test_values_that_are_all_alike_tell_of_no_variance(seeds, value):
    """Log losses of 0 are no share of errors, and 20 that are alike do not say that the next one is."""
    values = np.full((seeds, 20), value)
    values[0, 1] *= 1 + 1e-15
    assert mean_interval(values, 100) == (None, None)


def test_degenerate_values():
    assert mean_interval(np.ones((3, 1)) * 2.5, 100) == (None, None)
    low, high = mean_interval([0.3, 0.7], 100)
    assert low <= 0.5 <= high


def test_seeds_alone_give_students_interval():
    values = np.array([1.0, 2.0, 4.0])
    reference = stats.t.interval(0.95, 2, loc=values.mean(), scale=stats.sem(values))
    assert set_interval(values) == pytest.approx(reference)
    assert set_interval(values, bounds=(0, 5))[0] == 0
    assert set_interval([3.0]) == (None, None)


def test_a_share_of_one_seed_has_wilsons_interval():
    reference = stats.binomtest(450, 500).proportion_ci(method="wilson")
    assert set_interval([0.9], trials=500) == pytest.approx((reference.low, reference.high))


@pytest.mark.parametrize("seeds_share", [0.0, 0.05, 0.33, 0.7, 0.9, 1.0])
def test_two_parts_in_any_ratio_cover_as_promised(seeds_share):
    """Three seeds and ten groups; the worst ratios of either approximation are among these."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        shared = rng.normal(size=10)
        of_seeds = np.sqrt(3 * seeds_share) * rng.normal(size=3)
        rests = (shared.sum() - shared) / 9 * np.sqrt(10 * (1 - seeds_share))
        low, high = set_interval(rests.mean() + of_seeds, [rests + of_seeds[:, None]])
        hits += low <= 0 <= high
    assert 0.93 <= hits / 1000 <= 0.975  # 94.5 to 96.4 %, and two standard errors of 1,000 repetitions


def test_jackknife_of_a_mean_covers_as_promised():
    """Of the mean of one fixed set, for which the jackknife is exact."""
    rng = np.random.default_rng(0)
    hits, groups = 0, np.arange(100) % 10
    for _ in range(1000):
        values = rng.normal(size=100)
        replicates = np.array([values[groups != group].mean() for group in range(10)])
        low, high = set_interval([values.mean()], [replicates[None]])
        hits += low <= 0 <= high
    assert 0.935 <= hits / 1000 <= 0.965


def test_what_seeds_and_groups_have_in_common_counts_once():
    """Means of a table of seeds and examples, each example a group of its own: the interval is that of the crossed mean."""
    values = np.random.default_rng(2).normal(size=(3, 10))
    values = np.hstack([values, -values])  # not skewed, so that the mean's interval is Student's
    without = (values.sum(axis=1, keepdims=True) - values) / 19
    assert set_interval(values.mean(axis=1), [without]) == pytest.approx(mean_interval(values, 100))


def test_a_share_is_no_surer_than_its_trials():
    """Three seeds that happen to agree on 0.9 all but exactly, of 100 trials each: a standard error of 300."""
    low, high = set_interval([0.9, 0.9, 0.9 + 1e-9], trials=100)
    reference = stats.binomtest(270, 300).proportion_ci(2 * stats.norm.cdf(1) - 1, method="wilson")
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-6)


@pytest.mark.parametrize("found", [0.1, 0.2, 0.7, 0.8, 0.9, 1.0])
def test_seeds_that_are_all_alike_are_as_sure_as_one(found):
    assert set_interval([found] * 3, trials=10) == pytest.approx(set_interval([found], trials=10))


@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("extra", [0.0, 1.0, 10.0])
def test_shares_of_seeds_cover_as_promised(seeds, extra):
    """Seeds that are alike but for chance, or differ by so many times its variance besides."""
    rng, n, share = np.random.default_rng(0), 300, 0.3
    beta = n / extra - 1 if extra else np.inf
    shares = rng.beta(share * beta, (1 - share) * beta, size=(1500, seeds)) if extra else np.full((1500, seeds), share)
    intervals = [set_interval(each, trials=n) for each in rng.binomial(n, shares) / n]
    assert 0.935 <= np.mean([low <= share <= high for low, high in intervals]) <= 0.975


@pytest.mark.parametrize("seeds", [3, 5])
def test_skewed_statistics_miss_less_often_than_with_students_interval(seeds):
    """Chi-squares of two degrees of freedom: Student's interval holds their mean in 88 %."""
    drawn = np.random.default_rng(0).chisquare(2, size=(2000, seeds))

    def held(interval):
        return np.mean([low <= 2 <= high for low, high in map(interval, drawn)])

    assert held(skewed_interval) > held(set_interval) + 0.01


def test_a_skewed_interval_is_students_of_the_cube_root_by_the_delta_method():
    values = np.array([1.0, 2.0, 6.0])
    root, slope = 3 ** (1 / 3), 3 ** (-2 / 3) / 3
    half = stats.t.isf(0.025, 2) * stats.sem(values) * slope
    assert skewed_interval(values) == pytest.approx((max(root - half, 0) ** 3, (root + half) ** 3))
    assert skewed_interval(values - 5, least=-5.0) == pytest.approx(np.array(skewed_interval(values)) - 5)
    assert skewed_interval(values, bounds=(0.5, 7.0)) == (0.5, 7.0)


def test_a_skewed_interval_of_values_that_hardly_differ_is_students():
    values = 1 + 1e-4 * np.array([1.0, 2.0, 4.0])
    assert skewed_interval(values) == pytest.approx(set_interval(values), abs=1e-7)
    assert skewed_interval([3.0]) == (None, None)


@pytest.mark.parametrize("value", [0.0, 0.1, np.log(8)])
def test_seeds_that_are_all_alike_tell_of_no_variance(value):
    values = np.full(3, value)
    values[0] *= 1 + 1e-14
    assert set_interval(values) == skewed_interval(values) == set_interval(values, least=-1.0) == (None, None)
    assert set_interval(values, [np.full((3, 10), value)]) == (None, None)


def test_bounds_clip_the_ends_and_never_the_value():
    """An estimate without bias of what is at most 1 may itself come out above it."""
    values = np.array([0.9, 1.0, 1.4])
    low, high = set_interval(values, bounds=(0.8, 1.0))
    assert (low, high) == (0.8, values.mean())
    assert skewed_interval(values, bounds=(0.8, 1.0)) == (0.8, values.mean())


def test_of_a_squared_distance_the_interval_is_that_of_its_root():
    """By the delta method, above what it cannot be below."""
    values = np.array([1.0, 2.0, 6.0])
    slope = 0.5 / np.sqrt(3 + 1)
    half = stats.t.isf(0.025, 2) * stats.sem(values) * slope
    expected = max(2 - half, 0) ** 2 - 1, (2 + half) ** 2 - 1
    assert set_interval(values, least=-1.0) == pytest.approx(expected)
    assert set_interval(values, bounds=(0, np.inf), least=-1.0) == pytest.approx((max(expected[0], 0), expected[1]))


@pytest.mark.parametrize("value", [1e-3, 1e-9, 4e-15])
@pytest.mark.parametrize(("interval", "most"), [(partial(set_interval, least=0.0), 1.5), (skewed_interval, 7 / 3)])
def test_an_interval_stays_sensible_as_its_value_goes_to_the_least(value, interval, most):
    """The slope of a root at 0 is infinite: the upper end was 1.9e9 at a distance of 4e-15."""
    values = value + np.array([-0.1, 0.0, 0.1])
    half = stats.t.isf(0.025, 2) * stats.sem(values)
    assert interval(values) == pytest.approx((0, value + most * half))


def test_a_squared_distance_as_low_as_can_be_has_students_interval():
    values = np.array([-0.5, 0.0, 0.5])
    assert set_interval(values, least=0.0) == set_interval(values)

"""Crossings, asymptotes and tests of curves whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import least_squares

from genbench import curve_statistics as statistics
from genbench.curve_statistics import arrival, crossing, exponent, holm, paired_p_values, power_law, resampled_means

SIZES = (10, 20, 50, 100, 200, 500, 1000)
M = np.array(SIZES, dtype=float)
RNG = np.random.default_rng(0)


def noisy(curve: np.ndarray, splits: int = 200, noise: float = 0.02) -> np.ndarray:
    return curve + noise * RNG.standard_normal((splits, len(curve)))


def test_a_power_law_is_found_again() -> None:
    fit = power_law(SIZES, noisy(0.1 + 2 * M**-0.8))
    assert fit.asymptote.value == pytest.approx(0.1, abs=0.01)
    assert fit.rate.value == pytest.approx(0.8, abs=0.05)
    assert fit.asymptote.low <= 0.1 <= fit.asymptote.high
    assert fit.rate.low <= 0.8 <= fit.rate.high


def test_a_flat_curve_has_no_rate() -> None:
    assert power_law(SIZES, np.full((5, 7), 0.3)).rate.value is None


def test_where_two_curves_cross() -> None:
    first, second = 0.2 + 0 * M, 0.1 + M**-0.5  # equal at m = 100
    at = crossing(SIZES, noisy(first), noisy(second))
    assert at.value == pytest.approx(100, rel=0.15)
    assert at.low < at.value < at.high
    assert at.high / at.low < 1.5


@pytest.mark.parametrize("shift", [-1.0, 1.0])
def test_curves_that_do_not_cross(shift: float) -> None:
    assert crossing(SIZES, noisy(0 * M + shift), noisy(0 * M)) == statistics.Estimate(None)


def test_a_crossing_of_single_splits_has_no_interval() -> None:
    at = crossing(SIZES, 0.2 + 0 * M[None], 0.1 + M[None] ** -0.5)
    assert (at.value, at.low, at.high) == (pytest.approx(100), None, None)


def test_the_last_crossing_counts_and_lies_between_its_sizes() -> None:
    gaps = np.array([[1.0, -1, 1, 1], [-2, -1, 1, 2], [1, 1, 1, -1], [1, 1, 1, 0], [1, 2, 3, 4]])
    np.testing.assert_allclose(arrival((1, 10, 100, 1000), gaps), [10**1.5, 10**1.5, np.inf, np.inf, -np.inf])


def test_examples_to_come_within_the_asymptote() -> None:
    within = power_law(SIZES, noisy(0.1 + M**-1.0, noise=0.005)).examples_within  # 1 / m = 0.01
    assert within.value == pytest.approx(100, rel=0.2)
    assert within.low < within.value < within.high


@pytest.mark.parametrize("truth", [(0.1, 1.0, 0.7), (0.0, 0.9, 0.3), (0.2, 0.3, 2.5)])
def test_a_power_law_is_fitted_as_by_least_squares_of_scipy(truth: tuple[float, float, float]) -> None:
    m, splits = M / M[0], noisy(truth[0] + truth[1] * (M / M[0]) ** -truth[2], 20, 0.01)
    mean = splits.mean(axis=0)
    bounds = (0, 0, 0.1), (mean.min(), 2, 3)
    theirs = least_squares(lambda law: law[0] + law[1] * m ** -law[2] - mean, np.clip(truth, *bounds), bounds=bounds).x
    ours = power_law(SIZES, splits)
    assert ours.asymptote.value == pytest.approx(theirs[0], abs=1e-4)
    assert ours.rate.value == pytest.approx(theirs[2], abs=1e-3)


def test_the_percentiles_of_resampled_means_are_students_interval() -> None:
    values = noisy(0 * M[:1], 8)
    ends = np.percentile(resampled_means(values), [2.5, 97.5])
    expected = stats.t.interval(0.95, 7, values.mean(), stats.sem(values[:, 0]))
    np.testing.assert_allclose(ends, expected, atol=0.1 * np.ptp(expected))


def test_holm() -> None:
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.6, 0.7])), 1)


def test_paired_p_values_see_a_difference_and_no_difference() -> None:
    a = noisy(0.3 + 0 * M)
    p = paired_p_values(a, a + noisy(0 * M, noise=0.001) - 0.1, 5 / M)
    assert (p < 0.001).all()
    assert (paired_p_values(a, noisy(0.3 + 0 * M), 50 / M) > 0.01).all()
    assert (paired_p_values(a, a, 50 / M) == 1).all()


def test_without_overlap_the_paired_test_is_students() -> None:
    a, b = noisy(0.3 + 0 * M[:1], 20), noisy(0.31 + 0 * M[:1], 20)
    assert paired_p_values(a, b, 0 * M[:1])[0] == pytest.approx(stats.ttest_rel(a[:, 0], b[:, 0]).pvalue)


def test_an_exponent() -> None:
    dimensions = (4, 8, 16, 32, 64)
    found = exponent(dimensions, [3 * d**1.2 * f for d, f in zip(dimensions, (1.1, 0.9, 1, 1.1, 0.95), strict=True)])
    assert found.low < 1.2 < found.high
    assert found.high - found.low < 0.5
